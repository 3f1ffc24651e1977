"""What days add up to: nothing counted twice, nothing guessed, and confidence held against what people decided."""

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailroom.domain.cost import Usage
from mailroom.domain.message import Channel
from mailroom.domain.record import Attempt, CacheVerdict, Decision, FieldResult, Record, Status
from mailroom.domain.statistics import (
    LATENCY_BOUNDS_S,
    MOST_SENDERS,
    Counts,
    DayStatistics,
    ReliabilityBin,
    Share,
    counted,
    total,
)
from tests.fakes import START


def record(number=0, status=Status.ACCEPTED, **changes):
    given = {"sender": "ann@acme.example", "kind": "invoice", "updated_at": START + timedelta(seconds=4)} | changes
    return Record(
        record_id=f"mail-{number}",
        status=status,
        channel=Channel.EMAIL,
        received_at=START,
        bucket="raw",
        key="raw/x",
        **given,
    )


def value(confidence, **changes):
    return FieldResult(value="1", method="exact", confidence=confidence, **changes)


def attempt(step="extract", cost="0.002", cache=CacheVerdict.HIT, model="haiku"):
    return Attempt(
        step=step,
        model=model,
        outcome="complete",
        usage=Usage(1, 1),
        cost_usd=Decimal(cost),
        cache=cache,
        duration_ms=900,
        at=START,
    )


def corrected(before, fields, **changes):
    decision = Decision(action="corrected", by="ana", at=START, before=before)
    return record(status=Status.CORRECTED, fields=fields, decisions=(decision,), **changes)


def test_each_record_goes_one_way():
    counts = counted(
        [
            record(0, attempts=(attempt(),)),
            record(1, attempts=(attempt(), attempt("review", "0.013", CacheVerdict.OFF, "sonnet"))),
            record(2, status=Status.APPROVED, attempts=(attempt(cache=CacheVerdict.WRITE),)),
            record(3, status=Status.REJECTED),
            record(4, status=Status.NEEDS_HUMAN),
            record(5, status=Status.QUARANTINED, kind=""),
        ]
    )

    assert (counts.records, counts.unseen, counts.reviewed, counts.people) == (6, 1, 1, 2)
    assert counts.by_status["needs_human"] == 1
    assert counts.by_kind == {"invoice": 5}
    assert counts.cost_usd == Decimal("0.019")
    assert counts.cost_by_model == {"haiku": Decimal("0.006"), "sonnet": Decimal("0.013")}
    assert counts.calls == 4
    assert counts.cache == {"hit": 2, "write": 1, "off": 1}


def test_a_value_that_a_person_let_stand_was_right_and_a_replaced_one_was_wrong():
    counts = counted(
        [
            record(status=Status.APPROVED, fields={"total": value(0.55), "tags": (value(0.93), value(0.97))}),
            corrected({"total": "9.00"}, {"total": value(0.58, origin="person"), "date": value(0.91)}),
        ]
    )

    assert counts.reliability[5] == ReliabilityBin(2, pytest.approx(1.13), 1)
    assert counts.reliability[9] == ReliabilityBin(3, pytest.approx(2.81), 3)


def test_a_value_that_the_machine_had_missed_says_nothing_of_its_confidence():
    counts = counted([corrected({"total": ""}, {"total": value(0.0, origin="person")})])

    assert sum(each.checked for each in counts.reliability) == 0
    assert counts.fields == {"invoice.total": Share(1, 0, 1, 1)}


def test_a_correction_that_was_taken_back_is_none():
    undone = corrected({"total": "9.00"}, {"total": value(0.5)}).model_copy(update={"status": Status.NEEDS_HUMAN})

    counts = counted([undone])

    assert counts.senders == {"ann@acme.example": Share(1, 0, 0, 0)}
    assert sum(each.checked for each in counts.reliability) == 0


def test_doubts_count_once_per_record_whatever_the_row():
    rows = ({"amount": value(0.4)}, {"amount": value(0.5)})
    doubtful = ("line_items[0].amount", "line_items[1].amount", "due_date")

    counts = counted([record(groups={"line_items": rows}, doubtful=doubtful)])

    assert counts.fields == {
        "invoice.line_items.amount": Share(1, 1, 0, 1),
        "invoice.due_date": Share(1, 1, 0, 1),
    }
    assert counts.senders == {"ann@acme.example": Share(1, 1, 0, 1)}


def test_only_the_senders_with_most_records_are_kept_apart_and_the_rest_are_counted():
    busy = [record(number, sender="zoe@acme.example") for number in range(2)]
    many = [record(number, sender=f"s{number}@acme.example") for number in range(MOST_SENDERS + 9)]

    counts = counted([*many, *busy])

    assert len(counts.senders) == MOST_SENDERS
    assert counts.senders["zoe@acme.example"].seen == 2
    assert counts.senders_left_out == 10


def test_latency_is_interpolated_within_its_bar_and_unbounded_beyond_the_last():
    def after(seconds):
        return record(updated_at=START + timedelta(seconds=seconds))

    assert counted([after(3.5)] * 10).latency_s(0.5) == 3.5
    assert counted([after(0)]).latency_s(0.5) == 0.5
    assert counted([after(LATENCY_BOUNDS_S[-1] + 1)]).latency_s(0.95) == float("inf")
    assert Counts().latency_s(0.5) is None


def test_a_persons_time_is_not_the_machines():
    decided = corrected({}, {})

    assert sum(counted([decided]).latency) == 0


records = st.builds(
    record,
    number=st.integers(0, 3),
    status=st.sampled_from(Status),
    sender=st.sampled_from(["a@x.example", "b@x.example", ""]),
    kind=st.sampled_from(["invoice", "lead", ""]),
    updated_at=st.integers(0, 9000).map(lambda seconds: START + timedelta(seconds=seconds)),
    doubtful=st.sets(st.sampled_from(["total", "line_items[1].amount"])).map(tuple),
    fields=st.dictionaries(
        st.sampled_from(["total", "date"]), st.sampled_from([0.0, 0.25, 0.5, 1.0]).map(value), max_size=2
    ),
    attempts=st.lists(st.builds(attempt, cache=st.sampled_from(CacheVerdict)), max_size=2).map(tuple),
)


@given(st.lists(records, max_size=8), st.lists(records, max_size=8))
def test_the_sum_of_two_days_is_what_both_together_count(first, second):
    assert total([counted(first), counted(second)]) == counted([*first, *second])


@given(st.lists(records, max_size=8))
def test_a_days_statistics_come_back_from_text_as_they_were(found):
    kept = DayStatistics(day="2026-03-02", counted_at=START, counts=counted(found))

    assert DayStatistics.model_validate_json(kept.model_dump_json(exclude_defaults=True)) == kept


def test_the_sum_of_no_days_is_nothing():
    assert total([]) == Counts()
