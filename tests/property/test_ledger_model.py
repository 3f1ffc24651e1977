"""Nothing lost, nothing doubled, no illegal state: the real steps under every fault, exhaustively where that is small.

``make prove-ledger`` runs the same with a hundred thousand random schedules and more.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from itertools import chain
from typing import Any
from unittest.mock import patch

import pytest

from mailroom.domain.record import Record, Status
from mailroom.pipeline import bulk as bulk_step
from mailroom.pipeline import dispatch as dispatch_step
from mailroom.pipeline import receive as receive_step
from mailroom.pipeline import sweep as sweep_step
from tests.property.ledger_ports import Fault, Kind, MemoryStore, PaidModel, Step
from tests.property.ledger_promises import (
    every_order,
    one_fault_everywhere,
    one_fault_in_the_bulk_lane,
    outcome,
    random_bulk_schedule,
    random_schedule,
    shrunk,
    two_faults_everywhere,
)
from tests.property.ledger_world import pure_parts_remembered


@pytest.fixture(autouse=True)
def _fast() -> Iterator[None]:
    with pure_parts_remembered():
        yield


def hold(schedules) -> int:
    count = 0
    for schedule in schedules:
        count += 1
        broken = outcome(schedule)
        if broken:
            told = "\n".join(map(str, shrunk(schedule)))
            pytest.fail(f"{broken}\n{told}")
    return count


def test_one_fault_at_any_write_of_any_step_breaks_no_promise():
    assert hold(one_fault_everywhere()) == 3150


def test_a_crash_after_any_pair_of_writes_breaks_no_promise():
    assert hold(two_faults_everywhere([Kind.DIES_AFTER])) == 810


def test_no_order_of_three_actions_breaks_a_promise():
    assert hold(every_order(3)) == 2000


def test_one_fault_at_any_write_of_the_bulk_lane_breaks_no_promise():
    assert hold(one_fault_in_the_bulk_lane()) == 2808


def test_random_schedules_of_faults_in_both_lanes_break_no_promise():
    assert hold(random_bulk_schedule(seed) for seed in range(1000)) == 1000


def test_random_schedules_of_faults_break_no_promise():
    assert hold(random_schedule(seed) for seed in range(1500)) == 1500


# What the explorer has found, shrunk.


def test_a_mail_that_is_delivered_again_days_later_is_not_counted_as_missing():
    assert outcome([Step("spam"), Step("time", 3), Step("spam"), Step("time", 3)]) == []


def test_a_mail_that_came_while_nothing_swept_for_days_is_found_in_the_end():
    died = Fault(Kind.DIES_BEFORE, 2)
    assert (
        outcome(
            [
                Step("doubtful"),
                Step("spam"),
                Step("time", 3),
                Step("plain"),
                Step("receive", size=4, fault=died),
                Step("time", 3),
            ]
        )
        == []
    )


def test_a_write_that_the_sdk_repeats_is_not_taken_for_another_workers():
    assert outcome([Step("plain"), Step("receive"), Step("intake", fault=Fault(Kind.REPEATED, 3))]) == []


# The explorer is held to account too: with any one promise broken on purpose it must say so.


def _last_writer_wins() -> AbstractContextManager[object]:
    def replace(self: MemoryStore, record: Record, *, expected_version: int) -> None:
        with self.world.write("write a row"):
            self._put(self.rows[record.record_id], record)

    return patch.object(MemoryStore, "replace", replace)


def _pays_again_each_time() -> AbstractContextManager[object]:
    ask = PaidModel.ask

    def forgetful(self: PaidModel, request):
        self.kept.pop(request.call_key, None)
        self.begun.pop(request.call_key, None)
        return ask(self, request)

    return patch.object(PaidModel, "ask", forgetful)


def _a_second_delivery_is_taken_as_done() -> AbstractContextManager[object]:
    def receive(delivery, ports):
        if ports.records.get(receive_step.email_record_id(delivery.headers, delivery.ses_message_id)):
            return None
        return receive_step.receive(delivery, ports)

    return patch("tests.property.ledger_world.receive", receive)


def _nobody_sweeps() -> AbstractContextManager[object]:
    return patch("tests.property.ledger_world.sweep", lambda _: None)


def _only_one_state_is_told() -> AbstractContextManager[object]:
    return patch.dict(dispatch_step.TOLD, {Status.ACCEPTED: "record.accepted"}, clear=True)


def _what_is_heard_is_not_told() -> AbstractContextManager[object]:
    tell = dispatch_step._tell

    def half_deaf(event: str, *rest: Any) -> None:
        if event != dispatch_step.TRIAGED:
            tell(event, *rest)

    return patch.object(dispatch_step, "_tell", half_deaf)


def _every_object_without_a_row_today_is_missing() -> AbstractContextManager[object]:
    return patch.object(sweep_step, "_has_row", lambda *_: False)


@pytest.mark.parametrize(
    "broken",
    [
        _last_writer_wins,
        _pays_again_each_time,
        _a_second_delivery_is_taken_as_done,
        _nobody_sweeps,
        _only_one_state_is_told,
        _what_is_heard_is_not_told,
        _every_object_without_a_row_today_is_missing,
    ],
)
def test_the_explorer_notices_a_broken_promise(broken):
    random_ones = (random_schedule(seed) for seed in range(1500))
    with broken():
        assert any(outcome(steps) for steps in chain(random_ones, one_fault_everywhere()))


def test_the_explorer_notices_a_batch_that_is_made_again_without_looking_for_it():
    with patch.object(bulk_step._Run, "lost_batch", lambda *_: None):
        assert any(outcome(schedule) for schedule in one_fault_in_the_bulk_lane())
