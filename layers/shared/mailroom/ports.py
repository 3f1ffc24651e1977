"""The ports: what the pipeline needs from the world, and nothing about who provides it."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol

from mailroom.domain.breaker import Breaker
from mailroom.domain.cache_policy import CacheLife as CacheLife  # noqa: PLC0414 -- part of a request, so of the ports
from mailroom.domain.cost import Usage
from mailroom.domain.notice import Notice
from mailroom.domain.notice_delivery import NoticeDelivery, Reply
from mailroom.domain.parcel import Parcel
from mailroom.domain.record import CacheVerdict, ClaimCheck, Lane, Record, Status
from mailroom.domain.statistics import DayStatistics

if TYPE_CHECKING:  # functions that ask no model load no prompts
    from mailroom.prompts.requests import PicturePart, TextPart


class Outcome(StrEnum):
    """How a call ended. Every one of them was billed."""

    COMPLETE = "complete"
    REFUSED = "refused"
    TRUNCATED = "truncated"  # the answer ran into max_tokens
    TOO_LONG = "too_long"  # prompt and answer did not fit the context window


@dataclass(frozen=True, slots=True)
class ModelRequest:
    """One question to a model. ``call_key`` names the question: the same key is paid for once."""

    call_key: str
    step: str
    model: str
    system: str
    content: "tuple[TextPart | PicturePart, ...]"
    answer_schema: Mapping[str, Any]
    max_tokens: int
    cache: CacheLife
    timeout_s: float
    kind: str = ""
    """The kind of document, where it is known before the call: budgets go by it."""
    heard: Callable[[str], None] | None = field(default=None, compare=False, repr=False)
    """Called with the answer's text so far, each time there is more of it, where the route can; it must not raise."""


@dataclass(frozen=True, slots=True)
class ModelAnswer:
    """One answer, whole or not, with what it used; ``text`` is unparsed."""

    model: str
    outcome: Outcome
    text: str
    usage: Usage
    cache: CacheVerdict
    duration_ms: int
    request_id: str = ""
    lane: Lane = Lane.LIVE


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch at the vendor's: ``requests`` is how many it holds, in whatever state they are."""

    batch_id: str
    created_at: datetime
    ended: bool
    requests: int


class Ending(StrEnum):
    """How one request of a batch ended."""

    ANSWERED = "answered"
    REFUSED = "refused"  # the API will never take this request: the message is at fault
    UNDONE = "undone"  # errored, expired or canceled: not billed, and worth another try


@dataclass(frozen=True, slots=True)
class BatchResult:
    """One line of a batch's results; ``answer`` where it is answered, ``said`` in words where it is not."""

    custom_id: str
    ending: Ending
    answer: ModelAnswer | None = None
    said: str = ""


class BatchModel(Protocol):
    """A model that reads many messages at half price, some time within a day."""

    def weight(self, request: ModelRequest) -> int:
        """Return the bytes that a request adds to a batch."""

    def create(self, requests: Mapping[str, ModelRequest]) -> Batch:
        """Submit requests by their custom ids.

        Raises UnheardError where it may have been done; else TransientError, PermanentError or StopTheLineError, and
        then it was not.
        """

    def get(self, batch_id: str) -> Batch:
        """Return a batch as it stands; raises PermanentError where there is none."""

    def listed(self, since: datetime) -> Iterator[Batch]:
        """Yield the workspace's batches that were made since then, the newest first."""

    def results(self, batch_id: str) -> Iterator[BatchResult]:
        """Yield an ended batch's results, in no order; raises TransientError where they break off."""


class Parcels(Protocol):
    """What the bulk lane still has to do, in parcels of messages."""

    def open(self) -> Sequence[str]:
        """Return the ids of the parcels that are not done, the oldest first."""

    def load(self, parcel_id: str) -> Parcel | None:
        """Return a parcel, done or not; None where there is none."""

    def save(self, parcel: Parcel) -> None:
        """Write a parcel as it stands now; one that is done is not open any more."""


class Guard(Protocol):
    """The line in front of the vendor: nobody calls while it is stopped, and a refused account stops it."""

    def run[T](self, call: Callable[[], T]) -> T:
        """Make a call; raises what it raises, and LineStoppedError while the line is stopped."""


class Turn(Protocol):
    """Who may work on the bulk lane: one at a time."""

    def take(self, now: datetime, until: datetime) -> bool:
        """Take the turn; False while another has it."""

    def give_back(self) -> None:
        """Let the next one work."""


class ReaderModel(Protocol):
    """A model that reads."""

    def ask(self, request: ModelRequest) -> ModelAnswer:
        """Answer, or raise TransientError, PermanentError or StopTheLineError."""


@dataclass(frozen=True, slots=True)
class StoredMail:
    """A raw message in the store, as a listing names it."""

    key: str
    stored_at: datetime
    size_bytes: int


class MailStore(Protocol):
    """Raw messages, as they came."""

    def get(self, key: str) -> bytes:
        """Return the bytes; raises PermanentError when there are none."""

    def head(self, key: str, length_bytes: int) -> bytes:
        """Return the first bytes only."""

    def put(self, key: str, body: bytes, *, content_type: str) -> None:
        """Store bytes under a key; the same key twice is one object."""


class Erasure(Protocol):
    """Where raw messages are deleted for good."""

    def delete(self, key: str) -> None:
        """Delete what lies under a key; one that is gone already is fine."""


class Archive(Protocol):
    """The stored messages as a whole: mails and forms, by name."""

    def listed(self, after: str, limit: int) -> Sequence[StoredMail]:
        """List what is stored, by key, from the one after ``after`` ("" is the beginning), at most ``limit``."""

    def content_type(self, key: str) -> str:
        """Return the type that an object was stored with; raises PermanentError when there is none."""


class RecordStore(Protocol):
    """The ledger. Every write is conditional."""

    def create(self, record: Record) -> bool:
        """File a new record; False when there is one already, which then only learns of the second delivery."""

    def get(self, record_id: str) -> Record | None:
        """Return a record as it stands now, consistently."""

    def replace(self, record: Record, *, expected_version: int) -> None:
        """Write the next version; raises ConflictError when somebody else wrote first."""

    def overdue(self, now: datetime, limit: int) -> Sequence[Record]:
        """Return records whose lease ran out while a machine was to work on them."""

    def query(self, *, day: str | None = None, limit: int = 1000) -> Sequence[Record]:
        """Return records, newest first, of one day or of all."""


@dataclass(frozen=True, slots=True)
class Standing:
    """As much of a row as counting needs."""

    record_id: str
    status: Status
    raw_keys: tuple[str, ...]


class RollCall(Protocol):
    """The ledger, day by day."""

    def standing(self, day: str, limit: int) -> Sequence[Standing]:
        """Return where the records of one day (YYYY-MM-DD, of their receipt) stand, newest first."""


class DayRecords(Protocol):
    """Whole days of the ledger, to be counted."""

    def of_day(self, day: str, limit: int) -> Iterable[Record]:
        """Yield the records received on a day (YYYY-MM-DD, UTC), the newest ``limit`` of them, as of a moment ago.

        Only what counting needs is read of each: quotes, places and reasons are left out.
        """


class StatisticsStore(Protocol):
    """The statistics of days."""

    def put(self, statistics: DayStatistics) -> None:
        """Keep a day's statistics in place of what was kept for it before."""

    def of_days(self, days: Sequence[str]) -> Sequence[DayStatistics]:
        """Return what is kept for these days (YYYY-MM-DD), in their order; days never counted are left out."""


class Marks(Protocol):
    """Small notes from one run to the next."""

    def get(self, name: str) -> str:
        """Return a note; "" where there is none."""

    def put(self, name: str, text: str) -> None:
        """Write a note."""


class Arrivals(Protocol):
    """When messages came in; the ledger knows."""

    def arrivals(self, now: datetime, limit: int) -> Sequence[datetime]:
        """Return when the latest messages of the last days were received, in order, the newest last."""


class Queue(Protocol):
    """A queue of claim checks."""

    def send(self, claim: ClaimCheck) -> None:
        """Put a claim check on the queue."""


class NoticeQueue(Protocol):
    """The queue that deliver_notice is fed from."""

    def announce(self, notice: Notice) -> None:
        """Say what happened; who hears of it is decided behind the queue."""

    def send(self, delivery_id: str, tries: int, wait_s: int) -> None:
        """Ask for a delivery's next try in ``wait_s`` seconds, at most 900; ``tries`` is how many were begun."""


class DeliveryStore(Protocol):
    """The book of deliveries. Every write is conditional."""

    def create(self, delivery: NoticeDelivery) -> bool:
        """Open a delivery; False when there is one already, which is left as it is."""

    def get(self, delivery_id: str) -> NoticeDelivery | None:
        """Return a delivery as it stands now, consistently."""

    def replace(self, delivery: NoticeDelivery) -> None:
        """Write the next revision; raises ConflictError unless the one before it is stored."""

    def due(self, before: datetime, limit: int) -> Sequence[tuple[str, int]]:
        """Return the ids and tries of waiting deliveries that were due before a moment, oldest first."""

    def switched_off(self, endpoint: str) -> str:
        """Return the fingerprint of the address that took itself off; "" where none did."""

    def switch_off(self, endpoint: str, fingerprint: str, at: datetime) -> None:
        """Note that an endpoint's address is gone."""

    def count_acknowledgement(self, sender: str, now: datetime, most: int) -> bool:
        """Count one acknowledgement to a sender today, atomically; False where ``most`` were counted already."""


class Post(Protocol):
    """Sends one delivery's body; whatever comes of it is a reply, nothing is raised."""

    def __call__(self, delivery: NoticeDelivery, now: datetime) -> Reply:
        """Make one try."""


class BreakerStore(Protocol):
    """The breaker that all workers share."""

    def load(self) -> Breaker:
        """Return the state as it stands now, consistently."""

    def replace(self, breaker: Breaker, *, expected_version: int) -> None:
        """Write the next state; raises ConflictError when somebody else wrote first."""


class Purse(Protocol):
    """What was spent, day by day, by all workers."""

    def spent(self, day: str) -> Mapping[str, Decimal]:
        """Return the sums of a day (YYYY-MM-DD) in US dollars, by kind; "" is all of them."""

    def add(self, day: str, kinds: Sequence[str], cost_usd: Decimal) -> None:
        """Add the price of one call, atomically."""


class Redelivery(Protocol):
    """The queue that a batch came from, as far as a failed message needs it."""

    def send_again(self, message: Mapping[str, Any], wait_s: int) -> None:
        """Send a copy of a message (Lambda's form of it) that has been received never, to be seen in ``wait_s``."""

    def put_back(self, receipt_handle: str, wait_s: int) -> None:
        """Let a message that was handed out be seen again in ``wait_s`` seconds."""


class EventBus(Protocol):
    """Where others hear what became of a message."""

    def publish(self, name: str, record: Record) -> None:
        """Tell that a record reached a state; ids, states and figures only, never a field's value."""


class Clock(Protocol):
    """The time."""

    def now(self) -> datetime:
        """Return the moment in UTC."""
