"""Whether 03/04 is the third of April or the fourth of March: what a message itself says about it."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date

from mailroom.domain.locate.calendar import weekdays_of
from mailroom.domain.locate.date_mentions import DateMention
from mailroom.domain.locate.index import MessageIndex

_IN_TRANSIT_DAYS = 3

# Languages whose short date pattern in CLDR puts the day first in every country; English has readers on both sides.
_DAY_FIRST_LANGUAGES = frozenset(
    {"de", "fr", "es", "it", "pt", "nl", "pl", "da", "nb", "no", "fi", "cs", "sk", "ro", "bg", "el", "tr", "ru", "uk"}
    | {"hr", "sl", "sr", "et", "ca", "gl", "ga", "id", "ms", "vi", "ar", "he"}
)
_STATES = (
    "al|ak|az|ar|ca|co|ct|dc|fl|ga|hi|id|il|ia|ks|ky|la|md|ma|mi|mn|ms|mo|mt|ne|nv|nh|nj|nm|ny|nc|nd|oh|ok|pa|ri|sc|sd"
    "|tn|tx|ut|vt|va|wa|wv|wi|wy"
)
_MONTH_FIRST_HINTS = re.compile(
    rf"\b(?:{_STATES})[ ,]+\d{{5}}(?:-\d{{4}})?\b|\busd\b|\bus\$|\bunited states\b|\bu\.s\.a?\b|\busa\b|\b[ecmp][sd]t\b"
    r"|(?<!\w)\+1[ (.-]\d{3}|(?<![\w$])\$\s?\d"
)
_DAY_FIRST_HINTS = re.compile(
    r"[£€₹]|\b(?:eur|gbp|aud|nzd|inr|myr|sgd|zar|chf|sek|nok|dkk|brl|aed|hkd|thb|idr|pkr|ngn|kes|gst|vat|abn)\b"
    r"|\brm\s?\d|\brs\.? ?\d|\b[asr]\$|\b(?:sdn|bhd|ltd|plc|gmbh|pty|pte|b\.v|s\.a|s\.r\.l|pvt)\b"
    r"|\b(?:united kingdom|england|scotland|ireland|australia|new zealand|india|singapore|malaysia|south africa)\b"
    r"|(?<!\w)\+[2-9]\d[ (.\d-]{6}|\.(?:co\.uk|com\.au|co\.nz|ie|in|my|sg|za|de|fr|es|it|nl|pt|ch|at|be|eu)\b"
)


def resolved(mentions: list[DateMention], index: MessageIndex) -> list[DateMention]:
    """Return the mentions with every reading that something in the message rules out taken away.

    A weekday beside it, the same day elsewhere beyond doubt, the sending day, and the order of the message's other
    dates decide; then its language or country. Where nothing does, the day-first reading leads with score 0.5, because
    most of the world writes so.
    """
    shown = [index.text[m.start : m.end] for m in mentions]
    certain = {m.readings[0] for m in mentions if len(m.readings) == 1 and not m.yearless}
    return [m if m.yearless else _decided(m, shown, certain, index) for m in mentions]


def _decided(mention: DateMention, shown: Sequence[str], certain: set[date], index: MessageIndex) -> DateMention:
    weekdays = _weekdays_beside(index.text, mention)
    agreeing = tuple(day for day in mention.readings if day.weekday() in weekdays)
    if weekdays and not agreeing:
        mention = replace(mention, score=0.8)  # a slip of the writer, or the weekday belongs to something else
    elif weekdays:
        mention = replace(mention, readings=agreeing)
    if len(mention.readings) == 1:
        return mention
    sent = index.message.sent_at
    tests: tuple[Callable[[date], bool], ...] = (
        lambda day: day in certain,
        lambda day: sent is not None and abs((sent.date() - day).days) <= _IN_TRANSIT_DAYS,
    )
    for test in tests:
        passing = tuple(day for day in mention.readings if test(day))
        if len(passing) == 1:
            return replace(mention, readings=passing, score=0.9)
    return _ordered(mention, shown, index)


def _ordered(mention: DateMention, shown: Sequence[str], index: MessageIndex) -> DateMention:
    day_first = _by_other_dates(shown)
    if day_first is None:
        day_first = index.once(_by_country)
    first_number = int(re.findall(r"\d+", index.text[mention.start : mention.end])[0])
    leading = [day for day in mention.readings if first_number == (day.month if day_first is False else day.day)]
    ordered = tuple(dict.fromkeys([*leading, *mention.readings]))
    if day_first is None:
        return replace(mention, readings=ordered, score=0.5)
    return replace(mention, readings=ordered[:1], score=0.9)


def _by_other_dates(shown: Sequence[str]) -> bool | None:
    """Let the numeric dates that can only be read one way vote."""
    votes = {True: 0, False: 0}
    for words in shown:
        m = re.fullmatch(r"(\d{1,2})\s?[/-]\s?(\d{1,2})\s?[/-]\s?\d+", words)
        if m and (int(m[1]) > 12) != (int(m[2]) > 12):
            votes[int(m[1]) > 12] += 1
    return None if votes[True] == votes[False] else votes[True] > votes[False]


def _by_country(index: MessageIndex) -> bool | None:
    """Ask the language, and in English the signs of a country: currencies, company forms, prefixes, domains."""
    if index.message.language.split("-")[0].lower() in _DAY_FIRST_LANGUAGES:
        return True
    text = f"{index.text} {index.message.sender.email.lower()} "
    day_first, month_first = bool(_DAY_FIRST_HINTS.search(text)), bool(_MONTH_FIRST_HINTS.search(text))
    return day_first if day_first != month_first else None


def _weekdays_beside(text: str, mention: DateMention) -> list[int]:
    window = text[max(0, mention.start - 24) : mention.start]
    before = re.search(r"([^\W\d_]{2,})\.?[\s,(]{0,3}(?:(?:the|den|dem|le|el|il|em|de)\s)?$", window)
    found = weekdays_of(before[1]) if before else []
    if not found:
        after = re.match(r"[\s,(]{0,3}([^\W\d_]{1,12})", text[mention.end : mention.end + 16])
        # Two letters after a date are seldom a weekday ("so", "do", "me" are words); one CJK character is.
        if after and (len(after[1]) > 2 or not after[1].isascii()):
            found = weekdays_of(after[1])
    return found
