"""Does the answer hold as much as the message shows? Rows, sums, counts, lists, pages and labels are compared."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import combinations

from mailroom.domain.doctype import FieldSpec, GroupSpec, TypeSpec, ValueKind
from mailroom.domain.locate.index import MessageIndex
from mailroom.domain.locate.lines import lines_of
from mailroom.domain.locate.numbers import number_mentions, parse_amount
from mailroom.domain.missing_rows import rows_left_over, table_without_rows, unfinished_rows
from mailroom.domain.missing_values import labelled_but_missing, list_goes_on

_PAGE = re.compile(
    r"(?<![^\W_])(?:page|seite|pagina|página|strona|strana|sida|side|blatt|folio|pag\.|s\.)\s?(\d{1,3})"
    r"\s?(?:of|/|von|sur|de|di|van|z|av|af|out of)\s?(\d{1,3})(?![\d/.-])"
)
_CUT_OFF = re.compile(
    r"\[(?:message|nachricht|mail|text) (?:clipped|truncated|gekürzt|abgeschnitten)\]|\[truncated\]|\[clipped\]"
    r"|(?:continued on (?:the )?next page|continued overleaf|fortsetzung auf (?:der )?nächsten seite"
    r"|suite (?:à la )?page suivante|continúa en la página siguiente|continua alla pagina successiva"
    r"|vervolg op volgende pagina)\W*$"
)
_COUNT = re.compile(
    r"(?<![^\W_])(?:(?:number of |total |no\. of )?(?:line )?(?:items?|item\(s\)|lines|positions|articles|rows)"
    r"|anzahl (?:der )?(?:positionen|artikel)|positionen|nombre d'articles|número de artículos|aantal artikelen)"
    r"\s?[:=]\s?(?P<n>\d{1,3})(?![\d.,])"
    r"|(?:^|\n|\()(?P<m>\d{1,3}) (?:line )?(?:items|positions|positionen|articles|artículos|articoli|artikelen|lines)"
    r"\)?(?=\W*(?:\n|$))"
)
_ROUNDING = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Held:
    """A value that the answer holds: its field, normalised text and row, and its span in ``message.text`` or -1."""

    spec: FieldSpec
    text: str
    group: str = ""
    row: int = -1
    start: int = -1
    end: int = -1


def missing_parts(index: MessageIndex, spec: TypeSpec, held: Sequence[Held]) -> tuple[str, ...]:
    """Return in words what the message shows and the answer lacks; empty where nothing is known to be missing."""
    found = [*_missing_pages(index)]
    for group in spec.groups:
        rows = _rows(held, group.name)
        added_up = _adds_up(index, group, rows, held)
        if added_up is not True:
            found += table_without_rows(index, group, held) if not rows else rows_left_over(index, group, rows, held)
        if added_up is False and not found:
            found.append(
                f"The rows of {group.name} do not add up to any stated total, and nothing stated explains the rest."
            )
        found += unfinished_rows(index, group, rows, held)
        found += _too_few(index, group, rows)
    found += list_goes_on(index, held)
    found += labelled_but_missing(index, spec, held)
    return tuple(dict.fromkeys(found))


def _rows(held: Sequence[Held], group: str) -> list[list[Held]]:
    numbers = sorted({value.row for value in held if value.group == group})
    return [[value for value in held if value.group == group and value.row == number] for number in numbers]


def _missing_pages(index: MessageIndex) -> Iterator[str]:
    seen: dict[int, int] = {}
    for m in _PAGE.finditer(index.text):
        if int(m[1]) <= int(m[2]):
            seen[int(m[2])] = max(seen.get(int(m[2]), 0), int(m[1]))
    for total, last in seen.items():
        if last < total:
            yield f"The message says it has {total} pages, and page {last} is the last that was read."
    if _CUT_OFF.search(index.text):
        yield "The message says that it goes on where it ends."


def _adds_up(
    index: MessageIndex, group: GroupSpec, rows: Sequence[Sequence[Held]], held: Sequence[Held]
) -> bool | None:
    """Say whether the rows' amounts make a stated total; None where there is nothing to add or to compare with.

    Tax, freight, discounts and the like may lie between: up to three amounts on summing lines are added or taken off.
    """
    column = _line_amount(group)
    totals = [_number(v.text) for v in held if not v.group and v.spec.kind is ValueKind.AMOUNT and _is_total(v.spec)]
    if column is None or not totals or not rows:
        return None
    amounts = [_number(v.text) for row in rows for v in row if v.spec.name == column.name]
    if not amounts or len(amounts) < len(rows):
        return None
    added, slack = sum(amounts, Decimal()), _ROUNDING * (len(rows) + 1)
    if any(abs(added - total) <= slack for total in totals):
        return True
    extras = _extras(index, {*totals, Decimal()})
    for count in range(1, min(3, len(extras)) + 1):
        for chosen in combinations(extras, count):
            for total in totals:
                if abs(abs(total - added) - sum(chosen)) <= slack:
                    return True
    return False


def _extras(index: MessageIndex, totals: set[Decimal]) -> list[Decimal]:
    """Return the amounts of lines such as "VAT 19 % 3.80" or "Discount 5.00", at most eight of them."""
    summing = [line for line in lines_of(index) if line.sums_up]
    found = dict.fromkeys(
        mention.readings[0]
        for line in summing
        for mention in number_mentions(index)
        if line.start <= mention.start < line.end and not mention.percent
    )
    return [amount for amount in found if amount not in totals][:8]


def _line_amount(group: GroupSpec) -> FieldSpec | None:
    columns = [field for field in group.fields if field.kind is ValueKind.AMOUNT]
    of_line = [field for field in columns if not re.search(r"unit|each|per_|single|tax|vat|discount", field.name)]
    return of_line[0] if len(of_line) == 1 else None


def _is_total(spec: FieldSpec) -> bool:
    return not re.search(r"tax|vat|discount|deposit|shipping|freight|fee|tip", spec.name)


def _number(text: str) -> Decimal:
    parsed = parse_amount(text)
    return parsed[0] if parsed else Decimal()


def _too_few(index: MessageIndex, group: GroupSpec, rows: Sequence[Sequence[Held]]) -> Iterator[str]:
    quantities = [
        _number(v.text) for row in rows for v in row if v.spec.kind is ValueKind.NUMBER and "qu" in v.spec.name
    ]
    for m in _COUNT.finditer(index.text):
        stated = int(m["n"] or m["m"])
        if stated > len(rows) and sum(quantities, Decimal()) != stated and _has_table(group):
            yield f"The message counts {stated} rows, and the answer has {len(rows)} of {group.name}."


def _has_table(group: GroupSpec) -> bool:
    return any(field.kind in {ValueKind.AMOUNT, ValueKind.NUMBER, ValueKind.IDENTIFIER} for field in group.fields)
