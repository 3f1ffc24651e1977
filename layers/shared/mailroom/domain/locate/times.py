"""Times of day, on twelve-hour and twenty-four-hour clocks."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from mailroom.domain.evidence import Method
from mailroom.domain.locate.dates import date_mentions, find_date
from mailroom.domain.locate.index import Match, MessageIndex

_HALF = r"(?P<half>a\.?\s?m\b\.?|p\.?\s?m\b\.?)"
_COLON = re.compile(r"(?<![\d:])(?P<h>[01]?\d|2[0-4])[:.h](?P<m>[0-5]\d)(?::[0-5]\d(?:\.\d+)?)?(?!\d)\s?" + _HALF + "?")
_HOUR = re.compile(r"(?<![\d:.,])(?P<h>1[0-2]|0?\d)\s?" + _HALF)
_CLOCK = re.compile(
    r"(?<![\d:.,])(?P<h>[01]?\d|2[0-4])(?:[:.](?P<m>[0-5]\d))?\s?(?:uhr\b|h\b|hrs?\b|uur\b|heures?\b|klo\b|o'clock)"
)
_MILITARY = re.compile(r"(?<![\w:.,/-])(?P<h>[01]\d|2[0-3])(?P<m>[0-5]\d)\s?(?:hrs?|hours|h|uhr)\b")
_STAMP = re.compile(r"(?<=\dt)(?P<h>[01]\d|2[0-3])(?P<m>[0-5]\d)(?:[0-5]\d)?(?=z|[+-]\d|\b)")
_EAST_ASIAN = re.compile(
    r"(?P<half>午前|午後|上午|下午|오전|오후)?\s?(?P<h>\d{1,2})\s?[時时시]\s?(?:(?P<m>\d{1,2})\s?[分분])?"
)
_AFTERNOON = frozenset({"午後", "下午", "오후"})
_NAMED = re.compile(
    r"\b(?P<noon>(?:12 )?noon|midi|mittags|mezzogiorno|mediodía|middag)\b|\b(?P<night>(?:12 )?midnight|minuit|mitternacht|mezzanotte)\b"
)


@dataclass(frozen=True, slots=True)
class TimeMention:
    """Words that name a time of day: its readings as (hour, minute), the likeliest first."""

    start: int
    end: int
    readings: tuple[tuple[int, int], ...]


def time_mentions(index: MessageIndex) -> list[TimeMention]:
    """Return every time of day in the message that is no part of a date."""
    found = index.scans.get("times")
    if not isinstance(found, list):
        days = [(m.start, m.end) for m in date_mentions(index)]
        found = [t for t in _scan(index.text) if not any(start < t.end and t.start < end for start, end in days)]
        index.scans["times"] = found
    return found


def _scan(text: str) -> Iterator[TimeMention]:
    for m in _COLON.finditer(text):
        if text[m.start() + len(m["h"])] == "." and not m["half"]:
            continue  # "14.30" alone is a number; _CLOCK takes "14.30 Uhr"
        yield from _mention(m, int(m["h"]), int(m["m"]), m["half"])
    for pattern in (_HOUR, _CLOCK, _MILITARY, _STAMP):
        for m in pattern.finditer(text):
            groups = m.groupdict()
            yield from _mention(m, int(m["h"]), int(groups.get("m") or 0), groups.get("half"))
    for m in _EAST_ASIAN.finditer(text):
        half = "pm" if m["half"] in _AFTERNOON else "am" if m["half"] else None
        yield from _mention(m, int(m["h"]), int(m["m"] or 0), half)
    for m in _NAMED.finditer(text):
        yield TimeMention(m.start(), m.end(), ((12, 0),) if m["noon"] else ((0, 0), (24, 0)))


def _mention(m: re.Match[str], hour: int, minute: int, half: str | None) -> Iterator[TimeMention]:
    end = m.end() if half or not m[0].endswith((" ", "\n")) else m.end() - 1
    if hour > 24 or minute > 59:  # noqa: PLR2004 - the clock's own limits
        return
    if half and hour <= 12:  # noqa: PLR2004
        yield TimeMention(m.start(), end, ((hour % 12 + (12 if half[0] == "p" else 0), minute),))
    else:
        yield TimeMention(m.start(), end, ((hour % 24, minute),))


def find_time(value: str, index: MessageIndex) -> list[Match]:
    """Return where a time of day (HH:MM, seconds ignored) stands."""
    clock = re.fullmatch(r"(\d{1,2}):(\d{2})(?::\d{2}(?:\.\d+)?)?(?:z|[+-]\d{2}:?\d{2})?", value.strip().lower())
    if clock is None:
        return []
    wanted = (int(clock[1]), int(clock[2]))
    return [
        Match(m.start, m.end, Method.EXACT if index.text[m.start : m.end] == value else Method.FORMAT)
        for m in time_mentions(index)
        if wanted in m.readings
    ]


def find_datetime(value: str, index: MessageIndex) -> list[Match]:
    """Return where a day and a time stand together; further apart than a few lines the score falls.

    The words that give a bare day count for midnight, because that is how a day without a time is normalised.
    """
    try:
        moment = datetime.fromisoformat(value.strip())
    except ValueError:
        return []
    found = []
    for shift in _shifted(moment, index):
        days = [m for m in find_date(shift.date().isoformat(), index) if m.method is not Method.FUZZY]
        times = find_time(f"{shift:%H:%M}", index)
        for day in days:
            near = min(times, key=lambda t: _gap(day, t), default=None)
            if near is not None:
                start, end = min(day.start, near.start), max(day.end, near.end)
                found.append(Match(start, end, Method.FORMAT, day.score * _closeness(_gap(day, near))))
            elif (shift.hour, shift.minute) == (0, 0):
                found.append(Match(day.start, day.end, day.method, day.score * 0.8))
    return found


def _shifted(moment: datetime, index: MessageIndex) -> list[datetime]:
    """Return the clock as given, and in UTC where the message writes times with a Z."""
    if moment.tzinfo is not None and re.search(r"\dz\b|\butc\b|\bgmt\b", index.text):
        return [moment, moment.astimezone(UTC)]
    return [moment]


def _gap(one: Match, other: Match) -> int:
    return max(0, max(one.start, other.start) - min(one.end, other.end))


def _closeness(gap: int) -> float:
    # A line or two apart is one table row or one sentence; beyond a short paragraph the pair may be chance.
    return 1.0 if gap <= 120 else 0.8 if gap <= 400 else 0.5  # noqa: PLR2004


def distinct_times(index: MessageIndex) -> int:
    """Return how many different times of day the message names."""
    return len({mention.readings[0] for mention in time_mentions(index)})
