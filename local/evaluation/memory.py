"""The pipeline's ports in memory: what an evaluation needs of the world, and nothing of AWS."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from mailroom.adapters.clock import SystemClock
from mailroom.domain.errors import ConflictError, PermanentError
from mailroom.domain.record import WORKING, ClaimCheck, Record
from mailroom.ports import StoredMail


@dataclass
class MemoryMailStore:
    """Raw messages by key. The moment of storing is not kept, so ``since`` names them all."""

    objects: dict[str, bytes] = field(default_factory=dict)

    def get(self, key: str) -> bytes:
        """Return the bytes; raises PermanentError when there are none."""
        if key not in self.objects:
            raise PermanentError("The stored message is gone.")
        return self.objects[key]

    def head(self, key: str, length_bytes: int) -> bytes:
        """Return the first bytes only."""
        return self.get(key)[:length_bytes]

    def put(self, key: str, body: bytes, *, content_type: str) -> None:  # noqa: ARG002 - the port's signature
        """Store bytes under a key."""
        self.objects[key] = body

    def since(self, moment: datetime) -> Iterator[StoredMail]:
        """List what is stored, as if all of it came at that moment."""
        yield from (StoredMail(key, moment, len(body)) for key, body in self.objects.items())


@dataclass
class MemoryRecordStore:
    """The ledger as a list of versions per record, so that the first reading can be seen after the review."""

    versions: dict[str, list[Record]] = field(default_factory=dict)

    def create(self, record: Record) -> bool:
        """File a new record; False when there is one already."""
        if record.record_id in self.versions:
            return False
        self.versions[record.record_id] = [record]
        return True

    def get(self, record_id: str) -> Record | None:
        """Return a record as it stands now."""
        found = self.versions.get(record_id)
        return found[-1] if found else None

    def replace(self, record: Record, *, expected_version: int) -> None:
        """Write the next version; raises ConflictError when somebody else wrote first."""
        if self.versions[record.record_id][-1].version != expected_version:
            raise ConflictError("Somebody else wrote first.")
        self.versions[record.record_id].append(record)

    def overdue(self, now: datetime, limit: int) -> Sequence[Record]:
        """Return records whose lease ran out while a machine was to work on them."""
        rows = [found[-1] for found in self.versions.values()]
        late = [row for row in rows if row.status in WORKING and row.lease_until and row.lease_until < now]
        return late[:limit]

    def query(self, *, day: str | None = None, limit: int = 1000) -> Sequence[Record]:
        """Return records, newest first, of one day or of all."""
        rows = [found[-1] for found in self.versions.values()]
        rows = [row for row in rows if day is None or row.received_at.date().isoformat() == day]
        return sorted(rows, key=lambda row: row.received_at, reverse=True)[:limit]


@dataclass
class MemoryQueue:
    """A queue that keeps what was sent."""

    claims: list[ClaimCheck] = field(default_factory=list)

    def send(self, claim: ClaimCheck) -> None:
        """Put a claim check on the queue."""
        self.claims.append(claim)


@dataclass(frozen=True)
class Ports:
    """One message's own world: nothing of another message is in it."""

    mail: MemoryMailStore = field(default_factory=MemoryMailStore)
    records: MemoryRecordStore = field(default_factory=MemoryRecordStore)
    intake: MemoryQueue = field(default_factory=MemoryQueue)
    clock: SystemClock = field(default_factory=SystemClock)
