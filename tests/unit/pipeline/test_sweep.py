from dataclasses import replace
from datetime import timedelta

import pytest

from mailroom.domain.delivery import Delivery
from mailroom.domain.errors import TransientError
from mailroom.domain.message import Channel
from mailroom.domain.record import ClaimCheck, Status
from mailroom.domain.retention import Retention
from mailroom.pipeline.receive import ReceivePorts, receive
from mailroom.pipeline.sweep import GRACE, PUT_BACKS, SweepPorts, reconcile, sweep
from mailroom.ports import StoredMail
from tests.fakes import START, FakeClock, FakeMailStore, FakeMarks, FakeQueue, FakeRecordStore, working_record


@pytest.fixture
def ports():
    records, intake, clock = FakeRecordStore(), FakeQueue(), FakeClock()

    def again(stored):
        return Delivery(
            ses_message_id=stored.key,
            bucket="raw",
            key=stored.key,
            headers=[("Message-ID", f"<{stored.key}>")],
            sender="a@shop.example",
            subject="",
            recipients=(),
            verdicts={},
            received_at=stored.stored_at,
        )

    receiving = ReceivePorts(records, intake, clock, Retention(timedelta(days=30)))
    return SweepPorts(
        archive=FakeMailStore(),
        bucket="raw",
        records=records,
        roll_call=records,
        marks=FakeMarks(),
        intake=intake,
        reviews=FakeQueue(),
        clock=clock,
        received_again=again,
        receive=lambda delivery: receive(delivery, receiving),
    )


def test_stuck_work_goes_back_to_the_queue_of_its_step(ports):
    for status in (Status.RECEIVED, Status.EXTRACTING, Status.IN_REVIEW):
        ports.records.create(working_record(status.value, status))
    ports.clock.pass_by(GRACE + timedelta(seconds=1))
    counts = sweep(ports)

    assert counts.put_back == 3
    assert {claim.record_id for claim in ports.intake.claims} == {"received", "extracting"}
    assert [claim.record_id for claim in ports.reviews.claims] == ["in_review"]


def test_what_is_put_back_once_is_left_to_its_queue_for_a_while(ports):
    ports.records.create(working_record("stuck", Status.EXTRACTING))
    ports.clock.pass_by(GRACE + timedelta(seconds=1))

    assert [sweep(ports).put_back for _ in range(3)] == [1, 0, 0]


def test_stored_mail_without_a_row_is_received_again_once(ports):
    ports.archive.objects = {"raw/lost": b"Message-ID: <1@shop.example>\r\n\r\n"}
    ports.clock.pass_by(timedelta(minutes=11))

    assert sweep(ports).missing == 1
    assert [record.raw_keys for record in ports.records.query()] == [("raw/lost",)]
    assert sweep(ports).missing == 0


def test_mail_that_was_stored_a_moment_ago_is_not_missing_yet(ports):
    ports.archive.objects = {"raw/fresh": b""}

    assert sweep(ports).missing == 0


def test_what_came_in_is_what_was_filed_and_what_is_under_way_and_what_is_missing(ports):
    ports.records.create(working_record("done", Status.ACCEPTED, None))
    ports.records.create(working_record("under-way", Status.EXTRACTING))
    ports.archive.objects = {"raw/done": b"", "raw/under-way": b"", "raw/lost": b""}
    ports.clock.pass_by(timedelta(minutes=11))
    counts = sweep(ports)

    assert (counts.received, counts.filed, counts.in_flight, counts.missing) == (3, 1, 1, 1)


def test_a_second_delivery_of_an_old_mail_is_not_missing(ports):
    old = working_record("old", Status.ACCEPTED, None)
    received = ports.receive(ports.received_again(stored("raw/first")))
    ports.records.rows = {
        received.record_id: old.model_copy(update={"record_id": received.record_id, "raw_keys": ("raw/first",)})
    }
    ports.clock.pass_by(timedelta(days=20))
    ports.archive.stored_at = ports.clock.now() - timedelta(hours=1)
    ports.archive.objects = {"raw/first": b""}

    assert sweep(ports).missing == 0


def test_a_kept_form_without_a_row_is_queued_again_under_its_name(ports):
    ports.archive.objects = {"forms/a%2Fb/form-1": b"{}"}
    ports.clock.pass_by(timedelta(minutes=11))

    assert sweep(ports).missing == 1
    assert ports.intake.claims == [
        ClaimCheck("form-1", "raw", "forms/a%2Fb/form-1", Channel.FORM, "a/b", "application/json")
    ]


def test_a_bucket_that_is_too_large_for_one_run_is_gone_through_in_several(ports, monkeypatch):
    monkeypatch.setattr("mailroom.pipeline.sweep.LISTED", 2)
    ports.archive.objects = {f"raw/{number}": b"" for number in range(5)}
    ports.clock.pass_by(timedelta(minutes=11))

    assert [sweep(ports).missing for _ in range(4)] == [2, 2, 1, 0]
    assert len(ports.records.rows) == 5


def test_lookups_are_bounded_and_what_was_left_is_looked_at_next_time(ports, monkeypatch):
    monkeypatch.setattr("mailroom.pipeline.sweep.BATCH", 2)
    ports.archive.objects = {f"raw/{number}": b"" for number in range(5)}
    ports.clock.pass_by(timedelta(minutes=11))

    assert [sweep(ports).missing for _ in range(4)] == [2, 2, 1, 0]


def test_one_messages_trouble_does_not_stop_the_others(ports):
    ports.archive.objects = {"raw/bad": b"", "raw/good": b""}
    ports.clock.pass_by(timedelta(minutes=11))
    receive_it = ports.receive

    def receive_unless_bad(delivery):
        if delivery.key == "raw/bad":
            raise TransientError("throttled")
        return receive_it(delivery)

    counts = sweep(replace(ports, receive=receive_unless_bad))

    assert (counts.missing, counts.troubled) == (2, 1)
    assert [record.raw_keys for record in ports.records.query()] == [("raw/good",)]


def test_nothing_is_put_back_while_the_line_is_stopped(ports):
    ports.records.create(working_record("stuck", Status.EXTRACTING))
    ports.clock.pass_by(GRACE + timedelta(seconds=1))

    assert sweep(replace(ports, line_stopped=lambda: True)).put_back == 0
    assert sweep(ports).put_back == 1


def test_a_mail_that_ends_every_worker_that_reads_it_is_given_up_in_the_end(ports):
    ports.records.create(working_record("poison", Status.EXTRACTING))
    ends = []
    for _ in range(PUT_BACKS + 1):
        ports.clock.pass_by(GRACE + timedelta(seconds=1))
        ends.append(sweep(ports))

    assert [counts.put_back for counts in ends] == [1] * PUT_BACKS + [0]
    assert ends[-1].given_up == 1
    assert ports.records.rows["poison"].status is Status.FAILED
    assert "ended before it was read" in ports.records.rows["poison"].reasons[-1]


def test_what_waits_behind_a_long_queue_is_asked_for_less_and_less_often_and_never_given_up(ports):
    ports.records.create(working_record("waiting", Status.RECEIVED))
    for _ in range(24 * 12):
        ports.clock.pass_by(timedelta(minutes=5))
        sweep(ports)

    assert ports.records.rows["waiting"].status is Status.RECEIVED
    assert 3 <= len(ports.intake.claims) <= 8


def test_reconciling_counts_and_changes_nothing(ports):
    ports.archive.objects = {"raw/lost": b""}
    ports.clock.pass_by(timedelta(minutes=11))

    assert reconcile(ports).missing == 1
    assert ports.records.rows == {}
    assert ports.intake.claims == []


def stored(key):
    return StoredMail(key, START, 0)


def test_a_batched_record_is_left_to_its_batch_until_its_lease_is_long_over_and_then_goes_the_ordinary_way(ports):
    held, lost = START + timedelta(hours=30), START - timedelta(hours=2)
    for name, lease in (("held", held), ("lost", lost)):
        ports.records.create(working_record(name, Status.BATCHED, lease).model_copy(update={"parcel": "p1"}))

    assert sweep(ports).put_back == 1

    assert [claim.record_id for claim in ports.intake.claims] == ["lost"]
    assert ports.records.get("held").status is Status.BATCHED
    assert (ports.records.get("lost").status, ports.records.get("lost").parcel) == (Status.RECEIVED, "")
