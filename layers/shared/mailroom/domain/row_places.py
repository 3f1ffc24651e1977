"""Where the rows of a repeated group stand in a message: the lines on which most of a row's values stand together."""

from collections.abc import Iterator, Sequence
from typing import Protocol

from mailroom.domain.doctype import FieldSpec
from mailroom.domain.evidence import Method
from mailroom.domain.locate.finders import matches_of
from mailroom.domain.locate.index import MessageIndex
from mailroom.domain.locate.lines import line_at

LONGEST_ROW_LINES = 9
"""Lines that one row may take: receipts print description, code, quantity, price and amount below each other."""


class RowValue(Protocol):
    """A value of a row: what is needed of it to look for the row."""

    @property
    def spec(self) -> FieldSpec:
        """The field it belongs to."""

    @property
    def text(self) -> str:
        """The normalised value."""


def row_places(index: MessageIndex, rows: Sequence[Sequence[RowValue]]) -> list[tuple[int, int] | None]:
    """Return for each row the lines it stands on, as (first, last), or None for a row that stands nowhere.

    A value may stand in many places; a row stands where most of its values stand together, below the row before it if
    that costs no more than one value.
    """
    places: list[tuple[int, int] | None] = []
    below = -1
    for row in rows:
        best = max(_windows([_lines_with(index, value) for value in row], below), default=None)
        if best is None:
            places.append(None)
            continue
        _, _, minus_first, below = best
        places.append((-minus_first, below))
    return places


def _lines_with(index: MessageIndex, value: RowValue) -> list[int]:
    matches = matches_of(value.text, value.spec, index)
    return sorted({line_at(index, match.start) for match in matches if match.method is not Method.FUZZY})


def _windows(spots: Sequence[Sequence[int]], below: int) -> Iterator[tuple[int, int, int, int]]:
    """Yield (values together, -length, -first line, last line) for the windows that begin at a value's line."""
    for first in sorted({line for lines in spots for line in lines}):
        inside = (next((line for line in lines if first <= line < first + LONGEST_ROW_LINES), None) for lines in spots)
        found = [line for line in inside if line is not None]
        yield (len(found) - (2 if first <= below else 0), first - max(found), -first, max(found))
