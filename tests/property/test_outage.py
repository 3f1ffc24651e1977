"""A day without the model, on a virtual clock: nothing is lost, doubled, paid twice or given up.

``make prove-outage`` runs the same with ten thousand messages.
"""

from collections.abc import Iterator
from datetime import timedelta
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailroom.domain import errors
from mailroom.domain.patience import LONGEST_OUTAGE
from mailroom.pipeline import lease
from tests.property.ledger_world import pure_parts_remembered
from tests.property.outage_world import OUTAGES, Outage, OutageWorld, figures

PROMISED = ("lost", "doubled", "paid_twice", "dead_lettered", "failed", "expired")


@pytest.fixture(autouse=True)
def _fast() -> Iterator[None]:
    with pure_parts_remembered():
        yield


def outcome(outage: Outage) -> dict:
    world = OutageWorld(outage)
    world.run()
    return figures(world)


@pytest.mark.parametrize("kind", list(OUTAGES))
@pytest.mark.parametrize("messages", [1, 24])
def test_a_day_without_the_model_costs_nothing_but_time(kind, messages):
    found = outcome(Outage(messages, kind))

    assert {name: found[name] for name in PROMISED} == dict.fromkeys(PROMISED, 0)
    assert sum(found["filed"].values()) == messages
    assert found["drained_min"] < 60


@settings(max_examples=8, deadline=None)
@given(st.sampled_from(list(OUTAGES)), st.integers(1, 9), st.integers(1, 35))
def test_no_outage_shorter_than_the_longest_costs_a_message_of_any_number(kind, messages, hours):
    found = outcome(Outage(messages, kind, lasts=timedelta(hours=hours)))

    assert {name: found[name] for name in PROMISED} == dict.fromkeys(PROMISED, 0)
    assert sum(found["filed"].values()) == messages


def test_a_stopped_line_is_probed_four_times_an_hour_and_no_oftener():
    found = outcome(Outage(24, "refused"))

    assert 3 <= found["calls_an_hour"] <= 5
    assert found["most_receives"] <= 2


def test_messages_that_go_round_outlast_the_queues_retention():
    found = outcome(Outage(10, "refused", lasts=timedelta(days=5)))

    assert (found["lost"], found["expired"]) == (0, 0)
    assert found["oldest_on_queue_h"] < 1


def test_a_message_that_alone_finds_no_model_for_longer_than_that_is_given_up_and_can_be_redriven():
    found = outcome(Outage(1, "overloaded", lasts=2 * LONGEST_OUTAGE, drains_within=timedelta(hours=1)))

    assert (found["lost"], found["failed"], found["dead_lettered"]) == (0, 1, 1)


def test_the_world_notices_messages_that_use_up_their_tries():
    def as_before(error: Exception, kind: object) -> bool:
        return isinstance(error, kind) and kind is not errors.ModelUnavailableError

    with patch.object(lease, "isinstance", as_before, create=True):
        assert outcome(Outage(1, "overloaded"))["dead_lettered"] == 1
