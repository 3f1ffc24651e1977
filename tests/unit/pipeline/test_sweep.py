from datetime import timedelta

import pytest

from mailroom.domain.delivery import Delivery
from mailroom.domain.message import Channel
from mailroom.domain.record import Record, Status
from mailroom.pipeline.receive import ReceivePorts, receive
from mailroom.pipeline.sweep import GRACE, SweepPorts, sweep
from tests.fakes import START, FakeClock, FakeMailStore, FakeQueue, FakeRecordStore


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

    receiving = ReceivePorts(records, intake, clock, timedelta(days=30))
    return SweepPorts(
        mail=FakeMailStore(),
        records=records,
        intake=intake,
        reviews=FakeQueue(),
        clock=clock,
        received_again=again,
        receive=lambda delivery: receive(delivery, receiving),
    )


def row(name, status, lease_until=START):
    return Record(
        record_id=name,
        status=status,
        channel=Channel.EMAIL,
        received_at=START,
        updated_at=START,
        lease_until=lease_until,
        bucket="raw",
        key=f"raw/{name}",
        raw_keys=(f"raw/{name}",),
    )


def test_stuck_work_goes_back_to_the_queue_of_its_step(ports):
    for status in (Status.RECEIVED, Status.EXTRACTING, Status.IN_REVIEW):
        ports.records.create(row(status.value, status))
    ports.clock.pass_by(GRACE + timedelta(seconds=1))
    counts = sweep(ports)

    assert counts.put_back == 3
    assert {claim.record_id for claim in ports.intake.claims} == {"received", "extracting"}
    assert [claim.record_id for claim in ports.reviews.claims] == ["in_review"]


def test_what_is_put_back_once_is_left_to_its_queue_for_a_while(ports):
    ports.records.create(row("stuck", Status.EXTRACTING))
    ports.clock.pass_by(GRACE + timedelta(seconds=1))

    assert [sweep(ports).put_back for _ in range(3)] == [1, 0, 0]


def test_stored_mail_without_a_row_is_received_again_once(ports):
    ports.mail.objects = {"raw/lost": b"Message-ID: <1@shop.example>\r\n\r\n"}
    ports.clock.pass_by(timedelta(minutes=11))

    assert sweep(ports).missing == 1
    assert [record.raw_keys for record in ports.records.query()] == [("raw/lost",)]
    assert sweep(ports).missing == 0


def test_mail_that_was_stored_a_moment_ago_is_not_missing_yet(ports):
    ports.mail.objects = {"raw/fresh": b""}

    assert sweep(ports).missing == 0


def test_what_came_in_is_what_was_filed_and_what_is_under_way_and_what_is_missing(ports):
    ports.records.create(row("done", Status.ACCEPTED, None))
    ports.records.create(row("under-way", Status.EXTRACTING))
    ports.mail.objects = {"raw/done": b"", "raw/under-way": b"", "raw/lost": b""}
    ports.clock.pass_by(timedelta(minutes=11))
    counts = sweep(ports)

    assert (counts.received, counts.filed, counts.in_flight, counts.missing) == (3, 1, 1, 1)
