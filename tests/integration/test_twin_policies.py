"""Each function's policy allows what it does and no more: the emulator enforces the roles of the template."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from local.standin.running import serve
from local.twin import Twin
from mailroom.adapters.clock import SystemClock
from mailroom.adapters.dynamodb import DynamoDBRecordStore
from mailroom.adapters.parcels import S3Parcels
from mailroom.adapters.s3 import S3MailStore
from mailroom.adapters.ses import delivery_of
from mailroom.domain.record import Lane
from mailroom.domain.retention import Retention
from mailroom.pipeline.bulk_intake import Arrival, BulkIntake, take_in
from mailroom.ports import StoredMail
from tests.waiting import eventually

pytestmark = pytest.mark.twin
AT_REST = {"accepted", "needs_human", "failed"}
MAIL = b"From: Ann <ann@acme.example>\nMessage-ID: <1@acme.example>\nSubject: Chairs\n\nTen chairs, please.\n"


@pytest.fixture(scope="module")
def twin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twin]:
    state = tmp_path_factory.mktemp("state")
    with (
        serve() as model,
        Twin.start(
            host="processes", state_dir=state, model_url=model.url, api_key="a-key", enforce_iam=True
        ) as running,
    ):
        yield running


def statuses(twin: Twin) -> list[str]:
    items = twin.client("dynamodb").scan(TableName=twin.outputs["RecordsTable"], ConsistentRead=True)["Items"]
    return [item["status"]["S"] for item in items]


def as_function(twin: Twin, logical_id: str, service: str) -> Any:
    """Return a client with the rights of one function."""
    name = twin.outputs[logical_id]
    role = twin.client("lambda").get_function_configuration(FunctionName=name)["Role"]
    credentials = twin.client("sts").assume_role(RoleArn=role, RoleSessionName="test")["Credentials"]
    return boto3.client(
        service,
        endpoint_url=twin.endpoint_url,
        region_name="us-east-1",
        aws_access_key_id=credentials["AccessKeyId"],
        aws_secret_access_key=credentials["SecretAccessKey"],
        aws_session_token=credentials["SessionToken"],
    )


def test_a_mail_and_a_form_come_to_rest_with_no_right_missing(twin: Twin):
    twin.deliver_email(MAIL, mail_from="ann@acme.example", recipients=["sales@example.com"])
    status, _ = twin.post_form("lead", b'{"name": "Bob", "email": "bob@x.example"}', "application/json")

    assert status == 200
    assert eventually(lambda: [at in AT_REST for at in statuses(twin)] == [True, True], within_s=90)
    assert twin.invoke("SweepRecordsFunction", {})["missing"] == 0
    assert eventually(lambda: not any(twin.pending().values()))


def test_a_deleted_row_takes_its_raw_message_along(twin: Twin):
    table, bucket = twin.outputs["RecordsTable"], twin.outputs["RawBucket"]
    (mail,) = [
        item
        for item in twin.client("dynamodb").scan(TableName=table, ConsistentRead=True)["Items"]
        if item["channel"]["S"] == "email"
    ]

    twin.client("dynamodb").delete_item(TableName=table, Key={"record_id": mail["record_id"]})

    def kept() -> list[str]:
        return [item["Key"] for item in twin.client("s3").list_objects_v2(Bucket=bucket).get("Contents", ())]

    assert eventually(lambda: not [key for key in kept() if key.startswith("raw/")], within_s=30)
    assert [key for key in kept() if key.startswith("forms/")]


def test_a_backlog_goes_through_the_bulk_lane_with_no_right_missing(twin: Twin):
    bucket, table = twin.outputs["RawBucket"], twin.outputs["RecordsTable"]
    raw = MAIL.replace(b"<1@", b"<old@")
    delivery = delivery_of(raw, StoredMail("raw/old", datetime.now(UTC), len(raw)), bucket)
    backlog = BulkIntake(
        mail=S3MailStore(twin.client("s3"), bucket, "raw/"),
        records=DynamoDBRecordStore(twin.client("dynamodb"), table),
        parcels=S3Parcels(twin.client("s3"), bucket),
        clock=SystemClock(),
        bucket=bucket,
        retention=Retention(timedelta(days=30)),
    )
    taken = take_in([Arrival(delivery, raw)], backlog, "job")

    assert twin.invoke("CollectBatchesFunction", {})["submitted"] == 1
    assert eventually(lambda: twin.invoke("CollectBatchesFunction", {}).get("filed") == 1, within_s=60)
    found = backlog.records.get(taken.record_ids[0])
    assert found is not None
    assert found.attempts[0].lane is Lane.BATCH
    assert twin.invoke("CollectBatchesFunction", {}) == {"waiting": 0, "in_batches": 0}


@pytest.mark.parametrize(
    ("function", "service", "call", "arguments"),
    [
        ("ReceiveEmailFunction", "secretsmanager", "get_secret_value", {"SecretId": "AnthropicApiKey"}),
        ("ReceiveEmailFunction", "s3", "get_object", {"Bucket": "RawBucket", "Key": "raw/x"}),
        ("ReceiveEmailFunction", "dynamodb", "scan", {"TableName": "RecordsTable"}),
        ("ReceiveEmailFunction", "sqs", "send_message", {"QueueUrl": "ReviewQueueUrl", "MessageBody": "x"}),
        ("ExtractRecordFunction", "s3", "delete_object", {"Bucket": "RawBucket", "Key": "raw/x"}),
        ("ExtractRecordFunction", "s3", "put_object", {"Bucket": "RawBucket", "Key": "raw/x"}),
        ("ExtractRecordFunction", "sqs", "send_message", {"QueueUrl": "ReviewQueueUrl", "MessageBody": "x"}),
        ("ReviewRecordFunction", "s3", "put_object", {"Bucket": "RawBucket", "Key": "forms/x"}),
        ("DispatchRecordFunction", "s3", "put_object", {"Bucket": "RawBucket", "Key": "raw/x"}),
        ("DispatchRecordFunction", "s3", "get_object", {"Bucket": "RawBucket", "Key": "raw/x"}),
        ("DispatchRecordFunction", "secretsmanager", "get_secret_value", {"SecretId": "AnthropicApiKey"}),
        ("CollectBatchesFunction", "s3", "put_object", {"Bucket": "RawBucket", "Key": "raw/x"}),
        ("CollectBatchesFunction", "s3", "delete_object", {"Bucket": "RawBucket", "Key": "raw/x"}),
        ("CollectBatchesFunction", "sqs", "send_message", {"QueueUrl": "ReviewQueueUrl", "MessageBody": "x"}),
        ("CollectBatchesFunction", "dynamodb", "scan", {"TableName": "RecordsTable"}),
        ("ServeConsoleFunction", "secretsmanager", "get_secret_value", {"SecretId": "AnthropicApiKey"}),
        ("ServeConsoleFunction", "s3", "put_object", {"Bucket": "RawBucket", "Key": "raw/x"}),
        ("ServeConsoleFunction", "s3", "delete_object", {"Bucket": "RawBucket", "Key": "raw/x"}),
        ("ServeConsoleFunction", "dynamodb", "scan", {"TableName": "RecordsTable"}),
        ("ServeConsoleFunction", "sqs", "send_message", {"QueueUrl": "ReviewQueueUrl", "MessageBody": "x"}),
        ("DispatchRecordFunction", "sqs", "send_message", {"QueueUrl": "DeliveryQueueUrl", "MessageBody": "x"}),
        ("DeliverNoticeFunction", "dynamodb", "scan", {"TableName": "DeliveriesTable"}),
        ("DeliverNoticeFunction", "dynamodb", "scan", {"TableName": "RecordsTable"}),
        ("DeliverNoticeFunction", "secretsmanager", "get_secret_value", {"SecretId": "AnthropicApiKey"}),
        ("DeliverNoticeFunction", "s3", "get_object", {"Bucket": "RawBucket", "Key": "raw/x"}),
        ("DeliverNoticeFunction", "sqs", "send_message", {"QueueUrl": "ReviewQueueUrl", "MessageBody": "x"}),
        ("SweepRecordsFunction", "dynamodb", "scan", {"TableName": "RecordsTable"}),
        ("SweepRecordsFunction", "s3", "put_object", {"Bucket": "RawBucket", "Key": "raw/x"}),
    ],
)
def test_a_function_may_not(twin: Twin, function: str, service: str, call: str, arguments: dict[str, str]):
    filled = {name: twin.outputs.get(value, value) for name, value in arguments.items()}

    with pytest.raises(ClientError) as refused:
        getattr(as_function(twin, function, service), call)(**filled)

    assert refused.value.response["Error"]["Code"] in {"AccessDenied", "AccessDeniedException"}
