"""Sweep: put stuck work back on its queue, and hold what came in against what was filed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from mailroom.domain.delivery import FORMS, Delivery, form_of
from mailroom.domain.errors import ConflictError, MailroomError, PermanentError
from mailroom.domain.message import Channel
from mailroom.domain.record import WORKING, ClaimCheck, Record, Status
from mailroom.pipeline.dispatch import claim_of
from mailroom.pipeline.receive import email_record_id
from mailroom.ports import Archive, Clock, Marks, Queue, RecordStore, RollCall, Standing, StoredMail

GRACE = timedelta(minutes=30)
"""How long past its lease a record is left to its queue, which redelivers by itself after six function timeouts."""

LONGEST_GRACE = timedelta(hours=8)
"""Each putting back doubles the grace up to this: behind a long queue, patience is right and more claims are not."""

SETTLING = timedelta(minutes=10)
"""How young an object may be without a row: SES invokes the function only after it has stored the mail."""

BATCH = 500
"""Records put back in one run, and objects looked up; the next run, five minutes later, takes the rest."""

LISTED = 20_000
"""Objects listed in one run, twenty calls. A larger bucket is gone through in several runs, from mark to mark."""

COUNTED = 50_000
"""Rows counted per run. Beyond it counts are low, but nothing is called missing: each candidate is looked up alone."""

PUT_BACKS = 5
"""How often a record that workers took and never gave back is tried again: a mail that kills its reader must end."""

NEVER_CAME_BACK = "The bulk lane did not bring it back in time; it was read the ordinary way."

MARK, PASS_BEGUN, PASS_DONE = "sweep", "sweep pass begun", "sweep pass done"
"""Where the listing goes on, when this pass through the bucket began, and when the last complete one did."""


@dataclass(frozen=True, slots=True)
class SweepPorts:
    """What sweeping needs. ``reconcile_days`` is how far back what came in is compared with what was filed."""

    archive: Archive
    bucket: str
    records: RecordStore
    roll_call: RollCall
    intake: Queue
    reviews: Queue
    clock: Clock
    marks: Marks
    received_again: Callable[[StoredMail], Delivery]
    receive: Callable[[Delivery], Record]
    line_stopped: Callable[[], bool] = lambda: False
    reconcile_days: int = 2


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """What came in against what was filed: ``received = filed + in_flight + missing`` over the compared days.

    ``given_up`` were failed because they ended every worker that took them; ``troubled`` could not be dealt with this
    time (a throttled table, say) and wait for the next run.
    """

    received: int
    filed: int
    in_flight: int
    missing: int
    put_back: int = 0
    given_up: int = 0
    troubled: int = 0


def reconcile(ports: SweepPorts) -> Reconciliation:
    """Count, and change nothing; an object counts as missing when neither the days' rows nor a lookup know it."""
    rows = _rows(ports)
    missing = troubled = 0
    mark, since = "", ports.clock.now() - timedelta(days=ports.reconcile_days)
    while True:
        found, after, unclear = _without_row(rows, mark, since, ports)
        missing, troubled = missing + len(found), troubled + unclear
        if not after:
            return _counted(rows, missing=missing, troubled=troubled)
        mark = after


def sweep(ports: SweepPorts) -> Reconciliation:
    """Put overdue records back on their queues, receive stored messages again that have no row, and count.

    One message's trouble never stops the others'. While the line is stopped nothing is put back: nobody could work on
    it, and each round would add a claim check per record.
    """
    put_back = given_up = troubled = 0
    if not ports.line_stopped():
        for record in ports.records.overdue(ports.clock.now() - GRACE, BATCH):
            try:
                if _hopeless(record):
                    given_up += _give_up(record, ports)
                else:
                    put_back += _put_back(record, ports)
            except MailroomError:
                troubled += 1
    rows = _rows(ports)
    begun = ports.marks.get(MARK)
    if not begun:
        ports.marks.put(PASS_BEGUN, ports.clock.now().isoformat())
    missing, mark, unclear = _without_row(rows, begun, _unseen_since(ports), ports)
    for stored in missing:
        try:
            _receive_again(stored, ports)
        except MailroomError:
            troubled += 1
    ports.marks.put(MARK, mark)
    if not (mark or troubled or unclear):
        ports.marks.put(PASS_DONE, ports.marks.get(PASS_BEGUN))
    return _counted(rows, missing=len(missing), put_back=put_back, given_up=given_up, troubled=troubled + unclear)


def _counted(rows: Sequence[Standing], *, missing: int, **others: int) -> Reconciliation:
    in_flight = sum(row.status in WORKING for row in rows)
    filed = len(rows) - in_flight
    return Reconciliation(received=len(rows) + missing, filed=filed, in_flight=in_flight, missing=missing, **others)


def _rows(ports: SweepPorts) -> list[Standing]:
    now = ports.clock.now()
    days = [(now - timedelta(days=back)).date().isoformat() for back in range(ports.reconcile_days + 1)]
    rows: list[Standing] = []
    for day in days:
        rows += ports.roll_call.standing(day, COUNTED - len(rows))
    return rows


def _unseen_since(ports: SweepPorts) -> datetime:
    """Return from when on objects are compared: the usual days, and however long no pass has been completed."""
    done = ports.marks.get(PASS_DONE)
    last = datetime.fromisoformat(done) - 2 * SETTLING if done else datetime.min.replace(tzinfo=UTC)
    return min(last, ports.clock.now() - timedelta(days=ports.reconcile_days))


def _without_row(
    rows: Sequence[Standing], begun: str, since: datetime, ports: SweepPorts
) -> tuple[list[StoredMail], str, int]:
    """Return the objects of one stretch without a row, where the next stretch begins, and how many stayed unclear."""
    now = ports.clock.now()
    known = frozenset(key for row in rows for key in row.raw_keys)
    listed = ports.archive.listed(begun, LISTED)
    mark = listed[-1].key if len(listed) >= LISTED else ""
    until, before = now - SETTLING, begun
    missing: list[StoredMail] = []
    looked_up = troubled = 0
    for stored in listed:
        if not since <= stored.stored_at < until or stored.key in known:
            continue
        if looked_up >= BATCH:
            return missing, before, troubled
        before = stored.key
        looked_up += 1
        try:
            if not _has_row(stored, ports):
                missing.append(stored)
        except PermanentError:
            continue  # deleted since it was listed
        except MailroomError:
            troubled += 1
    return missing, mark, troubled


def _has_row(stored: StoredMail, ports: SweepPorts) -> bool:
    """Look an object's row up by its identity: a second delivery belongs to a row that may be months old."""
    if stored.key.startswith(FORMS):
        return ports.records.get(stored.key.rpartition("/")[2]) is not None
    delivery = ports.received_again(stored)
    row = ports.records.get(email_record_id(delivery.headers, delivery.ses_message_id))
    return row is not None and stored.key in row.raw_keys


def _receive_again(stored: StoredMail, ports: SweepPorts) -> None:
    if not stored.key.startswith(FORMS):
        ports.receive(ports.received_again(stored))
        return
    record_id, content_type = stored.key.rpartition("/")[2], ports.archive.content_type(stored.key)
    claim = ClaimCheck(record_id, ports.bucket, stored.key, Channel.FORM, form_of(stored.key), content_type)
    ports.intake.send(claim)


def _hopeless(record: Record) -> bool:
    """Say whether workers take a record again and again and never come back; one that waits in line is not."""
    return record.status is Status.EXTRACTING and record.put_backs >= PUT_BACKS


def _give_up(record: Record, ports: SweepPorts) -> bool:
    reason = f"Given up: every worker that took it ended before it was read, {record.put_backs} times over."
    failed = record.moved(Status.FAILED, at=ports.clock.now(), reasons=(*record.reasons, reason))
    return _written(failed, record, ports)


def _put_back(record: Record, ports: SweepPorts) -> bool:
    now = ports.clock.now()
    # A record that a worker has taken must be free for the next; one that only waits is asked for less and less often.
    waits = record.status is not Status.EXTRACTING
    longer = min(GRACE * (2**record.put_backs - 1), LONGEST_GRACE) if waits else timedelta()
    if record.status is Status.BATCHED:  # the bulk lane lost it; what its batch may still say is not taken any more
        renewed = record.moved(Status.RECEIVED, at=now, lease_until=now, reasons=(*record.reasons, NEVER_CAME_BACK))
    else:
        renewed = record.model_copy(
            update={
                "lease_until": now + longer,
                "updated_at": now,
                "version": record.version + 1,
                "put_backs": record.put_backs + 1,
            },
        )
    if not _written(renewed, record, ports):
        return False
    queue = ports.reviews if record.status is Status.IN_REVIEW else ports.intake
    queue.send(claim_of(record))
    return True


def _written(after: Record, before: Record, ports: SweepPorts) -> bool:
    try:
        ports.records.replace(after, expected_version=before.version)
    except ConflictError:
        return False  # it moved on by itself
    return True
