"""A second reading is asked for only where agreement can settle every doubt, and its bill and its worth are shown."""

import json
from dataclasses import replace
from decimal import Decimal

import pytest

from mailroom.domain.errors import PermanentError, StopTheLineError, TransientError
from mailroom.domain.judgement import Policy
from mailroom.domain.record import Status
from mailroom.domain.second_reading import savings_of
from mailroom.pipeline.extract import extract
from mailroom.settings import Asking, SettingsError
from tests.unit.pipeline.test_extract import CLAIM, LEAD, answer, ports  # noqa: F401 -- the fixture

INVENTED = answer("lead", ("contact_name", "Ana Diaz", ""), ("contact_email", "eve@evil.example", ""))


@pytest.fixture
def doubting(ports):  # noqa: F811
    """Ports whose policy lets no company pass on one reading's word, and just so on two."""
    ports.model.enqueue(LEAD)
    once = extract(CLAIM, replace(ports, policy=Policy(thresholds={"": 0.0})))
    once = once.fields["company"].confidence
    ports.records.rows.clear()
    ports.model.history.clear()
    policy = Policy(thresholds={"": 0.0, "lead.company": once + 0.0001})
    return replace(ports, policy=policy, read_twice=frozenset({"lead"}))


def steps(record):
    return [attempt.step for attempt in record.attempts]


def test_a_doubt_that_two_readings_share_the_answer_to_is_settled_without_a_review(doubting):
    doubting.model.enqueue(LEAD, LEAD)
    record = extract(CLAIM, doubting)

    assert record.status is Status.ACCEPTED
    assert steps(record) == ["extract", "second"]
    assert record.cost_usd == sum(attempt.cost_usd for attempt in record.attempts)


def test_the_second_question_differs_in_its_words_but_not_in_the_cached_prompt(doubting):
    doubting.model.enqueue(LEAD, LEAD)
    extract(CLAIM, doubting)
    first, second = doubting.model.history

    assert first.system == second.system
    assert first.answer_schema == second.answer_schema
    assert first.content != second.content
    assert first.call_key != second.call_key


def test_readings_that_differ_leave_the_doubt_to_the_review(doubting):
    other = json.loads(LEAD)
    other["values"] = [each | ({"quote": "Norte"} if each["field"] == "company" else {}) for each in other["values"]]
    doubting.model.enqueue(LEAD, json.dumps(other))
    record = extract(CLAIM, doubting)

    assert record.status is Status.IN_REVIEW
    assert "company" in record.doubtful
    assert steps(record) == ["extract", "second"]


@pytest.mark.parametrize("second", [answer("other"), "not JSON at all"])
def test_a_second_reading_of_another_kind_or_of_none_settles_nothing_and_is_said(doubting, second):
    doubting.model.enqueue(LEAD, second)
    record = extract(CLAIM, doubting)

    assert record.status is Status.IN_REVIEW
    assert "second reading" in " ".join(record.reasons)
    assert steps(record) == ["extract", "second"]


def test_nobody_is_asked_again_where_no_agreement_could_help(doubting):
    doubting.model.enqueue(INVENTED)
    record = extract(CLAIM, doubting)

    assert record.status is Status.IN_REVIEW
    assert steps(record) == ["extract"]


def test_nobody_is_asked_again_for_a_kind_that_is_not_listed(doubting):
    doubting.model.enqueue(LEAD)

    assert steps(extract(CLAIM, replace(doubting, read_twice=frozenset({"invoice"})))) == ["extract"]


@pytest.mark.parametrize("error", [TransientError("overloaded"), PermanentError("refused")])
def test_a_second_reading_that_fails_holds_nothing_up(doubting, error):
    doubting.model.enqueue(LEAD, error)
    record = extract(CLAIM, doubting)

    assert record.status is Status.IN_REVIEW
    assert steps(record) == ["extract"]


def test_an_account_that_is_refused_stops_the_line_at_the_second_reading_too(doubting):
    doubting.model.enqueue(LEAD, StopTheLineError("no credit"))

    with pytest.raises(StopTheLineError):
        extract(CLAIM, doubting)


def test_the_ledger_tells_what_second_readings_cost_and_saved(doubting):
    doubting.model.enqueue(LEAD, LEAD)
    settled = extract(CLAIM, doubting)
    second = settled.attempts[1]
    review = second.model_copy(update={"step": "review", "cost_usd": Decimal("0.02")})
    in_vain = settled.model_copy(update={"attempts": (*settled.attempts, review)})
    (found,) = savings_of([settled, in_vain])

    assert (found.kind, found.asked, found.settled) == ("lead", 2, 1)
    assert found.cost_usd == 2 * second.cost_usd
    assert found.saved_usd == Decimal("0.02")


def test_a_setting_that_names_no_kind_is_refused():
    settings = Asking(records_table="r", raw_bucket="b", idempotency_table="i", second_reading="lead, leed")

    with pytest.raises(SettingsError, match="leed"):
        settings.read_twice(["lead", "invoice"])
