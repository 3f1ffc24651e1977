"""Dates in many languages and orders, read without guessing more than the message says."""

from collections.abc import Iterator
from datetime import date, timedelta

from mailroom.domain.evidence import Method
from mailroom.domain.locate.calendar import RELATIVE_DAYS
from mailroom.domain.locate.date_mentions import DateMention, scan_dates
from mailroom.domain.locate.date_order import resolved
from mailroom.domain.locate.index import Match, MessageIndex
from mailroom.domain.message import ZoneKind

_HALF_A_YEAR_DAYS = 183
_FURTHEST_WORD_DAYS = max(map(abs, RELATIVE_DAYS.values()))
_SPEAKING = frozenset({ZoneKind.LATEST, ZoneKind.FORM, ZoneKind.HEADER})


def date_mentions(index: MessageIndex) -> list[DateMention]:
    """Return every date in the message, first to last, with its likeliest reading first."""
    return index.once(_date_mentions)


def _date_mentions(index: MessageIndex) -> list[DateMention]:
    return resolved(scan_dates(index.text, index.tokens, index.numerals), index)


def find_date(value: str, index: MessageIndex) -> list[Match]:
    """Return where a day (YYYY-MM-DD) stands.

    The other reading of an undecided date ("03/04/2026") is only FUZZY. A day without its year counts where another
    date of the message or the sending day is near enough to lend one. Relative words ("tomorrow") count only where the
    sender speaks now, not in quotes, and only against a known sending day; weekday names alone never count.
    """
    try:
        wanted = date.fromisoformat(value.strip()[:10])
    except ValueError:
        return []
    found = []
    for mention in date_mentions(index):
        if mention.yearless:
            same_day = any((day.month, day.day) == (wanted.month, wanted.day) for day in mention.readings)
            if same_day and _year_is_lent(index, wanted):
                found.append(Match(mention.start, mention.end, Method.FORMAT, mention.score))
        elif mention.readings[0] == wanted:
            found.append(Match(mention.start, mention.end, Method.FORMAT, mention.score))
        elif wanted in mention.readings:
            found.append(Match(mention.start, mention.end, Method.FUZZY, 0.4))
    return [*found, *_relative(wanted, index)]


def _year_is_lent(index: MessageIndex, wanted: date) -> bool:
    """Say whether a full date of the same year or at most half a year away makes this the year that is meant."""
    known = [mention.readings[0] for mention in date_mentions(index) if not mention.yearless]
    if any(day.year == wanted.year for day in known):
        return True
    sent = index.message.sent_at
    return any(abs((day - wanted).days) <= _HALF_A_YEAR_DAYS for day in (*known, *((sent.date(),) if sent else ())))


def _relative(wanted: date, index: MessageIndex) -> Iterator[Match]:
    sent = index.message.sent_at
    if sent is None or abs((wanted - sent.date()).days) > _FURTHEST_WORD_DAYS:
        return
    for start, end, days in index.once(_relative_words):
        if sent.date() + timedelta(days=days) == wanted:
            yield Match(start, end, Method.FORMAT, 0.7)


def _relative_words(index: MessageIndex) -> list[tuple[int, int, int]]:
    """Return the spans of words for near days, with how many days from the sending day they lie."""
    found = []
    text = index.text
    for phrase, days in RELATIVE_DAYS.items():
        at = text.find(phrase)
        while at >= 0:
            end = at + len(phrase)
            alone = phrase[0] > "\u2e80" or not (text[at - 1 : at].isalpha() or text[end : end + 1].isalpha())
            if alone and _is_speaking(index, at):
                found.append((at, end, days))
            at = text.find(phrase, end)
    longest_first = sorted(found, key=lambda span: (span[0] - span[1], span[0]))
    kept: list[tuple[int, int, int]] = []
    for span in longest_first:  # "day after tomorrow" hides its "tomorrow"
        if not any(other[0] <= span[0] and span[1] <= other[1] for other in kept):
            kept.append(span)
    return kept


def _is_speaking(index: MessageIndex, start: int) -> bool:
    at = index.folded.starts[start]
    zone = index.zone_of(at, at + 1)
    return zone is None or zone.kind in _SPEAKING


def distinct_dates(index: MessageIndex) -> int:
    """Return how many different days the message may name; an undecided date counts once per reading."""
    return len({day for mention in date_mentions(index) if not mention.yearless for day in mention.readings})
