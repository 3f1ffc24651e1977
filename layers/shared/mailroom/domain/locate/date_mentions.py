"""The words that name a day, and the days they may mean."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from mailroom.domain.locate.calendar import ROMAN_MONTHS, month_words, months_of
from mailroom.domain.locate.folding import Tokens

_LEAP_YEAR = 4
_PIVOT = 69  # two-digit years from here on are of the last century: POSIX strptime's %y

_ORDINAL = r"(?:st|nd|rd|th|er|ème|°|:e|de|ste|e|a|o)?\.?"
_TO = r"(?:-|/|&|to|bis|au|al|a|até|t/m|do|und|and|y|e|et|,)"
_RANGE = rf"(?:(?<![\d.,:])(?P<d0>\d{{1,2}}){_ORDINAL}\s?{_TO}\s?)?"
_DAY = rf"(?<![\d.,:])(?P<d>\d{{1,2}}){_ORDINAL}"
_OF = r"(?:(?:day\s)?(?:of|de|d'|di|do|den|the|in)\s)?"
_YEAR = r"(?P<y>\d{4}|'\d{2}|\d{2}(?![\d:h%]|[.,]\d)(?!\s?(?:uhr|hrs?|am|pm|a\.m|p\.m)\b))(?!\d)"

_BEFORE_MONTH = re.compile(rf"{_RANGE}{_DAY}[\s./,-]{{0,3}}{_OF}$")
_YEAR_BEFORE_MONTH = re.compile(r"(?<!\d)(?P<y>\d{4})[\s.,-]{1,2}(?:m\.\s|eko\s|gada\s)?$")
_YEAR_AFTER_MONTH = re.compile(rf"\.?[\s.,/-]{{0,3}}(?:de\s|del\s|of\s)?{_YEAR}")
_AFTER_MONTH = re.compile(
    rf"\.?[\s./-]{{0,2}}(?:the\s)?(?:(?P<d0>\d{{1,2}}){_ORDINAL}\s?{_TO}\s?)?(?P<d>\d{{1,2}}){_ORDINAL}(?![^\W_]|:\d)"
    rf"(?:\s?[,.]?\s?{_YEAR})?"
)

_YEAR_FIRST = re.compile(r"(?<![\d])(?P<y>(?:19|20)\d\d)(?P<s>[-/. ]\s?)(?P<m>\d{1,2})(?P=s)(?P<d>\d{1,2})(?!\d)")
_COMPACT = re.compile(
    r"(?<![\w.,/+-])(?P<y>(?:19|20)\d\d)(?P<m>0[1-9]|1[0-2])(?P<d>[0-3]\d)(?=t\d{4}|(?![\w,/-]|\.\d))"
)
_EAST_ASIAN = re.compile(
    r"(?:(?P<era>令和|平成)\s?(?P<ey>\d{1,2}|元)|(?P<y>\d{4}))\s?[年년]\s?(?P<m>\d{1,2})\s?[月월]\s?(?P<d>\d{1,2})\s?[日일]"
)
_NUMERIC = re.compile(
    r"(?<!\d)(?<!\d[./-])(?P<a>\d{1,2})\s?(?P<s>[-/.])\s?(?P<b>\d{1,2})\s?(?P=s)\s?(?P<y>\d{4}|\d{2})(?!\d|[./:-]\d)"
)
# Day and month without a year, where a time follows ("24/12 à 17h50") or a word leads up to it ("am 24.12.").
_NUMERIC_YEARLESS = re.compile(
    r"(?<![\d./,-])(?P<a>\d{1,2})[./](?P<b>\d{1,2})\.?(?=\s{1,2}\S{0,3}\s?\d{1,2}[:h]\d\d)"
    r"|(?:(?<=\bam\s)|(?<=\bvom\s)|(?<=\bbis\s)|(?<=\bzum\s)|(?<=\bden\s)|(?<=\bdne\s)|(?<=\bdnia\s))(?P<d>\d{1,2})\.(?P<m>\d{1,2})\."
)
# "Mar 05 10:20:30 2026", as C's asctime and Unix mailboxes write it.
_ASCTIME = re.compile(r"(?P<d0>(?!))?\s(?P<d>\d{1,2})\s\d\d:\d\d:\d\d(?:\s[a-z]{3,4})?\s(?P<y>\d{4})(?!\d)")
_ROMAN = re.compile(r"\s?(?<!\d)(?P<d>\d{1,2})[\s./-](?P<w>[ivx]{1,4})[\s./-](?P<y>\d{4})(?!\d)")
_VIETNAMESE = re.compile(r"(?<!\d)(?P<d>\d{1,2}) tháng (?P<m>\d{1,2}),? năm (?P<y>\d{4})(?!\d)")
_ERAS = {"令和": 2018, "平成": 1988}


@dataclass(frozen=True, slots=True)
class DateMention:
    """Words that name a day: a span of the folded text, its readings with the likeliest first, and how sure that is.

    A ``yearless`` mention has its readings in year 4, a leap year, to be compared by month and day only.
    """

    start: int
    end: int
    readings: tuple[date, ...]
    score: float = 1.0
    yearless: bool = False


def scan_dates(text: str, tokens: Tokens, numerals: Sequence[int]) -> list[DateMention]:
    """Return all dates of a folded text, first to last; where words overlap the longer reading stays."""
    found = [*_numeric(text, numerals), *_worded(text, tokens)]
    found.sort(key=lambda mention: (mention.yearless, mention.start - mention.end, mention.start))
    owner: dict[int, tuple[int, int]] = {}
    kept = []
    for mention in found:
        span = (mention.start, mention.end)
        if all(owner.get(position, span) == span for position in range(*span)):
            kept.append(mention)
            owner.update(dict.fromkeys(range(*span), span))
    return sorted(kept, key=lambda mention: mention.start)


def _numeric(text: str, numerals: Sequence[int]) -> Iterator[DateMention]:
    for start in numerals:
        if (m := _NUMERIC.match(text, start)) is not None:
            yield from _mention(m.span(), _orders(m["a"], m["b"], m["y"], m["s"]))
        elif (m := _YEAR_FIRST.match(text, start) or _COMPACT.match(text, start)) is not None:
            yield from _mention(m.span(), [(int(m["y"]), int(m["m"]), int(m["d"]))])
        elif (m := _NUMERIC_YEARLESS.match(text, start)) is not None:
            month, day = m["b"] or m["m"], m["a"] or m["d"]
            yield from _mention(m.span(), [(_LEAP_YEAR, int(month), int(day))], yearless=True)
    if "年" in text or "년" in text:
        for m in _EAST_ASIAN.finditer(text):
            year = int(m["y"]) if m["y"] else _ERAS[m["era"]] + (1 if m["ey"] == "元" else int(m["ey"]))
            yield from _mention(m.span(), [(year, int(m["m"]), int(m["d"]))])


def _orders(first: str, second: str, year: str, sign: str) -> list[tuple[int, int, int]]:
    """Return the (year, month, day) that three numbers may mean; with dots the day always comes first."""
    orders = [(_full_year(year), int(second), int(first))]
    if sign != ".":
        orders.append((_full_year(year), int(first), int(second)))
    if len(year) == 2 and len(first) == 2 and sign == "-":  # "26-03-05" may begin with its year
        orders.append((_full_year(first), int(second), int(year)))
    return orders


def _worded(text: str, tokens: Tokens) -> Iterator[DateMention]:
    words = set(tokens.words)
    present, roman = month_words() & words, ROMAN_MONTHS.keys() & words
    for i, word in enumerate(tokens.words):
        if word in present:
            yield from _around_month(text, tokens.starts[i], tokens.ends[i], months_of(word))
        elif word in roman and (m := _ROMAN.match(text, max(0, tokens.starts[i] - 3))) is not None:
            yield from _mention(m.span(), [(int(m["y"]), ROMAN_MONTHS[m["w"]], int(m["d"]))])
    if "tháng" in words:
        for m in _VIETNAMESE.finditer(text):
            yield from _mention(m.span(), [(int(m["y"]), int(m["m"]), int(m["d"]))])


def _around_month(text: str, start: int, end: int, months: list[int]) -> Iterator[DateMention]:
    window = max(0, start - 40)
    before, after = text[window:start], text[end : end + 40]
    day_first, year_first = _BEFORE_MONTH.search(before), _YEAR_BEFORE_MONTH.search(before)
    year_after, day_after = _YEAR_AFTER_MONTH.match(after), _ASCTIME.match(after) or _AFTER_MONTH.match(after)
    if day_first and year_after and not (day_after and day_after["y"] and len(year_after["y"]) < 4):
        yield from _days(day_first, months, year_after["y"], window + day_first.start(), end + year_after.end())
    elif day_after and day_after["y"]:
        yield from _days(day_after, months, day_after["y"], start, end + day_after.end())
    elif year_first and day_after:
        yield from _days(day_after, months, year_first["y"], window + year_first.start(), end + day_after.end("d"))
    else:
        if day_first:
            yield from _days(day_first, months, None, window + day_first.start(), end)
        if day_after:
            yield from _days(day_after, months, None, start, end + day_after.end("d"))


def _days(m: re.Match[str], months: list[int], year: str | None, start: int, end: int) -> Iterator[DateMention]:
    for day in dict.fromkeys(d for d in (m["d0"], m["d"]) if d):
        orders = [(_full_year(year) if year else _LEAP_YEAR, month, int(day)) for month in months]
        yield from _mention((start, end), orders, yearless=not year)


def _full_year(digits: str) -> int:
    digits = digits.lstrip("'")
    if len(digits) == 4:
        return int(digits)
    return int(digits) + (2000 if int(digits) < _PIVOT else 1900)


def _mention(
    span: tuple[int, int], orders: Iterable[tuple[int, int, int]], *, yearless: bool = False
) -> Iterator[DateMention]:
    readings = []
    for year, month, day in orders:
        try:
            readings.append(date(year, month, day))
        except ValueError:  # no such day in that order
            continue
    if readings:
        yield DateMention(*span, tuple(dict.fromkeys(readings)), 0.7 if yearless else 1.0, yearless)
