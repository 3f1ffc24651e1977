"""What happened: calls by outcome, tokens by class, and how often the same request was paid for."""

from collections import Counter, deque
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

_LIES_KEPT = 10_000


@dataclass(frozen=True, slots=True)
class Lie:
    """One value told wrongly on purpose, so that a bench knows the truth ("" where the mail has none)."""

    field: str
    truth: str
    told: str
    quote: str

    def public(self) -> dict[str, str]:
        """Return the lie as JSON."""
        return {"field": self.field, "truth": self.truth, "told": self.told, "quote": self.quote}


@dataclass(slots=True)
class Ledger:
    """Counts of one server since its last reset; safe to share between threads."""

    calls: int = 0
    in_flight: int = 0
    peak_in_flight: int = 0
    faults: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    models: Counter[str] = field(default_factory=Counter)
    tokens: Counter[str] = field(default_factory=Counter)
    counters: Counter[str] = field(default_factory=Counter)
    seen: Counter[str] = field(default_factory=Counter)
    paid: Counter[str] = field(default_factory=Counter)
    unanswered: Counter[str] = field(default_factory=Counter)
    lies: deque[dict[str, str]] = field(default_factory=lambda: deque(maxlen=_LIES_KEPT))
    _lock: Lock = field(default_factory=Lock)

    def enter(self) -> None:
        """Count a call that begins."""
        with self._lock:
            self.calls += 1
            self.in_flight += 1
            self.peak_in_flight = max(self.peak_in_flight, self.in_flight)

    def leave(self, outcome: str, counters: tuple[str, ...] = ()) -> None:
        """Count a call that ends, under its outcome and under the counters that its caller named."""
        with self._lock:
            self.in_flight -= 1
            self.outcomes[outcome] += 1
            self.counters.update(counters)

    def attempt(self, fingerprint: str) -> int:
        """Return how often this very request was seen before, and count it."""
        with self._lock:
            self.seen[fingerprint] += 1
            return self.seen[fingerprint] - 1

    def may_fail(self, at_most: int | None) -> bool:
        """Count one more fault and return True, unless there were ``at_most`` already."""
        with self._lock:
            if at_most is not None and self.faults >= at_most:
                return False
            self.faults += 1
            return True

    def bill(self, fingerprint: str, model: str, usage: dict[str, Any], lies: tuple[Lie, ...] = ()) -> None:
        """Count one paid call with the usage that its reply states."""
        split = usage["cache_creation"]
        with self._lock:
            self.paid[fingerprint] += 1
            self.models[model] += 1
            self.tokens["input_tokens"] += usage["input_tokens"]
            self.tokens["output_tokens"] += usage["output_tokens"]
            self.tokens["cache_read_tokens"] += usage["cache_read_input_tokens"]
            self.tokens["cache_write_5m_tokens"] += split["ephemeral_5m_input_tokens"]
            self.tokens["cache_write_1h_tokens"] += split["ephemeral_1h_input_tokens"]
            self.lies.extend({"request": fingerprint} | lie.public() for lie in lies)

    def fail_to_answer(self, fingerprint: str) -> None:
        """Count a paid call of whose answer the caller got nothing that can be used."""
        with self._lock:
            self.unanswered[fingerprint] += 1

    @property
    def paid_twice(self) -> int:
        """How many payments were for what had been paid and answered before."""
        with self._lock:
            return sum(max(0, count - self.unanswered[key] - 1) for key, count in self.paid.items())

    def state(self) -> dict[str, Any]:
        """Return everything as JSON; ``paid.repeated`` names the requests that were paid for more than once."""
        with self._lock:
            return {
                "calls": self.calls,
                "in_flight": self.in_flight,
                "peak_in_flight": self.peak_in_flight,
                "by_outcome": dict(self.outcomes),
                "paid_by_model": dict(self.models),
                "tokens": dict(self.tokens),
                "counters": dict(self.counters),
                "paid": {
                    "requests": len(self.paid),
                    "payments": self.paid.total(),
                    "repeated": {key: count for key, count in self.paid.items() if count > 1},
                },
                "lies": list(self.lies),
            }

    def reset(self) -> None:
        """Forget everything but the calls in flight."""
        with self._lock:
            self.calls, self.faults, self.peak_in_flight = 0, 0, self.in_flight
            for counts in (
                self.outcomes,
                self.models,
                self.tokens,
                self.counters,
                self.seen,
                self.paid,
                self.unanswered,
            ):
                counts.clear()
            self.lies.clear()
