"""The messages behind the records, read again; the last few are kept, for a page asks for its pictures right after."""

from collections import OrderedDict
from dataclasses import dataclass, field

from mailroom.domain.errors import PermanentError
from mailroom.domain.message import Message
from mailroom.domain.record import Record
from mailroom.ports import MailStore
from mailroom.reading.stored import read_stored

KEPT = 4
KEPT_BYTES = 8 * 1024 * 1024
"""A larger message is read anew each time: four of 40 MB with their pictures would not fit the function's memory."""


@dataclass(frozen=True, slots=True)
class Original:
    """A message as it came, and as it is read."""

    raw: bytes = field(repr=False)
    message: Message


class Messages:
    """Reads records' messages."""

    def __init__(self, mail: MailStore) -> None:
        self._mail = mail
        self._kept: OrderedDict[tuple[str, str], Original] = OrderedDict()

    def of(self, record: Record) -> Original | None:
        """Return a record's message; None where it has been deleted."""
        name = (record.record_id, record.key)
        if found := self._kept.get(name):
            self._kept.move_to_end(name)
            return found
        try:
            raw = self._mail.get(record.key)
        except PermanentError:
            return None
        message = read_stored(raw, record.channel, content_type=record.content_type, form=record.form)
        found = Original(raw, message)
        if len(raw) <= KEPT_BYTES:
            self._kept[name] = found
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return found
