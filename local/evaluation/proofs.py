"""Judge once more to see what confidence was computed from: calibration needs the signals, a record drops them."""

from collections.abc import Iterator, Mapping

from local.evaluation.scoring import Proof
from mailroom.domain.answer import Answer
from mailroom.domain.doctype import FieldSpec, TypeSpec
from mailroom.domain.doubts import must_be_seen
from mailroom.domain.judgement import JudgedValue, Judgement, Policy, judge
from mailroom.domain.message import Message


def proofs_of(
    answer: Answer, message: Message, spec: TypeSpec, policy: Policy, *, second: Answer | None = None
) -> Mapping[str, Proof]:
    """Return each value's signals by its path; ``second`` is the reading that the answer is held against."""
    judgement = judge(answer, message, spec, policy, second=second)
    return {
        path: Proof(value.signals, must_be_seen(field, value.evidence))
        for path, field, value in _values(judgement, spec)
        if value.signals is not None
    }


def _values(judgement: Judgement, spec: TypeSpec) -> Iterator[tuple[str, FieldSpec, JudgedValue]]:
    for name, found in judgement.values.items():
        field = spec.field(name)
        if field is None:
            continue
        if isinstance(found, tuple):
            yield from ((f"{name}[{index}]", field, item) for index, item in enumerate(found))
        else:
            yield name, field, found
    for name, rows in judgement.groups.items():
        group = spec.group(name)
        for index, row in enumerate(rows):
            for cell, item in row.items():
                field = group.field(cell) if group else None
                if field is not None:
                    yield f"{name}[{index}].{cell}", field, item
