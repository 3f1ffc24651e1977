"""Redrive: take a record that was given up back to the start; doing it twice does it once."""

from dataclasses import dataclass

from mailroom.domain.record import Record, Status
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
