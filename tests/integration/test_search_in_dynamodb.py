"""A search finds what is there, once and in order, whatever stretches it is cut into, and never reads without end."""

from datetime import timedelta

import boto3
import pytest
from moto import mock_aws

from mailroom.adapters import search as adapter
from mailroom.adapters.dynamodb import DynamoDBRecordStore
from mailroom.adapters.search import DynamoDBSearch
from mailroom.domain.search import Sought
from tests.deployed_tables import create_records_table
from tests.fakes import START
from tests.integration.test_ledger_in_dynamodb import field, record

NOW = START + timedelta(hours=12)


@pytest.fixture
def dynamodb():
    with mock_aws():
        client = boto3.client("dynamodb")
        create_records_table(client, "records")
        yield client


@pytest.fixture
def store(dynamodb):
    return DynamoDBRecordStore(dynamodb, "records")


@pytest.fixture
def search(dynamodb):
    return DynamoDBSearch(dynamodb, "records")


def file(store, name, days_back=0, sender="ann@acme.example", subject="Invoice", **values):
    fields = {key: field(value) for key, value in values.items()}
    moment = START - timedelta(days=days_back)
    store.create(record(name, received_at=moment, sender=sender, subject=subject, fields=fields))


def everything(search, sought, limit=50):
    """Follow a search to its end; returns the ids in order and how many calls it took."""
    found, after, calls = [], None, 0
    while True:
        stretch = search.search(sought, after, now=NOW, limit=limit)
        found += [hit.head.record_id for hit in stretch.hits]
        calls, after = calls + 1, stretch.after
        if after is None:
            return found, calls
        assert calls < 100


def test_a_whole_address_is_found_however_old_its_mails_are_in_one_call(store, search):
    file(store, "old", 390)
    file(store, "new")
    file(store, "other", sender="bob@acme.example")

    found = search.search(Sought(sender="ann@acme.example"), None, now=NOW, limit=50)

    assert [hit.head.record_id for hit in found.hits] == ["new", "old"]
    assert found.after is None


def test_a_value_is_found_with_its_field(store, search):
    file(store, "one", 1, total_amount="1190.00", paid="no")
    file(store, "two", 2, total_amount="17.00")

    found = search.search(Sought(value="1.190,00"), None, now=NOW, limit=50)

    assert [(hit.head.record_id, hit.values) for hit in found.hits] == [("one", (("total_amount", "1190.00"),))]


def test_a_search_that_is_cut_into_stretches_finds_each_record_once_and_newest_first(store, search, monkeypatch):
    monkeypatch.setattr(adapter, "PAGE", 3)
    monkeypatch.setattr(adapter, "MOST_HEADS", 4)
    names = [f"mail-{number:02d}" for number in range(17)]
    for number, name in enumerate(names):
        file(store, name, number // 3, subject="Invoice" if number % 2 == 0 else "Offer")

    found, calls = everything(search, Sought(subject="invoice"), limit=2)

    assert sorted(found) == names[::2]
    assert calls > 4


def test_days_without_records_are_gone_over_in_bounded_calls_that_come_to_an_end(store, search):
    file(store, "old", 100)

    found, calls = everything(search, Sought(subject="invoice"))

    assert found == ["old"]
    assert calls == 13  # 400 days, 31 a call


def test_a_call_reads_no_more_records_than_it_may(store, search, monkeypatch):
    monkeypatch.setattr(adapter, "PAGE", 2)
    monkeypatch.setattr(adapter, "MOST_RECORDS", 4)
    for number in range(9):
        file(store, f"mail-{number}", total_amount="5")

    stretch = search.search(Sought(value="no such value"), None, now=NOW, limit=50)

    assert (stretch.looked_at, stretch.hits) == (4, ())
    assert stretch.after
