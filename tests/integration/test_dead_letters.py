"""Dead letters against moto: the cause is told, and redriving twice is redriving once."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import boto3
import pytest
from moto import mock_aws

from local.dead_letters import DeadLetters
from mailroom.adapters.dynamodb import DynamoDBRecordStore
from mailroom.domain.message import Channel
from mailroom.domain.record import Record, Status
from tests.fakes import START


@dataclass
class Stack:
    sqs: Any
    outputs: dict[str, str]
    records: DynamoDBRecordStore

    def letters(self) -> DeadLetters:
        return DeadLetters.of(self.sqs, self.records, self.outputs)

    def die(self, queue: str, body: str, **attributes: str) -> None:
        named = {name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()}
        self.sqs.send_message(
            QueueUrl=self.outputs[f"{queue}DeadLetterQueueUrl"], MessageBody=body, MessageAttributes=named
        )

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
        outputs["RawBucket"] = "raw"
        dynamodb.create_table(
            TableName="records",
            KeySchema=[{"AttributeName": "record_id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "record_id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
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
