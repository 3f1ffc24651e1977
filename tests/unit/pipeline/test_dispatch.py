import pytest

from mailroom.domain.message import Channel
from mailroom.domain.record import Record, Status
from mailroom.pipeline.dispatch import DispatchPorts, dispatch
from tests.fakes import START, FakeBus, FakeQueue


@pytest.fixture
def ports():
    return DispatchPorts(FakeQueue(), FakeBus())


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
    dispatch(Status.EXTRACTING, record(Status.IN_REVIEW), ports)

    assert [claim.record_id for claim in ports.reviews.claims] == ["mail-1"]
    assert ports.bus.events == []


@pytest.mark.parametrize("status", [Status.ACCEPTED, Status.NEEDS_HUMAN, Status.FAILED, Status.QUARANTINED])
def test_a_record_that_leaves_the_machines_is_told_once(ports, status):
    dispatch(Status.EXTRACTING, record(status), ports)

    assert ports.bus.events == [(f"record.{status}", "mail-1")]
    assert ports.reviews.claims == []


def test_a_write_that_leaves_the_state_as_it_was_asks_for_nothing(ports):
    for status in Status:
        dispatch(status, record(status), ports)

    assert ports.bus.events == []
    assert ports.reviews.claims == []
