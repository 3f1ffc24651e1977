"""How long to keep the prompt's prefix in the provider's cache: off, five minutes, or an hour.

A read costs 0.1, a five-minute write 1.25 and a one-hour write 2 times the price of input (the catalogue has each
model's own). An entry lives from the start of the request that wrote it and anew from each that reads it, so all that
matters is how long it is until the next message. Arrivals are taken as a chain of gaps of three classes (under five
minutes, under an hour, longer) in which each gap depends on the one before, which tells a burst from a lull; and what
happened about this time of day on such a day of the week counts for more, which tells the morning from the evening.
The cheapest choice over the next messages follows by dynamic programming. docs/adr/0008 says why this and no more.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise

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
_AT_FIRST = (0.6, 0.1, 0.3)
"""What is thought of a gap before any was seen: rather short; a first write in vain costs a quarter more."""
_WEIGHT_AT_FIRST = 0.5
"""How many seen gaps the first thought is worth: a single one overrules it."""
_WEIGHT_OF_ANY = 2.0
"""How many gaps after a gap of one class those after any gap are worth."""
_WEIGHT_OF_OTHER_HOURS = 16.0
"""How many gaps at this time of day those of all the hours are worth."""
_NEAR_S = 2 * 3600.0
"""What is "this time of day": two hours before and after."""
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
    # A gap is counted under the class of the gap before it; before the first one that was seen lies a long one.
    steps = list(zip([_LONG, *classes], classes, strict=False))
    now_steps = [step for step, moment in zip(steps, recent, strict=False) if _is_like(moment, recent[-1])]
    costs = _costs_by_life(_chain_of(steps, now_steps), classes[-1] if classes else _LONG, price)
    return min(costs, key=lambda life: costs[life])


def _is_like(moment_s: float, now_s: float) -> bool:
    """Say whether a moment is about this time of day, on a day of the same sort (working day or weekend, in UTC)."""
    apart = abs(moment_s - now_s) % _DAY_S
    return min(apart, _DAY_S - apart) <= _NEAR_S and _is_weekend(moment_s) is _is_weekend(now_s)


def _is_weekend(moment_s: float) -> bool:
    return (moment_s // _DAY_S + 3) % 7 >= 5  # 1970 began on a Thursday


def _class_of(gap_s: float) -> int:
    if gap_s < LIFETIME_S[CacheLife.FIVE_MINUTES]:
        return _SHORT
    return _MEDIUM if gap_s < LIFETIME_S[CacheLife.ONE_HOUR] else _LONG


def _chain_of(steps: Sequence[tuple[int, int]], now_steps: Sequence[tuple[int, int]]) -> Chain:
    """Estimate the chain at this time of day; what was seldom seen leans on other hours and classes."""
    any_class = Counter(gap for _, gap in steps)
    overall = _shares([any_class[each] for each in _CLASSES], _AT_FIRST, _WEIGHT_AT_FIRST)
    all_hours, this_hour = Counter(steps), Counter(now_steps)
    chain = []
    for last in _CLASSES:
        usual = _shares([all_hours[last, each] for each in _CLASSES], overall, _WEIGHT_OF_ANY)
        chain.append(_shares([this_hour[last, each] for each in _CLASSES], usual, _WEIGHT_OF_OTHER_HOURS))
    return tuple(chain)


def _shares(counts: Sequence[float], lean: Sequence[float], weight: float) -> tuple[float, ...]:
    total = sum(counts) + weight
    return tuple((count + weight * share) / total for count, share in zip(counts, lean, strict=True))


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
