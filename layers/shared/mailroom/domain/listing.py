"""What a list of records shows, how one asks for it, and in words what a record needs and since when."""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from mailroom.domain.record import Record, Status

LONGEST_REASON = 160
"""Characters of a reason that a list shows; the whole stands under ``reasons``."""

MOST_NAMED = 3
"""Doubtful values that a list names where no reason concerns the whole record."""

_WHO = {
    Status.NEEDS_HUMAN: "A person's decision",
    Status.FAILED: "A mend, then a requeue",
}


@dataclass(frozen=True, slots=True)
class Listed:
    """A record's head: what a list shows of it, and what each index of the table holds."""

    record_id: str
    status: Status
    received_at: datetime
    updated_at: datetime
    kind: str = ""
    confidence: float | None = None
    sender: str = ""
    subject: str = ""
    needs: str = ""
    cost_usd: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which records a list is to show; what is left out does not matter.

    ``since`` and ``until`` bound when they were received, ``until`` not included.
    """

    status: Status | None = None
    kind: str = ""
    sender: str = ""
    since: datetime | None = None
    until: datetime | None = None

    def takes(self, head: Listed) -> bool:
        """Whether a record is one of these."""
        return (
            self.status in {None, head.status}
            and self.kind in {"", head.kind}
            and self.sender in {"", head.sender}
            and (self.since is None or head.received_at >= self.since)
            and (self.until is None or head.received_at < self.until)
        )


def head_of(record: Record) -> Listed:
    """Return what a list shows of a record."""
    return Listed(
        record_id=record.record_id,
        status=record.status,
        received_at=record.received_at,
        updated_at=record.updated_at,
        kind=record.kind,
        confidence=record.confidence,
        sender=record.sender,
        subject=record.subject,
        needs=needs_of(record),
        cost_usd=record.cost_usd,
    )


def needs_of(record: Record) -> str:
    """Say what a record needs, since when (UTC, to the minute) and why; "" where nothing is asked of anybody."""
    who = _WHO.get(record.status)
    if who is None:
        return ""
    since = record.updated_at.astimezone(UTC).strftime("%Y-%m-%d %H:%M")
    if not record.reasons:
        doubted = ", ".join(record.doubtful[:MOST_NAMED])
        more = len(record.doubtful) - MOST_NAMED
        look = f": look at {doubted}" + (f" (and {more} more)" if more > 0 else "") if doubted else ""
        return f"{who}, since {since} UTC{look}"
    # A failed record keeps the reasons of every try; the last one ended it. A doubtful one gives its worst first.
    why = record.reasons[-1] if record.status is Status.FAILED else record.reasons[0]
    why = why if len(why) <= LONGEST_REASON else why[: LONGEST_REASON - 1] + "…"
    more = len(record.reasons) - 1
    return f"{who}, since {since} UTC: {why}" + (f" (and {more} more)" if more else "")
