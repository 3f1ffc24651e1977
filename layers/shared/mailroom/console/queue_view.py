"""What a row of the queue says about a record."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from mailroom.domain.record import FieldResult, Record

SHOWN_VALUES = 3


@dataclass(frozen=True, slots=True)
class QueueRow:
    """One waiting record in one glance; ``confidence`` in percent, ``values`` are those worth recognising it by."""

    record_id: str
    subject: str
    sender: str
    kind: str
    confidence: int
    why: str
    more_reasons: int
    waits: str
    since: datetime
    values: tuple[tuple[str, str], ...]


def queue_view(records: Iterable[Record], now: datetime) -> tuple[QueueRow, ...]:
    """Return the rows in the order of the records."""
    return tuple(_row(record, now) for record in records)


def span(passed: timedelta) -> str:
    """Write a span as people say it: "3 min", "5 h", "2 days"."""
    minutes = int(passed.total_seconds() // 60)
    if minutes < 1:
        return "just now"
    if minutes < 60:
        return f"{minutes} min"
    hours = minutes // 60
    return f"{hours} h" if hours < 48 else f"{hours // 24} days"


def reasons_of(record: Record) -> tuple[str, ...]:
    """Return in sentences why a record waits: what concerns it as a whole, then what concerns each value."""
    doubts = [
        f"{name.replace('_', ' ').capitalize()}: {doubt}"
        for name, found in record.fields.items()
        if isinstance(found, FieldResult) and name in record.doubtful
        for doubt in found.doubts
    ]
    return tuple(dict.fromkeys((*record.reasons, *doubts)))


def _row(record: Record, now: datetime) -> QueueRow:
    reasons = reasons_of(record)
    named = [
        (name, str(found.value))
        for name, found in record.fields.items()
        if isinstance(found, FieldResult) and found.method != "derived"
    ]
    return QueueRow(
        record_id=record.record_id,
        subject=record.subject or (f"Form {record.form}" if record.form else "No subject"),
        sender=record.sender or "Nobody named",
        kind=record.kind,
        confidence=round(100 * (record.confidence or 0)),
        why=reasons[0] if reasons else "Its confidence is under the threshold.",
        more_reasons=max(0, len(reasons) - 1),
        waits=span(now - record.updated_at),
        since=record.updated_at,
        values=tuple(named[:SHOWN_VALUES]),
    )
