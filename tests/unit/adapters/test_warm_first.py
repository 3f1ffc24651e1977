"""Of many calls on a cold prefix one goes first; on a warm one nobody waits; and a failing leader holds nobody back."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from threading import Barrier, Event, Lock

import pytest

from mailroom.adapters.warm_first import WarmFirst
from mailroom.domain.cache_policy import CacheLife
from mailroom.domain.cost import Usage
from mailroom.domain.errors import TransientError
from mailroom.domain.record import CacheVerdict
from mailroom.ports import ModelAnswer, ModelRequest, Outcome

PATIENCE_S = 10


def request(number=0, system="prompt", cache=CacheLife.FIVE_MINUTES):
    return ModelRequest(str(number), "extract", "model", system, (), {}, 100, cache, PATIENCE_S)


@dataclass
class CachingModel:
    """Caches as the API does: a prefix can be read once the answer that wrote it has begun."""

    began: set[str] = field(default_factory=set)
    verdicts: list[CacheVerdict] = field(default_factory=list)
    lives: list[CacheLife] = field(default_factory=list)
    first: Event = field(default_factory=Event)
    lock: Lock = field(default_factory=Lock)
    failures: int = 0
    too_short: bool = False

    def ask(self, request):
        with self.lock:
            verdict = CacheVerdict.HIT if request.system in self.began else CacheVerdict.WRITE
            verdict = CacheVerdict.TOO_SHORT if self.too_short else verdict
            self.lives.append(request.cache)
            if self.failures:
                self.failures -= 1
                raise TransientError("overloaded")
        self.first.wait(0.05)  # time for the others to come, if anything lets them
        with self.lock:
            self.began.add(request.system)
            self.verdicts.append(verdict)
        return ModelAnswer("model", Outcome.COMPLETE, "", Usage(), verdict, 1)


def side_by_side(model, requests):
    together = Barrier(len(requests))

    def ask(one):
        together.wait(PATIENCE_S)
        return model.ask(one)

    with ThreadPoolExecutor(len(requests)) as pool:
        return [done.exception() or done.result() for done in [pool.submit(ask, one) for one in requests]]


def always(life):
    return lambda _: life


def test_a_cold_batch_pays_one_write_and_reads_for_the_rest():
    inner = CachingModel()
    side_by_side(WarmFirst(inner, always(CacheLife.FIVE_MINUTES)), [request(number) for number in range(8)])

    assert sorted(inner.verdicts) == [CacheVerdict.HIT] * 7 + [CacheVerdict.WRITE]


def test_each_prefix_has_a_leader_of_its_own():
    inner = CachingModel()
    asked = [request(number, f"prompt {number % 2}") for number in range(8)]
    side_by_side(WarmFirst(inner, always(CacheLife.FIVE_MINUTES)), asked)

    assert inner.verdicts.count(CacheVerdict.WRITE) == 2


def test_a_leader_that_fails_lets_the_others_go_and_fails_alone():
    inner = CachingModel(failures=1)
    outcomes = side_by_side(WarmFirst(inner, always(CacheLife.FIVE_MINUTES)), [request(number) for number in range(5)])

    assert sum(isinstance(outcome, TransientError) for outcome in outcomes) == 1
    assert len(inner.verdicts) == 4


def test_after_a_failed_leader_the_prefix_is_led_anew():
    inner = CachingModel(failures=1)
    model = WarmFirst(inner, always(CacheLife.FIVE_MINUTES))
    with pytest.raises(TransientError):
        model.ask(request())
    side_by_side(model, [request(number) for number in range(4)])

    assert inner.verdicts.count(CacheVerdict.WRITE) == 1


def passes_at_once(model):
    """Say whether two calls are under way together, instead of one after the other."""
    inside = Barrier(2)

    class Meeting:
        def ask(self, _):
            inside.wait(PATIENCE_S)  # broken, and raised, unless both are inside
            return ModelAnswer("model", Outcome.COMPLETE, "", Usage(), CacheVerdict.HIT, 1)

    model._model = Meeting()
    return not any(isinstance(outcome, Exception) for outcome in side_by_side(model, [request(1), request(2)]))


def test_on_a_warm_prefix_nobody_waits():
    model = WarmFirst(CachingModel(), always(CacheLife.FIVE_MINUTES))
    model.ask(request())

    assert passes_at_once(model)


def test_a_prefix_that_is_too_short_to_be_cached_makes_nobody_wait_again():
    model = WarmFirst(CachingModel(too_short=True), always(CacheLife.FIVE_MINUTES))
    model.ask(request())

    assert passes_at_once(model)


@pytest.mark.parametrize(
    ("wished", "chosen"), [(CacheLife.OFF, CacheLife.ONE_HOUR), (CacheLife.ONE_HOUR, CacheLife.OFF)]
)
def test_without_a_cache_there_is_nothing_to_wait_for(wished, chosen):
    model = WarmFirst(CachingModel(), always(chosen))
    asked = request(cache=wished)
    model.ask(asked)

    assert model._model.lives == [CacheLife.OFF]
    assert not model._leading


def test_an_entry_that_ran_out_is_warmed_anew():
    now = [0.0]
    inner = CachingModel()
    model = WarmFirst(inner, always(CacheLife.FIVE_MINUTES), clock=lambda: now[0])
    model.ask(request())
    now[0] = 301.0
    inner.began.clear()
    side_by_side(model, [request(number) for number in range(4)])

    assert inner.verdicts.count(CacheVerdict.WRITE) == 2


def test_the_policy_decides_for_how_long():
    inner = CachingModel()
    WarmFirst(inner, always(CacheLife.ONE_HOUR)).ask(request())

    assert inner.lives == [CacheLife.ONE_HOUR]


@dataclass
class SpeakingModel(CachingModel):
    """Begins to answer at once and is done when told to; a prefix can be read as soon as an answer begins."""

    done: Event = field(default_factory=Event)

    def ask(self, request):
        with self.lock:
            verdict = CacheVerdict.HIT if request.system in self.began else CacheVerdict.WRITE
            self.began.add(request.system)
            self.verdicts.append(verdict)
        if request.heard:
            request.heard("{")
        if verdict is CacheVerdict.WRITE:
            assert self.done.wait(PATIENCE_S)
        return ModelAnswer("model", Outcome.COMPLETE, "", Usage(), verdict, 1)


def test_who_is_listened_to_lets_the_others_go_as_soon_as_it_begins_to_speak():
    model, heard = SpeakingModel(), []
    warm = WarmFirst(model, lambda _: CacheLife.FIVE_MINUTES)
    with ThreadPoolExecutor(1) as pool:
        leader = pool.submit(warm.ask, replace(request(0), heard=heard.append))
        while not heard:
            assert not leader.done()
        follower = warm.ask(replace(request(1), heard=heard.append))
        assert not leader.done()
        model.done.set()
        assert leader.result().cache is CacheVerdict.WRITE

    assert follower.cache is CacheVerdict.HIT
