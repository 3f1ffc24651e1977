from dataclasses import replace

import pytest

from mailroom.domain.message import Channel
from mailroom.domain.record import Record, Status
from mailroom.pipeline.dispatch import DispatchPorts, dispatch, forget
from tests.fakes import START, FakeBus, FakeMailStore, FakeNoticeQueue, FakeQueue


@pytest.fixture
def ports():
    return DispatchPorts(FakeQueue(), FakeBus(), FakeMailStore(), "raw")


def record(status):
    return Record(
        record_id="mail-1",
        status=status,
        channel=Channel.EMAIL,
        received_at=START,
        updated_at=START,
        bucket="raw",
        key="raw/1",
    )


def test_a_record_that_goes_into_review_is_put_on_the_review_queue_and_told_to_nobody(ports):
    dispatch(record(Status.EXTRACTING), record(Status.IN_REVIEW), ports)

    assert [claim.record_id for claim in ports.reviews.claims] == ["mail-1"]
    assert ports.bus.events == []


@pytest.mark.parametrize("status", [Status.ACCEPTED, Status.NEEDS_HUMAN, Status.FAILED, Status.QUARANTINED])
def test_a_record_that_leaves_the_machines_is_told_once(ports, status):
    dispatch(record(Status.EXTRACTING), record(status), ports)

    assert ports.bus.events == [(f"record.{status}", "mail-1")]
    assert ports.reviews.claims == []


def test_a_write_that_leaves_the_state_as_it_was_asks_for_nothing(ports):
    for status in Status:
        dispatch(record(status), record(status), ports)

    assert ports.bus.events == []
    assert ports.reviews.claims == []


def test_a_kind_that_is_heard_while_the_answer_is_written_is_told_once(ports):
    reading = record(Status.EXTRACTING)
    heard = reading.model_copy(update={"triaged": "lead", "version": 2})
    ports = replace(ports, notices=FakeNoticeQueue())

    dispatch(reading, heard, ports)
    dispatch(heard, heard.model_copy(update={"version": 3}), ports)

    assert ports.bus.events == [("record.triaged", "mail-1")]
    assert [(notice.event, notice.kind, notice.version) for notice in ports.notices.notices] == [
        ("record.triaged", "lead", 2)
    ]


def test_what_is_told_to_the_bus_is_announced_to_whoever_else_listens(ports):
    ports = replace(ports, notices=FakeNoticeQueue())

    dispatch(record(Status.EXTRACTING), record(Status.ACCEPTED), ports)
    dispatch(record(Status.EXTRACTING), record(Status.IN_REVIEW), ports)

    assert [notice.event for notice in ports.notices.notices] == ["record.accepted"]


def test_with_the_row_goes_every_raw_copy_of_the_message(ports):
    ports.raw.objects |= {"raw/1": b"one", "raw/1-again": b"one", "raw/2": b"another's"}
    gone = record(Status.ACCEPTED).model_copy(update={"raw_keys": ("raw/1", "raw/1-again")})

    for _ in range(2):
        forget(gone, ports)

    assert ports.raw.objects == {"raw/2": b"another's"}


def test_an_object_of_another_bucket_is_not_ours_to_delete(ports):
    ports.raw.objects["raw/1"] = b"ours, by the same name"

    forget(record(Status.ACCEPTED).model_copy(update={"bucket": "theirs"}), ports)

    assert "raw/1" in ports.raw.objects
