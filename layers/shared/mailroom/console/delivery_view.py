"""What the console says about a delivery: who was told what, how each try ended, and what comes next."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from mailroom.console.words import moment
from mailroom.domain.notice_delivery import DeliveryStatus, NoticeDelivery, Try
from mailroom.pipeline.deliver import why_not_again

TOLD_AT_MOST = 50
"""Deliveries that are shown at once: five versions of a record to ten endpoints."""

_TRIES = 10
"""Tries of one delivery that are shown, the latest: a whole schedule; one redelivered often has more."""


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """One delivery; ``then`` is what comes next or why nothing does, ``revision`` what the person sees of it."""

    delivery_id: str
    record_id: str
    endpoint: str
    event: str
    status: str
    at: datetime
    tries: tuple[str, ...]
    then: str
    repeatable: bool
    revision: int


def deliveries_view(deliveries: Iterable[NoticeDelivery]) -> tuple[DeliveryRow, ...]:
    """Return the rows in the order of the deliveries."""
    return tuple(_row(delivery) for delivery in deliveries)


def repeatable(delivery: NoticeDelivery) -> bool:
    """Say whether a person may ask for it again: it has ended, and its receiver can tell a second one from a first."""
    return delivery.status is not DeliveryStatus.WAITING and not why_not_again(delivery)


def _row(delivery: NoticeDelivery) -> DeliveryRow:
    return DeliveryRow(
        delivery_id=delivery.delivery_id,
        record_id=delivery.record_id,
        endpoint=delivery.endpoint,
        event=delivery.event,
        status=delivery.status.value,
        at=delivery.created_at,
        tries=tuple(_tried(each) for each in delivery.attempts[-_TRIES:]) or ("Not tried yet",),
        then=_then(delivery),
        repeatable=repeatable(delivery),
        revision=delivery.revision,
    )


def _tried(attempt: Try) -> str:
    return f"{moment(attempt.at)}: {attempt.code or attempt.said or 'no answer'} after {attempt.took_ms:,} ms"


def _then(delivery: NoticeDelivery) -> str:
    if delivery.status is not DeliveryStatus.WAITING:
        return delivery.reason
    return "It is being tried now" if delivery.begun else f"Next try: {moment(delivery.due_at)}"
