"""What a day's records add up to: volume, ways, cost, cache, speed, how honest confidence was, and who causes doubt.

A day is the day of receipt (UTC). Counting a day again replaces what was counted before, so a record that changes
later is counted as it stands then, once. Sums of days are of the same shape as a day.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from mailroom.domain.record import BY_A_PERSON, FieldResult, Record, Status

LATENCY_BOUNDS_S = (1, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45, 60, 120, 300, 900, 3600)
"""Upper bounds, in seconds, of the bars in which latency is counted; a last bar takes what is slower. Bars can be
summed over days, exact percentiles cannot."""

BINS = 10
"""Bars of the reliability diagram, each a tenth of confidence wide."""

MOST_SENDERS = 200
"""Senders kept apart per day, those with most records: a day's statistics must fit one item of 400 KB."""

_ADDRESS_LENGTH = 254  # RFC 5321 section 4.5.3.1.3 less its two brackets; what is longer is no address
_UNREAD = frozenset({Status.RECEIVED, Status.BATCHED, Status.EXTRACTING, Status.QUARANTINED})
_DECIDED = frozenset({Status.APPROVED, Status.CORRECTED, Status.REJECTED})
_INDEX = re.compile(r"\[\d+\]")


class Share(NamedTuple):
    """Records of one sender, or with one field: how many, in how many it was doubtful, corrected, either of the two."""

    seen: int = 0
    doubtful: int = 0
    corrected: int = 0
    troubled: int = 0

    def plus(self, other: "Share") -> "Share":
        """Return the sum of two."""
        return Share(*(a + b for a, b in zip(self, other, strict=True)))


class ReliabilityBin(NamedTuple):
    """Values of one tenth of confidence that people decided about: how many, their confidences' sum, how many right."""

    checked: int = 0
    confidence_sum: float = 0.0
    right: int = 0

    def plus(self, other: "ReliabilityBin") -> "ReliabilityBin":
        """Return the sum of two."""
        return ReliabilityBin(
            self.checked + other.checked, self.confidence_sum + other.confidence_sum, self.right + other.right
        )


class Counts(BaseModel):
    """What some records add up to.

    ``unseen`` were accepted by the first reading alone, ``reviewed`` accepted after a second model's look, ``people``
    decided by a person; what is neither is under way, waits, was quarantined or failed. ``latency`` counts, per bar of
    ``LATENCY_BOUNDS_S``, the time from receipt to the machines' last word (accepted, or handed to a person).
    """

    model_config = ConfigDict(frozen=True)

    records: int = 0
    by_status: Mapping[str, int] = {}
    by_kind: Mapping[str, int] = {}
    unseen: int = 0
    reviewed: int = 0
    people: int = 0
    cost_usd: Decimal = Decimal(0)
    calls: int = 0
    cost_by_model: Mapping[str, Decimal] = {}
    cache: Mapping[str, int] = {}
    latency: tuple[int, ...] = (0,) * (len(LATENCY_BOUNDS_S) + 1)
    reliability: tuple[ReliabilityBin, ...] = (ReliabilityBin(),) * BINS
    senders: Mapping[str, Share] = {}
    senders_left_out: int = 0
    fields: Mapping[str, Share] = {}

    @property
    def cost_per_record_usd(self) -> Decimal:
        """The mean price of a record in US dollars; 0 where there are none."""
        return self.cost_usd / self.records if self.records else Decimal(0)

    def latency_s(self, share: float) -> float | None:
        """Return the time within which ``share`` of the records had the machines' last word, None where none had.

        It is interpolated within its bar, so it is as exact as the bar is narrow; infinite beyond the last bound.
        """
        wanted, below = share * sum(self.latency), 0
        if not wanted:
            return None
        for bound_before, bound, count in zip((0, *LATENCY_BOUNDS_S), LATENCY_BOUNDS_S, self.latency, strict=False):
            if count and below + count >= wanted:
                return bound_before + (bound - bound_before) * (wanted - below) / count
            below += count
        return float("inf")


class DayStatistics(BaseModel):
    """One day's counts. ``partial`` says that the day has more records than are counted at a time: the newest are."""

    model_config = ConfigDict(frozen=True)

    day: str = Field(pattern=r"^\d{4}-\d\d-\d\d$")
    counted_at: datetime
    partial: bool = False
    counts: Counts = Counts()


def counted(records: Iterable[Record]) -> Counts:
    """Return what records add up to; any iterable will do, and none of them is kept."""
    tally = _Tally()
    for record in records:
        tally.add(record)
    return tally.counts()


def total(days: Iterable[Counts]) -> Counts:
    """Return the sum of several days; a sender who was left out on a day is missing there, never guessed."""
    found = list(days)
    return Counts(
        records=sum(day.records for day in found),
        by_status=_summed(day.by_status for day in found),
        by_kind=_summed(day.by_kind for day in found),
        unseen=sum(day.unseen for day in found),
        reviewed=sum(day.reviewed for day in found),
        people=sum(day.people for day in found),
        cost_usd=sum((day.cost_usd for day in found), Decimal(0)),
        calls=sum(day.calls for day in found),
        cost_by_model=_summed(day.cost_by_model for day in found),
        cache=_summed(day.cache for day in found),
        latency=tuple(sum(bars) for bars in zip(*(day.latency for day in found), strict=True)) or Counts().latency,
        reliability=tuple(_added(bins) for bins in zip(*(day.reliability for day in found), strict=True))
        or Counts().reliability,
        senders=_joined(day.senders for day in found),
        senders_left_out=max((day.senders_left_out for day in found), default=0),
        fields=_joined(day.fields for day in found),
    )


class _Tally:
    def __init__(self) -> None:
        self.numbers: Counter[str] = Counter()
        self.by_status: Counter[str] = Counter()
        self.by_kind: Counter[str] = Counter()
        self.cache: Counter[str] = Counter()
        self.costs: dict[str, Decimal] = {}
        self.latency = [0] * (len(LATENCY_BOUNDS_S) + 1)
        self.bins = [ReliabilityBin()] * BINS
        self.senders: dict[str, Share] = {}
        self.fields: dict[str, Share] = {}

    def add(self, record: Record) -> None:
        self.numbers["records"] += 1
        self.by_status[record.status] += 1
        if record.kind:
            self.by_kind[record.kind] += 1
        self.numbers[_way(record)] += 1
        for attempt in record.attempts:
            self.costs[attempt.model] = self.costs.get(attempt.model, Decimal(0)) + attempt.cost_usd
            self.cache[attempt.cache] += 1
        if record.status in {Status.ACCEPTED, Status.NEEDS_HUMAN} and not record.decisions:
            self.latency[_bar((record.updated_at - record.received_at).total_seconds())] += 1
        for confidence, right in _checked_values(record):
            bar = min(int(confidence * BINS), BINS - 1)
            self.bins[bar] = self.bins[bar].plus(ReliabilityBin(1, confidence, right))
        if record.kind and record.status not in _UNREAD:
            self._add_troubles(record)

    def _add_troubles(self, record: Record) -> None:
        doubtful = {_field(path) for path in record.doubtful}
        corrected = {_field(path) for path in _corrected(record)}
        for name in {*_names(record), *doubtful, *corrected}:
            _count(self.fields, f"{record.kind}.{name}", name in doubtful, name in corrected)
        if record.sender:
            sender = record.sender[:_ADDRESS_LENGTH].lower()
            _count(self.senders, sender, bool(doubtful), bool(corrected))

    def counts(self) -> Counts:
        kept = sorted(self.senders.items(), key=lambda item: (-item[1].seen, item[0]))[:MOST_SENDERS]
        return Counts(
            records=self.numbers["records"],
            by_status=dict(self.by_status),
            by_kind=dict(self.by_kind),
            unseen=self.numbers["unseen"],
            reviewed=self.numbers["reviewed"],
            people=self.numbers["people"],
            cost_usd=sum(self.costs.values(), Decimal(0)),
            calls=self.cache.total(),
            cost_by_model=self.costs,
            cache=dict(self.cache),
            latency=tuple(self.latency),
            reliability=tuple(self.bins),
            senders=dict(kept),
            senders_left_out=len(self.senders) - len(kept),
            fields=self.fields,
        )


def _way(record: Record) -> str:
    if record.status in _DECIDED:
        return "people"
    if record.status is not Status.ACCEPTED:
        return "open"
    return "reviewed" if any(attempt.step == "review" for attempt in record.attempts) else "unseen"


def _bar(seconds: float) -> int:
    return next((bar for bar, bound in enumerate(LATENCY_BOUNDS_S) if seconds <= bound), len(LATENCY_BOUNDS_S))


def _checked_values(record: Record) -> Iterator[tuple[float, bool]]:
    """Yield the machine's confidence in each value that a person let stand or replaced.

    A replaced value's confidence is kept on the person's; one that was taken away, or that the machine had missed, has
    none.
    """
    if record.status not in {Status.APPROVED, Status.CORRECTED}:
        return
    for _, found in _values(record):
        if found.origin != BY_A_PERSON:
            yield found.confidence, True
        elif found.confidence > 0:  # what the machine had missed has none
            yield found.confidence, False


def _corrected(record: Record) -> Mapping[str, str]:
    """Return what the last correction replaced, by field; nothing where no correction stands."""
    if record.status is not Status.CORRECTED:
        return {}
    return next((each.before for each in reversed(record.decisions) if each.action == "corrected"), {})


def _values(record: Record) -> Iterator[tuple[str, FieldResult]]:
    for name, found in record.fields.items():
        yield from ((name, item) for item in (found if isinstance(found, tuple) else (found,)))
    for name, rows in record.groups.items():
        yield from ((f"{name}.{cell}", item) for row in rows for cell, item in row.items())


def _names(record: Record) -> Iterator[str]:
    yield from record.fields
    for name, rows in record.groups.items():
        yield from (f"{name}.{cell}" for row in rows for cell in row)


def _field(path: str) -> str:
    """Return the field that a path leads to, whatever its row: "line_items[2].amount" is "line_items.amount"."""
    return _INDEX.sub("", path)


def _count(shares: dict[str, Share], name: str, doubtful: bool, corrected: bool) -> None:
    one = Share(1, doubtful, corrected, doubtful or corrected)
    shares[name] = shares.get(name, Share()).plus(one)


def _summed[Number: (int, Decimal)](parts: Iterable[Mapping[str, Number]]) -> dict[str, Number]:
    found: dict[str, Any] = {}
    for part in parts:
        for name, number in part.items():
            found[name] = found[name] + number if name in found else number
    return found


def _added(bins: Sequence[ReliabilityBin]) -> ReliabilityBin:
    return ReliabilityBin(*(sum(numbers) for numbers in zip(*bins, strict=True)))


def _joined(parts: Iterable[Mapping[str, Share]]) -> dict[str, Share]:
    found: dict[str, Share] = {}
    for part in parts:
        for name, share in part.items():
            found[name] = found.get(name, Share()).plus(share)
    return found
