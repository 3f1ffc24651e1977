"""Sweep: put stuck work back on its queue, and hold what came in against what was filed."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from mailroom.domain.delivery import Delivery
from mailroom.domain.errors import ConflictError
from mailroom.domain.record import WORKING, Record, Status
from mailroom.pipeline.dispatch import claim_of
from mailroom.ports import Clock, MailStore, Queue, RecordStore, StoredMail

GRACE = timedelta(minutes=30)
"""How long past its lease a record is left to its queue, which redelivers by itself after six function timeouts."""

SETTLING = timedelta(minutes=10)
"""How young an object may be without a row: SES invokes the function only after it has stored the mail."""

BATCH = 500
"""Records put back in one run; the next run, five minutes later, takes the rest."""


@dataclass(frozen=True, slots=True)
class SweepPorts:
    """What sweeping needs. ``reconcile_days`` is how far back what came in is compared with what was filed."""

    mail: MailStore
    records: RecordStore
    intake: Queue
    reviews: Queue
    clock: Clock
    received_again: Callable[[StoredMail], Delivery]
    receive: Callable[[Delivery], Record]
    reconcile_days: int = 2


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """What came in against what was filed: ``received = filed + in_flight + missing`` over the compared days."""

    received: int
    filed: int
    in_flight: int
    missing: int
    put_back: int


def sweep(ports: SweepPorts) -> Reconciliation:
    """Put overdue records back on their queues, receive stored mail again that has no row, and count."""
    now = ports.clock.now()
    put_back = sum(_put_back(record, ports) for record in ports.records.overdue(now - GRACE, BATCH))
    days = [(now - timedelta(days=back)).date().isoformat() for back in range(ports.reconcile_days + 1)]
    rows = [record for day in days for record in ports.records.query(day=day)]
    known = frozenset(key for record in rows for key in record.raw_keys)
    stored = list(ports.mail.since(now - timedelta(days=ports.reconcile_days)))
    missing = [mail for mail in stored if mail.key not in known and mail.stored_at < now - SETTLING]
    for mail in missing[:BATCH]:
        ports.receive(ports.received_again(mail))
    in_flight = sum(record.status in WORKING for record in rows)
    return Reconciliation(
        received=len(rows) + len(missing),
        filed=len(rows) - in_flight,
        in_flight=in_flight,
        missing=len(missing),
        put_back=put_back,
    )


def _put_back(record: Record, ports: SweepPorts) -> bool:
    now = ports.clock.now()
    renewed = record.model_copy(
        update={"lease_until": now, "updated_at": now, "version": record.version + 1},
    )
    try:
        ports.records.replace(renewed, expected_version=record.version)
    except ConflictError:
        return False  # it moved on by itself
    queue = ports.reviews if record.status is Status.IN_REVIEW else ports.intake
    queue.send(claim_of(record))
    return True
