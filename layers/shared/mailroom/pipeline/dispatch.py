"""Dispatch: what follows from a change of state follows from the table's stream, and from nowhere else (the outbox)."""

from dataclasses import dataclass

from mailroom.domain.record import ClaimCheck, Record, Status
from mailroom.ports import Erasure, EventBus, Queue

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


@dataclass(frozen=True, slots=True)
class DispatchPorts:
    """What dispatching needs of the world."""

    reviews: Queue
    bus: EventBus
    raw: Erasure
    bucket: str


def claim_of(record: Record) -> ClaimCheck:
    """Return the claim check that stands for a record on a queue."""
    return ClaimCheck(record.record_id, record.bucket, record.key, record.channel, record.form, record.content_type)


def dispatch(before: Status | None, record: Record, ports: DispatchPorts) -> None:
    """Pass on what a record's new state asks for; a write that left the state as it was asks for nothing."""
    if record.status is not before:
        pass_on(record, ports.reviews, ports.bus)


def pass_on(record: Record, reviews: Queue, bus: EventBus) -> bool:
    """Pass on what a record's state asks for; False where it asks for nothing. Safe to repeat: versions tell."""
    if record.status is Status.IN_REVIEW:
        reviews.send(claim_of(record))
    elif record.status in TOLD:
        bus.publish(TOLD[record.status], record)
    else:
        return False
    return True


def forget(record: Record, ports: DispatchPorts) -> None:
    """Delete the raw message, with its attachments, of a record whose row is gone: what belongs together ends together.

    Objects of another bucket, which a foreign producer may have named, are not ours to delete.
    """
    if record.bucket != ports.bucket:
        return
    for key in sorted({record.key, *record.raw_keys}):
        ports.raw.delete(key)
