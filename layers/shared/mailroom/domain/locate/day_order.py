"""Whether 03/04 is the third of April or the fourth of March: what a message itself says about it."""

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mailroom.domain.locate.index import MessageIndex

_SHOWN = re.compile(r"\s?[/-]\s?")
# Of the languages with mail of any volume only English has readers on both sides (CLDR short date patterns).
_DAY_FIRST_LANGUAGES = frozenset(
    "de fr es it pt nl pl da nb no fi cs sk ro bg el tr ru uk hr sl sr et ca gl ga id ms vi ar he".split()
)
_MONTH_FIRST_HINTS = re.compile(
    r"\b(?:al|ak|az|ar|ca|co|ct|dc|fl|ga|hi|id|il|ia|ks|ky|la|md|ma|mi|mn|ms|mo|mt|ne|nv|nh|nj|nm|ny|nc|nd|oh|ok|pa|ri|sc|sd|tn|tx|ut|vt"
    r"|va|wa|wv|wi|wy)[ ,]+\d{5}(?:-\d{4})?\b|\busd\b|\bus\$|\bunited states\b|\bu\.s\.a?\b|\busa\b|\b[ecmp][sd]t\b"
    r"|(?<!\w)\+1[ (.-]\d{3}|(?<![\w$])\$\s?\d"
)
_DAY_FIRST_HINTS = re.compile(
    r"[£€₹]|\b(?:eur|gbp|aud|nzd|inr|myr|sgd|zar|chf|sek|nok|dkk|brl|aed|hkd|thb|idr|pkr|ngn|kes|gst)\b|\brm\s?\d|\brs\.? ?\d|\ba\$|\bs\$|\br\$"
    r"|\b(?:sdn|bhd|ltd|plc|gmbh|pty|pte|b\.v|s\.a|s\.r\.l|pvt|llp)\b|\b(?:united kingdom|england|scotland|ireland|australia|new zealand|india"
    r"|singapore|malaysia|south africa|pakistan|nigeria|kenya|hong kong|uae)\b|(?<!\w)\+(?:[2-9]\d)[ (.\d-]{6}|\bvat\b|\babn\b"
    r"|\.(?:co\.uk|com\.au|co\.nz|ie|in|my|sg|za|de|fr|es|it|nl|pt|ch|at|be|eu)\b"
)


def is_day_first(index: "MessageIndex", shown: list[str]) -> bool | None:
    """Return whether numeric dates begin with the day, or None where the message does not say.

    ``shown`` are the dates of the message as written. Dates that can only be read one way decide; then the language;
    then, in English, signs of a country (currencies, company forms, telephone prefixes, domains), if they agree.
    """
    known = index.scans.get("day first", "unknown")
    if known == "unknown":
        known = _by_other_dates(shown)
        if known is None:
            known = _by_country(index)
        index.scans["day first"] = known
    return known if isinstance(known, bool) else None


def _by_other_dates(shown: list[str]) -> bool | None:
    votes = {True: 0, False: 0}
    for words in shown:
        numbers = _SHOWN.split(words)
        if len(numbers) == 3 and all(n.isdigit() for n in numbers) and len(numbers[0]) < 3:  # noqa: PLR2004 - day, month, year
            first, second = int(numbers[0]), int(numbers[1])
            if (first > 12) != (second > 12):  # noqa: PLR2004 - no month is above twelve
                votes[first > 12] += 1  # noqa: PLR2004
    return None if votes[True] == votes[False] else votes[True] > votes[False]


def _by_country(index: "MessageIndex") -> bool | None:
    if index.message.language.split("-")[0].lower() in _DAY_FIRST_LANGUAGES:
        return True
    text = f"{index.text} {index.message.sender.email.lower()} "
    day_first = bool(_DAY_FIRST_HINTS.search(text))
    month_first = bool(_MONTH_FIRST_HINTS.search(text))
    return day_first if day_first != month_first else None
