"""Deliver: tell every endpoint that wants it of what happened to a record, once each, until it has heard or never will.

A row per record, version and endpoint is the only memory: its id is derived, so however often a change is announced
there is one delivery, and whoever makes a try has first claimed it by a conditional write. Waits of up to fifteen
minutes are the queue's; longer ones stand on the row alone, and the sweep puts the row on the queue when it is due
(docs/adr/0060).
"""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from mailroom.domain.acknowledgement import acknowledgement, reason_against
from mailroom.domain.destinations import ACKNOWLEDGEMENT, Acknowledgement, Destinations, SlackChannel, Webhook
from mailroom.domain.errors import ConflictError, PermanentError
from mailroom.domain.notice import TOLD, Notice
from mailroom.domain.notice_delivery import (
    GONE,
    KEPT,
    UNKNOWN,
    DeliveryStatus,
    Medium,
    NoticeDelivery,
    acknowledgement_id_of,
    delivery_id_of,
)
from mailroom.domain.notice_text import slack_message, webhook_body
from mailroom.domain.patience import ROUND_S
from mailroom.domain.record import Record
from mailroom.ports import Clock, DeliveryStore, MailStore, NoticeQueue, Post, RecordStore
from mailroom.reading.identity import HEAD_LIMIT_BYTES, header_pairs

SWEPT_AFTER = timedelta(seconds=60)
"""How long the queue has for what is due before the sweep asks again: a short wait is not to be asked for twice."""

SWEPT_AT_ONCE = 1000
"""Deliveries that one sweep puts back; a receiver that is back after a day is not to be flooded either."""


@dataclass(frozen=True, slots=True)
class DeliverPorts:
    """What delivering needs of the world.

    ``kept`` is how long a delivery is kept at most: no longer than a message whose kind is unknown. ``sender`` is the
    address that acknowledges, "" where nobody does.
    """

    deliveries: DeliveryStore
    records: RecordStore
    mail: MailStore
    queue: NoticeQueue
    destinations: Callable[[], Destinations]
    post: Mapping[Medium, Post]
    clock: Clock
    console_url: str
    kept: timedelta = KEPT
    sender: str = ""


def announce(notice: Notice, ports: DeliverPorts) -> NoticeDelivery | None:
    """Open a delivery for each endpoint that wants to hear, and make the first one's try at once; again does no more.

    Returns the delivery that was tried. Raises TransientError while a store or the configuration cannot be reached.
    """
    wanted = list(_wanted(notice, ports))
    if not wanted:
        return None
    first, *others = wanted
    # Whoever opens a row opens it as claimed: the first notice is not to wait for a second write.
    mine = first.claimed(ports.clock.now())
    opened = ports.deliveries.create(mine)
    for delivery in others:
        if ports.deliveries.create(delivery) or _unbegun(delivery, ports):
            ports.queue.send(delivery.delivery_id, 0, 0)
    if opened:
        return _tried(mine, ports, _reason_to_give_up(first, ports))
    return attempt(first.delivery_id, 0, ports)


def _unbegun(delivery: NoticeDelivery, ports: DeliverPorts) -> bool:
    """Say whether a delivery that was opened before still needs its first try: its worker may have died in between."""
    found = ports.deliveries.get(delivery.delivery_id)
    return found is not None and found.tries == 0


def _wanted(notice: Notice, ports: DeliverPorts) -> Iterator[NoticeDelivery]:
    destinations = ports.destinations()
    hearing = [endpoint for endpoint in destinations.endpoints if endpoint.wants(notice)]
    answers = destinations.acknowledgement if ports.sender and notice.event in TOLD.values() else None
    if not hearing and not answers:
        return
    record = ports.records.get(notice.record_id)
    for endpoint in hearing:
        yield _delivery(notice, endpoint, record, ports)
    if answers and record is not None and (found := _acknowledgement(notice, record, answers, ports)):
        yield found


def _delivery(
    notice: Notice, endpoint: Webhook | SlackChannel, record: Record | None, ports: DeliverPorts
) -> NoticeDelivery:
    if isinstance(endpoint, SlackChannel):
        body, medium = slack_message(notice, record, ports.console_url), Medium.SLACK
    else:
        whole = endpoint.payload == "record"
        body, medium = webhook_body(notice, record, ports.console_url, with_fields=whole), Medium.WEBHOOK
    return _opened(
        delivery_id_of(notice, endpoint.name),
        notice,
        endpoint.name,
        medium=medium,
        body=body,
        record=record,
        ports=ports,
    )


def _acknowledgement(
    notice: Notice, record: Record, answers: Acknowledgement, ports: DeliverPorts
) -> NoticeDelivery | None:
    text = answers.texts.get(record.kind, "")
    delivery_id = acknowledgement_id_of(record.record_id)
    if not text or record.version != notice.version or ports.deliveries.get(delivery_id):
        return None
    head = header_pairs(ports.mail.head(record.key, HEAD_LIMIT_BYTES))
    if reason_against(head, record, {ports.sender.rpartition("@")[2]}):
        return None
    if not ports.deliveries.count_acknowledgement(record.sender, ports.clock.now(), answers.per_sender_per_day):
        return None
    body = acknowledgement(head, record, ports.sender, text).decode("utf-8", "surrogateescape")
    return _opened(delivery_id, notice, ACKNOWLEDGEMENT, medium=Medium.EMAIL, body=body, record=record, ports=ports)


def _opened(
    delivery_id: str,
    notice: Notice,
    endpoint: str,
    *,
    medium: Medium,
    body: str,
    record: Record | None,
    ports: DeliverPorts,
) -> NoticeDelivery:
    now = ports.clock.now()
    kept_until = now + ports.kept
    if record is not None and record.expires_at:
        kept_until = min(kept_until, record.expires_at)  # it may hold what the message says: it goes with the message
    return NoticeDelivery(
        delivery_id=delivery_id,
        event=notice.event,
        record_id=notice.record_id,
        version=notice.version,
        kind=notice.kind,
        endpoint=endpoint,
        medium=medium,
        body=body,
        created_at=now,
        due_at=now,
        expires_at=kept_until,
    )


def attempt(delivery_id: str, tries: int, ports: DeliverPorts) -> NoticeDelivery | None:
    """Make the try that follows ``tries`` others, if it is still to be made; returns the delivery as it stands then.

    A doubled or late message finds that its try has been begun, and does nothing. Raises TransientError while the
    book cannot be reached.
    """
    found = ports.deliveries.get(delivery_id)
    now = ports.clock.now()
    if found is None or found.status is not DeliveryStatus.WAITING or found.tries != tries:
        return found
    if found.due_at > now:
        _ask_again(found, now, ports)
        return found
    reason = _reason_to_give_up(found, ports)
    claimed = _written(found.claimed(now), ports)
    return _tried(claimed, ports, reason) if claimed else None


def _tried(claimed: NoticeDelivery, ports: DeliverPorts, reason: str) -> NoticeDelivery | None:
    """Make the try that this worker has claimed, unless there is a reason to give the delivery up."""
    now = ports.clock.now()
    if reason:
        return _written(claimed.dead(reason, now), ports)
    reply = ports.post[claimed.medium](claimed, now)
    ended_at = ports.clock.now()
    if reply.code == GONE and (endpoint := ports.destinations().named(claimed.endpoint)):
        ports.deliveries.switch_off(endpoint.name, endpoint.fingerprint, ended_at)
    ended = _written(claimed.ended(reply, ended_at), ports)
    if ended is not None and ended.status is DeliveryStatus.WAITING:
        _ask_again(ended, ended_at, ports)
    return ended


def _reason_to_give_up(delivery: NoticeDelivery, ports: DeliverPorts) -> str:
    if delivery.medium is Medium.EMAIL:
        return UNKNOWN if delivery.begun else ""
    endpoint = ports.destinations().named(delivery.endpoint)
    if endpoint is None:
        return "No endpoint of that name is configured any more."
    if ports.deliveries.switched_off(endpoint.name) == endpoint.fingerprint:
        return "The endpoint is switched off: its receiver answered 410."
    return ""


def _ask_again(delivery: NoticeDelivery, now: datetime, ports: DeliverPorts) -> None:
    """Put a short wait on the queue; a longer one is left to the sweep."""
    wait_s = (delivery.due_at - now).total_seconds()
    if wait_s <= ROUND_S:
        ports.queue.send(delivery.delivery_id, delivery.tries, max(0, math.ceil(wait_s)))


def _written(delivery: NoticeDelivery, ports: DeliverPorts) -> NoticeDelivery | None:
    try:
        ports.deliveries.replace(delivery)
    except ConflictError:
        return None  # another worker has it
    return delivery


def put_back_due(ports: DeliverPorts) -> int:
    """Put on the queue what is due and was not asked for, or whose worker died; returns how many."""
    due = ports.deliveries.due(ports.clock.now() - SWEPT_AFTER, SWEPT_AT_ONCE)
    for delivery_id, tries in due:
        ports.queue.send(delivery_id, tries, 0)
    return len(due)


def why_not_again(delivery: NoticeDelivery) -> str:
    """Return why a delivery cannot begin anew, in a sentence: it is a mail that may have been sent; "" where it can."""
    attempts = delivery.attempts
    unsent = delivery.status is DeliveryStatus.DEAD and all(each.code for each in attempts) and not delivery.begun
    if delivery.medium is Medium.EMAIL and not (unsent and attempts):
        return "An acknowledgement is sent once, and this one was or may have been."
    return ""


def redeliver(
    delivery_id: str, deliveries: DeliveryStore, queue: NoticeQueue, clock: Clock, *, revision: int | None = None
) -> NoticeDelivery:
    """Begin a delivery anew, under its old id: a receiver that has it already can tell.

    Raises PermanentError where there is none of that id, or it is an acknowledgement that may have been sent;
    ConflictError where it has moved on from the ``revision`` that somebody saw.
    """
    found = deliveries.get(delivery_id)
    if found is None:
        raise PermanentError(f"There is no delivery {delivery_id}: it has been forgotten, or never was.")
    if revision is not None and found.revision != revision:
        raise ConflictError(f"Delivery {delivery_id} moved on from revision {revision}.")
    if reason := why_not_again(found):
        raise PermanentError(reason)
    again = found.again(clock.now())
    deliveries.replace(again)
    queue.send(delivery_id, 0, 0)
    return again
