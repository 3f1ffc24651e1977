"""A notice: what happened to one record, as others are told of it; ids, states and figures, never what a mail says."""

from dataclasses import dataclass
from datetime import datetime

from mailroom.domain.message import Channel
from mailroom.domain.record import Record, Status

TRIAGED = "record.triaged"
"""Told while the answer is still being written: the kind is heard, and nothing else is known yet."""

TOLD = {
    Status.ACCEPTED: "record.accepted",
    Status.NEEDS_HUMAN: "record.needs_human",
    Status.APPROVED: "record.approved",
    Status.CORRECTED: "record.corrected",
    Status.REJECTED: "record.rejected",
    Status.FAILED: "record.failed",
    Status.QUARANTINED: "record.quarantined",
}
"""The states that others hear of, and under which name."""

EVENTS = frozenset({TRIAGED, *TOLD.values()})
"""Every name under which something is told."""


@dataclass(frozen=True, slots=True)
class Notice:
    """One event about one version of a record. ``kind`` is "" where none is known, ``at`` when it happened."""

    event: str
    record_id: str
    version: int
    status: Status
    kind: str
    confidence: float | None
    channel: Channel
    received_at: datetime
    at: datetime


def notice_of(event: str, record: Record) -> Notice:
    """Return the notice of a record's version."""
    return Notice(
        event=event,
        record_id=record.record_id,
        version=record.version,
        status=record.status,
        kind=record.kind or record.triaged,
        confidence=record.confidence,
        channel=record.channel,
        received_at=record.received_at,
        at=record.updated_at,
    )
