"""Dates and times in the notations and languages of business mail."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from local.standin.reading_rules.surroundings import Surroundings

_MONTHS = {
    1: "january jan januar jänner janvier janv enero ene gennaio gen januari janeiro",
    2: "february feb februar février févr fév fevrier febrero febbraio februari fevereiro fev",
    3: "march mar märz maerz mrz mars marzo maart março",
    4: "april apr avril avr abril abr aprile",
    5: "may mai mayo maggio mag mei maio",
    6: "june jun juni juin junio giugno giu junho",
    7: "july jul juli juillet juil julio luglio lug julho",
    8: "august aug août aout agosto ago augustus",
    9: "september sep sept septembre septiembre settembre set setembro",
    10: "october oct oktober okt octobre octubre ottobre ott outubro out",
    11: "november nov novembre noviembre novembro",
    12: "december dec dezember dez décembre déc decembre diciembre dic dicembre dezembro",
}
_MONTH_NUMBER = {name: number for number, names in _MONTHS.items() for name in names.split()}
_YEAR = r"(?:19|20)\d{2}"

_ISO = re.compile(rf"(?<![\d-])(?P<year>{_YEAR})(?P<sign>[-/.])(?P<month>\d{{1,2}})(?P=sign)(?P<day>\d{{1,2}})(?!\d)")
_NUMERIC = re.compile(
    rf"(?<![\d./-])(?P<first>\d{{1,2}})(?P<sign>[./-])\s?(?P<second>\d{{1,2}})(?P=sign)\s?(?P<year>{_YEAR}|"
    rf"\d{{2}})(?![\d/-]|\.\d)"
)
_DAY_MONTH = re.compile(
    rf"(?<![\d.,])(?P<day>\d{{1,2}})(?:st|nd|rd|th|er|º|°)?\.?(?:\s+(?:of|de)\s+|\s+|-)(?P<name>[^\W\d_]{{3,10}})\b\.?"
    rf"(?:,?(?:\s+(?:de|del)\s+|\s+|-)(?P<year>{_YEAR}|\d{{2}}(?![\d:.hH%€])))?",
    re.IGNORECASE,
)
_MONTH_DAY = re.compile(
    rf"\b(?P<name>[^\W\d_]{{3,10}})\.?\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\b(?!\s*[:.]\d)(?:,?\s+(?P<year>{_YEAR}))?",
    re.IGNORECASE,
)
_CLOCK = re.compile(
    r"(?<![\d:.,€$£-])(?:(?P<hour>[01]?\d|2[0-3])(?P<sign>[:h.])(?P<minute>[0-5]\d)(?::[0-5]\d)?"
    r"(?:\s*(?P<half>[ap]\.?m\b\.?)|\s*(?P<uhr>Uhr|h\b|hrs\b))?|(?P<hour2>1[0-2]|"
    r"0?[1-9])\s*(?P<half2>[ap]\.?m\b\.?)|(?P<hour3>[01]?\d|2[0-3])\s*(?:Uhr|h)\b)(?![\d:])",
    re.IGNORECASE,
)
_OFFSET = re.compile(r"\s*(Z\b|[+-]\d{2}:?\d{2}\b)")


@dataclass(frozen=True, slots=True)
class Found:
    """A value in a text: its exact words, where they start, what they mean, whether they may mean another."""

    quote: str
    value: str
    start: int
    doubtful: bool = False

    @property
    def end(self) -> int:
        """Where the words end."""
        return self.start + len(self.quote)


@lru_cache(maxsize=512)
def dates(text: str, near: Surroundings) -> Sequence[Found]:
    """Return the dates of a text as YYYY-MM-DD, in order; without a year it is the next such day from sending on."""
    found = sorted([*_numeric(text, near), *_named(text, near)], key=lambda one: (one.start, -len(one.quote)))
    kept: list[Found] = []
    for one in found:
        if not kept or one.start >= kept[-1].end:
            kept.append(one)
    return tuple(kept)


def times(text: str) -> list[Found]:
    """Return the times of a text as HH:MM; a bare "14.30" counts only with "Uhr" or "h"."""
    answer = []
    for match in _CLOCK.finditer(text):
        if match["sign"] == "." and not (match["uhr"] or match["half"]):
            continue
        hour = int(match["hour"] or match["hour2"] or match["hour3"])
        half = (match["half"] or match["half2"] or "").casefold()
        if half and hour <= 12:
            hour = hour % 12 + (12 if half.startswith("p") else 0)
        answer.append(Found(match[0], f"{hour:02}:{match['minute'] or '00'}", match.start()))
    return answer


def datetimes(text: str, near: Surroundings) -> list[Found]:
    """Return dates directly followed by a time as YYYY-MM-DDTHH:MM, with the offset where one stands there."""
    answer, clocks = [], times(text)
    for day in dates(text, near):
        clock = next((one for one in clocks if 0 <= one.start - day.end <= 12 or one.start == day.end + 1), None)
        if clock is None:
            iso = re.compile(r"T(\d{2}:\d{2})(?::\d{2})?(?:\.\d+)?").match(text, day.end)
            clock = Found(iso[0], iso[1], iso.start()) if iso else None
        if clock is not None:
            zone = _OFFSET.match(text, clock.end)
            end = zone.end() if zone else clock.end
            offset = zone[1].replace("Z", "+00:00") if zone else ""
            answer.append(Found(text[day.start : end], f"{day.value}T{clock.value}{offset}", day.start, day.doubtful))
    return answer


def _numeric(text: str, near: Surroundings) -> Iterator[Found]:
    for match in _ISO.finditer(text):
        if value := _day(int(match["year"]), int(match["month"]), int(match["day"])):
            yield Found(match[0], value, match.start())
    for match in _NUMERIC.finditer(text):
        first, second, year = int(match["first"]), int(match["second"]), int(match["year"])
        month_first = (match["sign"] == "/" and near.month_first and first <= 12) or second > 12
        day, month = (second, first) if month_first else (first, second)
        doubtful = match["sign"] == "/" and not near.sure and max(first, second) <= 12 and first != second
        if value := _day(year + 2000 * (year < 100), month, day):
            yield Found(match[0], value, match.start(), doubtful)


def _named(text: str, near: Surroundings) -> Iterator[Found]:
    for pattern in (_DAY_MONTH, _MONTH_DAY):
        for match in pattern.finditer(text):
            month, day = _MONTH_NUMBER.get(match["name"].casefold(), 0), int(match["day"])
            if match["year"]:
                year = int(match["year"])
                value = _day(year + 2000 * (year < 100), month, day)
            elif near.sent:
                later = (month, day) >= (near.sent.month, near.sent.day)
                value = _day(near.sent.year + (not later), month, day)
            else:
                continue
            if value:
                yield Found(match[0].rstrip(" ."), value, match.start())


def _day(year: int, month: int, day: int) -> str:
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return ""
