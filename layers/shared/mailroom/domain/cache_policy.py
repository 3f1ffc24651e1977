"""How long to keep the prompt's prefix in the provider's cache: off, five minutes, or an hour.

A read costs 0.1, a five-minute write 1.25 and a one-hour write 2 times the price of input (the catalogue has each
model's own). An entry lives from the start of the request that wrote it and anew from each that reads it, so all that
matters is how long it is until the next message: under five minutes, under an hour, or longer. What is likely is read
from the gaps seen after one of the same class, which tells a burst from a lull, and about this time of day, which
tells the morning from the evening. Each of these finer views counts only as far as the gaps themselves speak for it:
context-tree weighting (Willems, Shtarkov and Tjalkens, IEEE Trans. Inf. Theory 41(3), 1995), so a stream that knows no
hours is not judged by a handful of gaps. The cheapest choice over the next messages follows by dynamic programming.
docs/adr/0008 says why this and no more.
"""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise
from math import exp, lgamma, log

from mailroom.domain.cost import Price


class CacheLife(StrEnum):
    """How long the provider shall keep the prompt's prefix."""

    OFF = "off"
    FIVE_MINUTES = "5m"
    ONE_HOUR = "1h"


LIFETIME_S: Mapping[CacheLife, float] = {CacheLife.OFF: 0.0, CacheLife.FIVE_MINUTES: 300.0, CacheLife.ONE_HOUR: 3600.0}

type Chain = tuple[tuple[float, ...], ...]
"""By the class of the last gap, how likely each class of the next one is."""

_SHORT, _MEDIUM, _LONG = range(3)
_CLASSES = (_SHORT, _MEDIUM, _LONG)
type _Count = tuple[float, float]
"""How often a question about gaps was answered yes and no; as a first thought (a beta prior), also parts of a gap."""

_SHORT_AT_FIRST: _Count = (0.3, 0.2)
"""What is thought of a gap before any was seen: rather short; a first write in vain costs a quarter more."""
_MEDIUM_AT_FIRST: _Count = (0.125, 0.375)
"""And of one that is not short: rather long. Half a gap each, so a single one that is seen overrules it."""
_WEIGHT_OF_WIDER = 2.0
"""How many gaps in a narrower view those of the wider one are worth."""
_NO_CLASSES = 0.8
"""How likely it seems at first that a gap does not depend on the class of the one before it."""
_NO_HOURS = 0.8
"""How likely it seems at first that a gap does not depend on the time of day, or not on a narrower time than this."""
_NEAR_S = (1200.0, 3600.0, 7200.0, 14400.0)
"""What is "this time of day", by ever wider spans: so many seconds before and after, on a day of the same sort."""
_AHEAD = 40
"""Messages that are looked ahead; further ones change no choice, since an hour's write pays for itself in three."""
SEEN = 2000
HISTORY_DAYS = 8
"""The arrivals that count: the latest 2,000 of the last eight days, so that a Monday knows the Monday before."""
_DAY_S = 86_400.0


def choose_life(arrivals_s: Sequence[float], price: Price) -> CacheLife:
    """Return what to ask for with the message that arrived last; ``arrivals_s`` rise, in seconds since 1970 (UTC).

    The choice counts only where the cache holds nothing; where it does, the message reads and renews what is there.
    """
    recent = arrivals_s[-SEEN:]
    classes = [_class_of(later - earlier) for earlier, later in pairwise(recent)]
    last = classes[-1] if classes else _LONG
    costs = _costs_by_life(_chain_of(recent, classes), last, price)
    return min(costs, key=lambda life: costs[life])


def _nearness(moment_s: float, now_s: float) -> int:
    """Return 0 for a day of the other sort (working day or weekend, in UTC), else 1 and how many spans hold it."""
    if _is_weekend(moment_s) is not _is_weekend(now_s):
        return 0
    apart = abs(moment_s - now_s) % _DAY_S
    return 1 + len(_NEAR_S) - bisect_left(_NEAR_S, min(apart, _DAY_S - apart))


def _is_weekend(moment_s: float) -> bool:
    return (moment_s // _DAY_S + 3) % 7 >= 5  # 1970 began on a Thursday


def _class_of(gap_s: float) -> int:
    if gap_s < LIFETIME_S[CacheLife.FIVE_MINUTES]:
        return _SHORT
    return _MEDIUM if gap_s < LIFETIME_S[CacheLife.ONE_HOUR] else _LONG


def _chain_of(recent: Sequence[float], classes: Sequence[int]) -> Chain:
    """Estimate the chain at this time of day: is a gap short, and if not, is it medium."""
    rings = range(len(_NEAR_S) + 2)
    seen = [[[0 for _ in _CLASSES] for _ in rings] for _ in _CLASSES]
    # A gap is counted under the class of the gap before it; before the first one that was seen lies a long one.
    for moment, last, gap in zip(recent, [_LONG, *classes], classes, strict=False):
        seen[last][_nearness(moment, recent[-1])][gap] += 1
    short = _chances([[(ring[_SHORT], ring[_MEDIUM] + ring[_LONG]) for ring in row] for row in seen], _SHORT_AT_FIRST)
    medium = _chances([[(ring[_MEDIUM], ring[_LONG]) for ring in row] for row in seen], _MEDIUM_AT_FIRST)
    return tuple((yes, (1 - yes) * then, (1 - yes) * (1 - then)) for yes, then in zip(short, medium, strict=True))


def _chances(rows: Sequence[Sequence[_Count]], at_first: _Count) -> list[float]:
    """Return the chance of a yes now by the class of the last gap; each row has its counts from far to near hours."""
    together = [_total(ring) for ring in zip(*rows, strict=True)]
    lean = _lean(_total(together), at_first)
    evidence, chance = _by_hours(together, at_first)
    by_class = [_by_hours(row, lean) for row in rows]
    split = sum(each for each, _ in by_class)
    return [_weighed(_NO_CLASSES, (evidence, chance), (split, each))[1] for _, each in by_class]


type _View = tuple[float, float]
"""The logarithm of how likely a view made what was seen, and the chance of a yes now that it gives."""


def _by_hours(rings: Sequence[_Count], at_first: _Count) -> _View:
    """Weigh the view that all these hours are alike against the one that the nearer ones differ."""
    whole = _total(rings)
    lean = _lean(whole, at_first)
    alike = _log_evidence(whole, at_first), lean[0] / _WEIGHT_OF_WIDER
    if len(rings) == 1 or whole == (0, 0):
        return alike
    evidence, chance = _by_hours(rings[1:], lean)
    return _weighed(_NO_HOURS, alike, (_log_evidence(rings[0], lean) + evidence, chance))


def _weighed(plain_at_first: float, plain: _View, split: _View) -> _View:
    """Return the mean of two views, each as likely as it was at first and as what was seen makes it (Bayes)."""
    one, other = log(plain_at_first) + plain[0], log(1 - plain_at_first) + split[0]
    most = max(one, other)
    both = most + log(exp(one - most) + exp(other - most))
    share = exp(one - both)
    return both, share * plain[1] + (1 - share) * split[1]


def _log_evidence(count: _Count, at_first: _Count) -> float:
    """Return how likely such a count is under a beta prior, as a logarithm (the beta-binomial of one sequence)."""
    return _log_beta(count[0] + at_first[0], count[1] + at_first[1]) - _log_beta(*at_first)


def _log_beta(yes: float, no: float) -> float:
    return lgamma(yes) + lgamma(no) - lgamma(yes + no)


def _lean(count: _Count, at_first: _Count) -> _Count:
    """Return what a narrower view thinks at first: what the wider one has seen, for a few gaps' worth."""
    yes, no = count[0] + at_first[0], count[1] + at_first[1]
    return _WEIGHT_OF_WIDER * yes / (yes + no), _WEIGHT_OF_WIDER * no / (yes + no)


def _total(counts: Sequence[_Count]) -> _Count:
    return sum(yes for yes, _ in counts), sum(no for _, no in counts)


def _costs_by_life(chain: Chain, last: int, price: Price) -> dict[CacheLife, float]:
    """Return what each choice costs now and with the best choices after it, in multiples of an uncached prompt."""
    reads = float(price.cache_read / price.input)
    writes = {
        CacheLife.OFF: 1.0,
        CacheLife.FIVE_MINUTES: float(price.cache_write_5m / price.input),
        CacheLife.ONE_HOUR: float(price.cache_write_1h / price.input),
    }
    # By the class of the gap that ended with a message: its cost to the end with nothing cached, and with each entry.
    cold, warm = _ahead(chain, reads, tuple(writes.items()))
    return {life: cost + _later(chain, last, life, cold, warm) for life, cost in writes.items()}


type _Costs = tuple[float, ...]


@lru_cache(maxsize=64)
def _ahead(
    chain: Chain, reads: float, writes: tuple[tuple[CacheLife, float], ...]
) -> tuple[_Costs, Mapping[CacheLife, _Costs]]:
    cold: _Costs = (0.0, 0.0, 0.0)
    warm: Mapping[CacheLife, _Costs] = {life: cold for life, _ in writes}
    for _ in range(_AHEAD):
        cold, warm = (
            tuple(min(cost + _later(chain, last, life, cold, warm) for life, cost in writes) for last in _CLASSES),
            {life: tuple(reads + _later(chain, last, life, cold, warm) for last in _CLASSES) for life in warm},
        )
    return cold, warm


def _later(chain: Chain, last: int, life: CacheLife, cold: _Costs, warm: Mapping[CacheLife, _Costs]) -> float:
    """Return the expected cost from the next message on when the cache then holds what ``life`` left there."""
    return sum(
        chance * (warm[life][gap] if gap in _BRIDGED[life] else cold[gap]) for gap, chance in enumerate(chain[last])
    )


_BRIDGED: Mapping[CacheLife, frozenset[int]] = {
    CacheLife.OFF: frozenset(),
    CacheLife.FIVE_MINUTES: frozenset({_SHORT}),
    CacheLife.ONE_HOUR: frozenset({_SHORT, _MEDIUM}),
}
"""Which gaps each kind of entry outlives."""
