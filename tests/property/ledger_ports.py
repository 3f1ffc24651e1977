"""The ports of the ledger's small world, in memory; every write asks the world first whether it may succeed."""

from collections import Counter
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from mailroom.domain.cost import Usage
from mailroom.domain.delivery import Post
from mailroom.domain.errors import ConflictError, PermanentError, TransientError
from mailroom.domain.record import WORKING, CacheVerdict, ClaimCheck, Record
from mailroom.ports import ModelAnswer, ModelRequest, Outcome, Standing, StoredMail
from tests.fakes import START

TRIES = 5
LEASE = timedelta(seconds=120)
VISIBILITY = timedelta(seconds=720)
LEAD = """{"kind": "lead", "values": [
 {"field": "contact_name", "quote": "Ana Diaz", "value": "Ana Diaz"},
 {"field": "contact_email", "quote": "ana@papel.example", "value": "ana@papel.example"},
 {"field": "company", "quote": "Papel Norte", "value": "Papel Norte"},
 {"field": "intent", "quote": "", "value": "quote"}], "rows": [], "unsure": []}"""
DOUBTFUL = LEAD.replace("ana@papel.example", "eve@evil.example")
ANSWERS = {"plain": LEAD, "twice": LEAD, "doubtful": DOUBTFUL, "garbled": "no JSON", "form": LEAD}


class World(Protocol):
    """What the ports need of the world they are part of."""

    moment: datetime
    numbers: int
    answers: dict[str, str]

    def write(self, name: str) -> AbstractContextManager[bool]: ...


class Killed(BaseException):
    """The process is gone: no except clause of ours sees it, and nothing after it runs."""


class Kind(StrEnum):
    """What happens at a write."""

    DIES_BEFORE = "dies before"
    DIES_AFTER = "dies after"
    REFUSED = "refused"
    UNHEARD = "unheard"
    REPEATED = "repeated"
    MEANWHILE = "meanwhile"


@dataclass(frozen=True, slots=True)
class Fault:
    """At the action's write number ``at``, counted from 0, this happens; ``step`` is what is done meanwhile."""

    kind: Kind
    at: int
    step: "Step | None" = None


@dataclass(frozen=True, slots=True)
class Step:
    """One action and its fault. ``which`` picks among what the action could work on; ``size`` is a batch's."""

    action: str
    which: int = 0
    size: int = 1
    fault: Fault | None = None


@dataclass
class Message:
    """One message on a queue."""

    number: int
    body: ClaimCheck | Post
    visible_at: datetime
    receives: int = 0


@dataclass
class MemoryQueue:
    """A queue of the world, with its dead letters."""

    world: World
    name: str
    waiting: list[Message] = field(default_factory=list)
    dead: list[Message] = field(default_factory=list)

    def send(self, claim: ClaimCheck) -> None:
        with self.world.write(f"send to {self.name}"):
            self.put(claim)

    def put(self, body: ClaimCheck | Post) -> None:
        self.world.numbers += 1
        self.waiting.append(Message(self.world.numbers, body, self.world.moment))

    def take(self, which: int, size: int, *, hidden: bool) -> list[Message]:
        """Hand out messages; ``hidden`` ones too, since SQS may deliver a message again at any time."""
        ready = [each for each in self.waiting if hidden or each.visible_at <= self.world.moment]
        taken = []
        for message in (ready[which % len(ready) :] + ready[: which % len(ready)])[:size] if ready else ():
            message.receives += 1
            if message.receives > TRIES:
                self.waiting.remove(message)
                self.dead.append(message)
                continue
            message.visible_at = self.world.moment + VISIBILITY
            taken.append(message)
        return taken

    def delete(self, message: Message) -> None:
        with self.world.write(f"delete from {self.name}"):
            if message in self.waiting:
                self.waiting.remove(message)


@dataclass
class MemoryStore:
    """The ledger's table with its stream and, for the checks, every version of every row."""

    world: World
    rows: dict[str, Record] = field(default_factory=dict)
    stream: list[tuple[Record | None, Record]] = field(default_factory=list)

    def create(self, record: Record) -> bool:
        with self.world.write("create a row"):
            found = self.rows.get(record.record_id)
            if found is None:
                self._put(None, record)
                return True
            keys = tuple(sorted({*found.raw_keys, *record.raw_keys}))
            self._put(found, found.model_copy(update={"raw_keys": keys}))
        return False

    def get(self, record_id: str) -> Record | None:
        return self.rows.get(record_id)

    def replace(self, record: Record, *, expected_version: int) -> None:
        with self.world.write("write a row") as repeated:
            for _ in range(2 if repeated else 1):
                found = self.rows[record.record_id]
                if found.version != expected_version:
                    raise ConflictError("Somebody else wrote first.")
                self._put(found, record.model_copy(update={"raw_keys": found.raw_keys}))

    def _put(self, before: Record | None, record: Record) -> None:
        self.rows[record.record_id] = record
        self.stream.append((before, record))

    def overdue(self, now: datetime, limit: int) -> Sequence[Record]:
        return [
            row for row in self.rows.values() if row.status in WORKING and row.lease_until and row.lease_until < now
        ][:limit]

    def query(self, *, day: str | None = None, limit: int = 1000) -> Sequence[Record]:
        return [row for row in self.rows.values() if day in (None, row.received_at.date().isoformat())][:limit]

    def standing(self, day: str, limit: int) -> Sequence[Standing]:
        return [Standing(row.record_id, row.status, row.raw_keys) for row in self.query(day=day, limit=limit)]


@dataclass
class MemoryMail:
    """The bucket."""

    world: World
    objects: dict[str, tuple[bytes, datetime]] = field(default_factory=dict)

    def get(self, key: str) -> bytes:
        if key not in self.objects:
            raise PermanentError("gone")
        return self.objects[key][0]

    def head(self, key: str, length_bytes: int) -> bytes:
        return self.get(key)[:length_bytes]

    def put(self, key: str, body: bytes, *, content_type: str) -> None:  # noqa: ARG002 -- the port's signature
        with self.world.write("store an object"):
            self.objects[key] = (body, self.world.moment)

    def delete(self, key: str) -> None:
        with self.world.write("delete an object"):
            self.objects.pop(key, None)

    def listed(self, after: str, limit: int) -> Sequence[StoredMail]:
        keys = sorted(key for key in self.objects if key > after)
        return [StoredMail(key, self.objects[key][1], len(self.objects[key][0])) for key in keys[:limit]]

    def content_type(self, key: str) -> str:  # noqa: ARG002 -- the port's signature
        return "message/rfc822"


@dataclass
class MemoryBus:
    """The event bus."""

    world: World
    told: Counter[tuple[str, int]] = field(default_factory=Counter)

    def publish(self, name: str, record: Record) -> None:  # noqa: ARG002 -- the port's signature
        with self.world.write("publish"):
            self.told[record.record_id, record.version] += 1


@dataclass
class PaidModel:
    """A model behind a memory of paid answers, with Powertools' protocol: begun, paid, kept; forgotten on an error."""

    world: World
    begun: dict[str, datetime] = field(default_factory=dict)
    kept: dict[str, ModelAnswer] = field(default_factory=dict)
    paid: Counter[str] = field(default_factory=Counter)
    lost: Counter[str] = field(default_factory=Counter)
    """How often the process died, or the memory failed, between pay and memory."""
    trouble: list[Exception] = field(default_factory=list)

    def ask(self, request: ModelRequest) -> ModelAnswer:
        key = request.call_key
        with self.world.write("begin to pay"):  # one conditional write, which finds what is kept or begun
            if key in self.kept:
                return self.kept[key]
            if self.begun.get(key, START) > self.world.moment:
                raise TransientError("Another worker is asking the same question.")
            self.begun[key] = self.world.moment + LEASE
        if self.trouble:
            with self.world.write("forget what was begun"):
                del self.begun[key]
            raise self.trouble.pop()
        self.paid[key] += 1
        try:
            answer = self._answer(request)
            if request.heard:
                for end in range(1, len(answer.text) + 1, 12):
                    request.heard(answer.text[:end])
            with self.world.write("keep the paid answer"):
                self.kept[key] = answer
        finally:
            self.lost[key] += key not in self.kept
        return self.kept[key]

    def _answer(self, request: ModelRequest) -> ModelAnswer:
        text = self.world.answers[request.call_key.partition("/")[0]]
        if request.step == "review":
            text = LEAD
        return ModelAnswer(request.model, Outcome.COMPLETE, text, Usage(1000, 100), CacheVerdict.OFF, 900)
