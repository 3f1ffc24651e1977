"""Drift: whose records, and which fields, cause more doubt and correction this week than in the weeks before."""

from collections.abc import Mapping
from dataclasses import dataclass

from mailroom.domain.significance import fisher_more, holm
from mailroom.domain.statistics import Share

WEEK_DAYS, DAYS_BEFORE = 7, 28
"""The days that are compared: the last seven, today among them, with the four weeks before those."""

FEWEST_NOW, FEWEST_BEFORE = 5, 20
"""Records below which a share says nothing. With 20 untroubled ones before, 2 of 5 now are p = 0.03 by themselves."""

ALPHA = 0.05
"""The chance, for a whole table, that any of its rows is called a drift though nothing has changed (Holm)."""


@dataclass(frozen=True, slots=True)
class Drift:
    """One sender or field: its shares now and before, and how likely chance alone makes such a rise.

    ``p_value`` is adjusted for the number of rows compared; ``drifted`` where it is under ``ALPHA``.
    """

    name: str
    now: Share
    before: Share
    p_value: float

    @property
    def drifted(self) -> bool:
        """Whether the share has grown by more than chance would have it."""
        return self.p_value < ALPHA


def drifts(now: Mapping[str, Share], before: Mapping[str, Share]) -> list[Drift]:
    """Return a row for each name with records enough on both sides, the least likely first.

    What is compared is the share of records that were doubtful or corrected, by Fisher's exact test in one direction:
    that trouble lessens is no alarm.
    """
    names = [
        name
        for name, share in now.items()
        if share.seen >= FEWEST_NOW and before.get(name, Share()).seen >= FEWEST_BEFORE
    ]
    raw = [fisher_more(now[name].troubled, now[name].seen, before[name].troubled, before[name].seen) for name in names]
    rows = [Drift(name, now[name], before[name], p) for name, p in zip(names, holm(raw), strict=True)]
    return sorted(rows, key=lambda row: (row.p_value, -row.now.troubled / row.now.seen, row.name))
