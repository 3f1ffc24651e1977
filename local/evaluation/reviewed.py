"""Values whose truth is known: from an evaluation's labels, or from what people decided about records."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from local.evaluation.results import Result
from mailroom.domain.confidence import Signals
from mailroom.domain.record import BY_A_PERSON, FieldResult, Record, Status
from mailroom.domain.signal_notes import signals_from
from mailroom.pipeline.filing import results

_INDEX = re.compile(r"\[\d+\]")


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
    """Yield the machine's values that people confirmed or replaced; what nobody decided about says nothing.

    A value that a person let stand was right; one that was replaced or taken away was wrong, and stands with its proof
    on the decision. What a person added had no machine's value.
    """
    for record in records:
        if record.status is Status.APPROVED:
            replaced: dict[str, FieldResult] = {}
        elif record.status is Status.CORRECTED:
            replaced = _replaced(record)
        else:
            continue
        stands = {path: found for path, found in results(record) if found.origin != BY_A_PERSON}
        judged = [(path, found, True) for path, found in stands.items()]
        judged += [(path, found, False) for path, found in replaced.items()]
        for path, found, right in judged:
            yield Reviewed(
                message=record.record_id,
                field=f"{record.kind}.{_INDEX.sub('', path)}",
                confidence=found.confidence,
                right=right,
                signals=signals_from(found.signals, found.kind),
                may_pass=found.method not in {"absent", "fuzzy", "picture"},
            )


def _replaced(record: Record) -> dict[str, FieldResult]:
    """Return the machine's values that the last correction replaced or took away, by their paths before it."""
    decision = next((each for each in reversed(record.decisions) if each.action == "corrected"), None)
    if decision is None:
        return {}
    before = record.model_copy(
        update={
            "fields": {name: found for name, found in decision.fields.items() if found is not None},
            "groups": {name: rows for name, rows in decision.groups.items() if rows is not None},
        }
    )
    return {path: found for path, found in results(before) if path in decision.before and found.origin != BY_A_PERSON}
