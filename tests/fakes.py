"""Fakes of the ports: each keeps state that a test can look at, and none is longer than its port deserves."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from mailroom.domain.attention import Count, Place, Waiting, Wanted
from mailroom.domain.breaker import Breaker
from mailroom.domain.cost import Usage
from mailroom.domain.errors import ConflictError, PermanentError
from mailroom.domain.message import Channel
from mailroom.domain.notice import Notice
from mailroom.domain.notice_delivery import DeliveryStatus, NoticeDelivery
from mailroom.domain.record import WORKING, CacheVerdict, ClaimCheck, Record, Status
from mailroom.domain.search import Mark, Searched, Sought
from mailroom.domain.session import Session
from mailroom.domain.sign_in import SignInAttempt
from mailroom.domain.statistics import DayStatistics
from mailroom.ports import ModelAnswer, ModelRequest, Outcome, Standing, StoredMail

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@dataclass
class FakeClock:
    moment: datetime = START

    def now(self) -> datetime:
        return self.moment

    def pass_by(self, span: timedelta) -> None:
        self.moment += span


@dataclass
class FakeMailStore:
    objects: dict[str, bytes] = field(default_factory=dict)
    stored_at: datetime = START

    def get(self, key: str) -> bytes:
        if key not in self.objects:
            raise PermanentError("The stored message is gone.")
        return self.objects[key]

    def head(self, key: str, length_bytes: int) -> bytes:
        return self.get(key)[:length_bytes]

    def put(self, key: str, body: bytes, *, content_type: str) -> None:  # noqa: ARG002 -- the port's signature
        self.objects[key] = body

    def delete(self, key: str) -> None:
        self.objects.pop(key, None)

    def listed(self, after: str, limit: int) -> Sequence[StoredMail]:
        keys = sorted(key for key in self.objects if key > after)
        return [StoredMail(key, self.stored_at, len(self.objects[key])) for key in keys[:limit]]

    def content_type(self, key: str) -> str:  # noqa: ARG002 -- the port's signature
        return "application/json"


@dataclass
class FakeRecordStore:
    rows: dict[str, Record] = field(default_factory=dict)
    writes: int = 0

    def create(self, record: Record) -> bool:
        found = self.rows.get(record.record_id)
        if found:
            keys = tuple(sorted({*found.raw_keys, *record.raw_keys}))
            self.rows[record.record_id] = found.model_copy(update={"raw_keys": keys})
            return False
        self.rows[record.record_id] = record
        self.writes += 1
        return True

    def get(self, record_id: str) -> Record | None:
        return self.rows.get(record_id)

    def replace(self, record: Record, *, expected_version: int) -> None:
        if self.rows[record.record_id].version != expected_version:
            raise ConflictError("Somebody else wrote first.")
        self.rows[record.record_id] = record
        self.writes += 1

    def overdue(self, now: datetime, limit: int) -> Sequence[Record]:
        late = [
            row for row in self.rows.values() if row.status in WORKING and row.lease_until and row.lease_until < now
        ]
        return late[:limit]

    def query(self, *, day: str | None = None, limit: int = 1000) -> Sequence[Record]:
        rows = [row for row in self.rows.values() if day is None or row.received_at.date().isoformat() == day]
        return sorted(rows, key=lambda row: row.received_at, reverse=True)[:limit]

    def of_day(self, day: str, limit: int) -> Sequence[Record]:
        return self.query(day=day, limit=limit)

    def standing(self, day: str, limit: int) -> Sequence[Standing]:
        return [Standing(row.record_id, row.status, row.raw_keys) for row in self.query(day=day, limit=limit)]


@dataclass
class FakeMarks:
    notes: dict[str, str] = field(default_factory=dict)

    def get(self, name: str) -> str:
        return self.notes.get(name, "")

    def put(self, name: str, text: str) -> None:
        self.notes[name] = text


@dataclass
class FakeQueue:
    claims: list[ClaimCheck] = field(default_factory=list)

    def send(self, claim: ClaimCheck) -> None:
        self.claims.append(claim)


@dataclass
class FakeNoticeQueue:
    notices: list[Notice] = field(default_factory=list)
    asked: list[tuple[str, int, int]] = field(default_factory=list)

    def announce(self, notice: Notice) -> None:
        self.notices.append(notice)

    def send(self, delivery_id: str, tries: int, wait_s: int) -> None:
        self.asked.append((delivery_id, tries, wait_s))


@dataclass
class FakeDeliveryStore:
    rows: dict[str, NoticeDelivery] = field(default_factory=dict)
    off: dict[str, str] = field(default_factory=dict)
    acknowledged: list[str] = field(default_factory=list)

    def create(self, delivery: NoticeDelivery) -> bool:
        return self.rows.setdefault(delivery.delivery_id, delivery) is delivery

    def get(self, delivery_id: str) -> NoticeDelivery | None:
        return self.rows.get(delivery_id)

    def replace(self, delivery: NoticeDelivery) -> None:
        if self.rows[delivery.delivery_id].revision != delivery.revision - 1:
            raise ConflictError("Somebody else wrote first.")
        self.rows[delivery.delivery_id] = delivery

    def due(self, before: datetime, limit: int) -> Sequence[tuple[str, int]]:
        waiting = [row for row in self.rows.values() if row.status is DeliveryStatus.WAITING and row.due_at < before]
        return [(row.delivery_id, row.tries) for row in sorted(waiting, key=lambda row: row.due_at)[:limit]]

    def listed(self, *, status: DeliveryStatus, limit: int) -> Sequence[NoticeDelivery]:
        found = [row for row in self.rows.values() if row.status is status]
        return sorted(found, key=lambda row: row.due_at, reverse=True)[:limit]

    def of_record(self, record_id: str, limit: int) -> Sequence[NoticeDelivery]:
        found = [row for row in self.rows.values() if row.record_id == record_id]
        return sorted(found, key=lambda row: row.created_at, reverse=True)[:limit]

    def switched_off(self, endpoint: str) -> str:
        return self.off.get(endpoint, "")

    def switch_off(self, endpoint: str, fingerprint: str, at: datetime) -> None:  # noqa: ARG002 -- the port's signature
        self.off[endpoint] = fingerprint

    def count_acknowledgement(self, sender: str, now: datetime, most: int) -> bool:  # noqa: ARG002 -- as above
        if self.acknowledged.count(sender) >= most:
            return False
        self.acknowledged.append(sender)
        return True


@dataclass
class FakeBus:
    events: list[tuple[str, str]] = field(default_factory=list)

    def publish(self, name: str, record: Record) -> None:
        self.events.append((name, record.record_id))


@dataclass
class FakeModel:
    """Answers what was put in line for it, by text, by answer, or by raising; remembers every question."""

    history: list[ModelRequest] = field(default_factory=list)
    line: list[str | ModelAnswer | Exception | Callable[[ModelRequest], str]] = field(default_factory=list)

    def enqueue(self, *answers: str | ModelAnswer | Exception | Callable[[ModelRequest], str]) -> None:
        self.line += answers

    def ask(self, request: ModelRequest) -> ModelAnswer:
        self.history.append(request)
        answer = self.line.pop(0)
        if isinstance(answer, Exception):
            raise answer
        if callable(answer):
            answer = answer(request)
        if isinstance(answer, str):
            return ModelAnswer(request.model, Outcome.COMPLETE, answer, Usage(1000, 100), CacheVerdict.OFF, 900)
        return answer


@dataclass
class FakeStatisticsStore:
    days: dict[str, DayStatistics] = field(default_factory=dict)

    def put(self, statistics: DayStatistics) -> None:
        self.days[statistics.day] = statistics

    def of_days(self, days: Sequence[str]) -> Sequence[DayStatistics]:
        return [self.days[day] for day in days if day in self.days]


@dataclass
class FakeAttention:
    """The waiting records of a fake ledger, worst first."""

    records: FakeRecordStore
    most_counted: int = 1_000

    def waiting(self, wanted: Wanted, after: Place | None, limit: int) -> Waiting:
        rows = [row for row in self.records.rows.values() if row.status is Status.NEEDS_HUMAN]
        rows.sort(key=lambda row: (row.confidence or 0, row.record_id))
        behind = [row for row in rows if after is None or self._key(self.place_of(row)) > self._key(after)]
        fitting = [row for row in behind if wanted.takes(row.kind, row.sender)]
        page = fitting[:limit]
        return Waiting(tuple(page), self.place_of(page[-1]) if len(fitting) > limit else None)

    def count_waiting(self) -> Count:
        found = self.waiting(Wanted(), None, self.most_counted)
        return Count(len(found.records), and_more=found.after is not None)

    @staticmethod
    def place_of(row: Record) -> Place:
        return Place(str(row.confidence or 0), row.record_id)

    @staticmethod
    def _key(place: Place) -> tuple[float, str]:
        return float(place.confidence), place.record_id


@dataclass
class FakeCorrections:
    records: FakeRecordStore

    def newest(self, limit: int) -> Sequence[Record]:
        found = [row for row in self.records.rows.values() if row.status is Status.CORRECTED]
        return sorted(found, key=lambda row: row.received_at, reverse=True)[:limit]


@dataclass
class FakeSessions:
    sessions: dict[str, Session] = field(default_factory=dict)
    attempts: dict[str, SignInAttempt] = field(default_factory=dict)

    def open(self, session: Session) -> str:
        secret = f"secret-{len(self.sessions)}"
        self.sessions[secret] = session
        return secret

    def find(self, secret: str) -> Session | None:
        return self.sessions.get(secret)

    def close(self, secret: str) -> None:
        self.sessions.pop(secret, None)

    def keep_attempt(self, attempt: SignInAttempt) -> str:
        secret = f"attempt-{len(self.attempts)}"
        self.attempts[secret] = attempt
        return secret

    def take_attempt(self, secret: str) -> SignInAttempt | None:
        return self.attempts.pop(secret, None)


@dataclass
class FakeSearch:
    """Answers what was put in line for it, and remembers what was sought."""

    line: list[Searched] = field(default_factory=list)
    asked: list[tuple[Sought, Mark | None]] = field(default_factory=list)

    def search(self, sought: Sought, after: Mark | None, *, now: datetime, limit: int) -> Searched:  # noqa: ARG002 -- the port's signature
        self.asked.append((sought, after))
        return self.line.pop(0) if self.line else Searched((), 0, None, None)


@dataclass
class FakeBreakerStore:
    breaker: Breaker = field(default_factory=Breaker)

    def load(self) -> Breaker:
        return self.breaker

    def replace(self, breaker: Breaker, *, expected_version: int) -> None:
        if self.breaker.version != expected_version:
            raise ConflictError("Another worker wrote first.")
        self.breaker = breaker


@dataclass
class FakePurse:
    sums: dict[tuple[str, str], Decimal] = field(default_factory=lambda: defaultdict(Decimal))

    def spent(self, day: str) -> dict[str, Decimal]:
        return {kind: amount for (on, kind), amount in self.sums.items() if on == day}

    def add(self, day: str, kinds: Sequence[str], cost_usd: Decimal) -> None:
        for kind in kinds:
            self.sums[day, kind] += cost_usd


def working_record(name: str, status: Status, lease_until: datetime | None = START) -> Record:
    """Return a mail's record in a state that must not last, its lease over unless told otherwise."""
    return Record(
        record_id=name,
        status=status,
        channel=Channel.EMAIL,
        received_at=START,
        updated_at=START,
        lease_until=lease_until,
        bucket="raw",
        key=f"raw/{name}",
        raw_keys=(f"raw/{name}",),
    )
