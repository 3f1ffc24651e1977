"""The breaker's states, and when a worker calls it overload."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from mailroom.domain.breaker import (
    FEWEST_CALLS,
    FIRST_PAUSE,
    LEAST_CALLS,
    LONGEST_PAUSE,
    PROBE,
    WINDOW,
    Breaker,
    Line,
    Window,
)
from mailroom.domain.patience import wait_s
from tests.fakes import START


def test_an_open_line_waits_for_its_pause_and_then_lets_one_probe_through():
    stopped = Breaker().opened("401", START)

    assert stopped.wait(START) == FIRST_PAUSE
    assert stopped.wait(START + FIRST_PAUSE) == timedelta()
    assert stopped.probing(START + FIRST_PAUSE).wait(START + FIRST_PAUSE) == PROBE


def test_each_failed_probe_doubles_the_pause_up_to_a_bound_and_the_beginning_is_remembered():
    line, now, pauses = Breaker().opened("401", START), START, []
    for _ in range(8):
        pauses.append(line.pause)
        now = line.until
        line = line.probing(now).opened("401", now)

    assert pauses == sorted(pauses)
    assert pauses[1] == 2 * FIRST_PAUSE
    assert line.pause == LONGEST_PAUSE
    assert line.since == START


def test_a_probe_that_succeeds_starts_the_line_with_a_short_pause_for_the_next_time():
    line = Breaker().opened("401", START).probing(START).opened("401", START).probing(START).closed()

    assert line.line is Line.CLOSED
    assert line.wait(START) == timedelta()
    assert line.opened("401", START).pause == FIRST_PAUSE


@given(st.lists(st.sampled_from(["opened", "probing", "closed"]), max_size=12))
def test_every_change_is_a_version_more(changes):
    line = Breaker()
    for change in changes:
        line = (
            line.opened("x", START)
            if change == "opened"
            else line.probing(START)
            if change == "probing"
            else line.closed()
        )

    assert line.version == len(changes)


@given(st.lists(st.booleans(), min_size=LEAST_CALLS, max_size=60))
def test_overload_is_when_half_of_the_recent_calls_failed(failures):
    window = Window()
    for failed in failures:
        window = window.seen(START, failed=failed)

    assert window.overloaded == (2 * sum(failures) >= len(failures))


def test_overload_is_when_every_one_of_a_few_calls_failed_and_one_answer_makes_it_bad_luck():
    window = Window()
    for _ in range(FEWEST_CALLS):
        window = window.seen(START, failed=True)

    assert window.overloaded
    assert not window.seen(START, failed=False).overloaded


@given(st.integers(1, 5), st.text(min_size=1, max_size=40))
def test_one_messages_own_tries_never_stop_the_line(tries, message_id):
    window, moment = Window(), START
    for count in range(1, tries + 1):
        window = window.seen(moment, failed=True)
        assert not window.overloaded
        moment += timedelta(seconds=wait_s(count, message_id))


def test_few_failures_or_old_ones_are_bad_luck():
    window = Window()
    for _ in range(FEWEST_CALLS - 1):
        window = window.seen(START, failed=True)

    assert not window.overloaded
    assert not window.seen(START + WINDOW, failed=True).overloaded
