"""The cache policy is fed from the ledger now and then, from what this environment sees in between, and never fails."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from mailroom.catalogue import card
from mailroom.domain.cache_policy import CacheLife
from mailroom.domain.errors import TransientError
from mailroom.pipeline.prompt_cache import LOOKED_UP_EVERY, PromptCache
from mailroom.ports import ModelRequest
from tests.fakes import START, FakeClock

REQUEST = ModelRequest("k", "extract", "claude-haiku-4-5", "prompt", (), {}, 100, CacheLife.FIVE_MINUTES, 10)


@dataclass
class FakeArrivals:
    found: list[datetime] = field(default_factory=list)
    looked_up: int = 0
    broken: bool = False

    def arrivals(self, now, limit):  # noqa: ARG002 -- the port's signature
        self.looked_up += 1
        if self.broken:
            raise TransientError("The table is throttled.")
        return self.found[-limit:]


def rhythm(gap, count):
    return [START - gap * number for number in reversed(range(count))]


def test_the_rhythm_of_all_environments_decides_and_not_what_one_of_them_saw():
    arrivals = FakeArrivals(rhythm(timedelta(minutes=20), 50))

    assert PromptCache(arrivals, FakeClock(), card).life_for(REQUEST) is CacheLife.ONE_HOUR


def test_the_ledger_is_read_once_and_then_only_now_and_then():
    arrivals, clock = FakeArrivals(rhythm(timedelta(seconds=5), 50)), FakeClock()
    policy = PromptCache(arrivals, clock, card)
    for _ in range(20):
        policy.life_for(REQUEST)
    assert arrivals.looked_up == 1
    clock.pass_by(LOOKED_UP_EVERY)
    policy.life_for(REQUEST)

    assert arrivals.looked_up == 2


def test_between_two_looks_what_this_environment_sees_counts():
    arrivals, clock = FakeArrivals([START]), FakeClock()
    policy = PromptCache(arrivals, clock, card)
    policy.life_for(REQUEST)
    for _ in range(2):
        clock.pass_by(timedelta(minutes=6))
        life = policy.life_for(REQUEST)

    assert life is CacheLife.ONE_HOUR


def test_a_ledger_that_cannot_be_read_costs_no_message():
    clock = FakeClock()
    policy = PromptCache(FakeArrivals(broken=True), clock, card)

    assert policy.life_for(REQUEST) in CacheLife
    clock.pass_by(LOOKED_UP_EVERY * 2)
    assert policy.life_for(REQUEST) in CacheLife
