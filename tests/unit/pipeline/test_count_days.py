from datetime import timedelta

import pytest

from mailroom.domain.message import Channel
from mailroom.domain.record import Record, Status
from mailroom.pipeline import count_days as step
from mailroom.pipeline.count_days import KEPT_DAYS, CountPorts, count_days
from tests.fakes import START, FakeClock, FakeMarks, FakeRecordStore, FakeStatisticsStore


@pytest.fixture
def ports():
    return CountPorts(FakeRecordStore(), FakeStatisticsStore(), FakeMarks(), FakeClock())


def add(ports, name, days_back=0, status=Status.ACCEPTED):
    moment = START - timedelta(days=days_back)
    ports.records.create(
        Record(
            record_id=name,
            status=status,
            channel=Channel.EMAIL,
            received_at=moment,
            updated_at=moment,
            bucket="raw",
            key="raw/x",
        )
    )


def test_today_is_counted_at_every_run(ports):
    add(ports, "first")
    count_days(ports)
    add(ports, "second")
    count_days(ports)

    assert ports.statistics.days["2026-03-02"].counts.records == 2


def test_counting_again_changes_nothing_but_the_moment(ports):
    add(ports, "first")
    count_days(ports)
    once = ports.statistics.days["2026-03-02"]
    ports.clock.pass_by(timedelta(minutes=5))
    count_days(ports)

    assert ports.statistics.days["2026-03-02"].counts == once.counts


def test_every_kept_day_comes_round(ports):
    for days_back in range(KEPT_DAYS):
        add(ports, f"mail-{days_back}", days_back)
    for _ in range(KEPT_DAYS - 1):
        count_days(ports)

    assert len(ports.statistics.days) == KEPT_DAYS
    assert all(day.counts.records == 1 for day in ports.statistics.days.values())


def test_a_late_decision_moves_its_day(ports):
    add(ports, "old", 3, Status.NEEDS_HUMAN)
    for _ in range(KEPT_DAYS):
        count_days(ports)
    old = ports.records.rows["old"]
    ports.records.replace(old.moved(Status.APPROVED, at=START), expected_version=1)
    for _ in range(KEPT_DAYS):
        count_days(ports)

    assert ports.statistics.days["2026-02-27"].counts.by_status == {"approved": 1}


def test_a_day_with_more_records_than_are_read_says_so(ports, monkeypatch):
    monkeypatch.setattr(step, "MOST_RECORDS", 2)
    for number in range(3):
        add(ports, f"mail-{number}")
    count_days(ports)

    today = ports.statistics.days["2026-03-02"]
    assert (today.partial, today.counts.records) == (True, 2)


@pytest.mark.parametrize("note", ["", "0", "-1", "35", "9999", "nonsense"])
def test_a_spoilt_note_begins_the_round_anew(ports, note):
    ports.marks.notes["statistics turn"] = note
    count_days(ports)

    assert set(ports.statistics.days) == {"2026-03-02", "2026-03-01"}
