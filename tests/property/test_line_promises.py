"""The line under any mix of workers, refusals and time: it stops for all, probes one by one, and keeps its budget."""

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailroom.domain.breaker import LONGEST_PAUSE, PROBE, Breaker, Line
from mailroom.domain.cost import Usage
from mailroom.domain.errors import LineStoppedError, OverBudgetError, StopTheLineError
from mailroom.domain.record import CacheVerdict
from mailroom.pipeline.line import LOOK_EVERY, BudgetedModel, GuardedModel
from mailroom.ports import CacheLife, ModelAnswer, ModelRequest, Outcome
from tests.fakes import FakeBreakerStore, FakeClock, FakePurse

REQUEST = ModelRequest("key", "extract", "claude-haiku-4-5", "system", (), {}, 100, CacheLife.OFF, 30)
WORKERS = 3


@dataclass
class Account:
    """A model that refuses while the account is bad; knows when it was asked."""

    clock: FakeClock
    good: bool = True
    refused_at: list[object] = field(default_factory=list)
    answered: int = 0

    def ask(self, request: ModelRequest) -> ModelAnswer:
        if not self.good:
            self.refused_at.append(self.clock.now())
            raise StopTheLineError("401")
        self.answered += 1
        return ModelAnswer(request.model, Outcome.COMPLETE, "a", Usage(), CacheVerdict.OFF, 1)


STEPS = st.lists(
    st.one_of(
        st.integers(0, WORKERS - 1),  # this worker asks
        st.sampled_from(["bad", "good"]),  # the account changes
        st.sampled_from([1, 3, 10, 31, 200, 1000]).map(lambda seconds: timedelta(seconds=seconds)),
    ),
    min_size=5,
    max_size=60,
)


@given(STEPS)
def test_a_refused_account_is_asked_at_most_once_per_pause_and_worker_and_starts_by_itself(steps):
    clock, store = FakeClock(), FakeBreakerStore()
    account = Account(clock)
    workers = [GuardedModel(account, store, clock) for _ in range(WORKERS)]
    for step in steps:
        if isinstance(step, timedelta):
            clock.pass_by(step)
        elif isinstance(step, str):
            account.good = step == "good"
        else:
            before = store.breaker
            asked = len(account.refused_at) + account.answered
            _ask(workers[step])
            calls = len(account.refused_at) + account.answered - asked
            # A worker's own view may be LOOK_EVERY old; what everybody knows by then nobody runs into again.
            if before.line is Line.OPEN and before.wait(clock.now()) and clock.now() - _known(before) >= LOOK_EVERY:
                assert calls == 0
                with pytest.raises(LineStoppedError):
                    workers[step].check()

    for times in Counter(account.refused_at).values():
        assert times <= WORKERS
    account.good = True
    clock.pass_by(max(LONGEST_PAUSE, PROBE))
    for worker in workers:
        _ask(worker)
    assert store.breaker.line is Line.CLOSED


def _ask(worker: GuardedModel) -> None:
    with suppress(StopTheLineError):
        worker.ask(REQUEST)


def _known(breaker: Breaker):
    assert breaker.until is not None
    return breaker.until - breaker.pause


@dataclass
class Priced:
    """A model whose calls overlap: while one is answered, ``meanwhile`` may begin others."""

    tokens: list[int]
    meanwhile: Callable[[], None] = lambda: None
    in_flight: int = 0
    most: int = 0
    dearest: Decimal = Decimal(0)

    def ask(self, request: ModelRequest) -> ModelAnswer:
        self.in_flight += 1
        self.most = max(self.most, self.in_flight)
        used = Usage(self.tokens.pop() if self.tokens else 1_000, 0)
        self.dearest = max(self.dearest, Decimal(used.input_tokens) / 1_000_000)  # Haiku 4.5: a dollar per million
        self.meanwhile()
        self.in_flight -= 1
        return ModelAnswer(request.model, Outcome.COMPLETE, "a", used, CacheVerdict.OFF, 1)


@given(
    st.lists(st.integers(1, 200_000), max_size=30),
    st.lists(st.booleans(), max_size=40),
    st.decimals("0.001", "0.5", places=3),
)
def test_a_day_costs_no_more_than_its_budget_and_the_calls_in_flight(tokens, overlaps, budget):
    purse, model = FakePurse(), Priced(list(tokens))
    budgeted = BudgetedModel(model, purse, FakeClock(), budget, {})
    plan = list(overlaps)

    def another() -> None:
        if plan and plan.pop():
            _within(budgeted)

    model.meanwhile = another
    for _ in range(40):
        _within(budgeted)

    spent = purse.sums["2026-03-02", ""]
    assert spent <= budget + model.most * model.dearest
    if spent >= budget:
        before = dict(purse.sums)
        _within(budgeted)
        assert purse.sums == before


def _within(budgeted: BudgetedModel) -> None:
    with suppress(OverBudgetError):
        budgeted.ask(REQUEST)
