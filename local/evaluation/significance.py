"""Whether two runs over the same messages differ by more than chance would have it."""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass

DRAWS = 2000
"""Bootstrap samples: the ends of a 95 % interval rest on 50 of them each."""


@dataclass(frozen=True, slots=True)
class Counts:
    """One message's counts in one run, from which F1 is made."""

    right: int
    claimed: int
    support: int


@dataclass(frozen=True, slots=True)
class Interval:
    """A difference with the limits between which it lies with 95 % probability."""

    difference: float
    low: float
    high: float

    @property
    def excludes_zero(self) -> bool:
        """Whether the difference has a sign."""
        return self.low > 0 or self.high < 0


def mcnemar_exact(only_first: int, only_second: int) -> float:
    """Return the two-sided exact p of McNemar's test: how often chance alone splits the disagreements as unevenly.

    ``only_first`` counts the places where only the first run is right, ``only_second`` those where only the second is.
    Source: McNemar, Psychometrika 12 (1947); the exact form is a binomial test with p = 1/2.
    """
    disagreements = only_first + only_second
    if not disagreements:
        return 1.0
    fewer = min(only_first, only_second)
    tail = sum(math.comb(disagreements, k) for k in range(fewer + 1))
    return min(1.0, 2.0 * tail / (1 << disagreements))


def f1_of(counts: Sequence[Counts]) -> float:
    """Return the F1 over all values of these messages; 1.0 where there was nothing to find and nothing was claimed."""
    asked = sum(each.claimed + each.support for each in counts)
    return 2 * sum(each.right for each in counts) / asked if asked else 1.0


def paired_bootstrap(first: Sequence[Counts], second: Sequence[Counts], *, seed: int, draws: int = DRAWS) -> Interval:
    """Return the difference in F1 (second minus first) with its interval, drawing whole messages with replacement.

    Messages, not values, are drawn: the values of one message stand and fall together. Raises ValueError where the two
    are not over the same messages.
    """
    if len(first) != len(second):
        raise ValueError(f"A paired test needs the same messages: {len(first)} and {len(second)} are not.")
    difference = f1_of(second) - f1_of(first)
    if not first:
        return Interval(difference, 0.0, 0.0)
    rng = random.Random(seed)  # noqa: S311 - repeatable on purpose
    seen = sorted(_drawn(first, second, rng) for _ in range(draws))
    edge = max(0, math.ceil(0.025 * draws) - 1)
    return Interval(difference, seen[edge], seen[draws - 1 - edge])


def _drawn(first: Sequence[Counts], second: Sequence[Counts], rng: random.Random) -> float:
    places = rng.choices(range(len(first)), k=len(first))
    return f1_of([second[place] for place in places]) - f1_of([first[place] for place in places])
