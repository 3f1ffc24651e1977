"""Dead letters against moto: the cause is told, and redriving twice is redriving once."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from local.dead_letters import DeadLetters, RedriveError
from local.twin.emulator import ROOT
from mailroom.adapters.dynamodb import DynamoDBRecordStore
from mailroom.domain.message import Channel
from mailroom.domain.record import Record, Status
from tests.deployed_tables import create_records_table
from tests.fakes import START


@dataclass
class Stack:
    sqs: Any
    outputs: dict[str, str]
    records: DynamoDBRecordStore
    clients: dict[str, Any] = field(default_factory=dict)

    def letters(self) -> DeadLetters:
        return DeadLetters(lambda service: self.clients.get(service) or boto3.client(service), self.outputs)

    def die(self, queue: str, body: str, **attributes: str) -> None:
        self.die_on(f"{queue}DeadLetterQueueUrl", body, **attributes)

    def die_on(self, output: str, body: str, **attributes: str) -> None:
        named = {name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()}
        self.sqs.send_message(QueueUrl=self.outputs[output], MessageBody=body, MessageAttributes=named)

    def waiting(self, queue: str) -> list[dict[str, Any]]:
        return self.sqs.receive_message(
            QueueUrl=self.outputs[f"{queue}QueueUrl"], MaxNumberOfMessages=10, MessageAttributeNames=["All"]
        ).get("Messages", [])


@pytest.fixture
def stack() -> Iterator[Stack]:
    with mock_aws():
        sqs, dynamodb = boto3.client("sqs"), boto3.client("dynamodb")
        names = ("Intake", "IntakeDeadLetter", "Review", "ReviewDeadLetter")
        outputs = {f"{name}QueueUrl": sqs.create_queue(QueueName=name)["QueueUrl"] for name in names}
        outputs["DispatchDeadLetterQueueUrl"] = sqs.create_queue(QueueName="DispatchDeadLetter")["QueueUrl"]
        outputs["ReceiveFailureQueueUrl"] = sqs.create_queue(QueueName="ReceiveFailure")["QueueUrl"]
        outputs |= {"RawBucket": "raw", "RecordsTable": "records", "EventBus": "told"}
        outputs["ReceiveEmailFunction"] = "receive"
        create_records_table(dynamodb)
        yield Stack(sqs, outputs, DynamoDBRecordStore(dynamodb, "records"))


def filed(stack: Stack, status: Status, *reasons: str) -> str:
    record = Record(
        record_id=f"mail-{status}",
        status=status,
        channel=Channel.EMAIL,
        received_at=START,
        updated_at=START,
        bucket="raw",
        key="raw/1",
        reasons=reasons,
    )
    stack.records.create(record)
    return json.dumps({"record_id": record.record_id, "bucket": "raw", "key": "raw/1"})


def test_a_letter_tells_the_cause_that_its_record_names(stack):
    stack.die("Intake", filed(stack, Status.FAILED, "first", "The model API answered 529."))
    stack.die("Review", filed(stack, Status.ACCEPTED))
    stack.die("Intake", '{"name": "Ana"}', form="lead")

    causes = {letter.record_id: letter.cause for letter in stack.letters().letters()}

    assert causes["mail-failed"] == "The model API answered 529."
    assert "moved on" in causes["mail-accepted"]
    assert [cause for name, cause in causes.items() if name.startswith("form-") and "No record" in cause]


def test_a_failed_record_is_received_again_and_its_letter_is_gone(stack):
    stack.die("Review", filed(stack, Status.FAILED, "x"))

    assert stack.letters().redrive_all() == ["mail-failed"]
    assert stack.records.get("mail-failed").status is Status.RECEIVED
    assert [json.loads(message["Body"])["record_id"] for message in stack.waiting("Intake")] == ["mail-failed"]
    assert list(stack.letters().letters()) == []


def test_redriving_after_a_crash_between_table_and_letter_does_it_once(stack):
    stack.die("Intake", filed(stack, Status.FAILED, "x"))
    stack.die("Intake", json.dumps({"record_id": "mail-failed", "bucket": "raw", "key": "raw/1"}))

    assert stack.letters().redrive_all() == ["mail-failed"]
    assert len(stack.waiting("Intake")) == 1


def test_a_form_that_never_became_a_record_goes_back_as_it_came(stack):
    stack.die("Intake", '{"name": "Ana"}', form="lead", content_type="application/json")

    assert len(stack.letters().redrive_all()) == 1
    (message,) = stack.waiting("Intake")
    assert message["Body"] == '{"name": "Ana"}'
    assert message["MessageAttributes"]["form"]["StringValue"] == "lead"


def test_a_letter_whose_record_is_done_is_dropped(stack):
    stack.die("Intake", filed(stack, Status.ACCEPTED))

    assert stack.letters().redrive_all() == []
    assert stack.waiting("Intake") == []
    assert list(stack.letters().letters()) == []


def test_a_form_that_failed_is_found_by_its_post_and_received_again(stack):
    stack.die("Intake", '{"name": "Ana"}', form="lead", content_type="application/json")
    (letter,) = stack.letters().letters(hidden_s=0)
    record = Record.model_validate(
        {
            "record_id": letter.record_id,
            "status": "failed",
            "channel": "form",
            "received_at": START,
            "updated_at": START,
            "bucket": "raw",
            "key": f"forms/lead/{letter.record_id}",
            "form": "lead",
        }
    )
    stack.records.create(record)

    assert stack.letters().redrive_all() == [letter.record_id]
    assert stack.records.get(letter.record_id).status is Status.RECEIVED


CHANGES = {
    "requestContext": {"condition": "RetryAttemptsExhausted"},
    "DDBStreamBatchInfo": {
        "shardId": "shard-1",
        "startSequenceNumber": "100",
        "endSequenceNumber": "200",
        "approximateArrivalOfFirstRecord": "2026-03-02T09:00:00Z",
        "approximateArrivalOfLastRecord": "2026-03-02T09:00:01Z",
        "batchSize": 2,
        "streamArn": "arn:aws:dynamodb:eu-west-1:1:table/records/stream/x",
    },
}


@dataclass
class FakeStream:
    """A shard with these changes: (sequence number, record id)."""

    changes: list[tuple[int, str]]
    trimmed: bool = False

    def get_shard_iterator(self, **asked):
        if self.trimmed:
            raise ClientError({"Error": {"Code": "TrimmedDataAccessException"}}, "GetShardIterator")
        return {"ShardIterator": asked["SequenceNumber"]}

    def get_records(self, ShardIterator, **_):  # noqa: N803 -- boto3's names
        left = [change for change in self.changes if change[0] >= int(ShardIterator)]
        records = [
            {"dynamodb": {"SequenceNumber": str(number), "Keys": {"record_id": {"S": name}}}} for number, name in left
        ]
        return {"Records": records}


@dataclass
class FakeBus:
    told: list[str] = field(default_factory=list)

    def put_events(self, Entries):  # noqa: N803 -- boto3's names
        self.told += [json.loads(entry["Detail"])["record_id"] for entry in Entries]
        return {"FailedEntryCount": 0}


def untold(stack: Stack, *, trimmed: bool = False) -> FakeBus:
    for status in (Status.ACCEPTED, Status.IN_REVIEW, Status.EXTRACTING):
        filed(stack, status)
    bus = FakeBus()
    stream = FakeStream(
        [(90, "mail-before"), (100, "mail-accepted"), (150, "mail-in_review"), (200, "mail-extracting"), (201, "late")],
        trimmed,
    )
    stack.clients |= {"events": bus, "dynamodbstreams": stream}
    stack.die("Dispatch", json.dumps(CHANGES))
    return bus


@pytest.mark.parametrize("trimmed", [False, True])
def test_changes_that_nobody_was_told_of_name_their_records_even_when_the_stream_has_forgotten_them(stack, trimmed):
    untold(stack, trimmed=trimmed)

    (letter,) = stack.letters().letters(hidden_s=0)

    assert {record.record_id for record in letter.records} == {"mail-accepted", "mail-in_review", "mail-extracting"}
    assert "2 changes between 2026-03-02 09:00:00 and 09:00:01 UTC were not told" in letter.cause


def test_records_that_nobody_was_told_of_are_told_of_as_they_stand_and_the_letter_goes(stack):
    bus = untold(stack)
    letters = stack.letters()
    (letter,) = letters.letters(hidden_s=0)

    assert letters.redrive(letter).startswith("told again of 2 of 3 records")
    assert bus.told == ["mail-accepted"]
    assert [json.loads(message["Body"])["record_id"] for message in stack.waiting("Review")] == ["mail-in_review"]
    assert list(letters.letters()) == []


def receipt(stack: Stack) -> None:
    event = json.loads((ROOT / "events" / "receive-email-ses.json").read_text())
    said = {"requestPayload": event, "responsePayload": {"errorMessage": "AccessDenied on the table."}}
    stack.die_on("ReceiveFailureQueueUrl", json.dumps(said))


@dataclass
class FakeLambda:
    answer: dict[str, Any]
    payloads: list[Any] = field(default_factory=list)

    def invoke(self, FunctionName, Payload):  # noqa: N803 -- boto3's names
        assert FunctionName == "receive"
        self.payloads.append(json.loads(Payload))
        return self.answer


def test_a_mail_that_could_not_be_received_says_why_and_goes_through_its_function_again(stack):
    receipt(stack)
    stack.clients["lambda"] = FakeLambda({})
    (letter,) = stack.letters().letters(hidden_s=0)

    assert letter.cause.startswith("AccessDenied on the table. The mail is safe: raw/")
    assert letter.record_id.startswith("mail-")
    assert stack.letters().redrive(letter) == "received again"
    assert stack.clients["lambda"].payloads == [json.loads(letter.body)["requestPayload"]]
    assert list(stack.letters().letters()) == []


def test_a_mail_that_cannot_be_received_again_keeps_its_letter(stack):
    receipt(stack)
    stack.clients["lambda"] = FakeLambda({"FunctionError": "Unhandled"})
    (letter,) = stack.letters().letters(hidden_s=0)

    with pytest.raises(RedriveError):
        stack.letters().redrive(letter)
    assert len(list(stack.letters().letters())) == 1


def test_what_somebody_else_put_on_a_queue_of_dead_letters_is_named_as_such(stack):
    stack.die("Dispatch", "hello")
    stack.die_on("ReceiveFailureQueueUrl", "[]")

    causes = [letter.cause for letter in stack.letters().letters(hidden_s=0)]

    assert len(causes) == 2
    assert all(cause.endswith("somebody else put it here.") for cause in causes)
