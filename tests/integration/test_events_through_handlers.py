"""Every file in events/ through its handler: real handlers, moto for AWS, the stand-in over loopback for Claude."""

import json
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from aws_lambda_powertools.utilities.typing import LambdaContext
from moto import mock_aws

from local.standin import serve
from mailroom import wiring
from mailroom.adapters.deliveries import DynamoDBDeliveryStore
from mailroom.adapters.dynamodb import DynamoDBRecordStore
from mailroom.domain.record import AT_REST, Lane, Status
from tests.deployed_tables import create_deployed_table, create_records_table
from tests.waiting import eventually

ROOT = Path(__file__).parents[2]
EVENTS = ROOT / "events"
BUCKET = "mailroom-raw"


class Context(LambdaContext):
    function_name = "function"
    memory_limit_in_mb = 512
    invoked_function_arn = "arn:aws:lambda:eu-west-1:123456789012:function:function"
    aws_request_id = "00000000-0000-0000-0000-000000000000"

    @staticmethod
    def get_remaining_time_in_millis() -> int:
        return 60_000


@pytest.fixture(scope="module")
def standin() -> Iterator[str]:
    running = serve(0)
    yield running.url
    running.stop()


@pytest.fixture
def store(standin: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[DynamoDBRecordStore]:
    with mock_aws():
        wiring.forget()
        environment = deployed(standin)
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        yield DynamoDBRecordStore(boto3.client("dynamodb"), environment["RECORDS_TABLE"])
    wiring.forget()


def deployed(standin_url: str) -> dict[str, str]:
    boto3.client("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    dynamodb = boto3.client("dynamodb")
    create_records_table(dynamodb)
    dynamodb.create_table(
        TableName="idempotency",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    create_deployed_table(dynamodb, "DeliveriesTable", "deliveries")
    names = ("intake", "review", "delivery")
    queues = {name: boto3.client("sqs").create_queue(QueueName=name)["QueueUrl"] for name in names}
    boto3.client("events").create_event_bus(Name="mailroom")
    secret = boto3.client("secretsmanager").create_secret(Name="key", SecretString="sk-test")
    return {
        "RECORDS_TABLE": "records",
        "IDEMPOTENCY_TABLE": "idempotency",
        "RAW_BUCKET": BUCKET,
        "INTAKE_QUEUE_URL": queues["intake"],
        "REVIEW_QUEUE_URL": queues["review"],
        "EVENT_BUS": "mailroom",
        "DELIVERY_QUEUE_URL": queues["delivery"],
        "DELIVERIES_TABLE": "deliveries",
        "ANTHROPIC_SECRET_ID": secret["ARN"],
        "ANTHROPIC_BASE_URL": standin_url,
    }


def event(name: str):
    return json.loads((EVENTS / f"{name}.json").read_text())


def stored(key: str, mail: str) -> None:
    boto3.client("s3").put_object(Bucket=BUCKET, Key=key, Body=(EVENTS / "emails" / mail).read_bytes())


def claim_in(event_json):
    return json.loads(event_json["Records"][0]["body"])


def waiting(queue: str) -> list[dict]:
    url = boto3.client("sqs").get_queue_url(QueueName=queue)["QueueUrl"]
    found = boto3.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    return [json.loads(message["Body"]) for message in found]


def test_a_receipt_becomes_a_row_and_a_claim_check(store):
    from functions.receive_email.handler import handle

    (record_id,) = handle(event("receive-email-ses"), Context())["record_ids"]

    assert store.get(record_id).status is Status.RECEIVED
    assert [claim["record_id"] for claim in waiting("intake")] == [record_id]


def test_the_receipt_and_the_claim_check_of_the_samples_speak_of_one_record(store):
    from functions.receive_email.handler import handle

    (record_id,) = handle(event("receive-email-ses"), Context())["record_ids"]

    assert claim_in(event("extract-record-email"))["record_id"] == record_id


def test_spam_is_quarantined_and_reaches_no_queue(store):
    from functions.receive_email.handler import handle

    (record_id,) = handle(event("receive-email-spam"), Context())["record_ids"]

    assert store.get(record_id).status is Status.QUARANTINED
    assert waiting("intake") == []


def test_a_claim_check_becomes_a_record_with_every_value_in_its_place(store):
    from functions.extract_record.handler import handle
    from mailroom.reading import read_email

    sent = event("extract-record-email")
    stored(claim_in(sent)["key"], "01-lead-plain-text.eml")

    assert handle(sent, Context()) == {"batchItemFailures": []}
    record = store.get(claim_in(sent)["record_id"])
    text = read_email((EVENTS / "emails" / "01-lead-plain-text.eml").read_bytes()).text
    assert record.kind == "lead"
    found = [result for result in record.fields.values() if not isinstance(result, tuple) and result.start >= 0]
    assert found
    exact = [result for result in found if result.method == "exact"]
    assert exact
    assert all(text[result.start : result.end] == result.quote for result in exact)


def test_the_same_claim_check_twice_is_paid_for_once(store):
    from functions.extract_record.handler import handle

    sent = event("extract-record-email")
    stored(claim_in(sent)["key"], "01-lead-plain-text.eml")
    handle(sent, Context())
    first = store.get(claim_in(sent)["record_id"])
    handle(sent, Context())

    assert store.get(claim_in(sent)["record_id"]) == first
    assert len(first.attempts) == 1


def test_a_form_on_the_queue_becomes_a_record_and_its_body_is_kept(store):
    from functions.extract_record.handler import handle

    assert handle(event("extract-record-form"), Context()) == {"batchItemFailures": []}
    (record,) = store.query()
    assert record.channel == "form"
    assert (
        boto3.client("s3").get_object(Bucket=BUCKET, Key=record.key)["Body"].read().decode()
        == (event("extract-record-form")["Records"][0]["body"])
    )


def test_one_poisonous_message_of_a_batch_is_filed_as_failed_and_holds_up_nobody(store):
    from functions.extract_record.handler import handle

    batch = event("extract-record-batch")
    for message in batch["Records"]:
        try:
            stored(json.loads(message["body"])["key"], "03-support-alternative-french.eml")
        except (ValueError, KeyError):
            continue

    assert handle(batch, Context()) == {"batchItemFailures": []}
    states = sorted(record.status for record in store.query())
    assert states.count(Status.FAILED) == 1
    assert len(states) == len(batch["Records"])
    (failed,) = [record for record in store.query() if record.status is Status.FAILED]
    assert failed.reasons


def test_a_review_ends_with_an_accepted_record_or_a_person(store):
    from functions.extract_record.handler import handle as extract
    from functions.review_record.handler import handle as review

    sent = event("extract-record-email")
    stored(claim_in(sent)["key"], "11-invoice-contradictory.eml")
    extract(sent, Context())
    record_id = claim_in(sent)["record_id"]
    assert store.get(record_id).status is Status.IN_REVIEW

    asked = event("review-record")
    asked["Records"][0]["body"] = sent["Records"][0]["body"]
    assert review(asked, Context()) == {"batchItemFailures": []}
    assert store.get(record_id).status is Status.NEEDS_HUMAN
    assert [attempt.step for attempt in store.get(record_id).attempts] == ["extract", "review"]


def test_a_review_of_a_record_that_is_not_there_stays_on_its_queue(store):
    from functions.review_record.handler import handle

    asked = event("review-record")

    assert handle(asked, Context()) == {"batchItemFailures": [{"itemIdentifier": asked["Records"][0]["messageId"]}]}


def test_the_stream_puts_a_doubtful_record_on_the_review_queue_and_tells_of_an_accepted_one(store):
    from functions.dispatch_record.handler import handle

    changes = event("dispatch-record-stream")
    in_review = [
        change["dynamodb"]["NewImage"]["record_id"]["S"]
        for change in changes["Records"]
        if change["dynamodb"]["NewImage"]["status"]["S"] == "in_review"
    ]

    assert handle(changes, Context()) == {"batchItemFailures": []}
    assert [claim["record_id"] for claim in waiting("review")] == in_review


def test_a_row_that_has_run_out_takes_its_raw_message_along(store):
    from functions.dispatch_record.handler import handle

    (change, *_) = event("dispatch-record-stream")["Records"]
    image = change["dynamodb"].pop("NewImage")
    key = image["key"]["S"]
    for name in (key, "raw/another"):
        boto3.client("s3").put_object(Bucket=BUCKET, Key=name, Body=b"From: a@shop.example\n\nHello")
    image["bucket"] = {"S": BUCKET}
    expired = {**change, "eventName": "REMOVE", "dynamodb": {**change["dynamodb"], "OldImage": image}}

    assert handle({"Records": [expired]}, Context()) == {"batchItemFailures": []}
    left = boto3.client("s3").list_objects_v2(Bucket=BUCKET)["Contents"]
    assert [item["Key"] for item in left] == ["raw/another"]


def test_what_is_dispatched_is_announced_where_somebody_may_be_listening(store, monkeypatch):
    from functions.dispatch_record.handler import handle

    assert handle(event("dispatch-record-stream"), Context()) == {"batchItemFailures": []}
    assert waiting("delivery") == []
    monkeypatch.setenv("DELIVERIES_SECRET_ID", "deliveries")
    wiring.forget()
    handle(event("dispatch-record-stream"), Context())

    assert [(told["event"], told["status"]) for told in waiting("delivery")] == [("record.accepted", "accepted")]


def test_a_notice_opens_a_delivery_to_a_configured_endpoint(store, monkeypatch):
    from functions.deliver_notice.handler import handle

    nowhere = {"name": "sales", "type": "slack", "url": "http://127.0.0.1:9/", "internal": True}
    boto3.client("secretsmanager").create_secret(Name="deliveries", SecretString=json.dumps({"endpoints": [nowhere]}))
    monkeypatch.setenv("DELIVERIES_SECRET_ID", "deliveries")
    wiring.forget()

    assert handle(event("deliver-notice"), Context()) == {"batchItemFailures": []}
    (told,) = DynamoDBDeliveryStore(boto3.client("dynamodb"), "deliveries").of_record(
        json.loads(event("deliver-notice")["Records"][0]["body"])["record_id"]
    )
    assert [each.said for each in told.attempts] == ["connection refused"]


def test_a_secret_that_cannot_be_used_keeps_the_notice_on_its_queue(store, monkeypatch):
    from functions.deliver_notice.handler import handle

    boto3.client("secretsmanager").create_secret(Name="deliveries", SecretString="not JSON")
    monkeypatch.setenv("DELIVERIES_SECRET_ID", "deliveries")
    wiring.forget()
    (message,) = event("deliver-notice")["Records"]

    assert handle(event("deliver-notice"), Context()) == {
        "batchItemFailures": [{"itemIdentifier": message["messageId"]}]
    }


def test_the_sweep_receives_again_what_has_no_row(store, monkeypatch):
    from datetime import timedelta

    from functions.sweep_records.handler import handle
    from mailroom.pipeline import sweep

    stored("raw/lost", "01-lead-plain-text.eml")
    monkeypatch.setattr(sweep, "SETTLING", timedelta(seconds=-1))

    counts = handle(event("sweep-records-schedule"), Context())
    assert counts["missing"] == 1
    assert [record.raw_keys for record in store.query()] == [("raw/lost",)]
    assert handle(event("sweep-records-schedule"), Context())["missing"] == 0


def test_nothing_in_the_logs_quotes_a_message(store, caplog):
    from functions.extract_record.handler import handle

    sent = event("extract-record-email")
    stored(claim_in(sent)["key"], "01-lead-plain-text.eml")
    handle(sent, Context())

    record = store.get(claim_in(sent)["record_id"])
    logged = "\n".join(str(vars(line)) for line in caplog.records)
    values = [str(found.value) for found in record.fields.values() if not isinstance(found, tuple)]
    assert "extracted" in logged
    assert record.status in AT_REST | {Status.NEEDS_HUMAN, Status.IN_REVIEW}
    assert not [value for value in values if len(value) > 3 and value in logged]


def test_the_bulk_lane_reads_a_backlog_and_does_nothing_where_there_is_none(store, monkeypatch):
    from datetime import UTC, datetime

    from functions.collect_batches.handler import handle
    from mailroom.adapters.ses import delivery_of
    from mailroom.domain.retention import Retention
    from mailroom.pipeline.bulk_intake import Arrival, BulkIntake, take_in
    from mailroom.ports import StoredMail

    assert handle(event("collect-batches-schedule"), Context()) == {"waiting": 0, "in_batches": 0}

    ports = wiring.extraction()
    raw = (EVENTS / "emails" / "01-lead-plain-text.eml").read_bytes()
    delivery = delivery_of(raw, StoredMail("raw/old", datetime.now(UTC), len(raw)), BUCKET)
    backlog = BulkIntake(ports.mail, store, wiring.parcels(), ports.clock, BUCKET, Retention(ports.retention.longest))
    taken = take_in([Arrival(delivery, raw)], backlog, "job")

    assert handle(event("collect-batches-schedule"), Context())["submitted"] == 1
    assert eventually(lambda: handle(event("collect-batches-schedule"), Context()).get("filed") == 1)
    (record,) = store.query()
    assert (record.status, record.record_id) == (Status.ACCEPTED, taken.record_ids[0])
    assert [attempt.lane for attempt in record.attempts] == [Lane.BATCH]
    assert wiring.parcels().open() == []
    assert wiring.parcels().load(taken.parcel_id).done
