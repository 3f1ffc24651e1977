"""What a replay says of two readings: differences, who is right, and when it says go."""

from datetime import timedelta
from decimal import Decimal

import pytest

from local.replay.differences import Change, Compared, compared
from local.replay.report import LEAST_DECIDED, report_on
from mailroom.doctypes.registry import document_types
from mailroom.domain.message import Channel
from mailroom.domain.record import Decision, FieldResult, Record, Status
from tests.fakes import START

TYPES = document_types()


def value(text, **changes):
    return FieldResult(value=text, method="exact", confidence=0.9, **changes)


def record(status=Status.ACCEPTED, **fields):
    return Record(
        record_id="mail-1",
        status=status,
        channel=Channel.EMAIL,
        received_at=START,
        updated_at=START + timedelta(seconds=1),
        bucket="raw",
        key="raw/1",
        kind="lead",
        fields={name: value(text) for name, text in fields.items()},
    )


def beside(stored, again):
    return compared(stored, again, TYPES, (Decimal("0.002"), Decimal("0.001")))


def test_a_field_is_gained_lost_or_changed_and_what_is_derived_is_not_compared():
    found = beside(
        record(company="Papel", phone="1", contact_name="Ana", intent="quote"),
        record(company="Papel Norte", contact_name="Ana", contact_email="a@b.example", intent="order"),
    )

    changes = {field: found.change_of(field) for field in found.fields}
    assert changes == {
        "company": Change.CHANGED,
        "phone": Change.LOST,
        "contact_name": None,
        "contact_email": Change.GAINED,
    }


def test_where_a_person_wrote_another_value_the_machines_own_is_what_counts_as_before():
    stored = record(Status.CORRECTED, company="Papel Norte").model_copy(
        update={
            "decisions": (Decision(action="corrected", by="ana", at=START, before={"company": "Papel", "phone": ""}),)
        }
    )
    found = beside(stored, record(company="Papel Norte"))

    assert found.before["company"] == ("Papel",)
    assert (found.right("company", after=False), found.right("company", after=True)) == (False, True)
    assert found.seen_before


def test_what_nobody_decided_says_nothing_of_right_and_wrong():
    assert beside(record(company="a"), record(company="b")).truth is None


def pair(number, *, before="x", after="x", truth="x", seen=(False, False)):
    return Compared(
        record_id=f"mail-{number}",
        kind="lead",
        kind_after="lead",
        before={"company": (before,)},
        after={"company": (after,)},
        truth={"company": (truth,)} if truth else None,
        seen_before=seen[0],
        seen_after=seen[1],
        cost_before_usd=Decimal("0.002"),
        cost_after_usd=Decimal("0.001"),
    )


def test_too_few_decided_fields_are_no_ground_to_go_on():
    report = report_on([pair(n) for n in range(LEAST_DECIDED - 1)])

    assert not report.go
    assert str(LEAST_DECIDED) in report.reason


def test_a_reading_that_is_surely_worse_is_no_go_and_one_that_is_surely_better_is_go():
    same = [pair(n) for n in range(40)]
    worse = report_on([*same, *(pair(100 + n, after="y") for n in range(8))])
    better = report_on([*same, *(pair(100 + n, before="y") for n in range(8))])

    assert (worse.go, worse.worse, worse.better) == (False, 8, 0)
    assert (better.go, better.worse, better.better) == (True, 0, 8)
    assert worse.p_value < 0.05 > better.p_value


def test_a_reading_that_may_be_worse_by_more_than_a_point_is_no_go():
    report = report_on([*(pair(n) for n in range(40)), pair(90, after="y"), pair(91, after="y")])

    assert report.p_value > 0.05
    assert not report.go
    assert "may be worse" in report.reason


def test_the_same_readings_are_no_worse_and_cost_what_they_cost():
    report = report_on([pair(n) for n in range(40)])

    assert report.go
    assert (report.cost_before_usd, report.cost_after_usd) == (Decimal("0.080"), Decimal("0.040"))
    assert report.fields == ()


def test_more_to_look_at_without_anything_better_is_no_go():
    report = report_on([pair(n, seen=(False, n < 10)) for n in range(40)])

    assert not report.go
    assert "looked at" in report.reason


@pytest.mark.parametrize("seed", range(3))
def test_a_report_repeats_for_the_same_seed(seed):
    records = [pair(n, after="y" if n % 7 == 0 else "x") for n in range(40)]

    assert report_on(records, seed=seed) == report_on(records, seed=seed)
