"""What a row of the queue says about a record."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from mailroom.console.record_view import names_of, title_of
from mailroom.console.words import readable, span
from mailroom.domain.doctype import TypeSpec
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


def queue_view(records: Iterable[Record], now: datetime, types: Mapping[str, TypeSpec]) -> tuple[QueueRow, ...]:
    """Return the rows in the order of the records."""
    return tuple(_row(record, now, types.get(record.kind)) for record in records)


def reasons_of(record: Record, spec: TypeSpec | None) -> list[str]:
    """Return in sentences why a record waits: what concerns it as a whole, then what concerns each value."""
    doubts = [
        f"{name}: {doubt}"
        for name, found in record.fields.items()
        if isinstance(found, FieldResult) and name in record.doubtful
        for doubt in found.doubts
    ]
    return readable((*record.reasons, *doubts), names_of(spec))


def _row(record: Record, now: datetime, spec: TypeSpec | None) -> QueueRow:
    reasons = reasons_of(record, spec)
    named = [
        (name, str(found.value))
        for name, found in record.fields.items()
        if isinstance(found, FieldResult) and found.method != "derived"
    ]
    return QueueRow(
        record_id=record.record_id,
        subject=title_of(record),
        sender=record.sender or "Nobody named",
        kind=record.kind,
        confidence=round(100 * (record.confidence or 0)),
        why=reasons[0] if reasons else "Its confidence is under the threshold.",
        more_reasons=max(0, len(reasons) - 1),
        waits=span(now - record.updated_at),
        since=record.updated_at,
        values=tuple(named[:SHOWN_VALUES]),
    )
