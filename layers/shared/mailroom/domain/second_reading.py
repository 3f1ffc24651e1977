"""What second readings cost and what they saved, from the records alone."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from mailroom.domain.record import Record, Status


@dataclass(frozen=True, slots=True)
class Savings:
    """The second readings of one kind of document, in US dollars.

    ``settled`` are the records that then needed no review; each saved what a review of its kind costs on average (of
    any kind, where none of this kind was reviewed). What a person's time costs is not counted.
    """

    kind: str
    asked: int
    settled: int
    cost_usd: Decimal
    saved_usd: Decimal


def savings_of(records: Iterable[Record]) -> tuple[Savings, ...]:
    """Return what second readings cost and saved, kind by kind in alphabetical order."""
    records = tuple(records)
    any_review = _mean(_costs(records, "review"))
    found = []
    for kind in sorted({record.kind for record in records if _has(record, "second")}):
        mine = [record for record in records if record.kind == kind]
        costs = _costs(mine, "second")
        settled = sum(
            _has(record, "second") and not _has(record, "review") and record.status is not Status.IN_REVIEW
            for record in mine
        )
        review = _mean(_costs(mine, "review")) or any_review
        found.append(Savings(kind, len(costs), settled, sum(costs, Decimal(0)), settled * review))
    return tuple(found)


def _has(record: Record, step: str) -> bool:
    return any(attempt.step == step for attempt in record.attempts)


def _costs(records: Iterable[Record], step: str) -> list[Decimal]:
    return [attempt.cost_usd for record in records for attempt in record.attempts if attempt.step == step]


def _mean(costs: list[Decimal]) -> Decimal:
    return sum(costs, Decimal(0)) / len(costs) if costs else Decimal(0)
