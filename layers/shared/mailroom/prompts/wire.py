"""The wire format: a small, constant JSON shape that a model answers in, its schema, and its parser.

An answer is ``{"kind", "values", "rows", "unsure"}``. A value is ``{"field", "quote", "value"}``: the quote stands
before the value, so that the model commits to the evidence before it writes what it makes of it (docs/adr/0003).
``value`` is "" where the quote already is the value, and ``quote`` is "" for a derived field. A row is
``{"group", "values"}``.

What the parser makes of everything that can arrive:

=====================================================  ================================================================
What arrives                                           Outcome
=====================================================  ================================================================
Text that is not one JSON object, truncated JSON       ``WireError``
White space or one Markdown code fence around it       taken off (routes without structured outputs add them)
Any other text before or after it                      ``WireError``
More than 2,000,000 characters, nesting without end    ``WireError``
A key twice in an object, NaN, Infinity                ``WireError``
A missing, unknown or wrongly typed top-level key      ``WireError``
An unknown kind                                        ``WireError``
The kind or a field in another capitalisation          taken as declared (the API does not promise an enum's case)
A value or row that is not of the declared shape       left out, problem
A field that no kind has, or another kind's field      left out, problem
A group's field outside of a row                       left out, problem
``line_items.amount`` as the field in a row            taken as ``amount``
A scalar twice                                         the first is kept, problem
Neither a quote nor a value                            left out, problem
A value without a quote, not derived                   quote and value are the same string
A string over 10,000 characters                        left out, problem
A lone surrogate, which no UTF-8 can hold              left out, problem
More than 500 values in all, or more than 500 rows     the first 500 are kept, one problem
A row of an unknown group                              left out, problem
A row of which no value is kept                        kept empty, so that the others keep their index; problem
``unsure`` of something the answer cannot hold         left out, problem
Empty ``values`` and ``rows``                          an ``Answer`` with none: the message may hold none
=====================================================  ================================================================
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NoReturn

from mailroom.domain.answer import Answer, RawRow, RawValue
from mailroom.domain.doctype import FieldSpec, TypeSpec
from mailroom.domain.errors import MailroomError
from mailroom.domain.paths import field_at, row_of

MAX_VALUES = 500
MAX_STRING = 10_000
MAX_TEXT = 2_000_000
MAX_PROBLEMS = 50
_TOP_KEYS = frozenset({"kind", "values", "rows", "unsure"})
_FENCE = re.compile(r"\s*```(?:json)?[ \t]*\n(.*)\n[ \t]*```\s*", re.DOTALL)


class WireError(MailroomError):
    """The model's answer cannot be read at all; the sentence says why. The same message may well succeed at a retry."""


def answer_schema(kinds: Iterable[str]) -> dict[str, Any]:
    """Return the JSON schema of an answer; only the list of kinds varies, so its compiled grammar is reused.

    All properties are required and nothing is nullable, which keeps clear of the API's limits of 24 optional and 16
    union-typed properties.
    """
    value = _closed_object(field={"type": "string"}, quote={"type": "string"}, value={"type": "string"})
    row = _closed_object(group={"type": "string"}, values={"type": "array", "items": value})
    return _closed_object(
        kind={"type": "string", "enum": sorted(kinds)},
        values={"type": "array", "items": value},
        rows={"type": "array", "items": row},
        unsure={"type": "array", "items": {"type": "string"}},
    )


def _closed_object(**properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def parse_answer(text: str, types: Mapping[str, TypeSpec]) -> Answer:
    """Return the claims in a model's answer; the table above says what becomes of everything else.

    Raises ``WireError`` and nothing else.
    """
    payload, spec = payload_in(text, types)
    reading = _Reading(spec, types)
    values = reading.values(payload["values"])
    rows = reading.rows(payload["rows"])
    return Answer(
        kind=spec.kind,
        values=values,
        rows=rows,
        unsure=reading.unsure(payload["unsure"], rows),
        problems=reading.problems(),
    )


_KIND_FIRST = re.compile(r'\s*(?:```(?:json)?[ \t]*\n\s*)?\{\s*"kind"\s*:\s*("[^"\\\x00-\x1f]{1,100}")')
"""How an answer begins: the schema's first key is ``kind``, and the API writes required keys in the schema's order."""


def kind_heard(text: str, types: Mapping[str, TypeSpec]) -> str:
    """Return the kind from an answer of which only the beginning is there; "" as long as it is not said, or not first.

    What ``parse_answer`` makes of the whole may still be another thing: an answer can end in garbage.
    """
    found = _KIND_FIRST.match(text)
    spec = types.get(json.loads(found[1]).casefold()) if found else None
    return spec.kind if spec else ""


def serialise(answer: Answer) -> str:
    """Write an answer in the wire format, without its problems: what the parser reads back as the same answer."""
    return json.dumps(
        {
            "kind": answer.kind,
            "values": [wire_value(value) for value in answer.values],
            "rows": [
                {"group": row.group, "values": [wire_value(value) for value in row.values]} for row in answer.rows
            ],
            "unsure": list(answer.unsure),
        },
        ensure_ascii=False,
        separators=(",", ":"),
    )


def wire_value(value: RawValue) -> dict[str, str]:
    """Write one value: the quote first, the value only where it differs."""
    return {"field": value.field, "quote": value.quote, "value": "" if value.value == value.quote else value.value}


class _Reading:
    """One pass over an answer: what it takes, and in words what it does not."""

    def __init__(self, spec: TypeSpec, types: Mapping[str, TypeSpec]) -> None:
        self._spec = spec
        self._types = types
        self._problems: list[str] = []
        self._count = 0

    def problems(self) -> tuple[str, ...]:
        """Return what was left out, at most fifty sentences."""
        if len(self._problems) <= MAX_PROBLEMS:
            return tuple(self._problems)
        return (*self._problems[:MAX_PROBLEMS], f"{len(self._problems) - MAX_PROBLEMS} more problems.")

    def values(self, claims: Sequence[Any]) -> tuple[RawValue, ...]:
        """Read the values outside of rows."""
        return self._take(claims, {field.name: field for field in self._spec.fields}, group="")

    def rows(self, claims: Sequence[Any]) -> tuple[RawRow, ...]:
        """Read the rows of known groups, empty ones included."""
        taken: list[RawRow] = []
        for claim in claims[:MAX_VALUES]:
            match claim:
                case {"group": str() as name, "values": list() as values, **rest} if not rest:
                    group = next((each for each in self._spec.groups if each.name == name.casefold()), None)
                    if group is None:
                        self._problems.append(f"{self._spec.kind} has no group {shown(name)}.")
                        continue
                    taken_values = self._take(values, {field.name: field for field in group.fields}, group=group.name)
                    if not taken_values:
                        self._problems.append(f"A row of {group.name} holds nothing.")
                    taken.append(RawRow(group.name, taken_values))
                case _:
                    self._problems.append("A row is not of the form group, values.")
        if len(claims) > MAX_VALUES:
            self._problems.append(f"There are {len(claims)} rows; only the first {MAX_VALUES} are read.")
        return tuple(taken)

    def unsure(self, names: Sequence[Any], rows: Sequence[RawRow]) -> tuple[str, ...]:
        """Read what the model is unsure of: fields, groups, or paths into rows and lists."""
        taken: list[str] = []
        for name in names[:MAX_VALUES]:
            path = name.casefold() if isinstance(name, str) and len(name) <= MAX_STRING else ""
            if path in taken:
                continue
            if self._spec.group(path) is None and not self._can_be_unsure(path, rows):
                self._problems.append(f"It is unsure of {shown(name)}, which {self._spec.kind} does not have.")
                continue
            taken.append(path)
        return tuple(taken)

    def _can_be_unsure(self, path: str, rows: Sequence[RawRow]) -> bool:
        if field_at(self._spec, path) is None:
            return False
        place = row_of(path)
        return place is None or place[1] < sum(row.group == place[0] for row in rows)

    def _take(self, claims: Sequence[Any], fields: Mapping[str, FieldSpec], *, group: str) -> tuple[RawValue, ...]:
        taken: list[RawValue] = []
        seen: set[str] = set()
        for claim in claims:
            self._count += 1
            if self._count > MAX_VALUES:
                if self._count == MAX_VALUES + 1:
                    self._problems.append(f"There are more than {MAX_VALUES} values; the others are not read.")
                break
            value = self._value(claim, fields, group)
            if value is None:
                continue
            if value.field in seen and not fields[value.field].many:
                self._problems.append(f"{value.field} is there twice; the first is kept.")
                continue
            seen.add(value.field)
            taken.append(value)
        return tuple(taken)

    def _value(self, claim: Any, fields: Mapping[str, FieldSpec], group: str) -> RawValue | None:
        match claim:
            case {"field": str() as name, "quote": str() as quote, "value": str() as value, **rest} if not rest:
                pass
            case _:
                self._problems.append("A value is not of the form field, quote, value.")
                return None
        field = fields.get(name.casefold().removeprefix(f"{group}.") if group else name.casefold())
        if field is None:
            self._problems.append(self._why_unknown(name, group))
            return None
        if fault := fault_in(quote, value):
            self._problems.append(f"{field.name}: {fault}")
            return None
        return raw_value(field.name, field, quote, value)

    def _why_unknown(self, name: str, group: str) -> str:
        if group:
            return f"{group} has no field {shown(name)}."
        if any(each.field(name.partition(".")[2] or name) for each in self._spec.groups):
            return f"{shown(name)} belongs into a row."
        owner = next((kind for kind in sorted(self._types) if self._types[kind].field(name)), "")
        also = f"; {owner} has" if owner else ""
        return f"{self._spec.kind} has no field {shown(name)}{also}."


def raw_value(path: str, field: FieldSpec, quote: str, value: str) -> RawValue:
    """Return a claim in its canonical form: one string stands for both, except that a derived value needs no quote."""
    if field.derived and not quote:
        return RawValue(path, value, "")
    return RawValue(path, value or quote, quote or value)


def fault_in(quote: str, value: str) -> str:
    """Say in a sentence why a claim cannot be taken, or return an empty string."""
    if not quote.strip() and not value.strip():
        return "there is neither a quote nor a value."
    if len(quote) > MAX_STRING or len(value) > MAX_STRING:
        return f"a string is longer than {MAX_STRING} characters."
    if any("\ud800" <= character <= "\udfff" for character in quote + value):
        return "a string holds half a character."
    return ""


def shown(name: object) -> str:
    """Write something a model named so that it is safe and short in a log."""
    written = ascii(name)
    return written if len(written) <= 60 else f"{written[:57]}…"


def payload_in(text: str, types: Mapping[str, TypeSpec]) -> tuple[dict[str, Any], TypeSpec]:
    """Return an answer's JSON object, only its outermost shape verified, and its kind; raises ``WireError``."""
    payload = _object_in(text)
    kind = payload["kind"]
    spec = types.get(kind.casefold()) if isinstance(kind, str) else None
    if spec is None:
        raise WireError(f"The answer names the kind {shown(kind)}, which does not exist.")
    return payload, spec


def _object_in(text: str) -> dict[str, Any]:
    if len(text) > MAX_TEXT:
        raise WireError(f"The answer has {len(text)} characters, more than {MAX_TEXT}.")
    fenced = _FENCE.fullmatch(text)
    try:
        payload = json.loads(fenced[1] if fenced else text, object_pairs_hook=_unique, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise WireError(f"The answer is not JSON, or it is cut short: {shown(str(error))}.") from error
    if not isinstance(payload, dict):
        raise WireError("The answer is JSON, but not an object.")
    if payload.keys() != _TOP_KEYS:
        odd = sorted(payload.keys() ^ _TOP_KEYS)[:5]
        raise WireError(f"The answer lacks keys or has unknown ones: {', '.join(shown(key) for key in odd)}.")
    if not all(isinstance(payload[key], list) for key in ("values", "rows", "unsure")):
        raise WireError("In the answer, values, rows and unsure have to be lists.")
    return payload


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice in one object")
    return found


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
