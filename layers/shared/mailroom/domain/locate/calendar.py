"""Words for months, weekdays and near days, in the languages mail is written in."""

import json
from functools import cache
from pathlib import Path

_DATA = Path(__file__).parent / "data"

# Days from today. Written by hand: CLDR's relative days are not packed by Babel, and mail uses few of them.
RELATIVE_DAYS: dict[str, int] = {
    **dict.fromkeys(
        ("today", "tonight", "heute", "aujourd'hui", "hoy", "oggi", "hoje", "vandaag", "dzisiaj", "dziś"), 0
    ),
    **dict.fromkeys(("i dag", "idag", "tänään", "dnes", "ma", "bugün", "сегодня", "今日", "本日", "今天", "오늘"), 0),
    **dict.fromkeys(("tomorrow", "morgen", "demain", "mañana", "domani", "amanhã", "jutro", "i morgen", "imorgon"), 1),
    **dict.fromkeys(("huomenna", "zítra", "holnap", "yarın", "завтра", "明日", "明天", "내일"), 1),
    **dict.fromkeys(("day after tomorrow", "übermorgen", "après-demain", "pasado mañana", "dopodomani"), 2),
    **dict.fromkeys(("depois de amanhã", "overmorgen", "pojutrze", "послезавтра", "明後日", "后天", "모레"), 2),
    **dict.fromkeys(
        ("yesterday", "gestern", "hier", "ayer", "ieri", "ontem", "gisteren", "wczoraj", "igår", "i går"), -1
    ),
    **dict.fromkeys(("eilen", "včera", "tegnap", "dün", "вчера", "昨日", "昨天", "어제"), -1),
}


ROMAN_MONTHS: dict[str, int] = {
    numeral: number
    for number, numeral in enumerate(("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii"), 1)
}
"""Months as Central Europe writes them: "5.III.2026"; only with a day before and a year after."""


@cache
def _words() -> dict[str, dict[str, list[int]]]:
    loaded: dict[str, dict[str, list[int]]] = json.loads((_DATA / "calendar.json").read_text(encoding="utf-8"))
    loaded["months"] |= {"maerz": [3], "jaenner": [1]}
    return loaded


def month_words() -> frozenset[str]:
    """Return all folded words that may name a month, Roman numerals excluded."""
    return _month_words()


@cache
def _month_words() -> frozenset[str]:
    return frozenset(_words()["months"])


def months_of(word: str) -> list[int]:
    """Return the months (1 to 12) a folded word may name; few words name two (Czech and Croatian share some)."""
    found = _words()["months"].get(word)
    return found if found is not None else _words()["months"].get(word.rstrip("."), [])


def weekdays_of(word: str) -> list[int]:
    """Return the weekdays (0 is Monday) a folded word may name."""
    return _words()["weekdays"].get(word.rstrip("."), [])
