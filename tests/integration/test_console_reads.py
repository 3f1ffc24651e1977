"""A page costs a few calls to DynamoDB, however many records there are."""

import os
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import boto3
import pytest
from moto import mock_aws

from mailroom.adapters import attention
from mailroom.adapters.attention import DynamoDBAttention
from mailroom.adapters.corrections import DynamoDBCorrections
from mailroom.adapters.deliveries import DynamoDBDeliveryStore
from mailroom.adapters.dynamodb import DynamoDBRecordStore
from mailroom.adapters.search import DynamoDBSearch
from mailroom.adapters.statistics import DynamoDBStatistics
from mailroom.console.overview_view import shown_days
from mailroom.domain.attention import Count, Wanted
from mailroom.domain.notice_delivery import DeliveryStatus
from mailroom.domain.record import Status
from mailroom.domain.search import Sought
from mailroom.domain.statistics import Counts, DayStatistics
from tests.deployed_tables import create_deployed_table, create_records_table
from tests.fakes import START, FakeClock
from tests.integration.test_ledger_in_dynamodb import record
from tests.unit.console.browser import Browser, Page, console, told

RECORDS = 240


@pytest.fixture(scope="module")
def dynamodb():
    os.environ.setdefault("AWS_DEFAULT_REGION", "eu-west-1")
    with mock_aws():
        client = boto3.client("dynamodb")
        create_records_table(client)
        client.create_table(
            TableName="notes",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        store = DynamoDBRecordStore(client, "records")
        for number in range(RECORDS):
            more = {"confidence": number / 1000, "sender": f"s{number % 3}@acme.example"}
            store.create(record(f"mail-{number}", status=Status.NEEDS_HUMAN, lease_until=None).model_copy(update=more))
        yield client


@pytest.fixture
def calls(dynamodb):
    made = Counter()

    def one(event_name: str, **_: object) -> None:
        made[event_name.rpartition(".")[2]] += 1

    dynamodb.meta.events.register("before-send.dynamodb", one)
    yield made
    dynamodb.meta.events.unregister("before-send.dynamodb", one)


def test_a_page_of_the_queue_is_one_query_and_one_read_of_its_rows(dynamodb, calls):
    page = DynamoDBAttention(dynamodb, "records").waiting(Wanted(), None, 50)

    assert len(page.records) == 50
    assert calls == {"Query": 1, "BatchGetItem": 1}


def test_a_long_queue_is_counted_by_one_call_and_no_further_than_its_bound(dynamodb, calls, monkeypatch):
    monkeypatch.setattr(attention, "MOST_COUNTED", 100)

    assert DynamoDBAttention(dynamodb, "records").count_waiting() == Count(100, and_more=True)
    assert calls == {"Query": 1}


def test_a_queue_within_the_bound_is_counted_to_its_end_by_one_call(dynamodb, calls):
    assert DynamoDBAttention(dynamodb, "records").count_waiting() == Count(RECORDS)
    assert calls == {"Query": 1}


def test_a_view_of_a_long_queue_asks_for_a_page_its_records_and_the_count_within_their_bounds(dynamodb):
    asked = []

    def note(params, model, **_: object) -> None:
        asked.append((model.name, params.get("Select", ""), params.get("Limit", 0)))

    dynamodb.meta.events.register("before-parameter-build.dynamodb", note)
    page = Page(Browser(replace(console(), attention=DynamoDBAttention(dynamodb, "records"))).get("/"))
    dynamodb.meta.events.unregister("before-parameter-build.dynamodb", note)

    assert len(page.links("/records/")) == 50
    assert asked == [("Query", "", 51), ("BatchGetItem", "", 0), ("Query", "COUNT", 1_000)]


def test_the_overview_is_one_read_whatever_was_counted(dynamodb, calls):
    store = DynamoDBStatistics(dynamodb, "notes")
    for day in shown_days(START):
        store.put(DayStatistics(day=day, counted_at=START, counts=Counts(records=10_000)))
    calls.clear()

    assert len(store.of_days(shown_days(START))) == 35
    assert calls == {"BatchGetItem": 1}


def test_the_deliveries_of_a_record_are_one_query_and_one_read_of_their_rows(dynamodb, calls):
    create_deployed_table(dynamodb, "DeliveriesTable", "deliveries")
    book = DynamoDBDeliveryStore(dynamodb, "deliveries")
    rows = [told(number) for number in range(1, 71)]
    for row in rows:
        book.create(row)
    latest = [row.delivery_id for row in reversed(rows)][:50]

    for ask in (lambda: book.of_record("mail-1", 50), lambda: book.listed(status=DeliveryStatus.DEAD, limit=50)):
        calls.clear()
        assert [row.delivery_id for row in ask()] == latest
        assert calls == {"Query": 1, "BatchGetItem": 1}


def test_the_suggestions_look_at_the_newest_corrections_by_one_query_and_a_read_per_hundred(dynamodb, calls):
    store = DynamoDBRecordStore(dynamodb, "records")
    for number in range(150):
        more = {"received_at": START + timedelta(minutes=number), "status": Status.CORRECTED, "lease_until": None}
        store.create(record(f"corrected-{number}").model_copy(update=more))
    calls.clear()

    found = DynamoDBCorrections(dynamodb, "records", FakeClock()).newest(120)

    assert [each.record_id for each in found] == [f"corrected-{number}" for number in range(149, 29, -1)]
    assert calls == {"Query": 1, "BatchGetItem": 2}


def test_a_whole_address_is_looked_up_by_one_query_and_one_read_of_what_is_shown(dynamodb, calls):
    found = DynamoDBSearch(dynamodb, "records").search(Sought(sender="s1@acme.example"), None, now=START, limit=50)

    assert len(found.hits) == 50
    assert calls == {"Query": 1, "BatchGetItem": 1}
