"""Turn a judgement into the record's fields, and a record's fields back into the answer they came from."""

from collections.abc import Collection, Iterator
from typing import Any

from mailroom.domain.answer import Answer, RawRow, RawValue
from mailroom.domain.judgement import JudgedValue, Judgement
from mailroom.domain.record import FieldResult, Record
from mailroom.domain.signal_notes import noted


def judged_fields(judgement: Judgement, *, origin: str, reviewed: Collection[str] = ()) -> dict[str, Any]:
    """Return the parts of a record that a judgement decides; ``reviewed`` names the paths the reviewer answered."""

    def result(value: JudgedValue, path: str) -> FieldResult:
        found = value.evidence
        return FieldResult(
            value=value.value,
            quote=value.quote,
            method=found.method,
            zone=found.zone or "",
            part=found.part,
            page=found.page,
            start=found.start,
            end=found.end,
            confidence=round(value.confidence, 4),
            doubts=value.doubts,
            origin="review" if path in reviewed else origin,
            kind=value.signals.kind if value.signals else "",
            signals=noted(value.signals) if value.signals else "",
        )

    def at(name: str, index: int) -> str:
        return name if name in reviewed else f"{name}[{index}]"

    fields = {
        name: tuple(result(item, at(name, index)) for index, item in enumerate(value))
        if isinstance(value, tuple)
        else result(value, name)
        for name, value in judgement.values.items()
    }
    groups = {
        name: tuple(
            {field: result(value, f"{name}[{index}].{field}") for field, value in row.items()}
            for index, row in enumerate(rows)
        )
        for name, rows in judgement.groups.items()
    }
    return {
        "kind": judgement.kind,
        "fields": fields,
        "groups": groups,
        "doubtful": judgement.doubtful,
        "confidence": round(judgement.confidence, 4),
    }


def answer_of(record: Record) -> Answer:
    """Return the answer that a record's fields stand for, to be shown to a reviewer and judged anew."""

    def raw(name: str, item: FieldResult) -> RawValue:
        value = _wire_text(item.value)
        return RawValue(name, value, item.quote or value)

    values = [
        raw(name, item)
        for name, found in record.fields.items()
        for item in (found if isinstance(found, tuple) else (found,))
    ]
    rows = [
        RawRow(name, tuple(raw(field, item) for field, item in row.items()))
        for name, group in record.groups.items()
        for row in group
    ]
    return Answer(record.kind, tuple(values), tuple(rows))


def results(record: Record) -> Iterator[tuple[str, FieldResult]]:
    """Yield every value of a record with its path as ``domain.paths`` says it, values before rows."""
    for name, found in record.fields.items():
        if isinstance(found, tuple):
            yield from ((f"{name}[{index}]", item) for index, item in enumerate(found))
        else:
            yield name, found
    for name, group in record.groups.items():
        for index, row in enumerate(group):
            for field, item in row.items():
                yield f"{name}[{index}].{field}", item


def _wire_text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
