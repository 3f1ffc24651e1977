"""The book of deliveries against moto: rows come back as they were written, and every write is conditional."""

from collections.abc import Iterator
from datetime import timedelta

import boto3
import pytest
from moto import mock_aws

from mailroom.adapters.deliveries import DynamoDBDeliveryStore
from mailroom.domain.errors import ConflictError
from mailroom.domain.notice_delivery import DeliveryStatus, Medium, NoticeDelivery, Reply
from tests.deployed_tables import create_deployed_table
from tests.fakes import START


@pytest.fixture
def store() -> Iterator[DynamoDBDeliveryStore]:
    with mock_aws():
        client = boto3.client("dynamodb")
        create_deployed_table(client, "DeliveriesTable", "deliveries")
        yield DynamoDBDeliveryStore(client, "deliveries")


def delivery(number=1, **changes) -> NoticeDelivery:
    given = {
        "delivery_id": f"msg_{number}",
        "event": "record.accepted",
        "record_id": "mail-1",
        "version": number,
        "kind": "lead",
        "endpoint": "crm",
        "medium": Medium.WEBHOOK,
        "body": "{}",
        "created_at": START + timedelta(minutes=number),
        "due_at": START + timedelta(minutes=number),
        "expires_at": START + timedelta(days=30),
    }
    return NoticeDelivery.model_validate(given | changes)


def test_a_delivery_comes_back_as_it_was_written_at_every_stage(store):
    opened = delivery()
    claimed = opened.claimed(START)
    failed = claimed.ended(Reply(code=503, took_ms=12), START)
    again = failed.claimed(START)
    taken = again.ended(Reply(code=0, said="timeout"), START)

    assert store.create(opened)
    for stage in (claimed, failed, again, taken, taken.dead("Enough.", START), taken.dead("x", START).again(START)):
        store.replace(stage)
        assert store.get("msg_1") == stage


def test_a_second_opening_changes_nothing(store):
    store.create(delivery())
    store.replace(delivery().claimed(START))

    assert not store.create(delivery())
    assert store.get("msg_1") == delivery().claimed(START)


def test_of_two_workers_one_has_the_try(store):
    store.create(delivery())
    store.replace(delivery().claimed(START))

    with pytest.raises(ConflictError):
        store.replace(delivery().claimed(START))


def test_what_is_due_is_found_oldest_first_and_what_ended_is_not(store):
    for number in (3, 1, 2, 9):
        store.create(delivery(number))
    store.create(delivery(4, status=DeliveryStatus.DELIVERED))

    assert store.due(START + timedelta(minutes=5), 10) == [("msg_1", 0), ("msg_2", 0), ("msg_3", 0)]
    assert store.due(START + timedelta(minutes=5), 1) == [("msg_1", 0)]


def test_deliveries_are_listed_by_status_and_by_record(store):
    store.create(delivery(1))
    store.create(delivery(2, status=DeliveryStatus.DEAD, reason="Enough."))
    store.create(delivery(3, record_id="mail-2"))

    assert [each.delivery_id for each in store.listed(status=DeliveryStatus.DEAD, limit=5)] == ["msg_2"]
    assert [each.delivery_id for each in store.of_record("mail-1")] == ["msg_2", "msg_1"]


def test_an_endpoint_is_switched_off_by_its_address_and_on_again(store):
    assert store.switched_off("crm") == ""
    store.switch_off("crm", "abc", START)
    assert store.switched_off("crm") == "abc"
    store.switch_on("crm")
    assert store.switched_off("crm") == ""


def test_a_sender_is_counted_by_the_day(store):
    told = [store.count_acknowledgement("Ana@papel.example", START, 2) for _ in range(3)]

    assert told == [True, True, False]
    assert not store.count_acknowledgement("ana@papel.example", START, 2)
    assert store.count_acknowledgement("bob@papel.example", START, 2)
    assert store.count_acknowledgement("ana@papel.example", START + timedelta(days=1), 2)
