from datetime import date, timedelta

import pytest

from mailroom.domain.delivery import Delivery, Post, post_record_id
from mailroom.domain.record import Status
from mailroom.domain.retention import Retention
from mailroom.pipeline.receive import ReceivePorts, email_record_id, receive, receive_post
from tests.fakes import START, FakeClock, FakeMailStore, FakeQueue, FakeRecordStore

HEADERS = (
    ("Received", "from a.example by b.example; Mon, 2 Mar 2026 09:00:00 +0000"),
    ("Message-ID", "<1@shop.example>"),
    ("From", "Ana <ana@shop.example>"),
    ("Subject", "Invoice"),
)


def delivery(ses_message_id="ses-1", headers=HEADERS, **verdicts):
    return Delivery(
        ses_message_id=ses_message_id,
        bucket="raw",
        key=f"raw/{ses_message_id}",
        headers=headers,
        sender="ana@shop.example",
        subject="Invoice",
        recipients=("invoices@inbox.example",),
        verdicts=verdicts,
        received_at=START,
    )


@pytest.fixture
def ports():
    return ReceivePorts(FakeRecordStore(), FakeQueue(), FakeClock(), Retention(timedelta(days=365)))


def test_a_mail_becomes_one_received_row_and_one_claim_check(ports):
    record = receive(delivery(), ports)

    assert record.status is Status.RECEIVED
    assert ports.records.rows == {record.record_id: record}
    assert [(claim.record_id, claim.key) for claim in ports.intake.claims] == [(record.record_id, "raw/ses-1")]


def test_the_same_mail_by_another_route_makes_no_second_record_but_its_raw_key_is_kept(ports):
    first = receive(delivery("ses-1"), ports)
    other_route = (("Received", "from elsewhere.example by b.example; Mon, 2 Mar 2026 09:05:00 +0000"), *HEADERS[1:])
    second = receive(delivery("ses-2", other_route), ports)

    assert second.record_id == first.record_id
    assert list(ports.records.rows) == [first.record_id]
    assert ports.records.rows[first.record_id].raw_keys == ("raw/ses-1", "raw/ses-2")


def test_a_second_delivery_of_a_mail_that_is_past_extraction_queues_nothing(ports):
    record = receive(delivery(), ports)
    ports.records.rows[record.record_id] = record.model_copy(update={"status": Status.ACCEPTED})
    receive(delivery(), ports)

    assert len(ports.intake.claims) == 1


def test_a_delivery_whose_worker_died_before_queueing_is_queued_by_the_next_try(ports):
    record = receive(delivery(), ports)
    ports.intake.claims.clear()
    receive(delivery(), ports)

    assert [claim.record_id for claim in ports.intake.claims] == [record.record_id]


@pytest.mark.parametrize(
    "verdicts",
    [{"spam": "FAIL"}, {"virus": "FAIL"}, {"dmarc": "FAIL", "dmarc_policy": "reject"}],
    ids=["spam", "virus", "disowned by its domain"],
)
def test_mail_that_fails_screening_is_quarantined_with_a_reason_and_never_queued(ports, verdicts):
    record = receive(delivery(**verdicts), ports)

    assert record.status is Status.QUARANTINED
    assert record.reasons[0].endswith(".")
    assert ports.intake.claims == []


def test_mail_without_a_message_id_is_told_apart_by_the_receiving_services_own_id():
    bare = [("From", "ana@shop.example")]

    assert email_record_id(bare, "ses-1") != email_record_id(bare, "ses-2")
    assert email_record_id(bare, "ses-1") == email_record_id(bare, "ses-1")


def post(body=b"name=Ana", key="", day=2):
    return Post("lead", body, "application/x-www-form-urlencoded", key, date(2026, 3, day))


def test_a_form_is_kept_raw_under_an_id_that_a_repeated_post_finds_again():
    mail = FakeMailStore()
    first, again = receive_post(post(), "raw", mail), receive_post(post(), "raw", mail)

    assert first == again
    assert mail.objects == {first.key: b"name=Ana"}


def test_the_same_words_on_another_day_are_another_submission_and_so_are_other_words():
    ids = {post_record_id(each) for each in (post(), post(day=3), post(b"name=Ben"))}

    assert len(ids) == 3


def test_a_senders_own_key_decides_alone_what_is_the_same_post():
    assert post_record_id(post(key="k")) == post_record_id(post(b"name=Ben", key="k", day=3))
    assert post_record_id(post(key="k")) != post_record_id(post(key="l"))


def test_the_event_and_the_stored_mail_come_to_the_same_record_however_names_and_subjects_are_encoded():
    encoded = [*HEADERS[:2], ("From", "=?utf-8?q?Ren=C3=A9e?= <r@shop.example>"), ("Subject", "=?utf-8?q?Caf=C3=A9?=")]
    decoded = [*HEADERS[:2], ("From", "Renée <r@shop.example>"), ("Subject", "Café")]

    assert email_record_id(encoded, "a") == email_record_id(decoded, "b")


def test_two_mails_that_merely_share_a_message_id_are_two_records():
    signed = (*HEADERS, ("DKIM-Signature", "v=1; bh=one"))
    other = (*HEADERS, ("DKIM-Signature", "v=1; bh=two"))

    assert email_record_id(signed, "a") != email_record_id(other, "b")
