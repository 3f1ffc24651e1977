"""Notices and tries on SQS: what a message of the delivery queue says, and how it is read."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from mailroom.adapters.aws import aws_errors
from mailroom.domain.errors import PermanentError
from mailroom.domain.message import Channel
from mailroom.domain.notice import EVENTS, Notice
from mailroom.domain.patience import ROUND_S
from mailroom.domain.record import Status


@dataclass(frozen=True, slots=True)
class NextTry:
    """A delivery and how many of its tries were begun when this message was sent."""

    delivery_id: str
    tries: int


class SqsNoticeQueue:
    """The queue that deliver_notice is fed from."""

    def __init__(self, sqs: Any, queue_url: str) -> None:
        self._sqs = sqs
        self._queue_url = queue_url

    def announce(self, notice: Notice) -> None:
        """Say what happened; who hears of it is decided behind the queue."""
        body = {
            "event": notice.event,
            "record_id": notice.record_id,
            "version": notice.version,
            "status": notice.status,
            "kind": notice.kind,
            "confidence": notice.confidence,
            "channel": notice.channel,
            "received_at": notice.received_at.isoformat(),
            "at": notice.at.isoformat(),
        }
        with aws_errors("announcing what happened to a record"):
            self._sqs.send_message(QueueUrl=self._queue_url, MessageBody=json.dumps(body))

    def send(self, delivery_id: str, tries: int, wait_s: int) -> None:
        """Ask for a delivery's next try in ``wait_s`` seconds, at most 900."""
        with aws_errors("asking for a delivery's next try"):
            self._sqs.send_message(
                QueueUrl=self._queue_url,
                MessageBody=json.dumps({"delivery_id": delivery_id, "tries": tries}),
                DelaySeconds=max(0, min(ROUND_S, wait_s)),
            )


def opened(body: str) -> Notice | NextTry:
    """Read a message of the delivery queue; raises PermanentError for what is neither."""
    try:
        found = json.loads(body)
        if "delivery_id" in found:
            return NextTry(str(found["delivery_id"]), int(found["tries"]))
        notice = Notice(
            event=str(found["event"]),
            record_id=str(found["record_id"]),
            version=int(found["version"]),
            status=Status(found["status"]),
            kind=str(found["kind"]),
            confidence=None if found["confidence"] is None else float(found["confidence"]),
            channel=Channel(found["channel"]),
            received_at=_moment(found["received_at"]),
            at=_moment(found["at"]),
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise PermanentError("The message on the delivery queue is no notice and no try.") from error
    if notice.event not in EVENTS:
        raise PermanentError("The message on the delivery queue tells of an event that there is not.")
    return notice


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
