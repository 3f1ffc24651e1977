"""An answer's values after validation, each with the words it was claimed from."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mailroom.domain.answer import Answer, RawRow, RawValue
from mailroom.domain.doctype import FieldSpec, Problem, TypeSpec, Validated
from mailroom.domain.paths import list_of


@dataclass(frozen=True, slots=True)
class Claim:
    """One validated value and the words it was claimed from. ``row`` counts from 0; "" as ``group`` means none.

    ``path`` counts what is kept (see ``domain.paths``), ``said_as`` what the answer said, refused items included.
    """

    path: str
    spec: FieldSpec
    value: Any
    quote: str
    group: str = ""
    row: int = -1
    said_as: str = ""

    @property
    def text(self) -> str:
        """The normalised value as it is looked for in the message."""
        return text_of(self.value)


@dataclass(frozen=True, slots=True)
class Claims:
    """All claims of an answer; ``problems`` says in words what did not pass, ``faulted`` names the paths in doubt."""

    claims: tuple[Claim, ...]
    problems: tuple[str, ...] = ()
    faulted: frozenset[str] = frozenset()


def text_of(value: Any) -> str:
    """Return a JSON value as text: true and false in lower case, lists and mappings as JSON."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value, ensure_ascii=False, default=str) if isinstance(value, (list, dict)) else str(value)


def claims_of(answer: Answer, spec: TypeSpec) -> Claims:
    """Return what an answer claims after validation."""
    scalars, lists, unknown = _sorted(answer.values, spec)
    rows = [row for row in answer.rows if spec.group(row.group)]
    unknown += [
        f"The answer has rows of {row.group}, which this kind of document does not have."
        for row in answer.rows
        if not spec.group(row.group)
    ]
    wire: dict[str, Any] = {name: raw.value for name, raw in scalars.items()}
    wire |= {name: [raw.value for raw in raws] for name, raws in lists.items()}
    for row in rows:
        wire.setdefault(row.group, []).append({raw.field: raw.value for raw in row.values})
    validated = _validate(spec, wire)
    claims = [
        Claim(name, field, validated.values[name], raw.quote)
        for name, raw in scalars.items()
        if (field := spec.field(name)) and validated.values.get(name) is not None
    ]
    for name, raws in lists.items():
        claims += _list_claims(name, raws, validated, spec)
    for group in dict.fromkeys(row.group for row in rows):
        claims += _row_claims(group, [row for row in rows if row.group == group], validated, spec)
    problems = (*unknown, *(_in_words(problem) for problem in validated.problems))
    # A refused item leaves no gap in its list, so the fault is the list's.
    faulted = (list_of(problem.field) or problem.field for problem in validated.problems)
    return Claims(tuple(claims), problems, frozenset(path for path in faulted if path))


def _sorted(
    values: Sequence[RawValue], spec: TypeSpec
) -> tuple[dict[str, RawValue], dict[str, list[RawValue]], list[str]]:
    scalars: dict[str, RawValue] = {}
    lists: dict[str, list[RawValue]] = {}
    problems: list[str] = []
    for raw in values:
        field = spec.field(raw.field)
        if field is None:
            problems.append(f"The answer has a field {raw.field}, which this kind of document does not have.")
        elif field.many:
            lists.setdefault(raw.field, []).append(raw)
        elif raw.field not in scalars:
            scalars[raw.field] = raw
        elif scalars[raw.field].value != raw.value:
            problems.append(f"The answer gives {raw.field} twice: {scalars[raw.field].value} and {raw.value}.")
    return scalars, lists, problems


def _validate(spec: TypeSpec, wire: Mapping[str, Any]) -> Validated:
    try:
        return spec.validate(wire)
    except Exception as error:  # noqa: BLE001 - a document type is the user's code; its fault must not lose the message
        return Validated(
            {}, (Problem("", f"the document type failed to validate the answer ({type(error).__name__}: {error})"),)
        )


def _in_words(problem: Problem) -> str:
    return f"{problem.field}: {problem.reason}" if problem.field else problem.reason


def _list_claims(name: str, raws: Sequence[RawValue], validated: Validated, spec: TypeSpec) -> Iterator[Claim]:
    field = spec.field(name)
    kept = validated.values.get(name)
    if field is None or not isinstance(kept, (list, tuple)):
        return
    if len(kept) == len(raws):
        pairs = list(zip(range(len(raws)), raws, kept, strict=True))
    else:  # something was dropped; validated one by one, each says whether it was the one
        alone = [_validate(spec, {name: [raw.value]}).values.get(name) for raw in raws]
        pairs = [
            (place, raw, one[0])
            for place, (raw, one) in enumerate(zip(raws, alone, strict=True))
            if isinstance(one, (list, tuple)) and len(one) == 1
        ]
    for i, (place, raw, value) in enumerate(pairs):
        yield Claim(f"{name}[{i}]", field, value, raw.quote, said_as=f"{name}[{place}]")


def _row_claims(name: str, rows: Sequence[RawRow], validated: Validated, spec: TypeSpec) -> Iterator[Claim]:
    group = spec.group(name)
    kept = validated.values.get(name)
    if group is None or not isinstance(kept, (list, tuple)):
        return
    if len(kept) == len(rows):
        pairs = list(zip(rows, kept, strict=True))
    else:
        alone = [
            (row, _validate(spec, {name: [{raw.field: raw.value for raw in row.values}]}).values.get(name))
            for row in rows
        ]
        pairs = [(row, one[0]) for row, one in alone if isinstance(one, (list, tuple)) and len(one) == 1]
    for i, (row, values) in enumerate(pairs):
        if not isinstance(values, Mapping):
            continue
        quotes = {raw.field: raw.quote for raw in reversed(row.values)}
        for field_name, value in values.items():
            field = group.field(field_name)
            if field and value is not None and field_name in quotes:
                yield Claim(f"{name}[{i}].{field_name}", field, value, quotes[field_name], name, i)
