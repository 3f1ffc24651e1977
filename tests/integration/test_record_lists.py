"""Lists by index against moto's DynamoDB, on the table that the template describes."""

import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import boto3
import pytest
from moto import mock_aws

from mailroom.adapters import record_lists
from mailroom.adapters.dynamodb import DynamoDBRecordStore
from mailroom.adapters.record_lists import DynamoDBRecordLists, TooManyRowsError
from mailroom.domain.listing import Wanted, head_of, needs_of
from mailroom.domain.message import Channel
from mailroom.domain.record import Record, Status
from tests.deployed_tables import create_records_table
from tests.fakes import START

NOW = START + timedelta(days=3)


def made(number: int, **changes: object) -> Record:
    given = {
        "record_id": f"mail-{number:04}",
        "status": Status.ACCEPTED,
        "channel": Channel.EMAIL,
        "received_at": START + timedelta(minutes=number),
        "updated_at": START + timedelta(minutes=number, seconds=4),
        "bucket": "raw",
        "key": f"raw/{number}",
        "kind": "invoice",
        "confidence": 0.9,
        "sender": "ana@acme.example",
        "subject": f"Invoice {number}",
    }
    return Record.model_validate(given | changes)


@pytest.fixture
def dynamodb():
    with mock_aws():
        client = boto3.client("dynamodb")
        create_records_table(client)
        yield client


def filed(dynamodb, records):
    store = DynamoDBRecordStore(dynamodb, "records")
    for record in records:
        store.create(record)
    return DynamoDBRecordLists(dynamodb, "records")


def ids(found):
    return [head.record_id for head in found]


def test_what_waits_for_a_person_comes_worst_first_and_says_what_it_needs_and_since_when(dynamodb):
    waiting = {"status": Status.NEEDS_HUMAN, "reasons": ("The total does not add up.", "Two dates.")}
    lists = filed(
        dynamodb, [made(1, **waiting, confidence=0.7), made(2, **waiting, confidence=0.1), made(3, confidence=0.01)]
    )

    found = list(lists.listed(Wanted(status=Status.NEEDS_HUMAN), now=NOW, limit=10))

    assert ids(found) == ["mail-0002", "mail-0001"]
    assert found[0].needs == (
        "A person's decision, since 2026-03-02 09:02 UTC: The total does not add up. (and 1 more)"
    )


def test_a_record_with_nothing_but_doubtful_values_says_which_to_look_at():
    doubted = made(1, status=Status.NEEDS_HUMAN, doubtful=("total_amount", "iban", "tags[1]", "due_date"))

    assert needs_of(doubted).endswith("UTC: look at total_amount, iban, tags[1] (and 1 more)")
    assert needs_of(made(1, status=Status.NEEDS_HUMAN)) == "A person's decision, since 2026-03-02 09:01 UTC"
    assert needs_of(made(1)) == ""


def test_a_head_says_all_that_a_list_shows(dynamodb):
    lists = filed(dynamodb, [made(1)])

    (found,) = lists.listed(Wanted(kind="invoice"), now=NOW, limit=10)

    record = made(1)
    assert (found.status, found.kind, found.sender, found.subject) == (
        record.status,
        record.kind,
        record.sender,
        record.subject,
    )
    assert (found.received_at, found.updated_at) == (record.received_at, record.updated_at)
    assert (found.confidence, found.cost_usd, found.needs) == (0.9, Decimal(0), "")


WISHES = [
    Wanted(),
    Wanted(kind="lead"),
    Wanted(sender="bo@acme.example"),
    Wanted(status=Status.FAILED),
    Wanted(status=Status.FAILED, kind="lead"),
    Wanted(status=Status.APPROVED, kind="lead", sender="bo@acme.example"),
    Wanted(since=START + timedelta(hours=20), until=START + timedelta(hours=30)),
    Wanted(kind="invoice", since=START + timedelta(hours=20), until=START + timedelta(hours=30)),
    Wanted(status=Status.NEEDS_HUMAN, kind="lead", since=START + timedelta(hours=5)),
    Wanted(until=datetime(2026, 3, 3, tzinfo=UTC)),
]


@pytest.mark.parametrize("wanted", WISHES, ids=str)
def test_each_list_holds_what_a_filter_over_all_records_would(dynamodb, wanted):
    chance = random.Random(7)
    records = [
        made(
            number,
            status=chance.choice([Status.ACCEPTED, Status.NEEDS_HUMAN, Status.FAILED, Status.APPROVED]),
            kind=chance.choice(["invoice", "lead", ""]),
            sender=chance.choice(["ana@acme.example", "bo@acme.example"]),
            received_at=START + timedelta(minutes=30 * number),
            confidence=round(chance.random(), 3),
        )
        for number in range(120)
    ]
    lists = filed(dynamodb, records)

    expected = [record for record in records if wanted.takes(head_of(record))]
    if wanted.status is Status.NEEDS_HUMAN:
        expected.sort(key=lambda record: record.confidence)
    else:
        expected.sort(key=lambda record: record.received_at, reverse=True)
    assert ids(lists.listed(wanted, now=NOW, limit=1000)) == [record.record_id for record in expected]


def test_a_list_of_a_hundred_among_ten_thousand_reads_a_hundred_and_never_scans():
    client = Counting(10_000)
    lists = DynamoDBRecordLists(client, "records")

    assert len(list(lists.listed(Wanted(status=Status.ACCEPTED), now=NOW, limit=100))) == 100
    assert client.read == 100
    assert len(list(lists.listed(Wanted(), now=NOW, limit=100))) == 100
    assert client.read == 200


def test_an_id_is_found_by_its_beginning_among_the_newest_records_alone(dynamodb):
    lists = filed(dynamodb, [made(number) for number in range(30)])

    assert lists.beginning_with("mail-0007", now=NOW) == ["mail-0007"]
    assert lists.beginning_with("mail-0007", now=NOW, newest=10) == []
    assert len(lists.beginning_with("mail-", now=NOW)) == 10


def test_a_list_that_would_read_without_end_stops_and_says_how_to_narrow_it(monkeypatch):
    monkeypatch.setattr(record_lists, "MOST_EXAMINED", 2500)
    lists = DynamoDBRecordLists(Counting(10_000, matching=0), "records")

    with pytest.raises(TooManyRowsError, match="name a day"):
        list(lists.listed(Wanted(status=Status.FAILED, kind="lead"), now=NOW, limit=10))


class Counting:
    """A DynamoDB with so many equal rows under every key that counts what it is made to read; it has no scan."""

    def __init__(self, rows: int, matching: int | None = None) -> None:
        self.rows, self.matching, self.read = rows, rows if matching is None else matching, 0

    def query(self, *, Limit, ExclusiveStartKey=None, FilterExpression="", **_):  # noqa: N803 -- boto3's names
        begun = int(ExclusiveStartKey["record_id"]["S"]) if ExclusiveStartKey else 0
        end = min(begun + Limit, self.rows)
        self.read += end - begun
        found = range(begun, min(end, self.matching) if FilterExpression else end)
        stamp = {"S": START.isoformat()}
        items = [
            {"record_id": {"S": str(row)}, "status": {"S": "accepted"}, "received_at": stamp, "updated_at": stamp}
            for row in found
        ]
        more = {"LastEvaluatedKey": {"record_id": {"S": str(end)}}} if end < self.rows else {}
        return {"Items": items, "ScannedCount": end - begun, **more}
