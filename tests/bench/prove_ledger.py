"""Prove the ledger: every small schedule of faults, then random ones from a seed. Run it with ``make prove-ledger``."""

import json
import sys
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import batched

from tests.property.ledger_ports import Step
from tests.property.ledger_promises import (
    every_order,
    one_fault_everywhere,
    one_fault_in_the_bulk_lane,
    outcome,
    random_bulk_schedule,
    random_schedule,
    shrunk,
    two_faults_everywhere,
)
from tests.property.ledger_world import pure_parts_remembered


def tried(schedules: Iterable[list[Step]]) -> tuple[int, list[tuple[list[str], list[Step]]]]:
    """Return how many schedules were tried, and each that broke a promise, shrunk."""
    count, broken = 0, []
    with pure_parts_remembered():
        for schedule in schedules:
            count += 1
            found = outcome(schedule)
            if found:
                broken.append((found, shrunk(schedule)))
    return count, broken


def tried_seeds(seeds: tuple[int, ...]) -> tuple[int, list[tuple[list[str], list[Step]]]]:
    """Try the random schedules of these seeds, every other one with the bulk lane beside the live one."""
    return tried(random_bulk_schedule(seed) if seed % 2 else random_schedule(seed) for seed in seeds)


def exhaustive() -> Iterator[list[Step]]:
    """Yield every small schedule."""
    yield from one_fault_everywhere()
    yield from one_fault_in_the_bulk_lane()
    yield from two_faults_everywhere()
    yield from every_order(4)


def main(random_schedules: int, first_seed: int) -> int:
    """Try them all on two processors; print one line of JSON, and each broken promise with its schedule."""
    began = time.monotonic()
    with ProcessPoolExecutor(2) as pool:
        small = pool.submit(tried, list(exhaustive()))
        seeds = range(first_seed, first_seed + random_schedules)
        drawn = list(pool.map(tried_seeds, batched(seeds, 1000, strict=False)))
        count, broken = small.result()
    for _, found in drawn:
        broken += found
    for promises, steps in broken:
        sys.stderr.write("\n  ".join(map(str, (*promises, *steps))) + "\n")
    words = [promise.partition(":")[0] for promises, _ in broken for promise in promises]
    figures = {
        "exhaustive": count,
        "random": sum(tried_here for tried_here, _ in drawn),
        "first_seed": first_seed,
        "broken": len(broken),
        "lost": words.count("lost") + words.count("unfinished"),
        "doubled": words.count("doubled") + sum(word.startswith("paid") for word in words),
        "illegal": words.count("illegal") + words.count("skipped"),
        "seconds": round(time.monotonic() - began, 1),
    }
    sys.stdout.write(json.dumps(figures) + "\n")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2])))
