"""Rows that a table in the message has and the answer lacks."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from mailroom.domain.doctype import GroupSpec, ValueKind
from mailroom.domain.evidence import Method
from mailroom.domain.evidence_location import matches_of
from mailroom.domain.locate.flags import labels_of
from mailroom.domain.locate.index import MessageIndex
from mailroom.domain.locate.lines import Line, line_at, lines_of

if TYPE_CHECKING:
    from mailroom.domain.completeness import Held

_LONGEST_ROW = 9
"""Lines that one row may take: receipts print description, code, quantity, price and amount below each other."""


def _places(index: MessageIndex, rows: Sequence[Sequence["Held"]]) -> list[tuple[int, int]]:
    """Return for each row the lines it stands on, as (first, last); a row that is nowhere is left out.

    A value may stand in many places; a row stands where most of its values stand together, below the row before it.
    """
    places: list[tuple[int, int]] = []
    below = -1
    for row in rows:
        spots = [_lines_with(index, value) for value in row]
        best = max(_windows(spots, below), default=None)
        if best is None:
            continue
        _, _, first, last = best
        first = -first
        places.append((first, last))
        below = last
    return places


def _lines_with(index: MessageIndex, value: "Held") -> list[int]:
    matches = matches_of(value.text, value.spec, index)
    return sorted({line_at(index, match.start) for match in matches if match.method is not Method.FUZZY})


def _windows(spots: Sequence[Sequence[int]], below: int) -> Iterator[tuple[int, int, int, int]]:
    """Yield (values together, -length, -first line, last line) for the windows that begin at a value's line."""
    for first in sorted({line for lines in spots for line in lines}):
        inside = [next((line for line in lines if first <= line < first + _LONGEST_ROW), None) for lines in spots]
        found = [line for line in inside if line is not None]
        last = max(found)
        yield (len(found) - (2 if first <= below else 0), first - last, -first, last)


def rows_left_over(
    index: MessageIndex, group: GroupSpec, rows: Sequence[Sequence["Held"]], held: Sequence["Held"]
) -> Iterator[str]:
    """Yield a sentence where lines of the same make as the answered rows follow, precede or divide them."""
    places = _places(index, rows)
    if not places:
        return
    lines = lines_of(index)
    typical = _typical_lines(lines, places)
    shapes = {line.shape for line in typical}
    fewest = min((line.numbers for line in typical), default=0)
    claimed = _claimed_lines(index, held, group)
    step = max([b[0] - a[0] for a, b in zip(places, places[1:], strict=False)] or [places[0][1] - places[0][0] + 1])
    step = max(1, min(step, _LONGEST_ROW))

    def is_row(line: Line) -> bool:
        alike = line.shape in shapes and line.numbers >= fewest and (line.typed > 0 or line.bullet)
        return bool(alike) and not line.sums_up and line.number not in claimed

    first, last = places[0][0], places[-1][1]
    for line in lines[last + 1 : last + 1 + step * 3]:
        if line.sums_up:
            break
        if is_row(line) and line.number >= places[-1][0] + step:
            yield f"The message goes on with a row that the answer lacks in {group.name}: “{_shown(index, line)}”."
            return
    for before, after in zip(places, places[1:], strict=False):
        skipped = [line for line in lines[before[1] + 1 : after[0]] if is_row(line)]
        if skipped and step == 1:
            yield f"The answer skips a row of {group.name}: “{_shown(index, skipped[0])}”."
            return
    if first > 0 and step == 1 and is_row(lines[first - 1]) and lines[first - 1].typed > 1:
        yield f"The answer begins below a row of {group.name}: “{_shown(index, lines[first - 1])}”."


def _typical_lines(lines: Sequence[Line], places: Sequence[tuple[int, int]]) -> list[Line]:
    """Return of each row the line with the most values on it."""
    return [max(lines[first : last + 1], key=lambda line: (line.money, line.typed, line.wordy)) for first, last in places]


def _claimed_lines(index: MessageIndex, held: Sequence["Held"], group: GroupSpec) -> set[int]:
    """Return the lines that values outside this group stand on."""
    claimed = set()
    for value in held:
        if value.group != group.name and value.start >= 0:
            claimed.add(line_at(index, index.folded.folded_span(value.start, value.end)[0]))
    return claimed


def _shown(index: MessageIndex, line: Line) -> str:
    begin, end = index.folded.source_span(line.start, max(line.end, line.start + 1))
    return " ".join(index.message.text[begin:end].split())[:80]


def table_without_rows(index: MessageIndex, group: GroupSpec, held: Sequence["Held"]) -> Iterator[str]:
    """Yield a sentence where the message has a table for a group of which the answer has no row at all.

    A heading that names two of the group's columns above a line with values, or two lines of one make near each other
    that have the kinds of values the group is made of.
    """
    lines, claimed = lines_of(index), _claimed_lines(index, held, group)
    free = [line for line in lines if line.number not in claimed and not line.sums_up]
    for line in free:
        if _is_heading(index, line, group) and any(f.number in range(line.number + 1, line.number + 4) and f.numbers for f in free):
            yield f"The message has a table headed “{_shown(index, line)}”, and the answer has no row of {group.name}."
            return
    alike = [line for line in free if _could_be_row(line, group)]
    for one, other in zip(alike, alike[1:], strict=False):
        if one.shape == other.shape and other.number - one.number <= _LONGEST_ROW:
            yield f"The message has rows such as “{_shown(index, one)}”, and the answer has none of {group.name}."
            return


def _is_heading(index: MessageIndex, line: Line, group: GroupSpec) -> bool:
    if line.typed or line.end - line.start > 160:
        return False
    words = index.text[line.start : line.end]
    named = sum(any(_has_word(label, words) for label in labels_of(field)) for field in group.fields)
    return named >= 2


def _has_word(label: str, words: str) -> bool:
    return re.search(rf"(?<![^\W_]){re.escape(label)}(?![^\W_])", words) is not None


def _could_be_row(line: Line, group: GroupSpec) -> bool:
    kinds = {field.kind for field in group.fields}
    if ValueKind.AMOUNT in kinds:
        return line.money > 0 and (line.wordy or line.numbers > 1)
    if kinds & {ValueKind.DATETIME, ValueKind.TIME}:
        return line.times > 0
    if ValueKind.DATE in kinds:
        return line.dates > 0
    return bool(kinds & {ValueKind.NUMBER, ValueKind.IDENTIFIER}) and line.numbers > 1 and line.wordy


def unfinished_rows(index: MessageIndex, group: GroupSpec, rows: Sequence[Sequence["Held"]]) -> Iterator[str]:
    """Yield a sentence where the last row lacks what the rows before it have and its own line still shows.

    With nothing before it to compare, a row is unfinished where it has no amount at all and its line has one.
    """
    if not rows:
        return
    last = rows[-1]
    names = [{value.spec.name for value in row} for row in rows]
    usual = {name for name, count in Counter(n for row in names[:-1] for n in row).items() if count == len(rows) - 1}
    lacking = usual - names[-1] if len(rows) > 1 else set()
    amounts = {field.name for field in group.fields if field.kind is ValueKind.AMOUNT}
    if len(rows) == 1 and amounts and not amounts & names[-1]:
        lacking = amounts
    if not lacking:
        return
    places = _places(index, rows)
    if not places:
        return
    first, end = places[-1]
    window = lines_of(index)[first : end + 1]
    shown = sum(line.typed for line in window)
    held_typed = sum(1 for value in last if value.spec.kind in _TYPED)
    kinds = {field.kind for field in group.fields if field.name in lacking}
    if not kinds & _TYPED or shown > held_typed:
        yield f"The last row of {group.name} lacks {', '.join(sorted(lacking))}, which its line in the message shows."


_TYPED = frozenset({ValueKind.AMOUNT, ValueKind.NUMBER, ValueKind.DATE, ValueKind.TIME, ValueKind.DATETIME})
