"""Values whose truth is known: from an evaluation's labels, or from what people decided about records."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from local.evaluation.results import Result
from mailroom.domain.confidence import Signals
from mailroom.domain.record import FieldResult, Record, Status
from mailroom.pipeline.decide import BY_A_PERSON


@dataclass(frozen=True, slots=True)
class Reviewed:
    """One value with its confidence, and whether it was right.

    ``field`` is "kind.field". ``signals`` are None where only the confidence was kept. ``may_pass`` is false for what
    is never accepted unseen whatever its confidence; ``kind_right`` says whether its record was called the right kind.
    """

    message: str
    field: str
    confidence: float
    right: bool
    signals: Signals | None = None
    may_pass: bool = True
    kind_right: bool = True


def of_results(results: Iterable[Result]) -> Iterator[Reviewed]:
    """Yield the claimed values of an evaluation."""
    for result in results:
        for value in result.values:
            if value.found is not None and value.confidence is not None:
                yield Reviewed(
                    message=result.id,
                    field=value.field,
                    confidence=value.confidence,
                    right=value.right,
                    signals=value.signals,
                    may_pass=not value.must_be_seen,
                    kind_right=result.kind_right is not False,
                )


def of_records(records: Iterable[Record]) -> Iterator[Reviewed]:
    """Yield the values that people confirmed or replaced; what nobody decided about says nothing."""
    for record in records:
        if record.status not in {Status.APPROVED, Status.CORRECTED}:
            continue
        for name, found in _values(record):
            yield Reviewed(
                message=record.record_id,
                field=f"{record.kind}.{name}",
                confidence=found.confidence,
                right=found.origin != BY_A_PERSON,
                may_pass=found.method not in {"absent", "fuzzy", "picture"},
            )


def _values(record: Record) -> Iterator[tuple[str, FieldResult]]:
    for name, found in record.fields.items():
        yield from ((name, item) for item in (found if isinstance(found, tuple) else (found,)))
    for name, rows in record.groups.items():
        yield from ((f"{name}.{cell}", item) for row in rows for cell, item in row.items())
