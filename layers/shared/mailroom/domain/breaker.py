"""The breaker: whether the line runs, is stopped, or lets one call through to see. Pure; a port keeps it.

closed ──account at fault, or overload──▶ open ──its pause is over──▶ half open (one probe) ──it succeeded──▶ closed
                                           ▲                                  │
                                           └───────────── it failed ──────────┘
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(minutes=15)
"""Each failed probe doubles the pause up to this: 15 minutes is also the longest delay of a message on SQS."""

PROBE = timedelta(minutes=4)
"""How long a probe may take before another worker may try: the longest function timeout, and a minute."""

WINDOW = timedelta(minutes=5)
LEAST_CALLS, FEWEST_CALLS = 10, 5
OVERLOAD = 0.5
"""Sustained overload: within five minutes half of at least ten calls of one worker failed by no fault of the message,
or every single one of at least five, as where each takes a minute to time out. A stop that was not needed costs half a
minute and no message a try."""


class Line(StrEnum):
    """Where the breaker stands."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


@dataclass(frozen=True, slots=True)
class Breaker:
    """The shared state. ``until`` is when the next probe may begin; ``version`` guards each write."""

    line: Line = Line.CLOSED
    reason: str = ""
    since: datetime | None = None
    until: datetime | None = None
    pause: timedelta = FIRST_PAUSE
    version: int = 0

    def wait(self, now: datetime) -> timedelta:
        """Return how long nobody may call; nothing when the line runs or a probe is due."""
        if self.line is Line.CLOSED or self.until is None:
            return timedelta()
        return max(self.until - now, timedelta())

    def opened(self, reason: str, now: datetime) -> "Breaker":
        """Stop the line, or keep it stopped for longer when a probe has failed."""
        failed_probe = self.line is Line.HALF_OPEN
        pause = min(self.pause * 2, LONGEST_PAUSE) if failed_probe else FIRST_PAUSE
        since = self.since if self.line is not Line.CLOSED else now
        return Breaker(Line.OPEN, reason, since, now + pause, pause, self.version + 1)

    def probing(self, now: datetime) -> "Breaker":
        """Let one call through; until it is back, or too late, nobody else calls."""
        return replace(self, line=Line.HALF_OPEN, until=now + PROBE, version=self.version + 1)

    def closed(self) -> "Breaker":
        """Let the line run again."""
        return Breaker(version=self.version + 1)


@dataclass(frozen=True, slots=True)
class Window:
    """What one worker has seen of late: when its calls ended, and whether each failed by no fault of its message."""

    calls: tuple[tuple[datetime, bool], ...] = ()

    def seen(self, now: datetime, *, failed: bool) -> "Window":
        """Return the window with one more call, and without what is too old or too much."""
        recent = tuple(call for call in self.calls if call[0] > now - WINDOW)[-99:]
        return Window((*recent, (now, failed)))

    @property
    def overloaded(self) -> bool:
        """Say whether this is more than bad luck."""
        calls, failed = len(self.calls), sum(failed for _, failed in self.calls)
        return (calls >= LEAST_CALLS and failed >= OVERLOAD * calls) or (calls >= FEWEST_CALLS and failed == calls)
