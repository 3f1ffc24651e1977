"""``mailroom stats``: volume, what passed unseen, cost, cache and speed of the last days."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from rich.table import Table

from local.cli.options import said
from local.cli.tables import console, progress_bar
from local.places import Place, records_of
from mailroom.adapters.aws import client
from mailroom.adapters.statistics import DynamoDBDayRecords, DynamoDBStatistics
from mailroom.domain.statistics import Counts, DayStatistics, counted, total
from mailroom.pipeline.count_days import MOST_RECORDS


def run(*, stack: str, table: str, days: int, as_json: bool) -> int:
    """Print one line a day, newest first, and their sum; returns 0."""
    records, note = records_of(stack, table)
    if note:
        said(note)
    if isinstance(records, Place):
        found = _of_place(records, days)
    else:
        counts = counted(records.everything())
        found = [DayStatistics(day=datetime.now(UTC).date().isoformat(), counted_at=datetime.now(UTC), counts=counts)]
    summed = total(day.counts for day in found)
    if as_json:
        for day in found:
            print(json.dumps({"day": day.day, "counted_at": day.counted_at.isoformat(), **_figures(day.counts)}))
        print(json.dumps({"days": len(found), **_figures(summed)}))
    else:
        _show(found, summed)
    return 0


def _of_place(where: Place, days: int) -> list[DayStatistics]:
    """Return each day's statistics: those that the sweep keeps, and what it has not counted counted now."""
    now = datetime.now(UTC)
    names = [(now - timedelta(days=back)).date().isoformat() for back in range(days)]
    dynamodb, kept = client("dynamodb"), {}
    if "IdempotencyTable" in where.outputs:
        statistics = DynamoDBStatistics(dynamodb, where.outputs["IdempotencyTable"])
        kept = {day.day: day for day in statistics.of_days(names)}
    ledger = DynamoDBDayRecords(dynamodb, where.outputs["RecordsTable"])
    found = []
    with progress_bar() as bar:
        for name in bar.track(names, description="Counting"):
            if name in kept:
                found.append(kept[name])
                continue
            counts = counted(ledger.of_day(name, MOST_RECORDS))
            found.append(DayStatistics(day=name, counted_at=now, partial=counts.records >= MOST_RECORDS, counts=counts))
    return found


def _figures(counts: Counts) -> dict[str, object]:
    median, slow = counts.latency_s(0.5), counts.latency_s(0.95)
    return {
        "records": counts.records,
        "by_status": dict(counts.by_status),
        "by_kind": dict(counts.by_kind),
        "accepted_unseen": counts.unseen,
        "accepted_after_review": counts.reviewed,
        "decided_by_people": counts.people,
        "cost_usd": str(counts.cost_usd),
        "cost_per_record_usd": str(round(counts.cost_per_record_usd, 6)),
        "model_calls": counts.calls,
        "cache": dict(counts.cache),
        "latency_median_s": median,
        "latency_p95_s": slow,
    }


def _show(found: Sequence[DayStatistics], summed: Counts) -> None:
    columns = (
        "Day (UTC)",
        "Records",
        "Unseen",
        "Reviewed",
        "People",
        "Cost $",
        "$ each",
        "Cache hits",
        "Median s",
        "p95 s",
    )
    table = Table(header_style="bold", pad_edge=False)
    for column in columns:
        table.add_column(column, justify="left" if column == columns[0] else "right")
    for day in found:
        if day.counts.records:
            table.add_row(*_cells(day.day + (" (in part)" if day.partial else ""), day.counts))
    table.add_section()
    table.add_row(*_cells(f"{len(found)} days", summed), style="bold")
    out = console()
    out.print(table)
    states = ", ".join(f"{count} {status.replace('_', ' ')}" for status, count in sorted(summed.by_status.items()))
    out.print(states or "No records.")


def _cells(name: str, counts: Counts) -> list[str]:
    hits = counts.cache.get("hit", 0)
    share = f"{100 * hits / counts.calls:.0f} %" if counts.calls else "–"
    seconds = [counts.latency_s(part) for part in (0.5, 0.95)]
    return [
        name,
        f"{counts.records:,}",
        f"{counts.unseen:,}",
        f"{counts.reviewed:,}",
        f"{counts.people:,}",
        f"{counts.cost_usd:.4f}",
        f"{counts.cost_per_record_usd:.5f}",
        share,
        *("–" if each is None else f"{each:.1f}" for each in seconds),
    ]
