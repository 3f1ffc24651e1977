import json
from datetime import timedelta

import pytest

from mailroom.catalogue import card
from mailroom.doctypes.registry import document_types
from mailroom.domain.errors import LineStoppedError, ModelUnavailableError, StopTheLineError, TransientError
from mailroom.domain.judgement import Policy
from mailroom.domain.patience import ROUND_S
from mailroom.domain.record import ClaimCheck, Status
from mailroom.domain.retention import Retention
from mailroom.pipeline.asking import Reader
from mailroom.pipeline.extract import ExtractPorts, extract
from mailroom.pipeline.review import ReviewPorts, review
from mailroom.ports import CacheLife
from mailroom.prompts.schema_prompt import render
from tests.fakes import FakeClock, FakeMailStore, FakeModel, FakeRecordStore
from tests.unit.pipeline.test_extract import LEAD, MAIL, answer

TYPES = document_types()
CLAIM = ClaimCheck("mail-1", "raw", "raw/1")
DOUBTFUL = answer("lead", ("contact_name", "Ana Diaz", ""), ("contact_email", "eve@evil.example", ""))


@pytest.fixture
def ports():
    return ReviewPorts(
        mail=FakeMailStore({"raw/1": MAIL}),
        records=FakeRecordStore(),
        model=FakeModel(),
        clock=FakeClock(),
        reader=Reader(card("claude-sonnet-4-6"), render(TYPES), CacheLife.OFF, timeout_s=30),
        types=TYPES,
        policy=Policy(),
        retention=Retention(timedelta(days=30)),
    )


def in_review(ports, first_answer=DOUBTFUL):
    extraction = ExtractPorts(
        mail=ports.mail,
        records=ports.records,
        model=FakeModel(line=[first_answer]),
        clock=ports.clock,
        reader=Reader(card("claude-haiku-4-5"), render(TYPES), CacheLife.OFF, timeout_s=30),
        types=TYPES,
        policy=Policy(),
        lease=timedelta(seconds=120),
        review_lease=timedelta(hours=1),
        retention=Retention(timedelta(days=30)),
    )
    record = extract(CLAIM, extraction)
    assert record.status is Status.IN_REVIEW
    return record


def test_the_reviewer_is_asked_about_the_doubtful_fields_alone_with_the_reason_for_each(ports):
    record = in_review(ports)
    ports.model.enqueue(answer("lead", ("contact_email", "ana@papel.example", "")))
    review(CLAIM, ports)

    (asked,) = ports.model.history
    draft = json.loads(asked.content[-1].text.partition("<draft>\n")[2].partition("\n</draft>")[0])
    assert [doubt["field"] for doubt in draft["doubtful"]] == list(record.doubtful)
    assert all(doubt["reason"] for doubt in draft["doubtful"])


def test_a_reviewers_answer_is_grounded_like_any_other(ports):
    in_review(ports)
    ports.model.enqueue(answer("lead", ("contact_email", "mallory@evil.example", "")))
    record = review(CLAIM, ports)

    assert record.status is Status.NEEDS_HUMAN
    assert "contact_email" in record.doubtful


def test_a_value_that_the_reviewer_finds_takes_the_place_of_the_draft_and_names_its_origin(ports):
    in_review(ports)
    ports.model.enqueue(answer("lead", ("contact_email", "ana@papel.example", "")))
    record = review(CLAIM, ports)

    assert record.fields["contact_email"].value == "ana@papel.example"
    assert record.fields["contact_email"].origin == "review"
    assert record.fields["contact_name"].origin == "extract"


def test_both_calls_stand_in_the_ledger_of_the_record(ports):
    in_review(ports)
    ports.model.enqueue(answer("lead"))
    record = review(CLAIM, ports)

    assert [attempt.step for attempt in record.attempts] == ["extract", "review"]
    assert record.cost_usd == sum(attempt.cost_usd for attempt in record.attempts)


def test_a_message_that_the_first_model_could_not_answer_for_is_read_whole_by_the_reviewer(ports):
    in_review(ports, "no JSON at all")
    ports.model.enqueue(LEAD)
    record = review(CLAIM, ports)

    assert record.kind == "lead"
    assert record.status is Status.ACCEPTED


def test_a_reviewer_who_answers_nonsense_leaves_the_record_to_a_person_and_is_paid_all_the_same(ports):
    in_review(ports)
    ports.model.enqueue("nonsense")
    record = review(CLAIM, ports)

    assert record.status is Status.NEEDS_HUMAN
    assert record.attempts[-1].outcome == "garbled"
    assert record.fields["contact_name"].value == "Ana Diaz"


def test_a_record_that_is_no_longer_in_review_is_left_alone(ports):
    in_review(ports)
    ports.model.enqueue(answer("lead"))
    first = review(CLAIM, ports)

    assert review(CLAIM, ports) == first
    assert len(ports.model.history) == 1


def test_a_transient_error_leaves_the_record_in_review(ports):
    before = in_review(ports)
    ports.model.enqueue(TransientError("529"))
    with pytest.raises(TransientError):
        review(CLAIM, ports)

    assert ports.records.rows["mail-1"] == before


def test_a_review_outlasts_a_model_out_of_reach_and_the_sweep_does_not_ask_for_it_meanwhile(ports):
    in_review(ports)
    ports.model.enqueue(ModelUnavailableError("529"))
    with pytest.raises(LineStoppedError):
        review(CLAIM, ports, last_try=True)

    record = ports.records.rows["mail-1"]
    assert record.status is Status.IN_REVIEW
    assert record.lease_until >= ports.clock.now() + timedelta(seconds=ROUND_S)


@pytest.mark.parametrize(("error", "status"), [(TransientError, Status.FAILED), (StopTheLineError, Status.IN_REVIEW)])
def test_the_last_try_fails_the_record_unless_the_account_is_at_fault(ports, error, status):
    in_review(ports)
    ports.model.enqueue(error("no"))
    with pytest.raises(error):
        review(CLAIM, ports, last_try=True)

    assert ports.records.rows["mail-1"].status is status
