"""A small world for the bulk lane: the real pipeline and the real client against the stand-in, the rest in memory.

Every write asks ``World.write`` first, which can end the process before or after any of them.
"""

import itertools
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import anthropic

from local.standin import Handle
from mailroom.adapters.claude import ClaudeModel
from mailroom.adapters.claude_batches import ClaudeBatches
from mailroom.adapters.ses import delivery_of
from mailroom.catalogue import card
from mailroom.doctypes.registry import document_types
from mailroom.domain.judgement import Policy
from mailroom.domain.parcel import Parcel
from mailroom.domain.record import ClaimCheck, Record, Status
from mailroom.domain.retention import Retention
from mailroom.pipeline.asking import Reader
from mailroom.pipeline.bulk import advance
from mailroom.pipeline.bulk_intake import Arrival, BulkIntake, TakenIn, take_in
from mailroom.pipeline.bulk_ports import BulkPorts, Limits, Progress
from mailroom.pipeline.extract import ExtractPorts, extract
from mailroom.ports import CacheLife, StoredMail
from mailroom.prompts.schema_prompt import render
from tests.fakes import FakeClock, FakeMailStore, FakeRecordStore
from tests.waiting import eventually

TYPES = document_types()
PROMPT = render(TYPES)
_worlds = itertools.count(1)


class Killed(BaseException):
    """The process is gone: no except clause of ours sees it."""


def mail(number: int, body: str = "We are Papel Norte and need 40 chairs by 30 April 2026.") -> bytes:
    return (
        f"From: Ana Diaz <ana@papel.example>\r\nTo: sales@inbox.example\r\nSubject: Chairs {number}\r\n"
        f"Message-ID: <{number}@papel.example>\r\nDate: Mon, 02 Mar 2026 09:00:00 +0000\r\n\r\n{body}\r\n"
    ).encode()


def arrival(raw: bytes, now: datetime, name: str) -> Arrival:
    return Arrival(delivery_of(raw, StoredMail(f"raw/{name}", now, len(raw)), "raw"), raw)


@dataclass
class World:
    """One deployment. ``die`` is (which write, before or after); ``writes`` names those that were made."""

    standin: Handle
    clock: FakeClock
    limits: Limits = field(default_factory=Limits)
    daily_usd: Decimal = Decimal(0)
    model: str = "claude-haiku-4-5"
    die: tuple[int, bool] | None = None
    writes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        key = f"key-{next(_worlds)}"  # a workspace of its own, so that worlds do not see each other's batches
        self.client = anthropic.Anthropic(base_url=self.standin.url, api_key=key, max_retries=0, timeout=10.0)
        self.records, self.mail, self.parcels = Rows(world=self), Mail(world=self), Shelf(self)
        self.intake, self.purse, self.turn = Claims(self), Purse(self), FreeTurn(self)
        live = ClaudeModel(lambda: self.client, card, "api")
        self.live = ExtractPorts(
            mail=self.mail,
            records=self.records,
            model=live,
            clock=self.clock,
            reader=Reader(card(self.model), PROMPT, CacheLife.FIVE_MINUTES, timeout_s=30),
            types=TYPES,
            policy=Policy(),
            lease=timedelta(seconds=120),
            review_lease=timedelta(hours=1),
            retention=Retention(timedelta(days=30)),
        )
        self.bulk = BulkPorts(
            extracting=replace(self.live, reader=replace(self.live.reader, cache=CacheLife.ONE_HOUR)),
            batches=Batches(self),
            parcels=self.parcels,
            turn=self.turn,
            guard=OpenLine(),
            intake=self.intake,
            purse=self.purse,
            daily_usd=self.daily_usd,
            limits=self.limits,
        )
        self.taking_in = BulkIntake(
            self.mail, self.records, self.parcels, self.clock, "raw", Retention(timedelta(days=30))
        )

    @contextmanager
    def write(self, name: str) -> Iterator[None]:
        at, after = self.die or (-1, False)
        dies = len(self.writes) == at
        self.writes.append(name)
        if dies and not after:
            raise Killed
        yield
        if dies:
            raise Killed

    def take_in(self, raws: Sequence[bytes]) -> TakenIn:
        now = self.clock.now()
        return take_in([arrival(raw, now, f"m{place}") for place, raw in enumerate(raws)], self.taking_in, "job")

    def advance(self) -> Progress:
        return advance(self.bulk, self.clock.now() + timedelta(minutes=10))

    def settle(self, rounds: int = 400, step: timedelta = timedelta(minutes=1)) -> Progress:
        """Run again and again, and read what was sent the ordinary way, until nothing is owed."""
        progress = Progress()
        for _ in range(rounds):
            progress = self.advance()
            for claim in self.intake.taken():
                extract(claim, self.live)
            if not self.parcels.open():
                return progress
            self.clock.pass_by(step)
            self.worked_off()
        raise AssertionError(f"not settled: {progress}")

    def worked_off(self) -> None:
        """Let the stand-in end its batches: it works in real time, whatever the world's clock says meanwhile."""
        made = self.client.messages.batches.list(limit=100)
        assert eventually(lambda: all(ended(self.client, batch.id) for batch in made))

    def restarted(self, action: Callable[[], object], die: tuple[int, bool]) -> list[str]:
        """Do something in a process that dies at a write; returns the writes it began."""
        self.die, self.writes = die, []
        try:
            action()
        except Killed:
            self.turn.until = None  # its turn ends by the clock, which a test does not wait for
        begun, self.die, self.writes = self.writes, None, []
        return begun

    @property
    def paid(self) -> dict[str, int]:
        return dict(self.standin.api.ledger.paid)


def ended(client: anthropic.Anthropic, batch_id: str) -> bool:
    return client.messages.batches.retrieve(batch_id).processing_status == "ended"


@dataclass
class Rows(FakeRecordStore):
    world: Any = None

    def create(self, record: Record) -> bool:
        with self.world.write("open a row"):
            return super().create(record)

    def replace(self, record: Record, *, expected_version: int) -> None:
        with self.world.write("write a row"):
            super().replace(record, expected_version=expected_version)

    def by_status(self) -> dict[Status, int]:
        return {status: sum(row.status is status for row in self.rows.values()) for status in Status}


@dataclass
class Mail(FakeMailStore):
    world: Any = None

    def put(self, key: str, body: bytes, *, content_type: str) -> None:
        with self.world.write("store a mail"):
            super().put(key, body, content_type=content_type)


@dataclass
class Shelf:
    """Parcels as JSON, as they are stored."""

    world: World
    kept: dict[str, str] = field(default_factory=dict)

    def open(self) -> Sequence[str]:
        return sorted(name for name, text in self.kept.items() if not Parcel.model_validate_json(text).done)

    def load(self, parcel_id: str) -> Parcel | None:
        text = self.kept.get(parcel_id)
        return Parcel.model_validate_json(text) if text else None

    def save(self, parcel: Parcel) -> None:
        with self.world.write("write a parcel"):
            self.kept[parcel.parcel_id] = parcel.model_dump_json()


@dataclass
class Claims:
    world: World
    waiting: list[ClaimCheck] = field(default_factory=list)

    def send(self, claim: ClaimCheck) -> None:
        with self.world.write("send a claim"):
            self.waiting.append(claim)

    def taken(self) -> list[ClaimCheck]:
        taken, self.waiting = self.waiting, []
        return taken


@dataclass
class Purse:
    world: World
    sums: dict[str, Decimal] = field(default_factory=dict)

    def spent(self, day: str) -> dict[str, Decimal]:
        return {"": self.sums.get(day, Decimal(0))}

    def add(self, day: str, kinds: Sequence[str], cost_usd: Decimal) -> None:  # noqa: ARG002 -- the port's signature
        with self.world.write("count the cost"):
            self.sums[day] = self.sums.get(day, Decimal(0)) + cost_usd


@dataclass
class FreeTurn:
    world: World
    until: datetime | None = None

    def take(self, now: datetime, until: datetime) -> bool:
        if self.until and self.until > now:
            return False
        self.until = until
        return True

    def give_back(self) -> None:
        self.until = None


class OpenLine:
    def run(self, call):
        return call()


class Batches(ClaudeBatches):
    """The real adapter, in a process that may die before it calls, or before it hears the answer."""

    def __init__(self, world: World) -> None:
        super().__init__(lambda: world.client, card, "api")
        self._world = world

    def create(self, requests):
        with self._world.write("create a batch"):
            return super().create(requests)
