"""Tables whose columns a PDF's text parts by single spaces: the head's labels say how many figures close each row."""

import re

from local.standin.reading_rules import values
from local.standin.reading_rules.dates import Found
from local.standin.reading_rules.labels import match_score
from local.standin.reading_rules.prompt import Field, plain
from local.standin.reading_rules.surroundings import Surroundings
from local.standin.reading_rules.vocabulary import column_for

TOTAL = re.compile(
    r"^(?:sub-?total|total|grand total|sum|net|vat|tax|shipping|discount|amount due|summe|gesamt\w*|"
    r"zwischensumme|netto\w*|brutto\w*|rechnungsbetrag|"
    r"mwst|ust|zzgl|versand\w*|sous-?total|montant|tva|frais|subtotal|base imponible|iva|importe total|gastos|"
    r"totale|imponibile|imposta|spese|totaal\w*|subtotaal|btw|verzendkosten|te betalen|razem|suma|podatek|portes e)\b",
    re.IGNORECASE,
)
"""What opens a line of a table that is a sum of its rows, or is added to it."""
_COLUMN = 8.0
_NUMBERING = re.compile(r"(?:pos(?:ition)?|no|nr|n|item|ref|lp|l p|line|art)\b")
_FIGURE = r"(?:(?:[€$£]|[A-Z]{3})\s?)?-?\d[\d.,'’]*(?:\s?(?:[€$£%]|[A-Z]{3}\b))?"
_LONGEST_ROW, _LEAST_FIGURES = 200, 2


def column_score(head: str, field: Field) -> float:
    """Return how well a bare head of a column means the field: by its labels, else by what such columns are called."""
    known = column_for(field.name)
    return max(match_score(head, field), _COLUMN if known and known.fullmatch(head) else 0.0)


def head_is_number(head: str) -> bool:
    """Say whether a head stands over the running number of its rows."""
    return bool(_NUMBERING.fullmatch(plain(head)))


def spaced_rows(head: str, lines: list[str], fields: tuple[Field, ...], near: Surroundings) -> list[dict[str, Found]]:
    """Return the rows under a head such as "Description Qty Unit price Amount".

    The head has to name one column of words and then at least two of figures, and nothing else; a row ends with just
    as many figures. The first line that is none, or a sum, ends the table.
    """
    columns, numbered = _columns(head, fields)
    if not columns:
        return []
    figures = rf"((?:\s+{_FIGURE}){{{len(columns) - 1}}})\s*$"
    row = re.compile(rf"^\s*(?:\d{{1,3}}\.?\s+)?(\S.*?){figures}" if numbered else rf"^\s*(\S.*?){figures}")
    rows: list[dict[str, Found]] = []
    for line in lines:
        match = row.match(line) if len(line) < _LONGEST_ROW and not TOTAL.match(line.strip()) else None
        if match is None or not re.search(r"[^\W\d_]{2}", match[1]):
            break
        cells = [match[1], *re.findall(rf"\s({_FIGURE})(?=\s|$)", match[2])]
        read = {field.name: _cell(field, cell, near) for field, cell in zip(columns, cells, strict=False)}
        rows.append({name: found for name, found in read.items() if found})
    return rows


def _cell(field: Field, cell: str, near: Surroundings) -> Found | None:
    return Found(cell, cell, 0) if field.kind in values.FREE else values.labelled(field, cell, near)


def _is_head(head: str, field: Field) -> bool:
    known = column_for(field.name)
    return head in field.calls or bool(known and known.fullmatch(head))


def _columns(head: str, fields: tuple[Field, ...]) -> tuple[list[Field], bool]:
    """Return the columns of a head in order, and whether a running number stands before them; none where unsure."""
    words = plain(head).split()
    numbered = bool(words) and head_is_number(words[0])
    words = words[numbered:]
    columns: list[Field] = []
    while words:
        count, field = next(
            (
                (count, field)
                for count in (3, 2, 1)
                for field in fields
                if count <= len(words) and field not in columns and _is_head(" ".join(words[:count]), field)
            ),
            (0, None),
        )
        if field is None:
            return [], False
        columns.append(field)
        words = words[count:]
    in_figures = all(field.kind in {"number", "amount"} for field in columns[1:])
    fits = len(columns) > _LEAST_FIGURES and in_figures and columns[0].kind in values.FREE
    return (columns, numbered) if fits else ([], False)
