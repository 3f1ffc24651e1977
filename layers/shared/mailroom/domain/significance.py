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


def _log_choose(total: int, chosen: int) -> float:
    return math.lgamma(total + 1) - math.lgamma(chosen + 1) - math.lgamma(total - chosen + 1)
