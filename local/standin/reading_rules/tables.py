"""Tables in plain text: rows under a line of column labels, and "2 x thing @ price" lines."""

import re

from local.standin.reading_rules import values
from local.standin.reading_rules.dates import Found
from local.standin.reading_rules.labels import WEIGHT
from local.standin.reading_rules.prompt import Field, Kind, Mail, plain
from local.standin.reading_rules.spaced_tables import TOTAL, column_score, head_is_number, spaced_rows
from local.standin.reading_rules.surroundings import Surroundings
from local.standin.reading_rules.vocabulary import any_column_of

Row = dict[str, Found]

_LEAST_COLUMNS, _LONGEST_HEAD = 2, 240
_RULE = re.compile(r"^[\s|+=:_-]*$")
_ITEM = re.compile(
    r"^\s*[-*•]?\s*(?P<count>\d{1,5})\s*(?:x|×|pcs\.?|Stk\.?|Stück|ud\.?|unidades de)\s+(?P<what>[^\n@]{2,80}?)"
    r"(?:\s*(?:@|à|a|je|–|—|-|:|,|for|für|pour|por|at)\s*(?P<price>(?:[€$£]|[A-Z]{3})?\s?\d[\d.,]*\s?(?:[€$£]|"
    r"[A-Z]{3})?(?:\s*(?:each|pro Stück|l'unité))?))?\s*$",
    re.IGNORECASE,
)
_SPLITTERS = (
    re.compile(r"\s*\|\s*"),
    re.compile(r"\t+"),
    re.compile(r"\s{2,}"),
    re.compile(r"\s*;\s*"),
    re.compile(r"\s*,\s*"),
)


def rows_of(kind: Kind, mail: Mail, near: Surroundings) -> list[tuple[str, Row]]:
    """Return (group, row) for every row of the first table that fits each group, else for its item lines."""
    answer: list[tuple[str, Row]] = []
    for group in kind.groups:
        fields = kind.of_group(group)
        rows: list[Row] = []
        for zone in sorted(mail.zones, key=lambda zone: -WEIGHT.get(zone.kind, 0.0)):
            if zone.kind in WEIGHT and not rows:
                lines = zone.text.split("\n")
                rows = _table(lines, fields, near) or _items(lines, fields, near)
        answer += ((group, row) for row in rows)
    return answer


def _cells(line: str, splitter: re.Pattern[str]) -> list[str]:
    return [cell.strip("* ") for cell in splitter.split(line.strip().strip("|").strip())]


def _table(lines: list[str], fields: tuple[Field, ...], near: Surroundings) -> list[Row]:
    known = {word for field in fields for call in field.calls for word in call.split()}
    heads_of = any_column_of(tuple(field.name for field in fields))
    for number, line in enumerate(lines):
        if len(line) > _LONGEST_HEAD or line.rstrip()[-1:].isdigit():
            continue
        words = plain(line)
        if len(known.intersection(words.split())) < _LEAST_COLUMNS and len(heads_of.findall(words)) < _LEAST_COLUMNS:
            continue
        for splitter in _SPLITTERS:
            heads = _cells(line, splitter)
            columns = _columns(heads, fields) if len(heads) >= _LEAST_COLUMNS else {}
            if len(columns) >= _LEAST_COLUMNS and (
                rows := _body(lines[number + 1 :], splitter, len(heads), columns, near)
            ):
                return rows
        if rows := spaced_rows(line, lines[number + 1 :], fields, near):
            return rows
    return []


def _columns(heads: list[str], fields: tuple[Field, ...]) -> dict[int, Field]:
    claims = sorted(
        (
            (column_score(plain(head), field), -position, field.name, field, position)
            for position, head in enumerate(heads)
            for field in fields
        ),
        key=lambda claim: claim[:3],
        reverse=True,
    )
    taken: dict[int, Field] = {}
    for score, _, _, field, position in claims:
        if score and not head_is_number(heads[position]) and position not in taken and field not in taken.values():
            taken[position] = field
    return taken


def _body(
    lines: list[str], splitter: re.Pattern[str], width: int, columns: dict[int, Field], near: Surroundings
) -> list[Row]:
    rows: list[Row] = []
    for line in lines:
        if _RULE.match(line):
            if rows and not line.strip():
                break
            continue
        cells = _cells(line, splitter)
        if len(cells) != width or TOTAL.match(next((cell for cell in cells if cell), "")):
            if rows:
                break
            continue
        row = {field.name: found for at, field in columns.items() if (found := _read_cell(field, cells[at], near))}
        if row:
            rows.append(row)
    return rows


def _read_cell(field: Field, cell: str, near: Surroundings) -> Found | None:
    if not cell:
        return None
    if field.kind in {"text", "prose", "name", "address", "identifier"}:
        return Found(cell, cell, 0)
    return values.labelled(field, cell, near)


def _items(lines: list[str], fields: tuple[Field, ...], near: Surroundings) -> list[Row]:
    count = next((field for field in fields if field.kind == "number"), None)
    what = next((field for field in fields if field.kind in {"text", "name"}), None)
    if count is None or what is None:
        return []
    price = next((one for one in fields if one.kind == "amount" and "unit" in one.name), None) or next(
        (one for one in fields if one.kind == "amount"), None
    )
    rows: list[Row] = []
    for line in lines:
        if match := _ITEM.match(line):
            row = {
                count.name: Found(match["count"], match["count"], 0),
                what.name: Found(match["what"], match["what"], 0),
            }
            if price and match["price"] and (found := values.labelled(price, match["price"], near)):
                row[price.name] = found
            rows.append(row)
    return rows
