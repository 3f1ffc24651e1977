"""Dates in many languages and orders, read without guessing more than the message says."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from mailroom.domain.evidence import Method
from mailroom.domain.locate.calendar import RELATIVE_DAYS, months_of, weekdays_of
from mailroom.domain.locate.day_order import is_day_first
from mailroom.domain.locate.index import Match, MessageIndex
from mailroom.domain.message import ZoneKind

_WORD = r"[^\W\d_]{2,}\.?"
_DAY = r"(?P<d>\d{1,2})(?:st|nd|rd|th|er|ème|re|e|º|ª|o|a|de|:e)?"
_OF = r"(?:(?:day\s+of|of|de|d'|di|do|den|the)\s+)?"
_YEAR = r"(?P<y>\d{4}|'\d{2}|\d{2}(?![\d:.,h%])(?!\s?(?:uhr|h\b|am\b|pm\b)))"
_RANGE = r"(?:(?P<d0>\d{1,2})\.?\s?(?:-|/|&|to|bis|au|al|a|t/m|und|and|y|e|et)\s?)?"
_EDGE, _END = r"(?<![\d])", r"(?!\d)"

_YEAR_FIRST = re.compile(
    _EDGE + r"(?P<y>(?:19|20)\d\d)(?P<s>[-/. ]\s?)(?P<m>\d{1,2})(?P=s)(?P<d>\d{1,2})(?=t\d|" + _END[3:]
)
_COMPACT = re.compile(r"(?<![\w.,/+-])(?P<y>(?:19|20)\d\d)(?P<m>0[1-9]|1[0-2])(?P<d>[0-3]\d)(?=t\d{4}|(?![\w.,/-]))")
_EAST_ASIAN = re.compile(
    r"(?:(?P<era>令和|平成)(?P<ey>\d{1,2}|元)|(?P<y>\d{4}))\s?[年년]\s?(?P<m>\d{1,2})\s?[月월]\s?(?P<d>\d{1,2})\s?[日일]"
)
_NUMERIC = re.compile(_EDGE + r"(?P<a>\d{1,2})\s?(?P<s>[-/.])\s?(?P<b>\d{1,2})\s?(?P=s)\s?(?P<y>\d{4}|\d{2})" + _END)
_DAY_MONTH = re.compile(
    _EDGE
    + _RANGE
    + _DAY
    + r"[\s./,-]{0,3}"
    + _OF
    + rf"(?P<w>{_WORD})(?:[\s.,/-]{{0,3}}(?:de\s|del\s|of\s)?{_YEAR}{_END})?"
)
_MONTH_DAY = re.compile(
    rf"(?<![^\W_])(?P<w>{_WORD})[\s./-]{{0,2}}(?:the\s)?{_RANGE}{_DAY}{_END}(?:\s?[,.]?\s?{_YEAR}{_END})?"
)
_YEAR_MONTH_DAY = re.compile(
    _EDGE + rf"(?P<y>\d{{4}})[\s.,-]{{1,2}}(?:m\.\s|eko\s|\.gada\s)?(?P<w>{_WORD})[\s.,-]{{0,2}}{_DAY}" + _END
)
_RELATIVE = re.compile(r"[^\W\d_]+(?:[' -][^\W\d_]+){0,2}")

_ERAS = {"令和": 2018, "平成": 1988}


@dataclass(frozen=True, slots=True)
class DateMention:
    """Words that name a day: its readings, the likeliest first; ``score`` says how sure the first one is.

    ``yearless`` mentions carry a year only in year 4 (a leap year), to be compared by month and day.
    """

    start: int
    end: int
    readings: tuple[date, ...]
    score: float = 1.0
    yearless: bool = False

    @property
    def unresolved(self) -> bool:
        """Whether more than one day is meant and nothing in the message decides."""
        return len(self.readings) > 1


def date_mentions(index: MessageIndex) -> list[DateMention]:
    """Return every date in the message, first to last; overlapping readings keep the longer words."""
    found = index.scans.get("dates")
    if not isinstance(found, list):
        raw = _without_overlaps([*_scan(index.text)])
        found = [_resolved(mention, raw, index) for mention in raw]
        index.scans["dates"] = found
    return found


def _scan(text: str) -> Iterator[DateMention]:
    for pattern in (_YEAR_FIRST, _COMPACT):
        for m in pattern.finditer(text):
            yield from _mention(m.start(), m.end(), [(int(m["y"]), int(m["m"]), int(m["d"]))])
    if "年" in text or "년" in text:
        for m in _EAST_ASIAN.finditer(text):
            year = int(m["y"]) if m["y"] else _ERAS[m["era"]] + (1 if m["ey"] == "元" else int(m["ey"]))
            yield from _mention(m.start(), m.end(), [(year, int(m["m"]), int(m["d"]))])
    for m in _NUMERIC.finditer(text):
        yield from _numeric(m)
    for pattern in (_DAY_MONTH, _MONTH_DAY, _YEAR_MONTH_DAY):
        for m in pattern.finditer(text):
            yield from _worded(m)


def _numeric(m: re.Match[str]) -> Iterator[DateMention]:
    first, second, year = int(m["a"]), int(m["b"]), _full_year(m["y"])
    orders = [(year, second, first)]
    if m["s"] != ".":  # nobody writes month.day.year
        orders.append((year, first, second))
    if len(m["y"]) == 2 and len(m["a"]) == 2 and m["s"] != "/":  # noqa: PLR2004 - "26-03-05" may begin with its year
        orders.append((_full_year(m["a"]), second, int(m["y"])))
    yield from _mention(m.start(), m.end(), orders)


def _worded(m: re.Match[str]) -> Iterator[DateMention]:
    months = months_of(m["w"])
    if not months:
        return
    groups = m.groupdict()
    year = groups.get("y")
    days = [int(d) for d in (groups.get("d0"), groups["d"]) if d]
    for day in days:
        orders = [(_full_year(year) if year else 4, month, day) for month in months]
        yield from _mention(m.start(), m.end(), orders, yearless=not year)


def _full_year(digits: str) -> int:
    digits = digits.lstrip("'")
    if len(digits) == 4:  # noqa: PLR2004 - a year in full
        return int(digits)
    return int(digits) + (2000 if int(digits) < 69 else 1900)  # noqa: PLR2004 - POSIX strptime's pivot for %y


def _mention(
    start: int, end: int, orders: list[tuple[int, int, int]], *, yearless: bool = False
) -> Iterator[DateMention]:
    readings = []
    for year, month, day in orders:
        try:
            readings.append(date(year, month, day))
        except ValueError:
            continue
    if readings:
        yield DateMention(start, end, tuple(dict.fromkeys(readings)), yearless=yearless)


def _without_overlaps(mentions: list[DateMention]) -> list[DateMention]:
    mentions.sort(key=lambda m: (m.start - m.end, m.yearless, m.start))
    kept: list[DateMention] = []
    spans: dict[int, tuple[int, int]] = {}
    for mention in mentions:
        owners = {spans[p] for p in range(mention.start, mention.end) if p in spans}
        if owners - {(mention.start, mention.end)}:
            continue
        kept.append(mention)
        spans.update(dict.fromkeys(range(mention.start, mention.end), (mention.start, mention.end)))
    return sorted(kept, key=lambda m: m.start)


def _resolved(mention: DateMention, everything: list[DateMention], index: MessageIndex) -> DateMention:
    """Let a weekday beside it, the same day in words, the sending day, or the order of dates elsewhere decide."""
    if mention.yearless:
        return replace(mention, score=0.7)
    readings = mention.readings
    weekdays = _weekdays_beside(index.text, mention)
    if weekdays:
        agreeing = tuple(day for day in readings if day.weekday() in weekdays)
        if not agreeing:
            return replace(mention, score=0.8 if len(readings) == 1 else 0.5)
        readings = agreeing
    if len(readings) == 1:
        return replace(mention, readings=readings)
    certain = {m.readings[0] for m in everything if len(m.readings) == 1 and not m.yearless}
    confirmed = tuple(day for day in readings if day in certain)
    if len(confirmed) == 1:
        return replace(mention, readings=confirmed, score=0.9)
    sent = index.message.sent_at
    near = tuple(day for day in readings if sent and abs((sent.date() - day).days) <= 3)  # noqa: PLR2004 - days in transit
    if len(near) == 1:
        return replace(mention, readings=near, score=0.9)
    return _ordered(mention, readings, everything, index)


def _ordered(
    mention: DateMention, readings: tuple[date, ...], everything: list[DateMention], index: MessageIndex
) -> DateMention:
    """Prefer the day first or the month first, whichever the message's other dates and its country suggest."""
    words = index.text[mention.start : mention.end]
    shown = [index.text[m.start : m.end] for m in everything]
    day_first = is_day_first(index, shown)
    digits = [int(d) for d in re.findall(r"\d+", words)]
    preferred = [day for day in readings if (day.day if day_first is not False else day.month) == digits[0]]
    ordered = tuple(dict.fromkeys([*preferred, *readings]))
    if day_first is None:
        return replace(mention, readings=ordered, score=0.5)
    return replace(mention, readings=ordered[:1], score=0.9)


def _weekdays_beside(text: str, mention: DateMention) -> list[int]:
    before = re.search(
        r"([^\W\d_]{2,})\.?[\s,(]{0,3}(?:(?:the|den|dem|le|el|il|em|de)\s)?$",
        text[max(0, mention.start - 24) : mention.start],
    )
    if before and weekdays_of(before[1]):
        return weekdays_of(before[1])
    after = re.match(r"[\s,(]{0,3}([^\W\d_]{1,12})", text[mention.end : mention.end + 16])
    word = after[1] if after else ""
    is_real = len(word) > 2 or (word and not word.isascii())  # noqa: PLR2004 - "so", "do" are words of other kinds
    return weekdays_of(word) if is_real else []


def find_date(value: str, index: MessageIndex) -> list[Match]:
    """Return where a day (YYYY-MM-DD) stands.

    A reading that is not the preferred one of an undecided date ("03/04/2026") is only FUZZY. A day without its year
    counts where the year is another date's in the message, or the one nearest to the sending day. Relative words count
    only where the sender speaks now (not in quotes) and only against a known sending day; weekday names alone never do.
    """
    try:
        wanted = date.fromisoformat(value.strip()[:10])
    except ValueError:
        return []
    found = []
    for mention in date_mentions(index):
        if mention.yearless:
            if _same_day(mention, wanted) and wanted.year in _years(index, wanted):
                found.append(Match(mention.start, mention.end, Method.FORMAT, mention.score))
        elif mention.readings[0] == wanted:
            found.append(Match(mention.start, mention.end, Method.FORMAT, mention.score))
        elif wanted in mention.readings:
            found.append(Match(mention.start, mention.end, Method.FUZZY, 0.4))
    return [*found, *_relative(wanted, index)]


def _same_day(mention: DateMention, wanted: date) -> bool:
    return any((day.month, day.day) == (wanted.month, wanted.day) for day in mention.readings)


def _years(index: MessageIndex, wanted: date) -> set[int]:
    years = {m.readings[0].year for m in date_mentions(index) if not m.yearless}
    sent = index.message.sent_at
    if sent and abs((sent.date() - wanted).days) <= 183:  # noqa: PLR2004 - half a year: the nearest year is meant
        years.add(wanted.year)
    return years


def _relative(wanted: date, index: MessageIndex) -> Iterator[Match]:
    sent = index.message.sent_at
    if sent is None or abs((wanted - sent.date()).days) > 2:  # noqa: PLR2004 - the furthest word reaches two days
        return
    for m in _RELATIVE.finditer(index.text):
        words = m[0].split(" ")
        for length in range(len(words), 0, -1):
            phrase = " ".join(words[:length])
            days = RELATIVE_DAYS.get(phrase)
            if days is not None:
                if sent.date() + timedelta(days=days) == wanted and _is_speaking(index, m.start()):
                    yield Match(m.start(), m.start() + len(phrase), Method.FORMAT, 0.6)
                break


def _is_speaking(index: MessageIndex, start: int) -> bool:
    at = index.folded.starts[start]
    zone = index.zone_of(at, at + 1)
    return zone is None or zone.kind in {ZoneKind.LATEST, ZoneKind.FORM, ZoneKind.HEADER}


def distinct_dates(index: MessageIndex) -> int:
    """Return how many different days the message may name; an undecided date counts once per reading."""
    return len({day for mention in date_mentions(index) if not mention.yearless for day in mention.readings})
