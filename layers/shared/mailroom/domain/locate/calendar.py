"""Words for months, weekdays and near days, in the languages mail is written in."""

import json
from collections.abc import KeysView
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


@cache
def _words() -> dict[str, dict[str, list[int]]]:
    loaded: dict[str, dict[str, list[int]]] = json.loads((_DATA / "calendar.json").read_text(encoding="utf-8"))
    return loaded


def month_words() -> KeysView[str]:
    """Return all folded words that may name a month."""
    return _words()["months"].keys()


def months_of(word: str) -> list[int]:
    """Return the months (1 to 12) a folded word may name; few words name two (Czech and Croatian share some)."""
    found = _words()["months"].get(word)
    return found if found is not None else _words()["months"].get(word.rstrip("."), [])


def weekdays_of(word: str) -> list[int]:
    """Return the weekdays (0 is Monday) a folded word may name."""
    return _words()["weekdays"].get(word.rstrip("."), [])
