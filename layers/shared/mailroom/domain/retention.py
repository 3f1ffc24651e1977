"""How long messages are kept: one span for all, and shorter ones by kind of document or for what was quarantined."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType

from mailroom.domain.record import Record, Status

SHORTEST = timedelta(days=3)
"""The sweep compares raw messages of the last two days with the rows: one whose row is gone would be read anew."""


@dataclass(frozen=True, slots=True)
class Retention:
    """``longest`` bounds everything, as the bucket's lifecycle does; ``shorter`` is by kind, or ``quarantined``.

    Raises ValueError for a span that is longer than ``longest`` or shorter than ``SHORTEST``.
    """

    longest: timedelta
    shorter: Mapping[str, timedelta] = field(default=MappingProxyType({}))

    def __post_init__(self) -> None:
        for name, span in self.shorter.items():
            if not SHORTEST <= span <= self.longest:
                raise ValueError(
                    f"{name} must be kept for {SHORTEST.days} days at least and {self.longest.days} at most "
                    f"(what everything is kept for), not {span.days}."
                )

    @property
    def shortest(self) -> timedelta:
        """The span that nothing read from a message may outlive while its kind is unknown."""
        return min((self.longest, *self.shorter.values()))

    def applied(self, record: Record, now: datetime) -> Record:
        """Return the record with the day of its deletion; once set it only ever comes nearer."""
        name = record.status if record.status is Status.QUARANTINED else record.kind
        ends = now + self.shorter.get(name, self.longest)
        return record.model_copy(update={"expires_at": min(record.expires_at or ends, ends)})
