"""Take a record for one worker and give it back; the lease is what the sweep and other workers go by."""

from contextlib import suppress
from datetime import timedelta

from mailroom.domain.errors import (
    ConflictError,
    LineStoppedError,
    ModelUnavailableError,
    OverBudgetError,
    StopTheLineError,
    TransientError,
)
from mailroom.domain.patience import LONGEST_OUTAGE, ROUND_S
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
    """Free a record after a failed try; on the last one fail it with the reason, unless no message is at fault.

    The last try is the delivery after which the queue hands the message to its dead-letter queue: the ledger must
    say so, for nobody else will. Raises LineStoppedError where the model was out of reach on the last try and the
    message is young enough to outlast that: it goes round like those that a stopped line turns away.
    """
    now = clock.now()
    spared = isinstance(error, ModelUnavailableError) and now - record.received_at < LONGEST_OUTAGE
    if isinstance(error, OverBudgetError):
        reasons = (*record.reasons, *(said for said in (str(error),) if said not in record.reasons))
        given_back = record.moved(record.status, at=now, lease_until=error.until, reasons=reasons)
        given_back = given_back.model_copy(update={"put_backs": 0})
    elif last_try and not (spared or isinstance(error, StopTheLineError)):
        reason = f"Given up after the last try ({type(error).__name__}); the message is in the dead-letter queue."
        given_back = record.moved(Status.FAILED, at=now, reasons=(*record.reasons, reason))
    else:
        # A review holds no lease of its own; the sweep need not ask before the message has been round.
        until = now if record.status is Status.EXTRACTING else now + timedelta(seconds=2 * ROUND_S)
        given_back = record.moved(record.status, at=now, lease_until=until)
    with suppress(ConflictError):  # somebody else has it already, which is what giving back is for
        records.replace(given_back, expected_version=record.version)
    if last_try and spared:
        raise LineStoppedError("The model was out of reach on every try.", retry_after_s=ROUND_S) from error
