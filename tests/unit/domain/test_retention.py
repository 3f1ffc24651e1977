from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailroom.domain.message import Channel
from mailroom.domain.record import Record, Status
from mailroom.domain.retention import Retention
from tests.fakes import START

DAY = timedelta(days=1)
KEPT = Retention(365 * DAY, {"job_application": 180 * DAY, "quarantined": 30 * DAY})


def record(kind: str = "", status: Status = Status.RECEIVED) -> Record:
    return Record(
        record_id="mail-1",
        status=status,
        channel=Channel.EMAIL,
        received_at=START,
        updated_at=START,
        bucket="raw",
        key="raw/1",
        kind=kind,
    )


@pytest.mark.parametrize(
    ("kind", "status", "days"),
    [
        ("", Status.RECEIVED, 365),
        ("lead", Status.ACCEPTED, 365),
        ("job_application", Status.NEEDS_HUMAN, 180),
        ("", Status.QUARANTINED, 30),
    ],
)
def test_a_record_ends_when_its_kind_or_its_quarantine_says(kind, status, days):
    assert KEPT.applied(record(kind, status), START).expires_at == START + days * DAY


@given(st.lists(st.tuples(st.sampled_from(["", "lead", "job_application"]), st.integers(0, 400)), max_size=8))
def test_the_end_only_ever_comes_nearer(steps):
    kept, ends = KEPT.applied(record(), START), [START + 365 * DAY]
    for kind, day in sorted(steps, key=lambda step: step[1]):
        kept = KEPT.applied(kept.model_copy(update={"kind": kind}), START + day * DAY)
        assert kept.expires_at is not None
        ends.append(kept.expires_at)

    assert ends == sorted(ends, reverse=True)


@given(st.integers(3, 400), st.sampled_from(["", "lead", "job_application"]))
def test_nothing_is_kept_for_longer_than_everything_may_be(day, kind):
    kept = Retention(400 * DAY, {"lead": day * DAY}).applied(record(kind), START)

    assert kept.expires_at is not None
    assert kept.expires_at <= START + 400 * DAY


@pytest.mark.parametrize("days", [0, 2, 366])
def test_a_span_that_the_bucket_or_the_sweep_would_break_is_refused(days):
    with pytest.raises(ValueError, match="lead must be kept for 3 days at least and 365 at most"):
        Retention(365 * DAY, {"lead": days * DAY})


def test_what_is_read_before_the_kind_is_known_ends_with_the_shortest():
    assert KEPT.shortest == 30 * DAY
    assert Retention(7 * DAY).shortest == 7 * DAY
