"""What the cache policy's prompts cost over those of one that knows every arrival: ``make bench-cache``.

Arrivals are drawn with a fixed seed for four weeks at each rate, so a busy rate weighs as much more as its bill. The
policy sees only what came before. The clairvoyant chooses off, five minutes or an hour for every message, knowing all
that will come; its cost is exact, by dynamic programming from the last arrival back. Both obey the same cache: a
message that finds an entry reads it and renews it, whatever it asked for.

Beside the regret stands that of the best fixed choice for the stream, chosen with hindsight. Where messages come one
by one at random, as in the Poisson pattern, no policy without foresight does better on average than that.

The policy's constants were chosen on arrivals drawn with other seeds. Writes build/bench/cache.json.
"""

# ruff: noqa: T201 - a bench prints its tables

import json
import random
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from mailroom.catalogue import card
from mailroom.domain.cache_policy import HISTORY_DAYS, LIFETIME_S, SEEN, CacheLife, choose_life
from mailroom.domain.cost import Price

RESULT = Path("build/bench/cache.json")
SEED = 20261123
WEEKS = 4
SEEDS = 5
DAY_S, HOUR_S, MINUTE_S = 86_400.0, 3_600.0, 60.0
END_S = WEEKS * 7 * DAY_S
MONDAY_S = 4 * DAY_S
"""The first Monday of 1970: the policy knows the days of the week."""
MODEL = "claude-haiku-4-5"

type Pattern = Callable[[random.Random, float], Iterator[float]]


def poisson(draw: random.Random, per_hour: float) -> Iterator[float]:
    """Yield arrivals at random, around the clock."""
    at = draw.expovariate(per_hour / HOUR_S)
    while at < END_S:
        yield at
        at += draw.expovariate(per_hour / HOUR_S)


def bursty(draw: random.Random, bursts_per_day: float) -> Iterator[float]:
    """Yield bursts at random; a burst has eight messages on average (geometric), twenty seconds apart on average."""
    at = draw.expovariate(bursts_per_day / DAY_S)
    while at < END_S:
        moment = at
        yield moment
        while draw.random() < 7 / 8:
            moment += draw.expovariate(1 / 20)
            yield moment
        at = moment + draw.expovariate(bursts_per_day / DAY_S)


def office_hours(draw: random.Random, per_hour: float) -> Iterator[float]:
    """Yield arrivals at random from 8 to 18 o'clock, Monday to Friday, and at a fiftieth of the rate otherwise."""
    for at in poisson(draw, per_hour):
        day, hour = divmod(at, DAY_S)
        if (day % 7 < 5 and 8 * HOUR_S <= hour < 18 * HOUR_S) or draw.random() < 0.02:
            yield at


def one_a_day(draw: random.Random, spread_s: float) -> Iterator[float]:
    """Yield one message a day, about nine o'clock (normal, with this spread in seconds)."""
    for day in range(WEEKS * 7):
        yield day * DAY_S + min(max(draw.gauss(9 * HOUR_S, spread_s), 0.0), DAY_S - 1)


PATTERNS: dict[str, tuple[Pattern, tuple[float, ...], str]] = {
    "poisson": (poisson, (120, 30, 12, 6, 3, 1, 0.5, 0.1), "messages an hour"),
    "bursty": (bursty, (96, 24, 12, 4, 1), "bursts a day"),
    "office_hours": (office_hours, (120, 30, 12, 6, 3, 1), "messages an office hour"),
    "one_a_day": (one_a_day, (60, 1800, 7200), "seconds of spread"),
}


def cost_of(arrivals: Sequence[float], price: Price, choose: Callable[[Sequence[float]], CacheLife]) -> float:
    """Return what a policy pays for the prompts, in uncached prompts; ``choose`` gets the arrivals up to now."""
    writes, reads = _multiples(price)
    total, expires_at = 0.0, -1.0
    entry = CacheLife.OFF
    for number, at in enumerate(arrivals):
        if at < expires_at:
            total += reads
        else:
            oldest = bisect_left(arrivals, at - HISTORY_DAYS * DAY_S)  # what the ledger is asked for, and no more
            entry = choose(arrivals[max(oldest, number + 1 - SEEN) : number + 1])
            total += writes[entry]
        expires_at = at + LIFETIME_S[entry]
    return total


def clairvoyant(arrivals: Sequence[float], price: Price) -> float:
    """Return the least that can be paid, knowing all arrivals: exact, from the last one back."""
    writes, reads = _multiples(price)
    best_from = [0.0] * (len(arrivals) + 1)  # the cost from each arrival on when it finds nothing
    # Under each life, the first arrival that an unbroken chain of renewals from here does not reach.
    broken = dict.fromkeys(CacheLife, len(arrivals))
    for number in range(len(arrivals) - 1, -1, -1):
        gap = arrivals[number + 1] - arrivals[number] if number + 1 < len(arrivals) else float("inf")
        choices = []
        for life, write in writes.items():
            if gap >= LIFETIME_S[life]:
                broken[life] = number + 1
            choices.append(write + reads * (broken[life] - number - 1) + best_from[broken[life]])
        best_from[number] = min(choices)
    return best_from[0]


def _multiples(price: Price) -> tuple[dict[CacheLife, float], float]:
    writes = {
        CacheLife.OFF: 1.0,
        CacheLife.FIVE_MINUTES: float(price.cache_write_5m / price.input),
        CacheLife.ONE_HOUR: float(price.cache_write_1h / price.input),
    }
    return writes, float(price.cache_read / price.input)


@dataclass
class Bill:
    """Costs of one stream, or of several added up, in uncached prompts."""

    messages: int = 0
    policy: float = 0.0
    clairvoyant: float = 0.0
    fixed: float = 0.0

    def add(self, other: "Bill") -> None:
        """Add another bill to this one."""
        self.messages += other.messages
        self.policy += other.policy
        self.clairvoyant += other.clairvoyant
        self.fixed += other.fixed

    @property
    def regret(self) -> float:
        """What the policy pays more than the clairvoyant, as a share."""
        return self.policy / self.clairvoyant - 1

    @property
    def fixed_regret(self) -> float:
        """The same of the best fixed choice."""
        return self.fixed / self.clairvoyant - 1


def bill_of(pattern: Pattern, rate: float, price: Price) -> Bill:
    """Return the bill of a pattern at one rate over all seeds."""
    total = Bill()
    for seed in range(SEEDS):
        draw = random.Random(f"{SEED}/{pattern.__name__}/{rate}/{seed}")
        arrivals = [MONDAY_S + at for at in pattern(draw, rate)]
        fixed = min(cost_of(arrivals, price, lambda _, life=life: life) for life in CacheLife)
        policy = cost_of(arrivals, price, lambda seen: choose_life(seen, price))
        total.add(Bill(len(arrivals), policy, clairvoyant(arrivals, price), fixed))
    return total


def main() -> None:
    """Print a row for each rate, and write the figures."""
    price = card(MODEL).prices[0].price
    figures: dict[str, object] = {}
    regrets: dict[str, float] = {}
    worst, by_rate = ("", 0.0, 0.0), []
    print(f"{'pattern':14}{'rate':>8}  {'':24}{'messages':>10}{'cost':>8}{'best':>8}{'regret':>9}{'fixed':>9}")
    for name, (pattern, rates, unit) in PATTERNS.items():
        whole = Bill()
        for rate in rates:
            bill = bill_of(pattern, rate, price)
            whole.add(bill)
            by_rate.append(bill.regret)
            worst = max(worst, (f"{name}, {rate:g} {unit}", bill.regret, bill.fixed_regret), key=lambda each: each[1])
            _row(name, f"{rate:g}", unit, bill)
        _row(name, "all", "", whole)
        regrets[name] = whole.regret
    figures["max_regret"] = round(max(regrets.values()), 4)
    figures |= {f"regret_{name}": round(regret, 4) for name, regret in regrets.items()}
    figures |= {
        "worst_rate": worst[0],
        "worst_rate_regret": round(worst[1], 4),
        "worst_rate_best_fixed": round(worst[2], 4),
    }
    figures |= {"mean_regret_over_rates": round(sum(by_rate) / len(by_rate), 4)}
    figures |= {"model": MODEL, "weeks": WEEKS, "seeds": SEEDS, "seed": SEED}
    RESULT.parent.mkdir(parents=True, exist_ok=True)
    RESULT.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(figures, indent=2))


def _row(name: str, rate: str, unit: str, bill: Bill) -> None:
    each = bill.policy / bill.messages, bill.clairvoyant / bill.messages
    print(
        f"{name:14}{rate:>8}  {unit:24}{bill.messages:>10}{each[0]:>8.3f}{each[1]:>8.3f}"
        f"{bill.regret:>9.1%}{bill.fixed_regret:>9.1%}"
    )


if __name__ == "__main__":
    main()
