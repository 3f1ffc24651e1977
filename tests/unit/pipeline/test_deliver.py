"""Delivering on a virtual clock: once each, ten tries over three days, nothing told twice by a crash or a replay."""

import itertools
import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailroom.adapters.secrets import destinations_in
from mailroom.domain.destinations import Destinations
from mailroom.domain.errors import PermanentError
from mailroom.domain.message import Channel
from mailroom.domain.notice import notice_of
from mailroom.domain.notice_delivery import (
    WAITS_S,
    DeliveryStatus,
    Medium,
    NoticeDelivery,
    Reply,
    acknowledgement_id_of,
    delivery_id_of,
)
from mailroom.domain.record import Record, Status
from mailroom.pipeline.deliver import DeliverPorts, announce, attempt, put_back_due, redeliver
from tests.fakes import START, FakeClock, FakeDeliveryStore, FakeMailStore, FakeNoticeQueue, FakeRecordStore

OK, DOWN, GONE = Reply(code=200), Reply(code=503), Reply(code=410)
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
CRM = {"name": "crm", "type": "webhook", "url": "https://crm.example/in", "secrets": [SECRET], "payload": "record"}
SALES = {"name": "sales", "type": "slack", "url": "https://hooks.slack.com/x", "kinds": ["lead"]}
MAIL = (
    b"Return-Path: <ana@papel.example>\r\nFrom: Ana <ana@papel.example>\r\nTo: sales@inbox.example\r\n"
    b"Subject: Chairs\r\nMessage-ID: <1@papel.example>\r\n\r\nHello\r\n"
)


class Killed(BaseException):
    """The process is gone."""


@dataclass
class Receiver:
    """Answers what is put in line for it, then ``ever``; remembers what it heard."""

    ever: Reply = OK
    line: list[Reply | type[BaseException]] = field(default_factory=list)
    heard: list[NoticeDelivery] = field(default_factory=list)

    def __call__(self, delivery: NoticeDelivery, now: datetime) -> Reply:  # noqa: ARG002 -- the port's signature
        self.heard.append(delivery)
        said = self.line.pop(0) if self.line else self.ever
        if not isinstance(said, Reply):
            raise said
        return said


@dataclass
class House:
    """The function with its queue and its sweep, on a clock that jumps from one due moment to the next."""

    ports: DeliverPorts
    crm: Receiver
    sales: Receiver
    mail: Receiver

    @property
    def clock(self) -> FakeClock:
        assert isinstance(self.ports.clock, FakeClock)
        return self.ports.clock

    @property
    def rows(self) -> dict[str, NoticeDelivery]:
        assert isinstance(self.ports.deliveries, FakeDeliveryStore)
        return self.ports.deliveries.rows

    @property
    def queue(self) -> list[tuple[str, int, int]]:
        assert isinstance(self.ports.queue, FakeNoticeQueue)
        return self.ports.queue.asked

    def redeliver(self, delivery_id: str) -> None:
        redeliver(delivery_id, self.ports.deliveries, self.ports.queue, self.clock)

    def run(self, until: Callable[[], bool] = lambda: False, *, for_: timedelta = timedelta(days=5)) -> None:
        """Serve the queue and sweep every five minutes until all is quiet."""
        end = self.clock.moment + for_
        while self.clock.moment < end and not until():
            waiting, self.queue[:] = list(self.queue), []
            for delivery_id, tries, wait_s in waiting:
                self.clock.pass_by(timedelta(seconds=wait_s))
                attempt(delivery_id, tries, self.ports)
            if not self.queue:
                if all(row.status is not DeliveryStatus.WAITING for row in self.rows.values()):
                    return
                self.clock.pass_by(timedelta(minutes=5))
                put_back_due(self.ports)


def record(**changes) -> Record:
    given = {
        "record_id": "mail-1",
        "status": Status.ACCEPTED,
        "channel": Channel.EMAIL,
        "received_at": START,
        "updated_at": START,
        "version": 4,
        "bucket": "raw",
        "key": "raw/1",
        "kind": "lead",
        "sender": "ana@papel.example",
        "subject": "Chairs",
        "recipients": ("sales@inbox.example",),
        "verdicts": {"spam": "PASS", "virus": "PASS", "spf": "PASS", "dkim": "PASS", "dmarc": "PASS"},
    }
    return Record.model_validate(given | changes)


def house(*endpoints, acknowledgement=None, sender="") -> House:
    destinations = destinations_in(json.dumps({"endpoints": endpoints, "acknowledgement": acknowledgement}))
    crm, sales, mail = Receiver(), Receiver(), Receiver()
    found = record()
    ports = DeliverPorts(
        deliveries=FakeDeliveryStore(),
        records=FakeRecordStore({found.record_id: found}),
        mail=FakeMailStore({"raw/1": MAIL}),
        queue=FakeNoticeQueue(),
        destinations=lambda: destinations,
        post={Medium.WEBHOOK: crm, Medium.SLACK: sales, Medium.EMAIL: mail},
        clock=FakeClock(),
        console_url="",
        sender=sender,
    )
    return House(ports, crm, sales, mail)


def tell(at: House, event="record.accepted", **changes) -> None:
    announce(notice_of(event, record(**changes)), at.ports)


def test_each_endpoint_that_wants_to_hear_hears_once():
    at = house(CRM, SALES)

    tell(at)
    at.run()

    assert [delivery.record_id for delivery in at.crm.heard] == ["mail-1"]
    assert [delivery.endpoint for delivery in at.sales.heard] == ["sales"]
    assert {row.status for row in at.rows.values()} == {DeliveryStatus.DELIVERED}


@pytest.mark.parametrize(("event", "kind"), [("record.triaged", "lead"), ("record.accepted", "invoice")])
def test_an_endpoint_does_not_hear_what_it_did_not_ask_for(event, kind):
    at = house(SALES)

    tell(at, event, kind=kind)

    assert at.rows == {}
    assert at.sales.heard == []


def test_however_often_the_stream_replays_there_is_one_delivery_and_it_is_told_once():
    at = house(CRM, SALES)

    for _ in range(4):
        tell(at)
    at.run()
    tell(at)
    at.run()

    assert len(at.rows) == 2
    assert (len(at.crm.heard), len(at.sales.heard)) == (1, 1)


def test_another_version_is_another_delivery():
    at = house(CRM)

    tell(at)
    tell(at, "record.corrected", version=5, status=Status.CORRECTED)

    assert len(at.crm.heard) == 2


def test_a_receiver_that_fails_three_times_is_told_at_the_fourth_under_the_same_id_and_with_the_same_body():
    at = house(CRM)
    at.crm.line = [DOWN, DOWN, Reply(code=0, said="timeout")]

    tell(at)
    at.run()

    (row,) = at.rows.values()
    assert [each.code for each in row.attempts] == [503, 503, 0, 200]
    assert len({(each.delivery_id, each.body) for each in at.crm.heard}) == 1
    assert row.status is DeliveryStatus.DELIVERED


def test_a_receiver_that_stays_down_is_tried_ten_times_over_more_than_three_days_and_then_given_up():
    at = house(CRM)
    at.crm.ever = DOWN

    tell(at)
    at.run()

    (row,) = at.rows.values()
    moments = [each.at for each in row.attempts]
    gaps = [(later - before).total_seconds() for before, later in itertools.pairwise(moments)]
    assert row.status is DeliveryStatus.DEAD
    assert "Given up after 10 tries" in row.reason
    assert moments[-1] - moments[0] >= timedelta(hours=75)
    # Each wait is at least the schedule's, with a quarter of jitter and the sweep's rhythm at most on top.
    assert all(wait <= gap <= wait * 1.25 + 400 for wait, gap in zip(WAITS_S, gaps, strict=True))


def test_what_was_given_up_is_delivered_when_a_person_asks_for_it_again():
    at = house(CRM)
    at.crm.ever = DOWN
    tell(at)
    at.run()
    (row,) = at.rows.values()
    at.crm.ever = OK

    at.redeliver(row.delivery_id)
    at.run()

    after = at.rows[row.delivery_id]
    assert after.status is DeliveryStatus.DELIVERED
    assert [each.code for each in after.attempts] == [503] * 10 + [200]
    assert at.crm.heard[-1].delivery_id == row.delivery_id


def test_a_receiver_that_asks_for_a_longer_wait_gets_it():
    at = house(CRM)
    at.crm.line = [Reply(code=429, retry_after_s=4000)]

    tell(at)
    at.run()

    first, second = next(iter(at.rows.values())).attempts
    assert second.at - first.at >= timedelta(seconds=4000)


def test_a_receiver_that_is_gone_is_not_asked_again_until_its_address_changes():
    at = house(CRM)
    at.crm.line = [GONE]

    tell(at)
    tell(at, version=5)
    assert len(at.crm.heard) == 1
    assert {row.status for row in at.rows.values()} == {DeliveryStatus.DEAD}

    moved = destinations_in(json.dumps({"endpoints": [CRM | {"url": "https://new.example/in"}]}))
    at.ports = replace(at.ports, destinations=lambda: moved)
    tell(at, version=6)
    assert len(at.crm.heard) == 2


def test_an_endpoint_that_is_taken_out_of_the_configuration_is_told_nothing_more():
    at = house(CRM)
    at.crm.ever = DOWN
    tell(at)
    at.ports = replace(at.ports, destinations=Destinations)

    at.run()

    (row,) = at.rows.values()
    assert row.status is DeliveryStatus.DEAD
    assert len(at.crm.heard) == 1


def test_a_worker_that_dies_in_the_midst_of_a_try_is_followed_by_another_after_its_lease():
    at = house(CRM)
    at.crm.line = [Killed]
    with pytest.raises(Killed):
        tell(at)

    at.run()

    assert len(at.crm.heard) == 2
    assert {row.status for row in at.rows.values()} == {DeliveryStatus.DELIVERED}


def test_a_late_message_finds_its_try_begun_and_does_nothing():
    at = house(CRM)
    at.crm.line = [DOWN]
    tell(at)
    (delivery_id, tries, _) = at.queue[0]
    at.clock.pass_by(timedelta(seconds=10))

    for _ in range(3):
        attempt(delivery_id, tries, at.ports)
        attempt(delivery_id, 0, at.ports)

    assert len(at.crm.heard) == 2


def test_a_delivery_is_kept_no_longer_than_the_record_that_it_tells_of():
    at = house(CRM)
    ends = START + timedelta(days=3)
    at.ports.records.rows["mail-1"] = record(expires_at=ends)
    tell(at)
    at.ports = replace(at.ports, kept=timedelta(days=1))
    tell(at, version=5)

    assert [row.expires_at for row in at.rows.values()] == [ends, START + timedelta(days=1)]


# Acknowledgements


def acknowledging() -> House:
    return house(acknowledgement={"texts": {"lead": "Thank you."}}, sender="hello@shop.example")


def test_a_decision_that_is_no_longer_the_records_is_not_acknowledged():
    at = acknowledging()
    at.ports.records.rows["mail-1"] = record(version=9)

    tell(at)

    assert at.rows == {}


def test_a_record_is_acknowledged_at_its_first_decision_and_never_again():
    at = acknowledging()

    for _ in range(3):
        tell(at)
    at.ports.records.rows["mail-1"] = record(version=6)
    tell(at, version=6)

    assert [delivery.delivery_id for delivery in at.mail.heard] == [acknowledgement_id_of("mail-1")]
    assert "Auto-Submitted: auto-replied" in at.mail.heard[0].body


def test_without_a_configured_address_nobody_is_acknowledged():
    at = house(acknowledgement={"texts": {"lead": "Thank you."}})

    tell(at)

    assert at.rows == {}


def test_one_sender_gets_no_more_than_so_many_a_day():
    at = house(acknowledgement={"texts": {"lead": "Hi."}, "per_sender_per_day": 2}, sender="hello@shop.example")

    for number in range(5):
        found = record(record_id=f"mail-{number}")
        at.ports.records.rows[found.record_id] = found
        announce(notice_of("record.accepted", found), at.ports)

    assert len(at.mail.heard) == 2


def test_an_acknowledgement_whose_fate_is_not_known_is_not_sent_again():
    at = acknowledging()
    at.mail.line = [Killed]
    with pytest.raises(Killed):
        tell(at)

    at.run()

    (row,) = at.rows.values()
    assert (row.status, len(at.mail.heard)) == (DeliveryStatus.DEAD, 1)
    with pytest.raises(PermanentError):
        at.redeliver(row.delivery_id)


@pytest.mark.parametrize(("reply", "heard"), [(Reply(code=0, said="ReadTimeoutError"), 1), (Reply(code=400), 2)])
def test_an_acknowledgement_is_tried_again_only_where_it_was_surely_refused(reply, heard):
    at = acknowledging()
    at.mail.line = [reply]

    tell(at)
    at.run()

    assert len(at.mail.heard) == heard


# Every order of what can happen


@given(
    st.lists(
        st.sampled_from(["tell", "tell again", "serve", "serve twice", "sweep", "time", "day", "down", "die", "up"]),
        max_size=25,
    )
)
def test_no_order_of_replays_deaths_and_waits_tells_twice_what_was_taken(steps):
    at = house(CRM)
    for step in steps:
        try:
            _take(at, step)
        except Killed:
            continue
    at.crm.line, at.crm.ever = [], OK
    tell(at)
    at.run()
    for row in at.rows.values():
        if row.status is DeliveryStatus.DEAD:
            at.redeliver(row.delivery_id)
    at.run()

    assert list(at.rows) == [delivery_id_of(notice_of("record.accepted", record()), "crm")]
    (row,) = at.rows.values()
    taken = [each for each in row.attempts if each.code == 200]
    assert len(taken) == 1
    assert row.status is DeliveryStatus.DELIVERED


def _take(at: House, step: str) -> None:
    if step.startswith("tell"):
        tell(at)
    elif step.startswith("serve"):
        for delivery_id, tries, _ in at.queue[:2]:
            attempt(delivery_id, tries, at.ports)
        if step == "serve":
            del at.queue[:2]
    elif step == "sweep":
        put_back_due(at.ports)
    elif step in {"time", "day"}:
        at.clock.pass_by(timedelta(seconds=6) if step == "time" else timedelta(days=1))
    else:
        at.crm.line = {"down": [DOWN] * 3, "die": [Killed], "up": []}[step]
