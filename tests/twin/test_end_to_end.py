"""The samples on the twin: the template deployed, loopback HTTP between the SDKs, the emulator and the stand-in.

Every claim is made of every host that the twin offers: the handlers in this process, in processes of the emulator, the
same from what ``sam build`` made, and in SAM's Lambda containers. Those that must start run some of the samples.
"""

from decimal import Decimal

import pytest

from local.inputs import Form, Mail
from mailroom.catalogue import card
from mailroom.domain.cost import cost_usd
from mailroom.domain.record import AT_REST, Status
from mailroom.pipeline.filing import results
from mailroom.reading import read_email, read_form
from tests.twin.conftest import one_run

pytestmark = [pytest.mark.twin, pytest.mark.timeout(400)]


def test_every_input_becomes_exactly_one_record_and_a_second_delivery_none(run):
    assert {answer.record_id for answer in run.told.values()} == set(run.records)
    assert len(run.records) == len(run.samples)
    assert [sample.deliveries for sample in run.samples].count(2) == 1


def test_every_record_leaves_the_machines_hands(run):
    assert all(record.status in AT_REST | {Status.NEEDS_HUMAN} for record in run.records.values())


def test_both_doors_and_at_least_three_kinds_lead_to_accepted_records(run):
    accepted = [record for record in run.records.values() if record.status is Status.ACCEPTED]

    assert {record.channel for record in accepted} == {"email", "form"}
    assert len({record.kind for record in accepted}) >= 3


def test_spam_is_quarantined_and_never_reached_a_model(run):
    record = run.record("12-spam")

    assert record.status is Status.QUARANTINED
    assert record.attempts == ()


def test_the_doubly_delivered_mail_was_paid_for_once(run):
    steps = [attempt.step for attempt in run.record("02-invoice").attempts]

    assert steps.count("extract") == 1


def test_what_contradicts_itself_waits_for_a_person_with_a_reason(run):
    record = run.record("11-invoice-contradictory")

    assert record.status is Status.NEEDS_HUMAN
    assert record.reasons


def test_the_malformed_mail_is_read_as_far_as_it_goes_and_says_what_was_wrong(run):
    record = run.record("14-malformed")

    assert record.fields
    assert record.defects


def test_an_empty_form_is_failed_with_a_reason_and_no_model_was_asked(run):
    record = run.record("empty-object")

    assert record.status is Status.FAILED
    assert record.reasons
    assert record.attempts == ()


def test_every_grounded_value_names_the_words_of_the_message_that_it_came_from(run):
    checked = 0
    for sample in run.samples:
        item = sample.input
        record = run.records[run.told[item.source].record_id]
        if not record.fields:
            continue
        text = _message_of(item).text
        for path, found in results(record):
            if found.start < 0:
                assert found.method in {"absent", "derived", "picture"}, path
                continue
            checked += 1
            words = text[found.start : found.end]
            assert words.strip(), path
            if found.method == "exact":
                assert words == found.quote, path
    assert checked > 2 * len(run.samples)


def _message_of(item: Mail | Form):
    if isinstance(item, Mail):
        return read_email(item.raw)
    # The queue carries text, and so the kept body is what the door made of it.
    return read_form(item.body.decode(errors="replace").encode(), content_type=item.content_type, form=item.form)


def test_no_value_is_accepted_unseen_that_is_not_in_the_message(run):
    for record in run.records.values():
        if record.status is Status.ACCEPTED:
            assert all(found.method in {"exact", "normalised", "format", "derived"} for _, found in results(record))


def test_a_record_costs_what_its_attempts_cost_by_the_catalogue_to_the_last_digit(run):
    priced = Decimal(0)
    for record in run.records.values():
        expected = sum(
            (cost_usd(each.usage, card(each.model).price_for(each.usage)) for each in record.attempts), Decimal(0)
        )
        assert record.cost_usd == expected
        priced += expected
    assert priced > 0


def test_the_prompt_is_read_from_the_cache_after_the_first_batch(run):
    verdicts = [
        attempt.cache for record in run.records.values() for attempt in record.attempts if attempt.step == "extract"
    ]

    assert "too_short" not in verdicts
    assert verdicts.count("hit") > len(verdicts) / 2


def test_a_further_run_gives_the_same_records_with_the_same_fields_wherever_it_runs(run, in_this_process, tmp_path):
    again = one_run(tmp_path) if run is in_this_process else in_this_process

    def told(records):
        return {key: {path: found.value for path, found in results(record)} for key, record in records.items()}

    both = told(again.records)
    assert {key: both[key] for key in run.records} == told(run.records)
