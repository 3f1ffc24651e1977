"""Numbers and amounts of money, whichever sign separates decimals and groups."""

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from mailroom.domain.evidence import Method
from mailroom.domain.locate.currencies import currencies_beside, currency_in, currency_of
from mailroom.domain.locate.dates import date_mentions
from mailroom.domain.locate.index import Match, MessageIndex
from mailroom.domain.locate.times import time_mentions

# Groups of three (or of two, as in India) after a blank, a dot, a comma or an apostrophe; then perhaps decimals.
_NUMBER = re.compile(
    r"(?<!\d)(?<!\d[.,])"
    r"(\d{1,3}(?:,\d{2})*(?:,\d{3})(?:\.\d+)?"
    r"|\d{1,3}(?:(?P<group>[.,' ])\d{3})(?:(?P=group)\d{3})*(?:[.,]\d{1,4})?"
    r"|\d+(?:[.,]\d+)?"
    r")"
    r"(?!\d|[.,]\d)"
)
_LETTERS = re.compile(r"[^\W\d_]+$")
# Words before numbers that count parts of a text: "Section 10.10" is no amount.
_COUNTING = re.compile(
    r"(?:section|sec\.|sections|exhibit|ex|article|art\.|clause|chapter|version|v|§|kapitel|abschnitt)[\s-]?$"
)
_MAGNITUDE = re.compile(
    r"\s?(k|tsd|thousand|mil|mille|mila|tys|тыс|lakhs?|mio|mln|mn|millions?|millones|milhões|milioni|млн|mrd|bn|billions?"
    r"|万|千)(?![^\W_])\.?"
)
_MAGNITUDES = {
    **dict.fromkeys(("k", "tsd", "thousand", "mil", "mille", "mila", "tys", "тыс", "千"), 3),
    **dict.fromkeys(("lakh", "lakhs"), 5),
    **dict.fromkeys(("mrd", "bn", "billion", "billions"), 9),
    "万": 4,
}


@dataclass(frozen=True, slots=True)
class NumberMention:
    """A number as written: its readings, the likeliest first, and what stands around it.

    ``currencies`` are those written beside it; ``glued`` says that it is a piece of a code such as "ab12" or "12-34".
    """

    start: int
    end: int
    readings: tuple[Decimal, ...]
    currencies: frozenset[str]
    negative: bool
    glued: bool
    percent: bool
    cents: bool
    padded: bool

    @property
    def money(self) -> bool:
        """Whether it looks like an amount: with a currency, or with two decimals."""
        return bool(self.currencies) or (self.cents and not self.percent)


def number_mentions(index: MessageIndex) -> list[NumberMention]:
    """Return every number that is no part of a date or a time."""
    return index.once(_number_mentions)


def _number_mentions(index: MessageIndex) -> list[NumberMention]:
    text = index.text
    taken = bytearray(len(text))
    found: list[NumberMention] = []
    others = [(day.start, day.end) for day in date_mentions(index)] + [(t.start, t.end) for t in time_mentions(index)]
    for start, end in others:
        taken[start:end] = b"\x01" * (end - start)
    position = 0
    for numeral in index.numerals:
        if numeral < position or taken[numeral]:
            continue
        m = _NUMBER.match(text, numeral)
        if m is None:
            continue
        start, end = m.span()
        position = end
        found.append(_mention(text, start, end))
        if " " in m[0]:  # "2 500" may be one number or two columns
            parts = re.finditer(r"[^ ]+", m[0])
            found += [_mention(text, start + part.start(), start + part.end()) for part in parts]
    return found


def _mention(text: str, start: int, end: int) -> NumberMention:
    words = text[start:end]
    readings = readings_of(words)
    magnitude = _MAGNITUDE.match(text, end)
    if magnitude is not None:  # "18 mil euros", "1.5 Mio. EUR"
        end = magnitude.end()
        readings = tuple(reading.scaleb(_MAGNITUDES.get(magnitude[1], 6)) for reading in readings)
    return NumberMention(
        start,
        end,
        readings,
        currencies=currencies_beside(text, start, end),
        negative=_is_negative(text, start, end),
        glued=_is_glued(text, start, end),
        percent=text[end : end + 2].lstrip().startswith("%"),
        cents=len(words) > 3 and words[-3] in ".," and not _COUNTING.search(text[max(0, start - 12) : start]),
        padded=len(words) > 1 and words[0] == "0" and words[1].isdigit(),
    )


def _is_negative(text: str, start: int, end: int) -> bool:
    """Say whether a minus or brackets stand around a number, a currency between them or not."""
    before, after = text[max(0, start - 6) : start], text[end : end + 3]
    if "-" not in before and "(" not in before and "-" not in after:
        return False
    bracketed = bool(re.search(r"\(\s?[^\w\s]?\s?$", before)) and bool(re.match(r"\s?[^\w\s)]?\s?\)", after))
    return bracketed or bool(
        re.search(r"(?<![\w-])-\s?[^\w\s]?\s?(?:[^\W\d_]{1,3}\s?)?$", before) or re.match(r"-(?![\w-])", after)
    )


def _is_glued(text: str, start: int, end: int) -> bool:
    """Say whether a number is a piece of a code; a currency, a unit after it, "x" and "no" may touch it."""
    left, right = text[start - 1 : start], text[end : end + 1]
    if left in {" ", "\n", ""} and right in {" ", "\n", "", ".", ","}:
        return False
    if left and left in "-/_#." and text[start - 2 : start - 1].isalnum():
        return True
    if right and right in "-/_" and text[end + 1 : end + 2].isalnum():
        return True
    letters = _LETTERS.search(text[max(0, start - 4) : start]) if left.isalpha() else None
    return letters is not None and currency_of(letters[0]) is None and letters[0] not in {"x", "no", "nr", "n"}


@lru_cache(maxsize=4096)
def readings_of(words: str) -> tuple[Decimal, ...]:
    """Return what digits with separators may mean: "1.234" is 1.234 or 1234, "1,234.50" only 1234.50."""
    plain = words.replace(" ", "").replace("'", "")
    marks = [c for c in plain if c in ".,"]
    if not marks:
        candidates = [plain]
    elif len(set(marks)) == 2:  # the last sign separates the decimals
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
        if currency and mention.currencies and currency not in mention.currencies:
            continue
        score = _score(mention, wanted, amount=amount)
        if score > 0:
            found.append(Match(mention.start, mention.end, Method.FORMAT, score))
    return found


def _score(mention: NumberMention, wanted: Decimal, *, amount: bool) -> float:
    """Return how surely a mention means a number; 0 where it cannot.

    A piece of a code scores half. An amount is no percentage and has no zeros before it; without a currency or cents
    it may be a count.
    """
    if (wanted < 0 and not mention.negative) or (amount and (mention.percent or mention.padded)):
        return 0.0
    score = 0.5 if mention.glued else 1.0
    if mention.readings[0] != abs(wanted) or (wanted > 0 and mention.negative):
        score *= 0.8
    if (amount and not mention.money) or mention.padded:
        score *= 0.8
    return score


def distinct_numbers(index: MessageIndex, *, amount: bool) -> int:
    """Return how many different numbers, or amounts of money, the message has."""
    return index.once(_count_amounts if amount else _count_numbers)


def _count_amounts(index: MessageIndex) -> int:
    return len({m.readings[0] for m in number_mentions(index) if m.money and not m.glued})


def _count_numbers(index: MessageIndex) -> int:
    return len({m.readings[0] for m in number_mentions(index) if not m.percent and not m.glued})
