"""How long a failed message waits."""

from hypothesis import given
from hypothesis import strategies as st

from mailroom.domain.patience import JITTER, LONGEST_S, STEPS_S, wait_s

COUNTS = st.integers(1, 1000)
IDS = st.text(min_size=1, max_size=40)


@given(COUNTS, IDS, st.floats(0, 1e6))
def test_a_wait_is_never_shorter_than_asked_for_nor_longer_than_the_bound(count, message_id, asked_s):
    assert min(asked_s, LONGEST_S) <= wait_s(count, message_id, asked_s=asked_s) <= LONGEST_S


@given(st.integers(1, len(STEPS_S) - 1), IDS)
def test_a_later_try_waits_longer(count, message_id):
    assert wait_s(count, message_id) < wait_s(count + 1, message_id)


@given(COUNTS, IDS)
def test_the_same_failure_always_waits_the_same(count, message_id):
    assert wait_s(count, message_id) == wait_s(count, message_id)


def test_messages_that_failed_together_do_not_come_back_together():
    waits = {wait_s(4, f"message-{number}") for number in range(200)}

    assert len(waits) > 50
    assert max(waits) <= STEPS_S[3] * (1 + JITTER) + 1
