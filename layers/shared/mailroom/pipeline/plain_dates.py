"""Days and moments as people write them ("5 January 2026, 2.30 pm"), for values that the record keeps in ISO form."""

from mailroom.domain.doctype import ValueKind
from mailroom.domain.errors import PermanentError
from mailroom.domain.locate.dates import date_mentions
from mailroom.domain.locate.index import MessageIndex
from mailroom.domain.locate.times import time_mentions
from mailroom.domain.message import Channel, Message, Zone, ZoneKind

_LONGEST = 200
"""Characters in which a day is looked for; a value that is longer is none."""


def in_iso_form(written: str, kind: ValueKind) -> str:
    """Return the one day (or moment) that words name, in ISO form, and words that name none or several as they are.

    Raises PermanentError where the words may mean two days: a person, and no rule, says which.
    """
    if kind not in {ValueKind.DATE, ValueKind.DATETIME} or len(written) > _LONGEST:
        return written
    zone = Zone(ZoneKind.FORM, 0, len(written))
    index = MessageIndex(Message(Channel.FORM, written, (zone,)))
    days = [mention for mention in date_mentions(index) if not mention.yearless]
    if len(days) != 1:
        return written
    readings = days[0].readings
    if len(readings) > 1:
        both = " or ".join(day.isoformat() for day in readings)
        raise PermanentError(f"“{written}” may mean {both}: write the one that it is.")
    day = readings[0].isoformat()
    if kind is ValueKind.DATE:
        return day
    times = time_mentions(index)
    return f"{day}T{times[0].reading[0]:02}:{times[0].reading[1]:02}" if len(times) == 1 else written
