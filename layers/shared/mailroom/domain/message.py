r"""A message as it is read: one text, cut into zones that each know where they came from.

Offsets count Unicode code points of ``Message.text`` (NFC, ``\n`` line ends). The text never changes after
reading, so a span found by anyone, at any time, still points at the same words.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Channel(StrEnum):
    """The door a message came through."""

    EMAIL = "email"
    FORM = "form"


class ZoneKind(StrEnum):
    """What a stretch of the text is; evidence from a weaker zone is weaker evidence."""

    HEADER = "header"
    LATEST = "latest"
    QUOTED = "quoted"
    FORWARDED = "forwarded"
    SIGNATURE = "signature"
    DISCLAIMER = "disclaimer"
    ATTACHMENT = "attachment"
    HIDDEN = "hidden"
    STRUCTURED = "structured"
    FORM = "form"
    ORDER = "order"  # laid over other zones while an answer is judged: text that gives orders (domain.orders)


@dataclass(frozen=True, slots=True)
class Zone:
    """A stretch ``text[start:end]`` with its kind and its way back to the raw message.

    ``part`` is the MIME section number as in IMAP (RFC 9051 section 6.4.5: "1", "1.2"), "" for the top headers, and
    the field's name for forms. ``label`` says whose quote, which file, which header or which form label.
    ``page`` counts an attachment's pages from 1; 0 where there are none.
    """

    kind: ZoneKind
    start: int
    end: int
    part: str = ""
    label: str = ""
    page: int = 0


@dataclass(frozen=True, slots=True)
class Address:
    """A person or mailbox as the headers name it; either half may be empty."""

    name: str
    email: str


class AttachmentOutcome(StrEnum):
    """What became of an attachment."""

    READ = "read"  # its text is in the message's text
    SHOWN = "shown"  # it goes to the model as pictures
    SKIPPED = "skipped"  # not read; ``reason`` says why, and the absence lowers confidence


@dataclass(frozen=True, slots=True)
class Attachment:
    """One attachment, its type decided by its content, and what became of it."""

    name: str
    media_type: str
    declared_type: str
    size_bytes: int
    part: str
    outcome: AttachmentOutcome
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Picture:
    """An image for the model's eyes, already scaled to the size it can use."""

    media_type: str
    data: bytes = field(repr=False)
    width_px: int
    height_px: int
    tokens: int
    part: str
    name: str = ""
    page: int = 0


@dataclass(frozen=True, slots=True)
class FormField:
    """One answer on a form: the field's machine name, the label a person saw, and the value as text."""

    name: str
    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Message:
    """What reading makes of any bytes. ``defects`` says in words what was repaired or is missing."""

    channel: Channel
    text: str = field(repr=False)
    zones: tuple[Zone, ...] = ()
    subject: str = ""
    sender: Address = Address("", "")
    reply_to: Address = Address("", "")
    recipients: tuple[Address, ...] = ()
    sent_at: datetime | None = None
    message_id: str = ""
    in_reply_to: str = ""
    attachments: tuple[Attachment, ...] = ()
    pictures: tuple[Picture, ...] = field(default=(), repr=False)
    form: str = ""
    form_fields: tuple[FormField, ...] = field(default=(), repr=False)
    language: str = ""
    direction: str = "ltr"
    defects: tuple[str, ...] = ()

    def zone_at(self, offset: int) -> Zone | None:
        """Return the zone that holds a code point offset, or None between zones."""
        return next((zone for zone in self.zones if zone.start <= offset < zone.end), None)

    def words_of(self, zone: Zone) -> str:
        """Return the text of one zone."""
        return self.text[zone.start : zone.end]
