"""Does the answer hold as much as the message shows? Rows, sums, counts, pages and labelled values are compared."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from mailroom.domain.doctype import FieldSpec, GroupSpec, TypeSpec, ValueKind
from mailroom.domain.locate.index import MessageIndex

_PAGE = re.compile(
    r"(?:page|seite|pagina|página|strona|sida|side|str\.|s\.)\s?(\d{1,3})\s?(?:of|/|von|sur|de|di|van|z|av|af)\s?(\d{1,3})(?!\d)"
)
_TOTAL_NAME = re.compile(r"total|sum|amount|net|gross|betrag|subtotal|due|untaxed|price")
_LINE_AMOUNT_NAME = re.compile(r"amount|total|sum|subtotal|price|net")


@dataclass(frozen=True, slots=True)
class Row:
    """One answered row: its values as text by field, and the source spans of their evidence where they were found."""

    values: Mapping[str, str]
    spans: tuple[tuple[int, int], ...] = ()


def missing_parts(
    index: MessageIndex, spec: TypeSpec, scalars: Mapping[str, Sequence[str]], groups: Mapping[str, Sequence[Row]]
) -> tuple[str, ...]:
    """Return in words what the message shows and the answer lacks; empty where nothing is known to be missing."""
    found = [*_missing_pages(index)]
    for group in spec.groups:
        found += _sum_mismatch(spec, group, scalars, groups.get(group.name, ()))
    return tuple(dict.fromkeys(found))


def _missing_pages(index: MessageIndex) -> Iterator[str]:
    seen: dict[int, set[int]] = {}
    for m in _PAGE.finditer(index.text):
        seen.setdefault(int(m[2]), set()).add(int(m[1]))
    for last, pages in seen.items():
        if last not in pages and all(page < last for page in pages):
            yield f"The message says it has {last} pages, and page {max(pages)} is the last that was read."


def _sum_mismatch(
    spec: TypeSpec, group: GroupSpec, scalars: Mapping[str, Sequence[str]], rows: Sequence[Row]
) -> Iterator[str]:
    column = _line_amount(group)
    totals = [f for f in spec.fields if f.kind is ValueKind.AMOUNT and _TOTAL_NAME.search(f.name)]
    stated = [d for f in totals for v in scalars.get(f.name, ()) if (d := _decimal(v)) is not None]
    if column is None or not rows or not stated:
        return
    amounts = [_decimal(row.values.get(column.name, "")) for row in rows]
    if any(a is None for a in amounts):
        return
    added = sum((a for a in amounts if a is not None), Decimal())
    others = [
        d
        for f in spec.fields
        if f.kind is ValueKind.AMOUNT
        for v in scalars.get(f.name, ())
        if (d := _decimal(v)) is not None
    ]
    reachable = {*stated, *(s - o for s in stated for o in others), *(s + o for s in stated for o in others)}
    if not any(abs(added - r) <= Decimal("0.02") + Decimal("0.005") * len(rows) for r in reachable):
        yield f"The rows of {group.name} add up to {added}, and no stated total agrees ({', '.join(str(s) for s in stated)})."


def _line_amount(group: GroupSpec) -> FieldSpec | None:
    columns = [f for f in group.fields if f.kind is ValueKind.AMOUNT]
    named = [f for f in columns if re.search(r"total|amount|sum|net|subtotal", f.name)]
    return (
        named[0] if named else columns[0] if len(columns) == 1 and _LINE_AMOUNT_NAME.search(columns[0].name) else None
    )


def _decimal(value: Any) -> Decimal | None:
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None
