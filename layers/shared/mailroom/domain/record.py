"""The record: one per message, and the table of states it may pass through.

The ledger is this table and nothing else: every write is conditional on the state it leaves, so a late or doubled
worker finds the door closed instead of overwriting what is already decided.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict

from mailroom.domain.cost import Usage
from mailroom.domain.errors import IllegalTransitionError
from mailroom.domain.message import Channel


class Status(StrEnum):
    """Where a record stands."""

    RECEIVED = "received"
    QUARANTINED = "quarantined"
    BATCHED = "batched"  # owned by the bulk lane: it waits for a batch, or in one
    EXTRACTING = "extracting"
    IN_REVIEW = "in_review"
    ACCEPTED = "accepted"
    NEEDS_HUMAN = "needs_human"
    APPROVED = "approved"
    CORRECTED = "corrected"
    REJECTED = "rejected"
    FAILED = "failed"


TRANSITIONS: Mapping[Status, frozenset[Status]] = {
    # A worker that lost its lease is followed by another: extracting -> extracting and in_review -> in_review renew it.
    Status.RECEIVED: frozenset({Status.EXTRACTING, Status.FAILED}),
    # batched -> received: what the bulk lane could not get read goes the ordinary way (docs/adr/0080).
    Status.BATCHED: frozenset(
        {
            Status.BATCHED,
            Status.RECEIVED,
            Status.ACCEPTED,
            Status.IN_REVIEW,
            Status.NEEDS_HUMAN,
            Status.FAILED,
        }
    ),
    # extracting -> needs_human: where the doubt is not one that a second reading could settle (docs/adr/0004).
    Status.EXTRACTING: frozenset(
        {Status.EXTRACTING, Status.ACCEPTED, Status.IN_REVIEW, Status.NEEDS_HUMAN, Status.FAILED}
    ),
    Status.IN_REVIEW: frozenset({Status.IN_REVIEW, Status.ACCEPTED, Status.NEEDS_HUMAN, Status.FAILED}),
    Status.NEEDS_HUMAN: frozenset({Status.APPROVED, Status.CORRECTED, Status.REJECTED, Status.RECEIVED}),
    # A person may open again what is at rest; nothing else may.
    Status.QUARANTINED: frozenset({Status.RECEIVED}),
    Status.FAILED: frozenset({Status.RECEIVED}),
    Status.ACCEPTED: frozenset({Status.RECEIVED, Status.CORRECTED, Status.REJECTED}),
    # approved, corrected, rejected -> where they came from: the person took the decision back.
    Status.APPROVED: frozenset({Status.RECEIVED, Status.NEEDS_HUMAN}),
    Status.CORRECTED: frozenset({Status.RECEIVED, Status.NEEDS_HUMAN, Status.ACCEPTED}),
    Status.REJECTED: frozenset({Status.RECEIVED, Status.NEEDS_HUMAN, Status.ACCEPTED}),
}

WORKING = frozenset({Status.RECEIVED, Status.BATCHED, Status.EXTRACTING, Status.IN_REVIEW})
"""States that a machine must leave before the lease runs out; the sweep puts back what stays."""

AT_REST = frozenset(
    {Status.ACCEPTED, Status.APPROVED, Status.CORRECTED, Status.REJECTED, Status.QUARANTINED, Status.FAILED}
)
"""States in which nothing is owed to the message any more."""


def check_transition(before: Status, after: Status) -> None:
    """Raise IllegalTransitionError unless the ledger knows the step."""
    if after not in TRANSITIONS[before]:
        msg = f"A record never goes from {before} to {after}; the steps are in mailroom/domain/record.py."
        raise IllegalTransitionError(msg)


class CacheVerdict(StrEnum):
    """What the prompt cache did for one call."""

    HIT = "hit"
    WRITE = "write"
    TOO_SHORT = "too_short"  # asked for, but the prefix is under the model's minimum: silently uncached
    OFF = "off"


class Lane(StrEnum):
    """How a call was made, which decides its price."""

    LIVE = "live"
    BATCH = "batch"


class Attempt(BaseModel):
    """One paid or failed call to a model: nothing that was billed is left out.

    ``duration_ms`` of a batched call is 0: the batch says when it ended, and nothing of its single requests.
    """

    model_config = ConfigDict(frozen=True)

    step: str
    model: str
    outcome: str
    usage: Usage
    cost_usd: Decimal
    cache: CacheVerdict
    duration_ms: int
    at: datetime
    lane: Lane = Lane.LIVE


class FlipVerdict(StrEnum):
    """What a review made of one doubt."""

    CONFIRMED = "confirmed"  # the same value again
    CHANGED = "changed"
    WITHDRAWN = "withdrawn"  # the message does not hold it
    FOUND = "found"  # there was no value, now there is
    OPEN = "open"  # still undecided: a person's turn


class Flip(BaseModel):
    """One doubtful path and what its review made of it, with its share of what the review cost.

    ``before`` is the doubted value as text, "" where there was none; what stands now is in the record's fields. The
    shares of a review add up to exactly its attempt's price.
    """

    model_config = ConfigDict(frozen=True)

    path: str
    verdict: FlipVerdict
    before: str = ""
    cost_usd: Decimal


BY_A_PERSON = "person"
"""The origin of a value that a person wrote; it keeps the confidence of the value that it replaces (calibration)."""


class FieldResult(BaseModel):
    """One value with its proof: where it stands in the message, how it was found, and how far it can be trusted.

    ``kind`` says how it is written (``domain.doctype.ValueKind``). ``signals`` is a note of what its confidence was
    computed from (``domain.signal_notes``), so that what people decide can teach the weights.
    """

    model_config = ConfigDict(frozen=True)

    value: Any
    quote: str = ""
    method: str
    zone: str = ""
    part: str = ""
    page: int = 0
    start: int = -1
    end: int = -1
    confidence: float
    doubts: tuple[str, ...] = ()
    origin: str = "extract"
    kind: str = ""
    signals: str = ""


class Decision(BaseModel):
    """What a person decided about a record, and when.

    ``before`` holds, by path and as text, the values that a correction replaced. ``was`` is the state that the decision
    left, and ``fields`` and ``groups`` are what stood under the names that it changed (None: nothing): all that undoing
    it needs.
    """

    model_config = ConfigDict(frozen=True)

    action: str
    by: str
    at: datetime
    reason: str = ""
    before: Mapping[str, str] = {}
    was: Status | None = None
    fields: Mapping[str, FieldResult | tuple[FieldResult, ...] | None] = {}
    groups: Mapping[str, tuple[Mapping[str, FieldResult], ...] | None] = {}


class Record(BaseModel):
    """One message and all that became of it. ``version`` counts the writes and guards each of them."""

    model_config = ConfigDict(frozen=True)

    record_id: str
    status: Status
    channel: Channel
    received_at: datetime
    updated_at: datetime
    version: int = 1
    lease_until: datetime | None = None
    bucket: str
    key: str
    raw_keys: tuple[str, ...] = ()
    content_type: str = ""
    form: str = ""
    sender: str = ""
    subject: str = ""
    recipients: tuple[str, ...] = ()
    verdicts: Mapping[str, str] = {}
    kind: str = ""
    triaged: str = ""
    """The kind as the model began to say it, where somebody is told before the answer is whole; ``kind`` is judged."""
    fields: Mapping[str, FieldResult | tuple[FieldResult, ...]] = {}
    groups: Mapping[str, tuple[Mapping[str, FieldResult], ...]] = {}
    doubtful: tuple[str, ...] = ()
    confidence: float | None = None
    reasons: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    defects: tuple[str, ...] = ()
    prompt_fingerprint: str = ""
    attempts: tuple[Attempt, ...] = ()
    flips: tuple[Flip, ...] = ()
    decisions: tuple[Decision, ...] = ()
    parcel: str = ""
    """While it is batched: the parcel of the bulk lane that owns it, and no other may have it read."""
    put_backs: int = 0
    """How often the sweep has put it back since it came to the state in which it stands."""
    expires_at: datetime | None = None

    @property
    def cost_usd(self) -> Decimal:
        """The exact sum of the attempts' prices in US dollars."""
        return sum((attempt.cost_usd for attempt in self.attempts), Decimal(0))

    @property
    def usage(self) -> Usage:
        """All tokens of all attempts."""
        return sum((attempt.usage for attempt in self.attempts), Usage())

    @property
    def models(self) -> tuple[str, ...]:
        """The models that were asked, in order, each once."""
        return tuple(dict.fromkeys(attempt.model for attempt in self.attempts))

    def moved(self, status: Status, *, at: datetime, **changes: Any) -> "Record":
        """Return the record one step on; raises IllegalTransitionError for a step that the ledger does not know."""
        check_transition(self.status, status)
        lease_until = changes.pop("lease_until", None)
        put_backs = self.put_backs if status is self.status else 0
        parcel = self.parcel if status is Status.BATCHED else ""
        update = {"put_backs": put_backs, "parcel": parcel} | {
            "status": status,
            "updated_at": at,
            "version": self.version + 1,
            "lease_until": lease_until,
        }
        return self.model_copy(update=update | changes)


@dataclass(frozen=True, slots=True)
class ClaimCheck:
    """What travels on the queues instead of a message: where it lies, never what it says.

    See https://www.enterpriseintegrationpatterns.com/patterns/messaging/StoreInLibrary.html.
    """

    record_id: str
    bucket: str
    key: str
    channel: Channel = Channel.EMAIL
    form: str = ""
    content_type: str = ""
