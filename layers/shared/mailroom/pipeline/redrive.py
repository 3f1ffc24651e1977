"""Redrive and requeue: take a record back to the start; doing it twice does it once."""

from dataclasses import dataclass

from mailroom.domain.errors import ConflictError, PermanentError
from mailroom.domain.record import TRANSITIONS, WORKING, Decision, Record, Status
from mailroom.pipeline import lease
from mailroom.pipeline.dispatch import claim_of
from mailroom.pipeline.receive import LEASE
from mailroom.ports import Clock, Queue, RecordStore


@dataclass(frozen=True, slots=True)
class RedrivePorts:
    """What redriving needs of the world."""

    records: RecordStore
    intake: Queue
    clock: Clock


def redrive(record_id: str, ports: RedrivePorts) -> Record | None:
    """Move a failed record back to received and ask for it again; any other is returned as it stands, unasked.

    The table comes first, then the queue: a crash in between leaves a received record whose lease runs out, which the
    sweep puts back. None where there is no such record. Raises TransientError where another worker was first.
    """
    record = ports.records.get(record_id)
    if record is None or record.status is not Status.FAILED:
        return record
    now = ports.clock.now()
    again = record.moved(Status.RECEIVED, at=now, lease_until=now + LEASE)
    lease.file(again, record, ports.records)
    ports.intake.send(claim_of(again))
    return again


def requeue(record_id: str, by: str, reason: str, ports: RedrivePorts, *, version: int | None = None) -> Record:
    """Have a record that is at rest, or waits for a person, read again from the beginning; who asked stays on it.

    ``version`` is the one the person saw. Raises PermanentError where there is no such record or a machine works on it,
    and ConflictError where somebody was first.
    """
    record = ports.records.get(record_id)
    if record is None:
        raise PermanentError(f"There is no record {record_id}.")
    if version is not None and record.version != version:
        raise ConflictError(f"Somebody has changed record {record_id} since; look at it again.")
    if record.status in WORKING or Status.RECEIVED not in TRANSITIONS[record.status]:
        raise PermanentError(f"Record {record_id} is {record.status.replace('_', ' ')}; it is being read as it is.")
    now = ports.clock.now()
    decision = Decision(action="requeued", by=by, at=now, reason=reason)
    again = record.moved(Status.RECEIVED, at=now, lease_until=now + LEASE, decisions=(*record.decisions, decision))
    ports.records.replace(again, expected_version=record.version)
    ports.intake.send(claim_of(again))
    return again
