"""The breaker, the day's spending, the sweep's marks and the bucket's listing against moto."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import boto3
import pytest
from moto import mock_aws

from mailroom.adapters.line_state import DynamoDBBreaker, DynamoDBPurse
from mailroom.adapters.marks import DynamoDBMarks
from mailroom.adapters.s3 import S3MailStore
from mailroom.domain.breaker import Breaker
from mailroom.domain.errors import ConflictError, PermanentError
from tests.fakes import START


@pytest.fixture
def dynamodb() -> Iterator[object]:
    with mock_aws():
        client = boto3.client("dynamodb")
        client.create_table(
            TableName="idempotency",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        yield client


def test_the_breaker_comes_back_as_it_was_written(dynamodb):
    store = DynamoDBBreaker(dynamodb, "idempotency")
    stopped = Breaker().opened("The account is refused.", START)
    probing = stopped.probing(START + timedelta(seconds=30))

    assert store.load() == Breaker()
    for breaker in (stopped, probing, probing.closed()):
        store.replace(breaker, expected_version=breaker.version - 1)
        assert store.load() == breaker


def test_of_two_workers_that_change_the_breaker_one_wins(dynamodb):
    store = DynamoDBBreaker(dynamodb, "idempotency")
    stopped = Breaker().opened("401", START)
    store.replace(stopped, expected_version=0)
    store.replace(stopped.probing(START), expected_version=stopped.version)

    with pytest.raises(ConflictError):
        store.replace(stopped.probing(START), expected_version=stopped.version)


def test_spending_adds_up_whoever_spends(dynamodb):
    purse, another = DynamoDBPurse(dynamodb, "idempotency"), DynamoDBPurse(dynamodb, "idempotency")
    for _ in range(20):
        purse.add("2026-03-02", ("", "invoice"), Decimal("0.00125"))
        another.add("2026-03-02", ("", "invoice"), Decimal("0.00125"))
    purse.add("2026-03-02", ("",), Decimal("0.5"))

    assert purse.spent("2026-03-02") == {"": Decimal("0.55"), "invoice": Decimal("0.05")}
    assert purse.spent("2026-03-03") == {}


def test_a_mark_is_kept_and_replaced(dynamodb):
    marks = DynamoDBMarks(dynamodb, "idempotency")

    assert marks.get("sweep") == ""
    for text in ("raw/9", ""):
        marks.put("sweep", text)
        assert marks.get("sweep") == text


KEYS = ["forms/a/1", "forms/b%2Fc/2", "other/9", "raw/1", "raw/2", "raw/3"]


@pytest.fixture
def archive() -> Iterator[S3MailStore]:
    with mock_aws():
        s3 = boto3.client("s3")
        s3.create_bucket(Bucket="raw", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        for key in KEYS:
            s3.put_object(Bucket="raw", Key=key, Body=b"x", ContentType="application/json")
        yield S3MailStore(s3, "raw", "raw/")


@pytest.mark.parametrize("stretch", [1, 2, 3, 10])
def test_mails_and_forms_are_listed_once_in_stretches_of_any_length(archive, stretch):
    found, after = [], ""
    while listed := archive.listed(after, stretch):
        assert len(listed) <= stretch
        found += [stored.key for stored in listed]
        after = found[-1]

    assert found == [key for key in KEYS if not key.startswith("other/")]


def test_an_object_tells_its_type_and_a_missing_one_is_missing(archive):
    assert archive.content_type("forms/a/1") == "application/json"
    with pytest.raises(PermanentError):
        archive.content_type("forms/a/none")
