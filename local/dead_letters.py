"""Dead letters: what the queues gave up, why the ledger says so, and the way back; doing it twice does it once."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from local.twin import Twin
from mailroom.adapters.clock import SystemClock
from mailroom.adapters.dynamodb import DynamoDBRecordStore
from mailroom.adapters.sqs import FIRST_SENT, SqsQueue, opened
from mailroom.domain.delivery import Post, post_record_id
from mailroom.domain.record import Record, Status
from mailroom.pipeline.redrive import RedrivePorts, redrive

_PEEK_S = 5
_WHILE_WORKING_S = 60


@dataclass(frozen=True, slots=True)
class Letter:
    """One dead message with its record, if it has one. ``handle`` is SQS's receipt, ``tries`` how often it was read."""

    queue: str
    message_id: str
    record_id: str
    body: str
    attributes: dict[str, Any]
    handle: str
    tries: int
    record: Record | None

    @property
    def cause(self) -> str:
        """Say why it is here: the record's last reason, or that no record was made of it."""
        if self.record is None:
            return "No record was made of it: the function ended each time before it wrote one."
        if self.record.status is not Status.FAILED:
            return f"Its record has moved on: {self.record.status}."
        return self.record.reasons[-1] if self.record.reasons else "No reason is on the record."


@dataclass(frozen=True, slots=True)
class DeadLetters:
    """The dead letters of intake and review. ``queues`` maps a dead-letter queue's URL to the queue it came from."""

    sqs: Any
    records: DynamoDBRecordStore
    intake: SqsQueue
    queues: dict[str, str]
    bucket: str

    @classmethod
    def of_twin(cls, twin: Twin) -> "DeadLetters":
        """Return the dead letters of a running twin."""
        store = DynamoDBRecordStore(twin.client("dynamodb"), twin.environment["RECORDS_TABLE"])
        return cls.of(twin.client("sqs"), store, twin.outputs)

    @classmethod
    def of(cls, sqs: Any, records: DynamoDBRecordStore, outputs: Any) -> "DeadLetters":
        """Return the dead letters of a stack, by its outputs."""
        queues = {outputs[f"{name}DeadLetterQueueUrl"]: outputs[f"{name}QueueUrl"] for name in ("Intake", "Review")}
        return cls(sqs, records, SqsQueue(sqs, outputs["IntakeQueueUrl"]), queues, outputs["RawBucket"])

    def letters(self, *, hidden_s: int = _PEEK_S, limit: int = 1000) -> Iterator[Letter]:
        """Yield the dead letters, hiding each from other readers for ``hidden_s`` seconds."""
        for url in self.queues:
            seen: set[str] = set()
            while len(seen) < limit:
                found = self.sqs.receive_message(
                    QueueUrl=url,
                    MaxNumberOfMessages=10,
                    VisibilityTimeout=hidden_s,
                    WaitTimeSeconds=0,
                    MessageSystemAttributeNames=["All"],
                    MessageAttributeNames=["All"],
                ).get("Messages", [])
                fresh = [message for message in found if message["MessageId"] not in seen]
                if not fresh:
                    break
                for message in fresh:
                    seen.add(message["MessageId"])
                    yield self._letter(url, message)

    def _letter(self, url: str, message: dict[str, Any]) -> Letter:
        record_id = _record_id(message, self.bucket)
        return Letter(
            queue=url,
            message_id=message["MessageId"],
            record_id=record_id,
            body=message["Body"],
            attributes=message.get("MessageAttributes", {}),
            handle=message["ReceiptHandle"],
            tries=int(message.get("Attributes", {}).get("ApproximateReceiveCount", 0)),
            record=self.records.get(record_id),
        )

    def redrive(self, letter: Letter) -> str:
        """Take one letter back and say what was done; the ledger first, then the queue, then the letter goes.

        A crash in between leaves the letter where it is, and the next redrive finds the record moved on.
        """
        if letter.record is None:
            self.sqs.send_message(
                QueueUrl=self.queues[letter.queue],
                MessageBody=letter.body,
                MessageAttributes=_copied(letter.attributes),
            )
            said = "sent to its queue again"
        elif letter.record.status is Status.FAILED:
            redrive(letter.record_id, RedrivePorts(self.records, self.intake, SystemClock()))
            said = "received again"
        else:
            said = f"dropped: its record has moved on ({letter.record.status})"
        self.sqs.delete_message(QueueUrl=letter.queue, ReceiptHandle=letter.handle)
        return said

    def redrive_all(self) -> list[str]:
        """Take every letter back; returns the ids of the records that went back to work."""
        letters = self.letters(hidden_s=_WHILE_WORKING_S)
        return [letter.record_id for letter in letters if not self.redrive(letter).startswith("dropped")]


def _copied(attributes: dict[str, Any]) -> dict[str, Any]:
    return {
        name: {"DataType": said["DataType"], "StringValue": said["StringValue"]} for name, said in attributes.items()
    }


def _record_id(message: dict[str, Any], bucket: str) -> str:
    """Name the record that a message is about, as extract_record would: a form's id follows from its post."""
    attributes = {name: str(said.get("StringValue", "")) for name, said in message.get("MessageAttributes", {}).items()}
    sent_ms = attributes.get(FIRST_SENT) or message["Attributes"]["SentTimestamp"]
    found = opened(message["Body"], attributes, datetime.fromtimestamp(int(sent_ms) / 1000, UTC), bucket)
    return post_record_id(found) if isinstance(found, Post) else found.record_id
