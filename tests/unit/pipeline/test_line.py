"""The line stops for everybody, starts by itself, and ends at its budget."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from mailroom.domain.breaker import FEWEST_CALLS, FIRST_PAUSE, Breaker, Line
from mailroom.domain.errors import (
    LineStoppedError,
    OverBudgetError,
    PermanentError,
    StopTheLineError,
    TransientError,
)
from mailroom.pipeline.line import LOOK_EVERY, BudgetedModel, GuardedModel
from mailroom.ports import CacheLife, ModelRequest
from tests.fakes import FakeBreakerStore, FakeClock, FakeModel, FakePurse

REQUEST = ModelRequest("key", "extract", "claude-haiku-4-5", "system", (), {}, 100, CacheLife.OFF, 30)


@pytest.fixture
def world():
    clock, store, model = FakeClock(), FakeBreakerStore(), FakeModel()
    return clock, store, model, [GuardedModel(model, store, clock) for _ in range(3)]


def test_a_refused_account_stops_the_line_for_every_worker_without_another_call(world):
    _, store, model, (first, second, _) = world
    model.enqueue(StopTheLineError("401"))
    with pytest.raises(StopTheLineError):
        first.ask(REQUEST)

    for worker in (first, second):
        with pytest.raises(LineStoppedError) as stopped:
            worker.ask(REQUEST)
        assert 0 < stopped.value.retry_after_s <= FIRST_PAUSE.total_seconds()
    assert len(model.history) == 1
    assert store.breaker.line is Line.OPEN


def test_one_worker_probes_and_its_success_starts_the_line_for_all(world):
    clock, store, model, (first, second, third) = world
    store.breaker = Breaker().opened("401", clock.now())
    clock.pass_by(FIRST_PAUSE)

    def answer_while_others_are_refused(_):
        for worker in (second, third):
            with pytest.raises(LineStoppedError):
                worker.ask(REQUEST)
        return "yes"

    model.enqueue(answer_while_others_are_refused, "yes", "yes")
    first.ask(REQUEST)
    clock.pass_by(LOOK_EVERY)

    assert store.breaker.line is Line.CLOSED
    assert [worker.ask(REQUEST).text for worker in (second, third)] == ["yes", "yes"]


@pytest.mark.parametrize("error", [StopTheLineError("401"), TransientError("529")])
def test_a_probe_that_fails_stops_the_line_for_longer(world, error):
    clock, store, model, (first, *_) = world
    store.breaker = Breaker().opened("401", clock.now())
    clock.pass_by(FIRST_PAUSE)
    model.enqueue(error)
    with pytest.raises(StopTheLineError):  # whatever it failed of, it costs the probe's message none of its tries
        first.ask(REQUEST)

    assert store.breaker.line is Line.OPEN
    assert store.breaker.pause == 2 * FIRST_PAUSE


def test_a_probe_whose_worker_died_is_followed_by_another(world):
    clock, store, model, (first, *_) = world
    store.breaker = Breaker().opened("401", clock.now()).probing(clock.now())
    with pytest.raises(LineStoppedError):
        first.ask(REQUEST)
    clock.pass_by(timedelta(minutes=5))
    model.enqueue("yes")
    first.ask(REQUEST)

    assert store.breaker.line is Line.CLOSED


def test_sustained_overload_stops_the_line_and_a_single_failure_does_not(world):
    _, store, model, (first, *_) = world
    model.enqueue(*(TransientError("529") for _ in range(FEWEST_CALLS)))
    states = []
    for _ in range(FEWEST_CALLS):
        with pytest.raises((TransientError, LineStoppedError)):
            first.ask(REQUEST)
        states.append(store.breaker.line)

    assert states == [Line.CLOSED] * (FEWEST_CALLS - 1) + [Line.OPEN]


def test_a_failure_after_another_worker_has_stopped_the_line_costs_no_try(world):
    clock, store, model, (first, *_) = world

    def fail_while_another_stops_the_line(_):
        store.breaker = Breaker().opened("529", clock.now())
        clock.pass_by(LOOK_EVERY)
        raise TransientError("529")

    model.enqueue(fail_while_another_stops_the_line)

    with pytest.raises(LineStoppedError):
        first.ask(REQUEST)


@dataclass
class UnreachableStore(FakeBreakerStore):
    def load(self) -> Breaker:
        if self.breaker.line is not Line.CLOSED:
            raise TransientError("ThrottlingException")
        return self.breaker


@pytest.mark.parametrize("outcome", ["an answer", StopTheLineError("401"), TransientError("529")])
def test_what_a_call_brought_is_not_lost_where_the_breaker_cannot_be_reached(outcome):
    clock, model = FakeClock(), FakeModel()
    store = UnreachableStore()
    worker = GuardedModel(model, store, clock)

    def throttled_meanwhile(_):
        store.breaker = Breaker().opened("401", clock.now())
        clock.pass_by(LOOK_EVERY)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    model.enqueue(throttled_meanwhile)
    if isinstance(outcome, Exception):
        with pytest.raises(type(outcome), match=str(outcome)):
            worker.ask(REQUEST)
    else:
        assert worker.ask(REQUEST).text == outcome


def test_a_probe_that_was_answered_gives_its_answer_though_the_line_cannot_be_told(world):
    clock, _, model, _ = world
    store = FakeBreakerStore(Breaker().opened("401", clock.now()))
    clock.pass_by(FIRST_PAUSE)
    worker = GuardedModel(model, store, clock)

    def unreachable(_):
        store.replace = store.load = throttled
        return "yes"

    def throttled(*_, **__):
        raise TransientError("ThrottlingException")

    model.enqueue(unreachable)

    assert worker.ask(REQUEST).text == "yes"


def test_a_bad_message_never_stops_the_line(world):
    _, store, model, (first, *_) = world
    model.enqueue(*(PermanentError("400") for _ in range(50)))
    for _ in range(50):
        with pytest.raises(PermanentError):
            first.ask(REQUEST)

    assert store.breaker == Breaker()


CALL = Decimal("0.0015")  # FakeModel's 1,000 tokens in and 100 out, at Haiku 4.5's $1 and $5 per million


def test_nothing_is_asked_beyond_the_days_budget_and_the_next_day_has_its_own():
    clock, model, purse = FakeClock(datetime(2026, 3, 2, 22, tzinfo=UTC)), FakeModel(), FakePurse()
    budgeted = BudgetedModel(model, purse, clock, 2 * CALL, {})
    model.enqueue("a", "b", "c")
    budgeted.ask(REQUEST)
    budgeted.ask(REQUEST)
    with pytest.raises(OverBudgetError) as parked:
        budgeted.ask(REQUEST)

    assert purse.spent("2026-03-02") == {"": 2 * CALL}
    assert parked.value.until == datetime(2026, 3, 3, tzinfo=UTC)
    clock.pass_by(timedelta(hours=2))
    assert budgeted.ask(REQUEST).text == "c"


def test_a_price_that_cannot_be_counted_loses_no_answer_and_is_counted_with_the_next():
    model, purse = FakeModel(), FakePurse()
    budgeted = BudgetedModel(model, purse, FakeClock(), 9 * CALL, {})
    add = purse.add

    def throttled(*_):
        raise TransientError("ThrottlingException")

    model.enqueue("a", "b")
    purse.add = throttled
    assert budgeted.ask(REQUEST).text == "a"
    purse.add = add
    assert budgeted.ask(REQUEST).text == "b"

    assert purse.spent("2026-03-02") == {"": 2 * CALL}


def test_without_a_limit_nothing_is_counted_for_each_message_would_write_the_same_item():
    model, purse = FakeModel(), FakePurse()
    model.enqueue("a")

    assert BudgetedModel(model, purse, FakeClock(), Decimal(0), {}).ask(REQUEST).text == "a"
    assert not purse.sums


def test_a_kinds_budget_parks_that_kind_alone():
    model, purse = FakeModel(), FakePurse()
    budgeted = BudgetedModel(model, purse, FakeClock(), Decimal(0), {"invoice": CALL})
    model.enqueue("a", "b", "c")
    invoice = replace(REQUEST, kind="invoice")
    budgeted.ask(invoice)
    with pytest.raises(OverBudgetError, match="invoice"):
        budgeted.ask(invoice)

    assert budgeted.ask(replace(REQUEST, kind="lead")).text == "b"
    assert purse.sums["2026-03-02", ""] == 2 * CALL


def test_the_overshoot_is_what_is_in_flight():
    model, purse, clock = FakeModel(), FakePurse(), FakeClock()
    budgeted = BudgetedModel(model, purse, clock, CALL, {})

    def while_others_begin(_):
        if len(model.history) <= 8:
            budgeted.ask(REQUEST)
        return "a"

    model.line = [while_others_begin] * 9
    budgeted.ask(REQUEST)

    assert purse.sums["2026-03-02", ""] == 9 * CALL
    with pytest.raises(OverBudgetError):
        budgeted.ask(REQUEST)
