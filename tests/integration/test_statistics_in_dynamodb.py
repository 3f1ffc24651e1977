from datetime import timedelta

import boto3
import pytest

from mailroom.adapters.dynamodb import DynamoDBRecordStore
from mailroom.adapters.statistics import DynamoDBDayRecords, DynamoDBStatistics
from mailroom.domain.statistics import DayStatistics, counted
from tests.fakes import START
from tests.integration.test_ledger_in_dynamodb import FULL, record
from tests.integration.test_ledger_in_dynamodb import store as store  # noqa: PLC0414 -- a fixture


@pytest.fixture
def statistics(store: DynamoDBRecordStore):
    assert store
    dynamodb = boto3.client("dynamodb")
    dynamodb.create_table(
        TableName="notes",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    return DynamoDBStatistics(dynamodb, "notes", timedelta(days=7))


def test_counting_reads_of_a_record_what_it_counts(store):
    store.create(FULL)
    store.create(record("yesterday", received_at=START - timedelta(days=1)))
    days = DynamoDBDayRecords(boto3.client("dynamodb"), "records")

    assert counted(days.of_day("2026-03-02", 10)) == counted([FULL])


def test_no_more_records_are_read_than_asked_for_and_the_newest_first(store):
    for hour in range(5):
        store.create(record(f"at-{hour}", received_at=START + timedelta(hours=hour)))
    days = DynamoDBDayRecords(boto3.client("dynamodb"), "records")

    assert {found.record_id for found in days.of_day("2026-03-02", 2)} == {"at-4", "at-3"}


def test_days_come_back_in_order_and_those_never_counted_are_left_out(statistics):
    first, second = (DayStatistics(day=f"2026-03-0{day}", counted_at=START, counts=counted([FULL])) for day in (1, 2))
    statistics.put(second)
    statistics.put(first)
    statistics.put(second)

    assert statistics.of_days(["2026-03-01", "2026-03-02", "2026-03-03"]) == [first, second]


def test_statistics_end_with_the_messages_that_they_are_about(statistics):
    statistics.put(DayStatistics(day="2026-03-02", counted_at=START))
    item = boto3.client("dynamodb").get_item(TableName="notes", Key={"id": {"S": "statistics#2026-03-02"}})["Item"]

    assert int(item["expiration"]["N"]) == int((START.replace(hour=0) + timedelta(days=8)).timestamp())
