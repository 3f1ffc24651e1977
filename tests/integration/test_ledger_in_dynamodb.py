"""The ledger against moto's DynamoDB."""

from datetime import timedelta
from decimal import Decimal

import boto3
import pytest
from hypothesis import given
from hypothesis import strategies as st
from moto import mock_aws

from mailroom.adapters.arrivals import LedgerArrivals
from mailroom.adapters.dynamodb import DynamoDBRecordStore, from_item, to_item
from mailroom.domain.cost import Usage
from mailroom.domain.errors import ConflictError
from mailroom.domain.message import Channel
from mailroom.domain.record import Attempt, CacheVerdict, Decision, FieldResult, Lane, Record, Status
from mailroom.ports import Standing
from tests.deployed_tables import create_records_table
from tests.fakes import START


def record(record_id="mail-1", **changes):
    given = {"status": Status.RECEIVED, "received_at": START, "updated_at": START, "lease_until": START} | changes
    return Record(
        record_id=record_id,
        channel=Channel.EMAIL,
        bucket="raw",
        key=f"raw/{record_id}",
        raw_keys=(f"raw/{record_id}",),
        **given,
    )


def field(value, **changes):
    return FieldResult(value=value, method="exact", zone="latest", start=3, end=9, confidence=0.97, **changes)


FULL = record(
    status=Status.NEEDS_HUMAN,
    lease_until=None,
    kind="invoice",
    fields={
        "total_amount": field("1190.00", doubts=("Two totals.",)),
        "tags": (field("a"), field("b")),
        "paid": field(False),
    },
    groups={"line_items": ({"description": field("Paper"), "quantity": field("2")}, {"description": field("Pens")})},
    confidence=0.61,
    reasons=("Two totals.",),
    attempts=(
        Attempt(
            step="extract",
            model="claude-haiku-4-5",
            outcome="complete",
            usage=Usage(600, 150, 5000),
            cost_usd=Decimal("0.00185"),
            cache=CacheVerdict.HIT,
            duration_ms=1200,
            at=START,
        ),
    ),
    verdicts={"spam": "PASS"},
    decisions=(Decision(action="corrected", by="ana", at=START, before={"total_amount": "1.00"}),),
    expires_at=START + timedelta(days=365),
)


@pytest.fixture
def store():
    with mock_aws():
        dynamodb = boto3.client("dynamodb")
        create_records_table(dynamodb)
        yield DynamoDBRecordStore(dynamodb, "records")


def test_the_roll_call_of_a_day_is_read_from_the_index_alone(store):
    store.create(record("mail-1"))
    store.create(record("mail-1").model_copy(update={"raw_keys": ("raw/again",)}))
    store.create(record("mail-2", received_at=START + timedelta(hours=1), status=Status.QUARANTINED))
    store.create(record("mail-3", received_at=START - timedelta(days=1)))

    assert store.standing(START.date().isoformat(), 10) == [
        Standing("mail-2", Status.QUARANTINED, ("raw/mail-2",)),
        Standing("mail-1", Status.RECEIVED, ("raw/again", "raw/mail-1")),
    ]
    assert [found.record_id for found in store.standing(START.date().isoformat(), 1)] == ["mail-2"]


def test_a_record_comes_back_as_it_was_filed(store):
    store.create(FULL)

    assert store.get("mail-1") == FULL


def test_a_record_is_created_once_and_a_second_delivery_adds_its_raw_key(store):
    assert store.create(record())
    assert not store.create(record().model_copy(update={"raw_keys": ("raw/again",), "status": Status.QUARANTINED}))

    found = store.get("mail-1")
    assert found.status is Status.RECEIVED
    assert found.raw_keys == ("raw/again", "raw/mail-1")


def test_a_write_on_a_version_that_is_gone_is_refused_and_changes_nothing(store):
    store.create(record())
    taken = record().moved(Status.EXTRACTING, at=START)
    store.replace(taken, expected_version=1)

    with pytest.raises(ConflictError):
        store.replace(taken.moved(Status.FAILED, at=START), expected_version=1)
    assert store.get("mail-1").status is Status.EXTRACTING


def test_a_new_version_removes_what_it_no_longer_has_but_never_a_delivery_that_came_meanwhile(store):
    store.create(FULL)
    store.create(record().model_copy(update={"raw_keys": ("raw/again",)}))
    store.replace(
        FULL.moved(Status.RECEIVED, at=START).model_copy(update={"fields": {}, "groups": {}}), expected_version=1
    )

    found = store.get("mail-1")
    assert found.fields == {}
    assert found.raw_keys == ("raw/again", "raw/mail-1")


def test_only_working_records_past_their_lease_are_overdue(store):
    store.create(record("late"))
    store.create(record("in-time", lease_until=START + timedelta(hours=2)))
    store.create(record("done", status=Status.ACCEPTED, lease_until=None))

    assert [found.record_id for found in store.overdue(START + timedelta(hours=1), 10)] == ["late"]


def test_records_of_a_day_are_listed_newest_first(store):
    for hour in (1, 3, 2):
        store.create(record(f"at-{hour}", received_at=START + timedelta(hours=hour)))
    store.create(record("yesterday", received_at=START - timedelta(days=1)))

    assert [found.record_id for found in store.query(day="2026-03-02")] == ["at-3", "at-2", "at-1"]
    assert len(store.query()) == 4


json_values = st.one_of(
    st.text(max_size=20),
    st.booleans(),
    st.integers(-(10**12), 10**12),
    st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-(10**9), max_value=10**9).map(str),
)


@given(st.dictionaries(st.from_regex(r"[a-z_]{1,12}", fullmatch=True), json_values, max_size=6), st.floats(0, 1))
def test_any_values_and_confidence_survive_the_item(values, confidence):
    full = FULL.model_copy(
        update={"fields": {name: field(value) for name, value in values.items()}, "confidence": confidence}
    )

    assert from_item(to_item(full)) == full


def test_a_batched_record_keeps_its_parcel_and_an_attempt_its_lane():
    (attempt,) = FULL.attempts
    in_batch = (attempt.model_copy(update={"lane": Lane.BATCH}),)
    batched = FULL.model_copy(update={"status": Status.BATCHED, "parcel": "p1", "attempts": in_batch})

    assert from_item(to_item(batched)) == batched


def test_arrivals_come_in_order_from_several_days_and_no_more_than_asked_for(store):
    moments = [START - timedelta(hours=hours) for hours in (0, 1, 30, 31, 100, 24 * 20)]
    for number, moment in enumerate(moments):
        store.create(record(f"mail-{number}", received_at=moment))

    arrivals = LedgerArrivals(boto3.client("dynamodb"), store._table).arrivals

    assert arrivals(START, 100) == sorted(moments[:5])
    assert arrivals(START, 3) == sorted(moments[:3])
