"""Take a record for one worker and give it back; the lease is what the sweep and other workers go by."""

from datetime import timedelta

from mailroom.domain.errors import ConflictError, OverBudgetError, StopTheLineError, TransientError
from mailroom.domain.record import Record, Status
from mailroom.ports import Clock, RecordStore


def take(record: Record, records: RecordStore, clock: Clock, lease: timedelta) -> Record:
    """Move a record to extracting under a lease; raises TransientError while another worker holds it."""
    now = clock.now()
    if record.status is Status.EXTRACTING and record.lease_until and record.lease_until > now:
        wait_s = (record.lease_until - now).total_seconds()
        raise TransientError("Another worker holds this record.", retry_after_s=wait_s)
    taken = record.moved(Status.EXTRACTING, at=now, lease_until=now + lease)
    file(taken, record, records)
    return taken


def file(after: Record, before: Record, records: RecordStore) -> None:
    """Write the next version; raises TransientError when another worker was first, so that it is tried anew."""
    try:
        records.replace(after, expected_version=before.version)
    except ConflictError as error:
        raise TransientError("Another worker changed this record first.") from error


def give_back(record: Record, error: Exception, records: RecordStore, clock: Clock, *, last_try: bool) -> None:
    """Free a record after a failed try; on the last one fail it with the reason, unless the account is at fault.

    The last try is the delivery after which the queue hands the message to its dead-letter queue: the ledger must
    say so, for nobody else will.
    """
    now = clock.now()
    if isinstance(error, OverBudgetError):
        reasons = (*record.reasons, *(said for said in (str(error),) if said not in record.reasons))
        given_back = record.moved(record.status, at=now, lease_until=error.until, reasons=reasons)
        given_back = given_back.model_copy(update={"put_backs": 0})
    elif last_try and not isinstance(error, StopTheLineError):
        reason = f"Given up after the last try ({type(error).__name__}); the message is in the dead-letter queue."
        given_back = record.moved(Status.FAILED, at=now, reasons=(*record.reasons, reason))
    else:
        given_back = record.moved(record.status, at=now, lease_until=now)
    try:
        records.replace(given_back, expected_version=record.version)
    except ConflictError:
        return  # somebody else has it already, which is what giving back is for
