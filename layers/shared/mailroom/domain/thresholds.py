"""From which confidence on a value may pass unseen, so that no more than a stated share of what passes is wrong.

The method is Learn then Test (Angelopoulos, Bates, Candès, Jordan, Lei: "Learn then Test: Calibrating Predictive
Algorithms to Achieve Risk Control", 2021, arXiv:2110.01052) with exact binomial tests (Clopper and Pearson, 1934).
"""

import math
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate

NONE_ACCEPTED = 1.01
"""A threshold that no probability reaches."""

_BOUND = 0.95
_STARTS = 2
# Fixed in advance and independent of any data, as the test's validity asks: log-odds from 0 to 9 in steps of an eighth.
_GRID = tuple(1.0 / (1.0 + math.exp(-step / 8)) for step in range(72, -1, -1))

Example = tuple[float, bool]
"""A reviewed value: the confidence it had, and whether a person found it right."""


def risk_controlled_threshold(
    examples: Iterable[Example], target_error_rate: float = 0.01, *, bound: float = _BOUND
) -> float:
    """Return the lowest confidence above which no more than a stated share of values is wrong.

    It keeps its promise with probability ``bound``, over the draw of the examples.

    Where evidence is too thin to promise that for any threshold, ``NONE_ACCEPTED``: without a single error, 1 % at 95 %
    needs 368 reviewed values above it. Thresholds are tested from strict to loose, up to the first that fails;
    because a strict threshold has few examples, it starts from two places, which share the permitted failure.
    """
    _check_rates(target_error_rate, bound)
    counts = _counts_above(examples)
    budget = (1.0 - bound) / _STARTS
    best = NONE_ACCEPTED
    for start in _starting_places(counts, target_error_rate, budget):
        for threshold, (accepted, wrong) in zip(_GRID[start:], counts[start:], strict=True):
            if binomial_tail(wrong, accepted, target_error_rate) > budget:
                break
            best = min(best, threshold)
    return best


def _check_rates(target_error_rate: float, bound: float) -> None:
    if not 0.0 < target_error_rate < 1.0 or not 0.0 < bound < 1.0:
        raise ValueError(f"Rates lie between 0 and 1: target {target_error_rate}, bound {bound}.")


def _counts_above(examples: Iterable[Example]) -> list[tuple[int, int]]:
    """Return for each threshold of the grid how many examples reach it, and how many of those are wrong."""
    ordered = sorted(examples)
    confidences = [confidence for confidence, _ in ordered]
    wrong_below = list(accumulate((not right for _, right in ordered), initial=0))
    places = [bisect_left(confidences, threshold) for threshold in _GRID]
    return [(len(ordered) - place, wrong_below[-1] - wrong_below[place]) for place in places]


def _starting_places(counts: Sequence[tuple[int, int]], target: float, budget: float) -> list[int]:
    """Return where to begin: the strictest threshold with as many examples as an errorless test needs, and the middle.

    The first serves where only the surest values are good enough, the second, which accepts half of all examples, where
    most are: it has the numbers to bear an error or two. Only how many are accepted is looked at, never how many of
    them are wrong, so that the choice spends no confidence.
    """
    needed = math.ceil(math.log(budget) / math.log1p(-target))
    half = max(needed, counts[-1][0] // 2)
    places = (
        next((i for i, (accepted, _) in enumerate(counts) if accepted >= least), None) for least in (needed, half)
    )
    return [place for place in places if place is not None]


def binomial_tail(wrong: int, accepted: int, rate: float) -> float:
    """Return the probability of at most ``wrong`` errors among ``accepted`` values if each errs with ``rate``.

    Small means: the true rate is hardly as high as ``rate``.
    """
    if accepted == 0:
        return 1.0
    log_term = accepted * math.log1p(-rate)
    total = math.exp(log_term)
    for errors in range(1, wrong + 1):
        log_term += math.log((accepted - errors + 1) / errors) + math.log(rate) - math.log1p(-rate)
        total += math.exp(log_term)
    return min(1.0, total)


def upper_error_bound(wrong: int, accepted: int, bound: float = _BOUND) -> float:
    """Return the Clopper-Pearson upper limit of the error rate: 1.0 where nothing was accepted."""
    if accepted == 0 or wrong >= accepted:
        return 1.0
    low, high = wrong / accepted, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if binomial_tail(wrong, accepted, middle) > 1.0 - bound else (low, middle)
    return high


def default_threshold(target_error_rate: float, table: Mapping[str, float]) -> float:
    """Return the threshold before anything was reviewed: that of the nearest stricter target in the shipped table."""
    stricter = [
        (float(rate), threshold) for rate, threshold in table.items() if float(rate) <= target_error_rate + 1e-12
    ]
    return max(stricter)[1] if stricter else NONE_ACCEPTED


def thresholds_by_field(
    reviewed: Mapping[tuple[str, str], Sequence[Example]], target_error_rate: float = 0.01, *, bound: float = _BOUND
) -> dict[str, float]:
    """Return thresholds from reviewed values by (kind, field), in the keys of ``Policy``: "kind.field", "kind" and "".

    A field with enough reviewed values stands on its own. One with too few takes its kind's threshold, and then that of
    everything reviewed; where even that promises nothing, nothing is accepted.
    """
    pools: dict[str, list[Example]] = {"": []}
    for (kind, name), examples in reviewed.items():
        for pool in (f"{kind}.{name}", kind, ""):
            pools.setdefault(pool, []).extend(examples)
    found = {
        pool: risk_controlled_threshold(examples, target_error_rate, bound=bound) for pool, examples in pools.items()
    }
    for pool in sorted(found, key=len):  # a kind is settled before its fields ask for it
        if found[pool] >= NONE_ACCEPTED:
            found[pool] = found[pool.rpartition(".")[0]]
    return found
