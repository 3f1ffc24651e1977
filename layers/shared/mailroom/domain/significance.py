"""Whether a difference is more than chance would have it: exact tests in plain integers and logarithms."""

import math
from collections.abc import Sequence


def fisher_more(hits: int, count: int, hits_before: int, count_before: int) -> float:
    """Return the one-sided p of Fisher's exact test that a share has grown.

    It is the chance of ``hits`` or more among ``count`` when the ``hits + hits_before`` of all ``count +
    count_before`` are dealt out blindly (hypergeometric tail). Source: Fisher, Statistical Methods for Research
    Workers, 5th ed., 1934, section 21.02.
    """
    everything, troubled = count + count_before, hits + hits_before
    most = min(troubled, count)
    if hits <= max(0, troubled - count_before):
        return 1.0
    whole = _log_choose(everything, count)
    tail = (
        math.exp(_log_choose(troubled, k) + _log_choose(everything - troubled, count - k) - whole)
        for k in range(hits, most + 1)
    )
    return min(1.0, math.fsum(tail))


def holm(p_values: Sequence[float]) -> list[float]:
    """Return p-values adjusted for the number of tests (Holm, Scandinavian Journal of Statistics 6, 1979)."""
    order = sorted(range(len(p_values)), key=lambda place: p_values[place])
    adjusted, highest = [1.0] * len(p_values), 0.0
    for rank, place in enumerate(order):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[place]))
        adjusted[place] = highest
    return adjusted


def wilson(hits: int, count: int, z: float = 1.96) -> tuple[float, float]:
    """Return the limits between which a share lies with 95 % probability (``z`` standard deviations either side).

    Source: Wilson, Journal of the American Statistical Association 22 (1927). With no count it may be anything.
    """
    if not count:
        return 0.0, 1.0
    share, spread = hits / count, z * z / count
    middle = (share + spread / 2) / (1 + spread)
    half = z * math.sqrt(share * (1 - share) / count + spread / (4 * count)) / (1 + spread)
    return max(0.0, middle - half), min(1.0, middle + half)


def _log_choose(total: int, chosen: int) -> float:
    return math.lgamma(total + 1) - math.lgamma(chosen + 1) - math.lgamma(total - chosen + 1)
