from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailroom.domain.cost import Usage
from mailroom.domain.errors import IllegalTransitionError
from mailroom.domain.message import Channel
from mailroom.domain.record import AT_REST, TRANSITIONS, WORKING, Attempt, CacheVerdict, Record, Status
from tests.fakes import START


def record(status=Status.RECEIVED, **changes):
    return Record(
        record_id="mail-1",
        status=status,
        channel=Channel.EMAIL,
        received_at=START,
        updated_at=START,
        bucket="raw",
        key="raw/1",
        **changes,
    )


def attempt(cost, model="claude-haiku-4-5"):
    return Attempt(
        step="extract",
        model=model,
        outcome="complete",
        usage=Usage(10, 2, 30),
        cost_usd=Decimal(cost),
        cache=CacheVerdict.HIT,
        duration_ms=900,
        at=START,
    )


@given(st.sampled_from(Status), st.sampled_from(Status))
def test_a_record_moves_exactly_along_the_table(before, after):
    if after in TRANSITIONS[before]:
        assert record(before).moved(after, at=START + timedelta(seconds=1)).status is after
    else:
        with pytest.raises(IllegalTransitionError):
            record(before).moved(after, at=START)


def test_every_state_is_working_at_rest_or_waiting_for_a_person():
    assert WORKING | AT_REST | {Status.NEEDS_HUMAN} == set(Status)
    assert not WORKING & AT_REST


def test_only_a_person_opens_what_is_at_rest():
    decided = {Status.APPROVED, Status.CORRECTED, Status.REJECTED}

    for status in AT_REST:
        assert not TRANSITIONS[status] & {Status.EXTRACTING, Status.IN_REVIEW}
    for status in AT_REST - decided:
        assert not TRANSITIONS[status] & {Status.ACCEPTED, Status.NEEDS_HUMAN}


def test_a_decision_that_is_taken_back_leads_to_where_it_came_from():
    for status in (Status.APPROVED, Status.CORRECTED, Status.REJECTED):
        came_from = {before for before in TRANSITIONS if status in TRANSITIONS[before]}
        assert TRANSITIONS[status] - {Status.RECEIVED} == came_from


def test_each_move_counts_a_version_and_ends_the_lease_unless_it_is_renewed():
    leased = record(lease_until=START).moved(Status.EXTRACTING, at=START, lease_until=START + timedelta(seconds=9))
    filed = leased.moved(Status.ACCEPTED, at=START)

    assert (leased.version, filed.version) == (2, 3)
    assert leased.lease_until == START + timedelta(seconds=9)
    assert filed.lease_until is None


def test_a_record_that_leaves_the_bulk_lane_belongs_to_no_parcel_any_more():
    batched = record(Status.BATCHED, parcel="p1")

    assert batched.moved(Status.BATCHED, at=START).parcel == "p1"
    assert batched.moved(Status.RECEIVED, at=START).parcel == ""


def test_a_record_costs_the_exact_sum_of_its_attempts():
    both = record(attempts=(attempt("0.00000001"), attempt("0.004", "claude-sonnet-4-6")))

    assert both.cost_usd == Decimal("0.00400001")
    assert both.usage == Usage(20, 4, 60)
    assert both.models == ("claude-haiku-4-5", "claude-sonnet-4-6")
