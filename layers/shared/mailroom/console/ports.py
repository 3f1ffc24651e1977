"""What the console needs of the world."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from mailroom.console.messages import Messages
from mailroom.domain.attention import Count, Place, Waiting, Wanted
from mailroom.domain.doctype import TypeSpec
from mailroom.domain.notice_delivery import DeliveryStatus, NoticeDelivery
from mailroom.domain.record import Record
from mailroom.domain.search import Mark, Searched, Sought
from mailroom.domain.session import Session
from mailroom.domain.sign_in import SignInAttempt, SignInService
from mailroom.pipeline.decide import DecidePorts
from mailroom.pipeline.redrive import RedrivePorts
from mailroom.ports import Clock, DeliveryStore, NoticeQueue, Queue, RecordStore, StatisticsStore


class Attention(Protocol):
    """The ledger as people look at it: what waits for them, worst first."""

    def waiting(self, wanted: Wanted, after: Place | None, limit: int) -> Waiting:
        """Return at most ``limit`` waiting records from behind a place; fewer where filtering would read too far."""

    def count_waiting(self) -> Count:
        """Return how many records wait for a person, counted no further than one call reads."""


class Sessions(Protocol):
    """Who is signed in, by the secret in the browser's cookie."""

    def open(self, session: Session) -> str:
        """Keep a new session and return its secret, which is kept nowhere."""

    def find(self, secret: str) -> Session | None:
        """Return the session of a secret; None where there is none or it is over."""

    def close(self, secret: str) -> None:
        """Forget a session."""

    def keep_attempt(self, attempt: SignInAttempt) -> str:
        """Keep what must come back from a sign-in, for some minutes, and return its secret."""

    def take_attempt(self, secret: str) -> SignInAttempt | None:
        """Return an attempt and forget it, so that it is used once; None where there is none or it took too long."""


class Tokens(Protocol):
    """The sign-in service, as far as the function itself asks it."""

    def claims(self, code: str, verifier: str, redirect_uri: str) -> Mapping[str, Any]:
        """Return the claims of the id token that a code stands for; raises SignInError and TransientError."""


class Search(Protocol):
    """The ledger searched, a stretch at a time."""

    def search(self, sought: Sought, after: Mark | None, *, now: datetime, limit: int) -> Searched:
        """Look at the next stretch from behind a mark, newest first; what one call reads is bounded."""


class Corrections(Protocol):
    """The records that people have corrected."""

    def newest(self, limit: int) -> Sequence[Record]:
        """Return at most ``limit`` corrected records, those received last first."""


class DeliveryBook(DeliveryStore, Protocol):
    """The book of deliveries as people look at it."""

    def listed(self, *, status: DeliveryStatus, limit: int) -> Sequence[NoticeDelivery]:
        """Return at most ``limit`` deliveries of one status, the latest first."""

    def of_record(self, record_id: str, limit: int) -> Sequence[NoticeDelivery]:
        """Return at most ``limit`` deliveries of what was told of one record, the latest first."""


@dataclass(frozen=True, slots=True)
class Telling:
    """Who was told of what, and the queue by which they are told again."""

    book: DeliveryBook
    queue: NoticeQueue


@dataclass(frozen=True, slots=True)
class ConsolePorts:
    """Everything that the pages ask of the world."""

    records: RecordStore
    attention: Attention
    search: Search
    corrections: Corrections
    statistics: StatisticsStore
    messages: Messages
    intake: Queue
    sessions: Sessions
    clock: Clock
    types: Mapping[str, TypeSpec]
    sign_in: SignInService | None = None
    tokens: Tokens | None = None
    telling: Telling | None = None
    """None in a stack that tells nobody: there is no page of deliveries then."""

    @property
    def deciding(self) -> DecidePorts:
        """What deciding needs of it."""
        return DecidePorts(self.records, self.clock, self.types)

    @property
    def requeueing(self) -> RedrivePorts:
        """What having a message read again needs of it."""
        return RedrivePorts(self.records, self.intake, self.clock)
