"""Numbers and amounts of money, whichever sign separates decimals and groups."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from mailroom.domain.evidence import Method
from mailroom.domain.locate.currencies import currency_beside, currency_in
from mailroom.domain.locate.dates import date_mentions
from mailroom.domain.locate.index import Match, MessageIndex
from mailroom.domain.locate.times import time_mentions

# Groups of three (or of two, as in India) after a blank, a dot, a comma or an apostrophe; then perhaps decimals.
_NUMBER = re.compile(
    r"(?<![\d.,])"
    r"(\d{1,3}(?:,\d{2})*(?:,\d{3})(?:\.\d+)?"
    r"|\d{1,3}(?:(?P<group>[.,' ])\d{3})(?:(?P=group)\d{3})*(?:[.,]\d{1,4})?"
    r"|\d+(?:[.,]\d+)?"
    r"|[.,]\d+)"
    r"(?!\d|[.,]\d)"
)


@dataclass(frozen=True, slots=True)
class NumberMention:
    """A number as written: its readings, the likeliest first, and whether it looks like money."""

    start: int
    end: int
    readings: tuple[Decimal, ...]
    negative: bool
    money: bool
    glued: bool
    percent: bool


def number_mentions(index: MessageIndex) -> list[NumberMention]:
    """Return every number that is no part of a date, a time, a word or a longer number."""
    found = index.scans.get("numbers")
    if not isinstance(found, list):
        found = list(_scan(index))
        index.scans["numbers"] = found
    return found


def _scan(index: MessageIndex) -> Iterator[NumberMention]:
    text = index.text
    taken = bytearray(len(text))
    for mention in (*date_mentions(index), *time_mentions(index)):
        taken[mention.start : mention.end] = b"\x01" * (mention.end - mention.start)
    for match in _NUMBER.finditer(text):
        start, end = match.span()
        if taken[start] or taken[end - 1]:
            continue
        yield from _mentions(text, start, end)


def _mentions(text: str, start: int, end: int) -> Iterator[NumberMention]:
    words = text[start:end]
    yield _mention(text, start, end)
    if " " in words:  # "2 500" may be one number or two columns
        position = start
        for part in words.split(" "):
            yield _mention(text, position, position + len(part))
            position += len(part) + 1


def _mention(text: str, start: int, end: int) -> NumberMention:
    words = text[start:end]
    before, after = text[max(0, start - 4) : start], text[end : end + 4]
    readings = readings_of(words)
    has_cents = bool(re.search(r"[.,]\d\d$", words))
    return NumberMention(
        start,
        end,
        readings,
        negative=bool(re.search(r"(?:^|[\s(:])-\s?(?:\W{1,2})?$|\($", before) or re.match(r"-(?!\d|\w)", after)),
        money=has_cents or currency_beside(text, start, end) is not None,
        glued=_is_glued(text, start, end),
        percent=bool(re.match(r"\s?%", after)),
    )


def _is_glued(text: str, start: int, end: int) -> bool:
    """Say whether a number is part of a code such as "ab12" or "12-34"; a unit or a currency may touch it."""
    left = text[start - 1] if start else " "
    right = text[end] if end < len(text) else " "
    joined_left = left in "-/_#" and start > 1 and text[start - 2].isalnum()
    joined_right = right in "-/_" and end + 1 < len(text) and text[end + 1].isalnum()
    letters_left = re.search(r"[^\W\d_]+$", text[max(0, start - 4) : start])
    odd_left = bool(letters_left) and currency_in(letters_left[0] if letters_left else "") is None
    return (
        joined_left
        or joined_right
        or (odd_left and letters_left is not None and letters_left[0] not in {"x", "no", "nr"})
    )


def readings_of(words: str) -> tuple[Decimal, ...]:
    """Return what digits with separators may mean: "1.234" is 1.234 or 1234, "1,234.50" only 1234.50."""
    plain = words.replace(" ", "").replace("'", "")
    marks = [c for c in plain if c in ".,"]
    if not marks:
        candidates = [plain]
    elif len(set(marks)) == 2:  # the last sign separates the decimals  # noqa: PLR2004
        decimal = marks[-1]
        group = "," if decimal == "." else "."
        candidates = [plain.replace(group, "").replace(decimal, ".")]
    elif len(marks) > 1:
        candidates = [plain.replace(marks[0], "")]
    else:
        left, right = plain.split(marks[0])
        as_decimal = f"{left or '0'}.{right}"
        may_group = len(right) == 3 and 0 < len(left) <= 3 and left[0] != "0"
        candidates = [as_decimal, left + right] if may_group else [as_decimal]
    return tuple(dict.fromkeys(Decimal(c) for c in candidates))


def parse_amount(value: str) -> tuple[Decimal, str | None] | None:
    """Return a normalised amount and the currency written with it, if any; None where it is no number."""
    folded = value.strip().casefold()
    currency = currency_in(folded)
    digits = re.search(r"-?\s?[\d.,' ]*\d", folded)
    if digits is None:
        return None
    text = digits[0].strip()
    sign = -1 if text.startswith("-") or re.fullmatch(r"\(.*\)", folded) else 1
    text = text.lstrip("- ")
    try:
        return sign * Decimal(text), currency
    except InvalidOperation:
        readings = readings_of(text.strip(".,"))
        return (sign * readings[0], currency) if readings else None


def find_number(value: str, index: MessageIndex, *, amount: bool) -> list[Match]:
    """Return where a number stands; an amount prefers the places where a currency or cents stand with it."""
    parsed = parse_amount(value)
    if parsed is None:
        return []
    wanted, currency = parsed
    found = []
    for mention in number_mentions(index):
        if abs(wanted) not in mention.readings:
            continue
        beside = currency_beside(index.text, mention.start, mention.end)
        if currency and beside and currency not in beside:
            continue
        score = _score(mention, wanted, amount=amount)
        if score > 0:
            method = Method.EXACT if index.text[mention.start : mention.end] == value.strip() else Method.FORMAT
            found.append(Match(mention.start, mention.end, method, score))
    return found


def _score(mention: NumberMention, wanted: Decimal, *, amount: bool) -> float:
    score = 1.0
    if mention.readings[0] != abs(wanted):
        score *= 0.8
    if wanted < 0 and not mention.negative:
        return 0.0
    if wanted > 0 and mention.negative:
        score *= 0.8
    if mention.glued:
        score *= 0.5
    if amount and mention.percent:
        return 0.0
    if amount and not mention.money:
        score *= 0.8
    return score


def distinct_numbers(index: MessageIndex, *, amount: bool) -> int:
    """Return how many different numbers, or amounts of money, the message has."""
    return len(
        {m.readings[0] for m in number_mentions(index) if not m.glued and (m.money if amount else not m.percent)}
    )
