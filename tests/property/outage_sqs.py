"""SQS in memory on a virtual clock, by its documented rules, and Lambda's way of reading from it.

The rules (docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide and .../APIReference): a message is hidden
for the queue's visibility timeout when it is handed out; ChangeMessageVisibility hides it for at most 12 hours in all
from that moment; a message that has been handed out ``maxReceiveCount`` times goes to the dead-letter queue when it
would be handed out once more; a message is deleted when the retention period has passed since it was *sent*, whatever
became of it meanwhile; a delay is 15 minutes at most. What is against the rules raises, as the API does.
"""

import heapq
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

LONGEST_HIDDEN = timedelta(hours=12)
LONGEST_DELAY_S = 900


class Clock(Protocol):
    """The virtual time."""

    moment: datetime


@dataclass
class Sent:
    """One message. ``receipt`` is its handle while it is handed out; ``gone`` once it is deleted, dead or expired."""

    number: int
    body: str
    attributes: Mapping[str, Mapping[str, str]]
    sent_at: datetime
    visible_at: datetime
    receives: int = 0
    received_at: datetime | None = None
    gone: bool = False


@dataclass
class QueueModel:
    """One queue with its dead letters, and what it saw: ``expired`` are messages that outlived the retention."""

    clock: Clock
    visibility: timedelta
    retention: timedelta
    tries: int
    messages: dict[int, Sent] = field(default_factory=dict)
    dead: list[Sent] = field(default_factory=list)
    expired: list[Sent] = field(default_factory=list)
    requests: int = 0
    most_receives: int = 0
    oldest: timedelta = timedelta()
    _order: list[tuple[datetime, int]] = field(default_factory=list)

    def add(self, number: int, body: str, attributes: Mapping[str, Any], delay_s: int) -> None:
        """Take a message in."""
        now = self.clock.moment
        self.messages[number] = Sent(number, body, attributes, now, now)
        self._show(self.messages[number], now + timedelta(seconds=delay_s))

    def next_visible(self) -> datetime | None:
        """Return when the next message can be handed out."""
        while self._order:
            at, number = self._order[0]
            found = self.messages.get(number)
            if found is not None and found.visible_at == at:
                return at
            heapq.heappop(self._order)
        return None

    def take(self, most: int) -> list[Sent]:
        """Hand out up to ``most`` visible messages."""
        now, taken = self.clock.moment, list[Sent]()
        while len(taken) < most:
            at = self.next_visible()
            if at is None or at > now:
                break
            message = self.messages[heapq.heappop(self._order)[1]]
            if now - message.sent_at >= self.retention:
                self._remove(message, self.expired)
            elif message.receives >= self.tries:
                self._remove(message, self.dead)
            else:
                message.receives += 1
                message.received_at = now
                self.most_receives = max(self.most_receives, message.receives)
                self.oldest = max(self.oldest, now - message.sent_at)
                self._show(message, now + self.visibility)
                taken.append(message)
        self.requests += 1
        return taken

    def hide(self, number: int, seconds: int) -> None:
        """Change a message's visibility."""
        message = self.messages[number]
        until = self.clock.moment + timedelta(seconds=seconds)
        if message.received_at is None or until - message.received_at > LONGEST_HIDDEN:
            raise AssertionError("InvalidParameterValue: a message is hidden for 12 hours at most from its receipt.")
        self._show(message, until)

    def delete(self, number: int) -> None:
        """Delete a message; deleting it again does nothing."""
        self.messages.pop(number, None)

    def _show(self, message: Sent, at: datetime) -> None:
        message.visible_at = at
        heapq.heappush(self._order, (at, message.number))

    def _remove(self, message: Sent, into: list[Sent]) -> None:
        del self.messages[message.number]
        into.append(message)


class MemorySqs:
    """As much of boto3's SQS client as the adapter calls; queues by their URL."""

    def __init__(self, clock: Clock, queues: Mapping[str, QueueModel]) -> None:
        self.queues = queues
        self.sent = 0
        self.sent_round = 0
        self._clock = clock

    def send_message(
        self,
        *,
        QueueUrl: str,  # noqa: N803 -- boto3's names
        MessageBody: str,  # noqa: N803
        MessageAttributes: Mapping[str, Any] | None = None,  # noqa: N803
        DelaySeconds: int = 0,  # noqa: N803
    ) -> None:
        """Send; a delay beyond 15 minutes is refused."""
        if not 0 <= DelaySeconds <= LONGEST_DELAY_S:
            raise AssertionError(f"InvalidParameterValue: DelaySeconds {DelaySeconds} is not between 0 and 900.")
        self.sent += 1
        self.sent_round += "first_sent_at" in (MessageAttributes or {})
        queue = self.queues[QueueUrl]
        queue.requests += 1
        queue.add(self.sent, MessageBody, MessageAttributes or {}, DelaySeconds)

    def change_message_visibility(
        self,
        *,
        QueueUrl: str,  # noqa: N803
        ReceiptHandle: str,  # noqa: N803
        VisibilityTimeout: int,  # noqa: N803
    ) -> None:
        """Let a message be seen again so much later."""
        self.queues[QueueUrl].requests += 1
        self.queues[QueueUrl].hide(int(ReceiptHandle), VisibilityTimeout)


def as_lambda_sees(message: Sent) -> dict[str, Any]:
    """Return a message as an event source mapping hands it to a function."""
    return {
        "messageId": f"m-{message.number}",
        "receiptHandle": str(message.number),
        "body": message.body,
        "attributes": {
            "ApproximateReceiveCount": str(message.receives),
            "SentTimestamp": str(int(message.sent_at.timestamp() * 1000)),
        },
        "messageAttributes": {
            name: {"dataType": said["DataType"], "stringValue": said["StringValue"]}
            for name, said in message.attributes.items()
        },
        "eventSource": "aws:sqs",
    }
