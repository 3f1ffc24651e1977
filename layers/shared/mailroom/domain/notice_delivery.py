"""One notice on its way to one endpoint: its tries, when the next is due, how it ends. Pure; a row is its memory."""

import hashlib
import math
from datetime import datetime, timedelta
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from mailroom.domain.notice import Notice
from mailroom.domain.patience import JITTER, share

WAITS_S = (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)
"""The waits after the first, second, … try, as Standard Webhooks proposes them: ten tries in at least 75.5 hours."""

GONE = 410
"""The one status by which a receiver takes itself off the list (Standard Webhooks)."""

UNKNOWN = "Whether it was sent is not known, and nobody is to be told twice."
"""Why a mail is not tried again after a try without an answer: the receiver of a mail cannot tell it from a second."""

LONGEST_ASKED_S = 86_400
"""No receiver's Retry-After is obeyed for longer."""

TRY_LEASE = timedelta(seconds=60)
"""How long one worker owns a try: more than the try's own time limit, and at least the function's timeout."""

KEPT = timedelta(days=30)
"""How long a delivery is kept at most; it may hold fields, so never longer than records are."""


class DeliveryStatus(StrEnum):
    """Where a delivery stands."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    DEAD = "dead"


class Medium(StrEnum):
    """How a notice travels."""

    WEBHOOK = "webhook"
    SLACK = "slack"
    EMAIL = "email"


class Reply(BaseModel):
    """What came of a try. ``code`` is HTTP's, 0 where none came; ``said`` is a word of ours, never of theirs."""

    model_config = ConfigDict(frozen=True)

    code: int
    said: str = ""
    took_ms: int = 0
    retry_after_s: float = 0.0


class Try(BaseModel):
    """One finished try."""

    model_config = ConfigDict(frozen=True)

    at: datetime
    code: int
    said: str = ""
    took_ms: int = 0


class NoticeDelivery(BaseModel):
    """A notice for one endpoint. ``revision`` counts the writes and guards each; ``tries`` counts what was begun.

    ``begun`` is true while a worker is at it: found true after the lease, how that try ended is not known.
    """

    model_config = ConfigDict(frozen=True)

    delivery_id: str
    status: DeliveryStatus = DeliveryStatus.WAITING
    event: str
    record_id: str
    version: int
    kind: str = ""
    endpoint: str
    medium: Medium
    body: str
    created_at: datetime
    due_at: datetime
    tries: int = 0
    attempts: tuple[Try, ...] = ()
    begun: bool = False
    reason: str = ""
    revision: int = 1
    expires_at: datetime

    def claimed(self, now: datetime) -> "NoticeDelivery":
        """Return it with a try begun, owned until the lease is over."""
        return self._changed(tries=self.tries + 1, begun=True, due_at=now + TRY_LEASE)

    def ended(self, reply: Reply, now: datetime) -> "NoticeDelivery":
        """Return it after a try: delivered, waiting for the next, or dead."""
        attempts = (*self.attempts, Try(at=now, code=reply.code, said=reply.said, took_ms=reply.took_ms))
        if 200 <= reply.code < 300:
            return self._changed(attempts=attempts, status=DeliveryStatus.DELIVERED, due_at=now, begun=False)
        if reason := self._reason_to_give_up(reply):
            return self.dead(reason, now).model_copy(update={"attempts": attempts})
        wait = timedelta(seconds=self._wait_s(reply.retry_after_s))
        return self._changed(attempts=attempts, due_at=now + wait, begun=False)

    def _reason_to_give_up(self, reply: Reply) -> str:
        if reply.code == GONE:
            return "The receiver says that it is gone (410): its endpoint is switched off."
        if self.medium is Medium.EMAIL and not reply.code:
            return UNKNOWN
        if self.tries > len(WAITS_S):
            return f"Given up after {self.tries} tries; the last one's answer: {reply.code or reply.said}."
        return ""

    def dead(self, reason: str, now: datetime) -> "NoticeDelivery":
        """Return it given up, with the reason in a sentence."""
        return self._changed(status=DeliveryStatus.DEAD, reason=reason, due_at=now, begun=False)

    def again(self, now: datetime) -> "NoticeDelivery":
        """Return it as at the beginning, with what was tried so far still in its book."""
        return self._changed(status=DeliveryStatus.WAITING, tries=0, due_at=now, reason="", begun=False)

    def _wait_s(self, asked_s: float) -> int:
        step_s = max(WAITS_S[self.tries - 1], min(asked_s, LONGEST_ASKED_S))
        return math.ceil(step_s * (1 + JITTER * share(f"{self.delivery_id}/{self.tries}")))

    def _changed(self, **changes: object) -> "NoticeDelivery":
        return self.model_copy(update={"revision": self.revision + 1, **changes})


def delivery_id_of(notice: Notice, endpoint: str) -> str:
    """Name the one delivery of a record's version to an endpoint, however often it is announced."""
    return _id(notice.record_id, str(notice.version), endpoint)


def acknowledgement_id_of(record_id: str) -> str:
    """Name the one acknowledgement that a record may ever have, whatever its version."""
    return _id(record_id, "acknowledgement", "")


def _id(*parts: str) -> str:
    return "msg_" + hashlib.sha256("\n".join(parts).encode()).hexdigest()[:28]
