"""The line: whether the model may be asked at all, for the account's sake (the breaker) and for the money's (a budget).

Both stand in front of the model and behind the memory of paid answers: what is paid for already is always answered.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from threading import Lock

from mailroom.catalogue import card
from mailroom.domain.breaker import Breaker, Line, Window
from mailroom.domain.cost import cost_usd
from mailroom.domain.errors import (
    ConflictError,
    LineStoppedError,
    OverBudgetError,
    PermanentError,
    StopTheLineError,
    TransientError,
    UnheardError,
)
from mailroom.ports import BreakerStore, Clock, ModelAnswer, ModelRequest, Purse, ReaderModel

LOOK_EVERY = timedelta(seconds=2)
"""How old a worker's view of the shared breaker may be: it is read once per batch rather than once per message."""


@dataclass
class GuardedModel:
    """A model behind the shared breaker: stops for everybody, and starts again after one worker's successful probe."""

    model: ReaderModel
    store: BreakerStore
    clock: Clock
    _window: Window = field(default_factory=Window)
    _seen: Breaker = field(default_factory=Breaker)
    _looked_at: datetime | None = None
    _lock: Lock = field(default_factory=Lock)

    def check(self) -> None:
        """Raise LineStoppedError while nobody may call."""
        now = self.clock.now()
        with self._lock:
            if self._looked_at is None or now - self._looked_at >= LOOK_EVERY:
                self._seen, self._looked_at = self.store.load(), now
            seen = self._seen
        wait = seen.wait(now)
        if wait:
            raise LineStoppedError(f"The line is stopped: {seen.reason}", retry_after_s=wait.total_seconds())

    def ask(self, request: ModelRequest) -> ModelAnswer:
        """Answer; raises what the model raises, and LineStoppedError while the line is stopped.

        A failure that stops the line, or keeps it stopped, is the line's: it costs the message none of its tries.
        """
        return self.run(lambda: self.model.ask(request))

    def run[T](self, call: Callable[[], T]) -> T:
        """Make any call to the vendor behind the same breaker; raises as ``ask`` does.

        A call that may have been made is never taken for one that the line held back.
        """
        self.check()
        if self._seen.line is not Line.CLOSED:
            self._begin_probe()
        try:
            answer = call()
        except StopTheLineError as error:
            self._stop(str(error))
            raise
        except UnheardError as error:
            self._note(failed=True, said=str(error))
            raise
        except TransientError as error:
            self._note(failed=True, said=str(error))
            with suppress(TransientError):
                self.check()
            raise
        except PermanentError:
            self._note(failed=False)  # it answered: the fault is the message's
            raise
        self._note(failed=False)
        return answer

    def _begin_probe(self) -> None:
        now = self.clock.now()
        current = self.store.load()
        if current.line is Line.CLOSED:
            self._know(current)
            return
        probing = current.probing(now)
        if current.wait(now) or not self._written(probing, current):
            self._looked_at = None
            raise LineStoppedError("The line is stopped, and another worker is probing.", retry_after_s=15)
        with self._lock:
            # The prober itself goes on; its next look at the store tells it what everybody knows.
            self._seen, self._looked_at, self._window = probing, None, Window()

    def _note(self, *, failed: bool, said: str = "") -> None:
        with self._lock:
            self._window = self._window.seen(self.clock.now(), failed=failed)
            probing, overloaded = self._seen.line is Line.HALF_OPEN, self._window.overloaded
        if failed and (probing or overloaded):
            self._stop(said)
        elif probing:
            self._change(lambda current: current if current.line is Line.CLOSED else current.closed())

    def _stop(self, reason: str) -> None:
        now = self.clock.now()
        with self._lock:
            self._window = Window()
        self._change(lambda current: current if current.line is Line.OPEN else current.opened(reason, now))

    def _change(self, change: Callable[[Breaker], Breaker]) -> None:
        """Write what a call taught; where that fails, what the call brought is worth more, and the next one teaches."""
        with suppress(TransientError):
            for _ in range(3):
                current = self.store.load()
                after = change(current)
                if after is current or self._written(after, current):
                    self._know(after)
                    return

    def _written(self, after: Breaker, before: Breaker) -> bool:
        try:
            self.store.replace(after, expected_version=before.version)
        except ConflictError:
            return False  # decide anew from what the other worker wrote
        return True

    def _know(self, breaker: Breaker) -> None:
        with self._lock:
            self._seen, self._looked_at = breaker, self.clock.now()


@dataclass
class BudgetedModel:
    """A model that stops at a day's budget in US dollars, in all and per kind of document; 0 and absent are no limit.

    What was spent is counted over all attempts of all workers, so the overshoot is at most the calls in flight. A price
    that cannot be counted does not lose its answer: this worker counts it with its next call. Without any limit nothing
    is counted: it would be a write per message, all of them to one item. A limit counts from when it is set.
    """

    model: ReaderModel
    purse: Purse
    clock: Clock
    daily_usd: Decimal
    by_kind_usd: Mapping[str, Decimal]
    _owed: list[tuple[str, tuple[str, ...], Decimal]] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)

    def ask(self, request: ModelRequest) -> ModelAnswer:
        """Answer; raises OverBudgetError, with the moment at which the next day's budget begins."""
        today = self.clock.now().date().isoformat()
        limits = {"": self.daily_usd} if self.daily_usd else {}
        if request.kind in self.by_kind_usd:
            limits[request.kind] = self.by_kind_usd[request.kind]
        spent = self.purse.spent(today) if limits else {}
        for name, limit in limits.items():
            if spent.get(name, Decimal(0)) >= limit:
                what = f"{name} messages" if name else "all messages"
                raise OverBudgetError(
                    f"Parked: the day's budget of ${limit} for {what} is spent.", until=_midnight(self.clock.now())
                )
        answer = self.model.ask(request)
        if self.daily_usd or self.by_kind_usd:
            price = card(answer.model).price_for(answer.usage)
            self._count((today, ("", request.kind) if request.kind else ("",), cost_usd(answer.usage, price)))
        return answer

    def _count(self, spending: tuple[str, tuple[str, ...], Decimal]) -> None:
        with self._lock:
            owed, self._owed = [*self._owed, spending], []
        for each in owed:
            try:
                self.purse.add(*each)
            except TransientError:
                with self._lock:
                    self._owed.append(each)


def _midnight(now: datetime) -> datetime:
    return (now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
