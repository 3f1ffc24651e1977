"""Rows that a table in the message has and the answer lacks."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING

from mailroom.domain.doctype import GroupSpec, ValueKind
from mailroom.domain.locate.dates import date_mentions
from mailroom.domain.locate.flags import has_word, labels_of
from mailroom.domain.locate.folding import fold_words
from mailroom.domain.locate.index import MessageIndex
from mailroom.domain.locate.lines import Line, line_at, lines_of
from mailroom.domain.locate.numbers import number_mentions, parse_amount
from mailroom.domain.locate.times import time_mentions
from mailroom.domain.row_places import LONGEST_ROW_LINES, row_places

if TYPE_CHECKING:
    from mailroom.domain.completeness import Held

_COUNTED = re.compile(r"\W*\d{1,4}\s?(?:[x×]|pcs|st\.?k?|stück|pièces?|uds?)\s", re.IGNORECASE)
# A bulleted line that begins or ends with a count: "- 2 desks", "* desk, 2".
_QUANTITY = re.compile(r"^\W*\d{1,4}\s?[x×]?\s[^\W\d_]|[^\W\d_]\W*[,:(x×]\s?\d{1,4}\W*$", re.MULTILINE)
_FURTHEST = 12


def places_of(index: MessageIndex, rows: Sequence[Sequence["Held"]]) -> list[tuple[int, int]]:
    """Return the lines of the rows that stand somewhere, as (first, last)."""
    return [place for place in row_places(index, rows) if place is not None]


def rows_left_over(
    index: MessageIndex, group: GroupSpec, rows: Sequence[Sequence["Held"]], held: Sequence["Held"]
) -> Iterator[str]:
    """Yield a sentence where lines of the same make as the answered rows follow, precede or divide them."""
    places = places_of(index, rows)
    if not places:
        return
    lines = lines_of(index)
    typical = _typical_lines(lines, places)
    shapes = {line.shape for line in typical}
    claimed = _claimed_lines(index, held, group)
    step = _step(places)

    answered_times = _answered_times(rows)

    def is_row(line: Line) -> bool:
        listed = bool(line.bullet) and any(
            line.bullet == other.bullet and line.money == other.money for other in typical
        )
        alike = listed or (line.shape in shapes and line.typed > 0)
        return (
            alike
            and not line.sums_up
            and line.number not in claimed
            and not _only_answered_times(index, line, answered_times)
        )

    last = places[-1][0] + step
    reach = 1 if not any(line.strong for line in typical) else _FURTHEST if answered_times else step * 3
    for line in lines[last : last + reach]:
        if line.sums_up:
            break
        if is_row(line):
            yield f"The message goes on with a row that the answer lacks in {group.name}: “{_shown(index, line)}”."
            return
    yield from _labelled_alike(index, group, typical, places, is_row)
    yield from _skipped(index, group, places, is_row)


def _answered_times(rows: Sequence[Sequence["Held"]]) -> set[str]:
    return {value.text.rpartition("T")[2][:5] for row in rows for value in row if value.spec.kind in _TIMED}


def _only_answered_times(index: MessageIndex, line: Line, answered: set[str]) -> bool:
    """Say whether all times on a line are in the answer: the line of an arrival belongs to its departure's row."""
    shown = [time.reading for time in time_mentions(index) if line.start <= time.start < line.end]
    return bool(shown) and all(f"{hour:02}:{minute:02}" in answered for hour, minute in shown)


def _step(places: Sequence[tuple[int, int]]) -> int:
    """Return how many lines a row takes at least: the shortest distance of rows, or the length of the only one."""
    distances = [after[0] - before[0] for before, after in pairwise(places) if after[0] > before[0]]
    length = min(distances) if distances else places[0][1] - places[0][0] + 1
    return max(1, min(length, LONGEST_ROW_LINES))


def _labelled_alike(
    index: MessageIndex,
    group: GroupSpec,
    typical: Sequence[Line],
    places: Sequence[tuple[int, int]],
    is_row: Callable[[Line], bool],
) -> Iterator[str]:
    """Yield a sentence where a line further down begins with the same label as the answered rows ("Departure: …")."""
    labels = {label for line in typical if line.strong and (label := _label(index, line))}
    for line in lines_of(index)[places[-1][1] + 1 :]:
        if line.strong and is_row(line) and _label(index, line) in labels:
            yield f"The message has a further row of {group.name}: “{_shown(index, line)}”."
            return


def _label(index: MessageIndex, line: Line) -> str:
    m = re.match(r"[^\W\d_][^\n:\d]{1,24}:", index.text[line.start : line.end])
    return m[0] if m else ""


def _skipped(
    index: MessageIndex,
    group: GroupSpec,
    places: Sequence[tuple[int, int]],
    is_row: Callable[[Line], bool],
) -> Iterator[str]:
    lines = lines_of(index)
    if any(first != last for first, last in places):
        return
    gaps = [[line for line in lines[a[1] + 1 : b[0]] if is_row(line)] for a, b in pairwise(places)]
    if any(gaps) and not (
        len(gaps) > 1 and all(gaps)
    ):  # where every row has such a line below it, it belongs to the row
        line = next(gap for gap in gaps if gap)[0]
        yield f"The answer skips a row of {group.name}: “{_shown(index, line)}”."
        return
    above = lines[places[0][0] - 1] if places[0][0] else None
    if above and above.strong and above.typed > 1 and is_row(above):
        yield f"The answer begins below a row of {group.name}: “{_shown(index, above)}”."


def _typical_lines(lines: Sequence[Line], places: Sequence[tuple[int, int]]) -> list[Line]:
    """Return of each row the line with the most values on it."""
    return [
        max(lines[first : last + 1], key=lambda line: (line.money, line.typed, line.wordy)) for first, last in places
    ]


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
    answered = {parsed[0] for v in held if not v.group and (parsed := parse_amount(v.text)) is not None}
    free = [
        line
        for line in lines
        if line.number not in claimed
        and not line.sums_up
        and not _is_sentence(index, line)
        and not _only_answered_amounts(index, line, answered)
    ]
    for line in free:
        if _is_heading(index, line, group) and any(
            f.number in range(line.number + 1, line.number + 4) and f.numbers for f in free
        ):
            yield f"The message has a table headed “{_shown(index, line)}”, and the answer has no row of {group.name}."
            return
    alike = [line for line in free if _could_be_row(index, line, group)]
    counted = next((line for line in alike if _COUNTED.match(index.text, line.start, line.end)), None)
    if counted:
        yield f"The message has a row such as “{_shown(index, counted)}”, and the answer has none of {group.name}."
        return
    for one, other in pairwise(alike):
        near = 2 if one.wordy else LONGEST_ROW_LINES
        if one.shape == other.shape and other.number - one.number <= near:
            yield f"The message has rows such as “{_shown(index, one)}”, and the answer has none of {group.name}."
            return


def _is_sentence(index: MessageIndex, line: Line) -> bool:
    """Say whether a line is prose: rows are short, and do not end in a full stop after a word."""
    words = index.text[line.start : line.end].split()
    return len(words) > 14 or bool(words and re.search(r"[^\W\d_]{3}[.!?]$", words[-1]) and not line.bullet)


def _only_answered_amounts(index: MessageIndex, line: Line, answered: set[Decimal]) -> bool:
    """Say whether all money on a line is in the answer's single values: a total said twice is no row."""
    shown = [n for n in number_mentions(index) if n.money and line.start <= n.start < line.end]
    return bool(shown) and all(answered & set(n.readings) for n in shown)


def _is_heading(index: MessageIndex, line: Line, group: GroupSpec) -> bool:
    if line.typed or line.end - line.start > 160:
        return False
    words = index.text[line.start : line.end]
    named = sum(any(has_word(label, words) for label in labels_of(field)) for field in group.fields)
    return named >= 2


def _could_be_row(index: MessageIndex, line: Line, group: GroupSpec) -> bool:
    kinds = {field.kind for field in group.fields}
    if line.bullet and ValueKind.NUMBER in kinds and _QUANTITY.search(index.text, line.start, line.end):
        return True
    if ValueKind.AMOUNT in kinds:
        return line.money > 0 and (line.wordy or line.numbers > 1)
    if kinds & {ValueKind.DATETIME, ValueKind.TIME}:
        return line.times > 0
    if ValueKind.DATE in kinds:
        return line.dates > 0
    return bool(kinds & {ValueKind.NUMBER, ValueKind.IDENTIFIER}) and line.numbers > 1 and line.wordy


def unfinished_rows(
    index: MessageIndex, group: GroupSpec, rows: Sequence[Sequence["Held"]], held: Sequence["Held"]
) -> Iterator[str]:
    """Yield a sentence where the last row lacks what its own lines in the message still show.

    What rows before it have tells which fields it should have; the first row should have an amount, a date or a time of
    every field of the group, if its lines show more of them than it holds.
    """
    places = places_of(index, rows)
    if not places or len(places) < len(rows):
        return
    has = {value.spec.name for value in rows[-1]}
    earlier = Counter(value.spec.name for row in rows[:-1] for value in row)
    expected = [f for f in group.fields if f.name not in has and (len(rows) == 1 or earlier[f.name] == len(rows) - 1)]
    lines = lines_of(index)
    window = _block(lines, places)
    elsewhere = [index.folded.folded_span(v.start, v.end) for v in held if v.group != group.name and v.start >= 0]
    for kinds, scan in _SCANS.items():
        lacking = [field.name for field in expected if field.kind in kinds]
        holds = sum(value.spec.kind in kinds for value in rows[-1])
        is_sure = len(rows) > 1 or ValueKind.NUMBER not in kinds
        if lacking and is_sure and _unclaimed(scan(index), window, elsewhere) > holds:
            yield f"The last row of {group.name} lacks {', '.join(lacking)}, which its lines in the message show."
            return
    last = window[-1].number if window else places[-1][1]
    below = [line for line in lines[places[-1][0] : last + 4] if line.times]
    answered = _answered_times(rows)
    unread = [line for line in below if not _only_answered_times(index, line, answered)]
    if unread and any(field.kind in _TIMED for field in expected):
        yield f"The last row of {group.name} lacks a time that stands beside it."
    elif len(rows) > 1 and any(f.kind is ValueKind.IDENTIFIER for f in expected) and _has_relative(index, window, rows):
        yield f"The last row of {group.name} lacks a reference like those of the rows before it."


def _has_relative(index: MessageIndex, window: Sequence[Line], rows: Sequence[Sequence["Held"]]) -> bool:
    """Say whether the last row's lines have a reference like those of the rows before that the answer lacks."""
    references = [fold_words(v.text) for row in rows for v in row if v.spec.kind is ValueKind.IDENTIFIER]
    for line in window:
        text = index.text[line.start : line.end]
        for reference in references:
            pattern = r"\d+".join(re.escape(part) for part in re.split(r"\d+", reference))
            if any(m[0] not in references for m in re.finditer(rf"(?<![^\W_]){pattern}(?![^\W_])", text)):
                return True
    return False


def _block(lines: Sequence[Line], places: Sequence[tuple[int, int]]) -> list[Line]:
    """Return the lines of the last row: as many as rows before it took, and bare numbers printed below it."""
    first, last = places[-1]
    if len(places) > 1:
        last = max(last, first + max(b - a for a, b in places[:-1]))
    block = list(lines[first : last + 1])
    for line in lines[last + 1 : first + LONGEST_ROW_LINES]:
        if line.wordy or line.sums_up:
            break
        block.append(line)
    return [line for line in block if not line.sums_up]


_TIMED = frozenset({ValueKind.DATETIME, ValueKind.TIME})
_SCANS: dict[frozenset[ValueKind], Callable[[MessageIndex], list[tuple[int, int]]]] = {
    frozenset({ValueKind.AMOUNT}): lambda index: [(n.start, n.end) for n in number_mentions(index) if n.money],
    _TIMED: lambda index: [(time.start, time.end) for time in time_mentions(index)],
    frozenset({ValueKind.DATE}): lambda index: [(day.start, day.end) for day in date_mentions(index)],
    frozenset({ValueKind.NUMBER}): lambda index: [(n.start, n.end) for n in number_mentions(index) if not n.money],
}


def _unclaimed(spans: Sequence[tuple[int, int]], window: Sequence[Line], elsewhere: Sequence[tuple[int, int]]) -> int:
    """Count the spans on these lines that no value outside the group stands on; overlapping spans count once."""
    count, position = 0, -1
    for start, end in spans:
        on_lines = any(line.start <= start < line.end for line in window)
        if on_lines and start >= position and not any(s < end and start < e for s, e in elsewhere):
            count += 1
            position = end
    return count
