"""What a run of chaos came to, and whether the promises held: exact, over every record of the ledger."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from mailroom.domain.record import WORKING, Record


@dataclass
class Report:
    """What came of it. ``filed`` counts records by status; times in seconds, ``drained_s`` from the last delivery on.

    ``kills`` are all worker processes that were killed, at random or at the function's timeout, ``killed`` the same by
    function. ``aws`` counts what AWS did wrong: faults by name, how many outlasted the SDK's own tries (``surfaced``),
    and of how many the call was carried out though the caller heard that it failed (``carried_out``).
    """

    delivered: int = 0
    filed: Mapping[str, int] = field(default_factory=dict)
    lost: int = 0
    doubled: int = 0
    paid_twice: int = 0
    kills: int = 0
    drained_s: float = 0.0
    deliveries: int = 0
    redriven: int = 0
    calls: int = 0
    paid: int = 0
    unanswered: int = 0
    killed: Mapping[str, int] = field(default_factory=dict)
    outcomes: Mapping[str, int] = field(default_factory=dict)
    aws: Mapping[str, int] = field(default_factory=dict)
    took_s: float = 0.0
    per_second: float = 0.0
    broken: tuple[str, ...] = ()
    """Up to twenty sentences on what was lost or doubled, each with the record's id."""

    @property
    def holds(self) -> bool:
        """Say whether the promises were kept."""
        return not (self.lost or self.doubled) and self.paid_twice <= self.kills

    def public(self) -> dict[str, Any]:
        """Return the report as JSON; ``in`` is the number of different messages."""
        rest = {name: getattr(self, name) for name in self.__dataclass_fields__ if name != "delivered"}
        return {"in": self.delivered} | rest

    def count(self, records: Iterable[Record], expected: Collection[str], redriven: Collection[str]) -> None:
        """Hold the ledger against what was delivered.

        Lost is what has no row, or one that a machine still owes something. Doubled is a row that nobody delivered, and
        a row for which a step was done twice: who redrives a record asks anew, on purpose, so ``redriven`` are let off.
        """
        found = {record.record_id: record for record in records}
        lost = [f"{name} has no row" for name in sorted(set(expected) - found.keys())]
        lost += [f"{name} is still {record.status}" for name, record in found.items() if record.status in WORKING]
        doubled = [f"{name} was delivered by nobody" for name in sorted(found.keys() - set(expected))]
        for name, record in found.items():
            steps = Counter(attempt.step for attempt in record.attempts)
            if name not in redriven and max(steps.values(), default=0) > 1:
                doubled.append(f"{name} was asked about twice: {dict(steps)}")
        self.filed = dict(Counter(str(record.status) for record in found.values()))
        self.delivered, self.redriven = len(expected), len(redriven)
        self.lost, self.doubled = len(lost), len(doubled)
        self.broken = (*lost, *doubled)[:20]
