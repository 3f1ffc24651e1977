"""Dead letters: what the queues gave up, why the ledger says so, and the way back; doing it twice does it once."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from local.stream_letters import Untold, untold
from local.twin import Twin
from mailroom.adapters.clock import SystemClock
from mailroom.adapters.dynamodb import DynamoDBRecordStore
from mailroom.adapters.eventbridge import EventBridgeBus
from mailroom.adapters.notice_queue import SqsNoticeQueue
from mailroom.adapters.notice_queue import opened as opened_notice
from mailroom.adapters.record_lists import DynamoDBRecordLists
from mailroom.adapters.ses import ReceiptEvent, deliveries
from mailroom.adapters.sqs import FIRST_SENT, SqsQueue, opened
from mailroom.domain.delivery import Post, post_record_id
from mailroom.domain.errors import MailroomError
from mailroom.domain.notice import Notice
from mailroom.domain.record import Record, Status
from mailroom.pipeline.dispatch import pass_on
from mailroom.pipeline.receive import email_record_id
from mailroom.pipeline.redrive import RedrivePorts, redrive

_PEEK_S = 5
_WHILE_WORKING_S = 60
RAW_PREFIX = "raw/"
INTAKE, REVIEW, DISPATCH, RECEIVE, DELIVERY = "Intake", "Review", "Dispatch", "Receive", "Delivery"
OUTPUTS = {
    INTAKE: "IntakeDeadLetterQueueUrl",
    REVIEW: "ReviewDeadLetterQueueUrl",
    DISPATCH: "DispatchDeadLetterQueueUrl",
    RECEIVE: "ReceiveFailureQueueUrl",
    DELIVERY: "DeliveryDeadLetterQueueUrl",
}
"""The step that gave up, and the stack's output that names the queue on which its dead letters lie."""


class RedriveError(MailroomError):
    """A letter could not be taken back; it stays where it is."""


@dataclass(frozen=True, slots=True)
class Letter:
    """One dead message. ``handle`` is SQS's receipt, ``tries`` how often it was read.

    ``records`` are the records that it is about, as they stand now: one or none, several for changes that nobody was
    told of. ``why`` is what the step that gave up said, where it said anything.
    """

    step: str
    queue: str
    message_id: str
    record_id: str
    body: str
    attributes: dict[str, Any]
    handle: str
    tries: int
    records: tuple[Record, ...] = ()
    why: str = ""

    @property
    def record(self) -> Record | None:
        """The one record it is about."""
        return self.records[0] if len(self.records) == 1 else None

    @property
    def cause(self) -> str:
        """Say why it is here: what the step said, the record's last reason, or that no record was made of it."""
        if self.step in {DISPATCH, RECEIVE, DELIVERY}:
            return self.why
        if self.record is None:
            return "No record was made of it: the function ended each time before it wrote one."
        if self.record.status is not Status.FAILED:
            return f"Its record has moved on: {self.record.status}."
        return self.record.reasons[-1] if self.record.reasons else "No reason is on the record."


@dataclass(frozen=True, slots=True)
class DeadLetters:
    """The dead letters of one stack. ``clients`` makes the clients of AWS's services by their names."""

    clients: Callable[[str], Any]
    outputs: Mapping[str, str]

    @classmethod
    def of_twin(cls, twin: Twin) -> "DeadLetters":
        """Return the dead letters of a running twin."""
        return cls(twin.client, twin.outputs)

    @property
    def _records(self) -> DynamoDBRecordStore:
        return DynamoDBRecordStore(self.clients("dynamodb"), self.outputs["RecordsTable"])

    def letters(self, *, hidden_s: int = _PEEK_S, limit: int = 1000) -> Iterator[Letter]:
        """Yield the dead letters, hiding each from other readers for ``hidden_s`` seconds."""
        for step, output in OUTPUTS.items():
            if output not in self.outputs:  # a stack deployed before that queue was
                continue
            url, seen = self.outputs[output], set[str]()
            while len(seen) < limit:
                found = (
                    self.clients("sqs")
                    .receive_message(
                        QueueUrl=url,
                        MaxNumberOfMessages=10,
                        VisibilityTimeout=hidden_s,
                        WaitTimeSeconds=0,
                        MessageSystemAttributeNames=["All"],
                        MessageAttributeNames=["All"],
                    )
                    .get("Messages", [])
                )
                fresh = [message for message in found if message["MessageId"] not in seen]
                if not fresh:
                    break
                for message in fresh:
                    seen.add(message["MessageId"])
                    yield self._letter(step, url, message)

    def _letter(self, step: str, url: str, message: Mapping[str, Any]) -> Letter:
        found, why = self._about(step, message)
        return Letter(
            step=step,
            queue=url,
            message_id=message["MessageId"],
            record_id=found[0] if len(found) == 1 else "",
            body=message["Body"],
            attributes=message.get("MessageAttributes", {}),
            handle=message["ReceiptHandle"],
            tries=int(message.get("Attributes", {}).get("ApproximateReceiveCount", 0)),
            records=tuple(self._records.many(found)),
            why=why,
        )

    def _about(self, step: str, message: Mapping[str, Any]) -> tuple[tuple[str, ...], str]:
        """Return the ids of the records that a letter is about, and what it says of its cause."""
        if step == DISPATCH:
            lists = DynamoDBRecordLists(self.clients("dynamodb"), self.outputs["RecordsTable"])
            changes: Untold = untold(message["Body"], self.clients("dynamodbstreams"), lists)
            return changes.record_ids, changes.why
        if step == RECEIVE:
            return _given_up(message["Body"], self.outputs["RawBucket"])
        if step == DELIVERY:
            return _not_begun(message["Body"])
        return (_record_id(message, self.outputs["RawBucket"]),), ""

    def redrive(self, letter: Letter) -> str:
        """Take one letter back and say what was done; the ledger first, then the queue, then the letter goes.

        A crash in between leaves the letter where it is, and the next redrive finds the record moved on. Raises
        RedriveError where the letter must stay.
        """
        steps = {DISPATCH: self._tell, RECEIVE: self._receive, DELIVERY: self._deliver}
        said = steps.get(letter.step, self._work_again)(letter)
        self.clients("sqs").delete_message(QueueUrl=letter.queue, ReceiptHandle=letter.handle)
        return said

    def _work_again(self, letter: Letter) -> str:
        sqs, intake = self.clients("sqs"), self.outputs["IntakeQueueUrl"]
        if letter.record is None:
            queue = intake if letter.step == INTAKE else self.outputs["ReviewQueueUrl"]
            sqs.send_message(QueueUrl=queue, MessageBody=letter.body, MessageAttributes=_copied(letter.attributes))
            return "sent to its queue again"
        if letter.record.status is not Status.FAILED:
            return f"dropped: its record has moved on ({letter.record.status})"
        redrive(letter.record_id, RedrivePorts(self._records, SqsQueue(sqs, intake), SystemClock()))
        return "received again"

    def _tell(self, letter: Letter) -> str:
        """Tell of the present state of each record; whoever hears of one twice finds the same version."""
        reviews = SqsQueue(self.clients("sqs"), self.outputs["ReviewQueueUrl"])
        bus = EventBridgeBus(self.clients("events"), self.outputs["EventBus"])
        notices = None
        if "DeliveriesSecret" in self.outputs:
            notices = SqsNoticeQueue(self.clients("sqs"), self.outputs["DeliveryQueueUrl"])
        told = [record for record in letter.records if pass_on(record, reviews, bus, notices)]
        return f"told again of {len(told)} of {len(letter.records)} records; the others ask for nothing as they stand"

    def _deliver(self, letter: Letter) -> str:
        self.clients("sqs").send_message(QueueUrl=self.outputs["DeliveryQueueUrl"], MessageBody=letter.body)
        return "sent to its queue again; what has been told is not told twice"

    def _receive(self, letter: Letter) -> str:
        if letter.record is not None:
            return f"dropped: its record is there ({letter.record.status})"
        answer = self.clients("lambda").invoke(
            FunctionName=self.outputs["ReceiveEmailFunction"],
            Payload=json.dumps(json.loads(letter.body)["requestPayload"]),
        )
        if answer.get("FunctionError"):
            raise RedriveError("ReceiveEmailFunction failed again: read its log group; the letter stays.")
        return "received again"

    def redrive_all(self) -> list[str]:
        """Take every letter back; returns the ids of the records that went back to work."""
        letters = self.letters(hidden_s=_WHILE_WORKING_S)
        return [letter.record_id for letter in letters if not self.redrive(letter).startswith("dropped")]


def _given_up(body: str, bucket: str) -> tuple[tuple[str, ...], str]:
    """Read what Lambda says of a receipt that it gave up: the records of its mails, and the last error."""
    try:
        said = json.loads(body)
        event = ReceiptEvent.model_validate(said["requestPayload"])
    except (ValueError, KeyError, TypeError):
        return (), "It is no receipt that Lambda gave up; somebody else put it here."
    found = deliveries(event, bucket, RAW_PREFIX)
    error = (said.get("responsePayload") or {}).get("errorMessage") or said.get("requestContext", {}).get("condition")
    keys = ", ".join(delivery.key for delivery in found)
    ids = tuple(email_record_id(delivery.headers, delivery.ses_message_id) for delivery in found)
    return ids, f"{error or 'No reason is given.'} The mail is safe: {keys}."


def _copied(attributes: dict[str, Any]) -> dict[str, Any]:
    return {
        name: {"DataType": said["DataType"], "StringValue": said["StringValue"]} for name, said in attributes.items()
    }


def _record_id(message: Mapping[str, Any], bucket: str) -> str:
    """Name the record that a message is about, as extract_record would: a form's id follows from its post."""
    attributes = {name: str(said.get("StringValue", "")) for name, said in message.get("MessageAttributes", {}).items()}
    sent_ms = attributes.get(FIRST_SENT) or message["Attributes"]["SentTimestamp"]
    found = opened(message["Body"], attributes, datetime.fromtimestamp(int(sent_ms) / 1000, UTC), bucket)
    return post_record_id(found) if isinstance(found, Post) else found.record_id


def _not_begun(body: str) -> tuple[tuple[str, ...], str]:
    """Return whom a notice is about that nobody was told of, and why it lies here."""
    try:
        found = opened_notice(body)
    except MailroomError as error:
        return (), str(error)
    why = "It could not even be tried: DeliveriesSecret was empty or not valid, or a table was out of reach."
    return ((found.record_id,) if isinstance(found, Notice) else ()), why
