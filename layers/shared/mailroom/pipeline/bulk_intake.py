"""What comes into the bulk lane: each message is stored, its row opened, and the parcel written that owns it.

In this order, so that a process that dies in between loses nothing: a stored message without a row is received again by
the sweep, a row without its parcel is taken over by the next run of the same command, or else by the sweep once its
lease is over.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from mailroom.domain.delivery import Delivery, Post, form_key, post_record_id
from mailroom.domain.errors import ConflictError
from mailroom.domain.message import Channel
from mailroom.domain.parcel import Member, Parcel, parcel_id
from mailroom.domain.record import Record, Status
from mailroom.domain.retention import Retention
from mailroom.domain.sender import SenderPolicy
from mailroom.pipeline.bulk_ports import LEASE
from mailroom.pipeline.receive import email_record_id, screened
from mailroom.ports import Clock, MailStore, Parcels, RecordStore

DOUBLE = "double"
"""How a message is counted that came twice in one run."""


@dataclass(frozen=True, slots=True)
class BulkIntake:
    """What taking in a backlog needs of the world."""

    mail: MailStore
    records: RecordStore
    parcels: Parcels
    clock: Clock
    bucket: str
    retention: Retention
    sender_policy: SenderPolicy = SenderPolicy.CAUTION


@dataclass(frozen=True, slots=True)
class Arrival:
    """One message of a backlog: a mail's delivery or a form's post, with its bytes where they must still be stored."""

    what: Delivery | Post
    raw: bytes | None = None

    @property
    def record_id(self) -> str:
        """The id that the live lane would give its record."""
        if isinstance(self.what, Post):
            return post_record_id(self.what)
        return email_record_id(self.what.headers, self.what.ses_message_id)


@dataclass(frozen=True, slots=True)
class TakenIn:
    """What became of some arrivals: those that wait in the parcel now, and of the others how many stand how."""

    parcel_id: str
    record_ids: tuple[str, ...]
    others: Mapping[str, int]


def known(arrival: Arrival, ports: BulkIntake) -> Record | None:
    """Return the record of a message that need not be taken in: it is filed, or somebody has it in work."""
    found = ports.records.get(arrival.record_id)
    return None if found is None or _orphaned(found, ports) else found


def take_in(arrivals: Iterable[Arrival], ports: BulkIntake, job: str) -> TakenIn:
    """Take in as many messages as a parcel shall hold; what the ledger knows already is left as it is."""
    others: Counter[str] = Counter()
    new: dict[str, Arrival] = {}
    for arrival in arrivals:
        if arrival.record_id in new:
            others[DOUBLE] += 1
        elif record := known(arrival, ports):
            others[record.status] += 1
        else:
            new[arrival.record_id] = arrival
    if not new:
        return TakenIn("", (), others)
    now = ports.clock.now()
    name = parcel_id(now, new)
    owned = tuple(_opened(new, name, ports, others))
    if owned:
        members = tuple(Member(record_id=record_id) for record_id in owned)
        ports.parcels.save(Parcel(parcel_id=name, job=job, made_at=now, held_at=now, total=len(owned), waiting=members))
    return TakenIn(name, owned, others)


def _opened(new: Mapping[str, Arrival], name: str, ports: BulkIntake, others: Counter[str]) -> Iterator[str]:
    """Store messages and open their rows; yields the ids of those that the parcel owns."""
    for record_id, arrival in new.items():
        record = _row(arrival, name, ports)
        if arrival.raw is not None:
            ports.mail.put(record.key, arrival.raw, content_type=record.content_type)
        if ports.records.create(record):
            if record.status is Status.BATCHED:
                yield record_id
            else:
                others[record.status] += 1
        elif _taken_over(record_id, name, ports):
            yield record_id
        else:
            others["known"] += 1


def _row(arrival: Arrival, name: str, ports: BulkIntake) -> Record:
    now = ports.clock.now()
    owned = {"status": Status.BATCHED, "parcel": name, "lease_until": now + LEASE}
    if isinstance(arrival.what, Delivery):
        record = screened(arrival.what, now, ports.retention, ports.sender_policy)
        return record.model_copy(update=owned) if record.status is Status.RECEIVED else record
    key = form_key(arrival.what.form, arrival.record_id)
    record = Record(
        record_id=arrival.record_id,
        status=Status.BATCHED,
        channel=Channel.FORM,
        received_at=now,
        updated_at=now,
        lease_until=now + LEASE,
        parcel=name,
        bucket=ports.bucket,
        key=key,
        raw_keys=(key,),
        content_type=arrival.what.content_type,
        form=arrival.what.form,
    )
    return ports.retention.applied(record, now)


def _orphaned(record: Record, ports: BulkIntake) -> bool:
    """Say whether a row was opened for a parcel that was never written."""
    return record.status is Status.BATCHED and ports.parcels.load(record.parcel) is None


def _taken_over(record_id: str, name: str, ports: BulkIntake) -> bool:
    record = ports.records.get(record_id)
    if record is None or not _orphaned(record, ports):
        return False
    now = ports.clock.now()
    moved = record.moved(Status.BATCHED, at=now, lease_until=now + LEASE).model_copy(update={"parcel": name})
    try:
        ports.records.replace(moved, expected_version=record.version)
    except ConflictError:
        return False
    return True
