"""What became of one attachment."""

from dataclasses import dataclass, field

from mailroom.domain.message import AttachmentOutcome, Picture


@dataclass(slots=True)
class Finding:
    """The outcome, the reason where it was not read, and the texts by page (0 where there are no pages).

    ``embedded`` are files inside it, as (name, declared type, bytes); ``html`` is a body that still wants reading.
    """

    media_type: str
    outcome: AttachmentOutcome = AttachmentOutcome.READ
    reason: str = ""
    pages: list[tuple[int, str]] = field(default_factory=list)
    pictures: list[Picture] = field(default_factory=list)
    embedded: list[tuple[str, str, bytes]] = field(default_factory=list)
    html: str = ""
    notes: list[str] = field(default_factory=list)


def skipped(media_type: str, reason: str) -> Finding:
    """Return the finding for what was not read."""
    return Finding(media_type, AttachmentOutcome.SKIPPED, reason)


class UnreadableError(Exception):
    """The bytes are damaged, locked or beyond a limit; the message is a clause that completes "...: not read"."""
