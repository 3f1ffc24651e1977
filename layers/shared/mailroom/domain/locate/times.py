"""Times of day, on twelve-hour and twenty-four-hour clocks."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from mailroom.domain.evidence import Method
from mailroom.domain.locate.dates import date_mentions, find_date
from mailroom.domain.locate.index import Match, MessageIndex

_HALF = r"(?P<half>(?:a\.?\s?m|p\.?\s?m)(?![^\W_])\.?)"
_OCLOCK = r"(?:uhr|h|hrs?|hours|uur|heures?|klo|o'clock|ore|horas?|godz)(?![^\W_])"
_PATTERNS = (
    re.compile(
        rf"(?<!\d)(?<!\d[:.])(?P<h>[01]?\d|2[0-4])(?P<s>[:.h])(?P<m>[0-5]\d)(?::[0-5]\d(?:[.,]\d+)?)?(?![\d:]|\s?min)"
        rf"(?:\s?{_HALF}|\s?(?P<clock>{_OCLOCK}))?"
    ),
    re.compile(rf"(?<!\d)(?<!\d[:.,])(?P<h>1[0-2]|0?\d)\s?{_HALF}"),
    re.compile(rf"(?<!\d)(?<!\d[:.,])(?P<h>[01]?\d|2[0-4])\s?{_OCLOCK}"),
    re.compile(rf"(?<![\w:.,/-])(?P<h>[01]\d|2[0-3])(?P<m>[0-5]\d)\s?{_OCLOCK}"),
    re.compile(r"(?<=\dt)(?P<h>[01]\d|2[0-3])(?P<m>[0-5]\d)(?:[0-5]\d)?(?=z|[+-]\d|\b)"),
)
_AT = re.compile(r"(?<![^\W_])(?:kl\.?|klo|kell|ore|um|om|godz\.?)\s$")
_EAST_ASIAN = re.compile(
    r"(?P<half>午前|午後|上午|下午|오전|오후)?\s?(?P<h>\d{1,2})\s?[時时点點시]\s?(?:(?P<m>\d{1,2})\s?[分분])?"
)
_AFTERNOON = frozenset({"午後", "下午", "오후"})
_NOON = frozenset({"noon", "midi", "mittags", "mezzogiorno", "mediodía", "południe"})
_MIDNIGHT = frozenset({"midnight", "minuit", "mitternacht", "mezzanotte", "medianoche", "północ"})


@dataclass(frozen=True, slots=True)
class TimeMention:
    """Words that name a time of day, as (hour, minute) on the twenty-four-hour clock."""

    start: int
    end: int
    reading: tuple[int, int]


def time_mentions(index: MessageIndex) -> list[TimeMention]:
    """Return every time of day in the message that is no part of a date."""
    return index.once(_time_mentions)


def _time_mentions(index: MessageIndex) -> list[TimeMention]:
    in_a_date = bytearray(len(index.text) + 1)
    for day in date_mentions(index):
        in_a_date[day.start : day.end] = b"\x01" * (day.end - day.start)
    return sorted((m for m in _scan(index) if not any(in_a_date[m.start : m.end])), key=lambda m: m.start)


def _scan(index: MessageIndex) -> Iterator[TimeMention]:
    text = index.text
    for start in index.numerals:
        for pattern in _PATTERNS:
            m = pattern.match(text, start)
            if m is not None and not _is_decimal(m):
                yield from _mention(m)
                break
    if any(sign in text for sign in "時时点點시"):
        for m in _EAST_ASIAN.finditer(text):
            yield from _mention(m, afternoon=m["half"] in _AFTERNOON)
    for i, word in enumerate(index.tokens.words):
        if word in _NOON or word in _MIDNIGHT:
            yield TimeMention(index.tokens.starts[i], index.tokens.ends[i], (12 if word in _NOON else 0, 0))


def _is_decimal(m: re.Match[str]) -> bool:
    """Say whether "14.30" is a number: with a dot it is a time only if a word says so."""
    groups = m.groupdict()
    return groups.get("s") == "." and not (
        groups.get("half") or groups.get("clock") or _AT.search(m.string[max(0, m.start() - 8) : m.start()])
    )


def _mention(m: re.Match[str], *, afternoon: bool = False) -> Iterator[TimeMention]:
    groups = m.groupdict()
    hour, minute, half = int(m["h"]), int(groups.get("m") or 0), groups.get("half") or ""
    if hour > 24 or minute > 59:
        return
    if (half or afternoon) and hour <= 12:
        hour = hour % 12 + (12 if afternoon or half.startswith("p") else 0)
    yield TimeMention(m.start(), m.end(), (hour % 24, minute))


def find_time(value: str, index: MessageIndex) -> list[Match]:
    """Return where a time of day (HH:MM, seconds ignored) stands."""
    clock = re.fullmatch(r"(\d{1,2}):(\d{2})(?::\d{2}(?:\.\d+)?)?(?:z|[+-]\d{2}:?\d{2})?", value.strip().lower())
    if clock is None:
        return []
    wanted = (int(clock[1]), int(clock[2]))
    return [Match(m.start, m.end, Method.FORMAT) for m in time_mentions(index) if m.reading == wanted]


def find_datetime(value: str, index: MessageIndex) -> list[Match]:
    """Return where a day and a time stand together; further apart than a few lines the score falls.

    A day without any time counts for midnight, because that is how it is normalised.
    """
    try:
        moment = datetime.fromisoformat(value.strip())
    except ValueError:
        return []
    found = []
    for shown in _as_shown(moment, index):
        days = [m for m in find_date(shown.date().isoformat(), index) if m.method is not Method.FUZZY]
        times = find_time(f"{shown:%H:%M}", index)
        for day in days:
            near = min(times, key=lambda time, day=day: _gap(day, time), default=None)  # type: ignore[misc]  # bound now
            if near is not None:
                span = min(day.start, near.start), max(day.end, near.end)
                found.append(Match(*span, Method.FORMAT, day.score * _closeness(_gap(day, near))))
            elif (shown.hour, shown.minute) == (0, 0) and "T" not in value:
                found.append(Match(day.start, day.end, day.method, day.score * 0.8))
    return found


def _as_shown(moment: datetime, index: MessageIndex) -> list[datetime]:
    """Return the clock as given, and in UTC where the message writes times in it."""
    if moment.tzinfo is not None and re.search(r"\dz(?![^\W_])|\butc\b|\bgmt\b", index.text):
        return list(dict.fromkeys([moment, moment.astimezone(UTC)]))
    return [moment]


def _gap(one: Match, other: Match) -> int:
    return max(0, max(one.start, other.start) - min(one.end, other.end))


def _closeness(gap: int) -> float:
    # A line or two apart is one table row or one sentence; beyond a short paragraph the pair may be chance.
    return 1.0 if gap <= 120 else 0.8 if gap <= 400 else 0.6


def distinct_times(index: MessageIndex) -> int:
    """Return how many different times of day the message names."""
    return len({mention.reading for mention in time_mentions(index)})
