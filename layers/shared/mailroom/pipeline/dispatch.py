"""Dispatch: what follows from a change of state follows from the table's stream, and from nowhere else (the outbox)."""

from dataclasses import dataclass

from mailroom.domain.notice import TOLD, TRIAGED, notice_of
from mailroom.domain.record import ClaimCheck, Record, Status
from mailroom.ports import Erasure, EventBus, NoticeQueue, Queue


@dataclass(frozen=True, slots=True)
class DispatchPorts:
    """What dispatching needs of the world; ``notices`` is None where nobody but the bus is told."""

    reviews: Queue
    bus: EventBus
    raw: Erasure
    bucket: str
    notices: NoticeQueue | None = None


def claim_of(record: Record) -> ClaimCheck:
    """Return the claim check that stands for a record on a queue."""
    return ClaimCheck(record.record_id, record.bucket, record.key, record.channel, record.form, record.content_type)


def dispatch(before: Record | None, record: Record, ports: DispatchPorts) -> None:
    """Pass on what a record's change asks for; a write that left the state as it was asks for nothing.

    But for one: the kind, heard while the answer is still being written.
    """
    if before is None or record.status is not before.status:
        pass_on(record, ports.reviews, ports.bus, ports.notices)
    elif record.status is Status.EXTRACTING and record.triaged and record.triaged != before.triaged:
        _tell(TRIAGED, record, ports.bus, ports.notices)


def pass_on(record: Record, reviews: Queue, bus: EventBus, notices: NoticeQueue | None = None) -> bool:
    """Pass on what a record's state asks for; False where it asks for nothing. Safe to repeat: versions tell."""
    if record.status is Status.IN_REVIEW:
        reviews.send(claim_of(record))
    elif record.status in TOLD:
        _tell(TOLD[record.status], record, bus, notices)
    else:
        return False
    return True


def _tell(event: str, record: Record, bus: EventBus, notices: NoticeQueue | None) -> None:
    if notices:
        notices.announce(notice_of(event, record))
    bus.publish(event, record)


def forget(record: Record, ports: DispatchPorts) -> None:
    """Delete the raw message, with its attachments, of a record whose row is gone: what belongs together ends together.

    Objects of another bucket, which a foreign producer may have named, are not ours to delete.
    """
    if record.bucket != ports.bucket:
        return
    for key in sorted({record.key, *record.raw_keys}):
        ports.raw.delete(key)
