"""What the overview says of five weeks' counts: this week in figures, the days in charts, and what has drifted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from urllib.parse import urlencode

from mailroom.console.charts import BarChart, ReliabilityChart, bars_by_day, reliability_chart
from mailroom.console.words import percent, price, seconds
from mailroom.domain.drift import DAYS_BEFORE, WEEK_DAYS, Drift, drifts
from mailroom.domain.statistics import Counts, DayStatistics, total

CACHE_VERDICTS = ("hit", "write", "too_short", "off")
MOST_ROWS = 12
"""Rows of a drift table: those that drifted come first, and nobody reads on."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of this week, and what it is measured by."""

    name: str
    value: str
    note: str


@dataclass(frozen=True, slots=True)
class DriftRow:
    """One sender or field. Shares are of its records that were doubtful or corrected; ``address`` shows them."""

    name: str
    drifted: bool
    now: str
    before: str
    chance: str
    address: str


@dataclass(frozen=True, slots=True)
class DayRow:
    """One day in figures, for whoever cannot or does not want to see a chart."""

    day: str
    counts: Counts
    partial: bool


@dataclass(frozen=True, slots=True)
class Overview:
    """The whole page. ``counted_at`` is None where no day was ever counted."""

    counted_at: datetime | None
    figures: tuple[Figure, ...]
    volume: BarChart
    cost: BarChart
    cost_per_record: BarChart
    cache: BarChart
    reliability: ReliabilityChart
    checked_values: int
    senders: tuple[DriftRow, ...]
    fields: tuple[DriftRow, ...]
    senders_left_out: int
    days: tuple[DayRow, ...]


def shown_days(now: datetime) -> list[str]:
    """Return the days that the overview is about, oldest first."""
    return [(now - timedelta(days=back)).date().isoformat() for back in range(WEEK_DAYS + DAYS_BEFORE)][::-1]


def overview_of(statistics: Sequence[DayStatistics], now: datetime) -> Overview:
    """Return the page's content; days that were never counted are days without records."""
    days = shown_days(now)
    found = {each.day: each for each in statistics}
    counts = [found[day].counts if day in found else Counts() for day in days]
    week, before = total(counts[-WEEK_DAYS:]), total(counts[:-WEEK_DAYS])
    everything = total([week, before])
    return Overview(
        counted_at=max((each.counted_at for each in statistics), default=None),
        figures=_figures(week, before),
        volume=_volume(days, counts, everything),
        cost=_bars(days, [float(day.cost_usd) for day in counts], "Model cost by day", everything.cost_usd),
        cost_per_record=_bars(
            days,
            [float(day.cost_per_record_usd) for day in counts],
            "Model cost per record by day",
            everything.cost_per_record_usd,
        ),
        cache=_cache(days, counts, everything),
        reliability=_reliability(everything),
        checked_values=sum(each.checked for each in everything.reliability),
        senders=tuple(_row(each, {"sender": each.name}) for each in drifts(week.senders, before.senders)[:MOST_ROWS]),
        fields=tuple(
            _row(each, {"kind": each.name.partition(".")[0]}) for each in drifts(week.fields, before.fields)[:MOST_ROWS]
        ),
        senders_left_out=everything.senders_left_out,
        days=tuple(
            DayRow(day, count, day in found and found[day].partial)
            for day, count in zip(reversed(days), reversed(counts), strict=True)
            if count.records
        ),
    )


def _figures(week: Counts, before: Counts) -> tuple[Figure, ...]:
    weeks = DAYS_BEFORE / WEEK_DAYS
    cached = {name: count for name, count in week.cache.items() if name != "off"}
    return (
        Figure("Records", f"{week.records:,}", f"{before.records / weeks:,.0f} a week before"),
        _share("Accepted unseen", week.unseen, week.records, before.unseen, before.records),
        _share("Accepted after review", week.reviewed, week.records, before.reviewed, before.records),
        _share("Decided by people", week.people, week.records, before.people, before.records),
        Figure(
            "Cost per record",
            price(week.cost_per_record_usd),
            f"{price(before.cost_per_record_usd)} before; {price(week.cost_usd)} this week",
        ),
        Figure(
            "Prompt from the cache",
            percent(cached.get("hit", 0), sum(cached.values())),
            f"of {sum(cached.values()):,} calls that asked for it",
        ),
        Figure(
            "Receipt to result",
            seconds(week.latency_s(0.5)),
            f"half of them; 95 % within {seconds(week.latency_s(0.95))}",
        ),
    )


def _share(name: str, part: int, whole: int, part_before: int, whole_before: int) -> Figure:
    return Figure(name, percent(part, whole), f"{percent(part_before, whole_before)} before; {part:,} this week")


def _volume(days: Sequence[str], counts: Sequence[Counts], everything: Counts) -> BarChart:
    ways = {
        "unseen": [day.unseen for day in counts],
        "reviewed": [day.reviewed for day in counts],
        "people": [day.people for day in counts],
        "open": [day.records - day.unseen - day.reviewed - day.people for day in counts],
    }
    return bars_by_day(
        days,
        ways,
        summary=(
            f"Records by day and how they were settled: of {everything.records:,} in five weeks "
            f"{everything.unseen:,} accepted unseen, {everything.reviewed:,} after review, "
            f"{everything.people:,} decided by people."
        ),
    )


def _bars(days: Sequence[str], values: Sequence[float], name: str, whole: Decimal) -> BarChart:
    summary = f"{name}; {price(whole)} over five weeks."
    return bars_by_day(days, {"us_dollars": values}, summary=summary, written=price, tick="${:,g}".format, legend=False)


def _cache(days: Sequence[str], counts: Sequence[Counts], everything: Counts) -> BarChart:
    said = ", ".join(f"{everything.cache.get(name, 0):,} {name.replace('_', ' ')}" for name in CACHE_VERDICTS)
    series = {name: [day.cache.get(name, 0) for day in counts] for name in CACHE_VERDICTS}
    return bars_by_day(days, series, summary=f"Model calls by day and what the prompt cache did: {said}.")


def _reliability(everything: Counts) -> ReliabilityChart:
    checked = sum(each.checked for each in everything.reliability)
    right = sum(each.right for each in everything.reliability)
    promised = sum(each.confidence_sum for each in everything.reliability)
    said = (
        f"confidence promised {promised / checked:.0%} right, {right / checked:.0%} were."
        if checked
        else "nobody has decided about a value yet."
    )
    return reliability_chart(everything.reliability, summary=f"Of {checked:,} values that people decided about, {said}")


def _row(drift: Drift, asked: dict[str, str]) -> DriftRow:
    now, before = drift.now, drift.before
    return DriftRow(
        name=drift.name,
        drifted=drift.drifted,
        now=f"{now.troubled} of {now.seen} ({now.troubled / now.seen:.0%})",
        before=f"{before.troubled} of {before.seen} ({before.troubled / before.seen:.0%})",
        chance="under 0.001" if drift.p_value < 0.001 else f"{drift.p_value:.3f}",
        address=f"/?{urlencode(asked)}",
    )
