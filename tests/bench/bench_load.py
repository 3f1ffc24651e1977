"""Load: many messages through the twin without faults: the rate, the processor time a message takes, and the memory.

    make bench-load [LOAD=10000] [PACED=600]

First the model answers at once: then this machine's processors are the limit, and what a message takes of them can be
told. Then it takes two seconds for each call, and four messages are read at once: two a second is all that such a model
can do, and ``of_the_models_rate`` is how near the drain comes to it.
"""

import json
import os
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from local.chaos import Chaos, Report, run
from local.chaos.meter import Taken, taken
from local.twin import Twin
from local.twin.hosts import HOSTS

RESULT = Path("build/bench/load.json")

SHARES = (0.1, 0.5, 1.0)
"""When the memory is looked at: at these shares of the messages done."""

LATENCY_S = 2.0
"""0.6 s to the first token and 136 more at 97 a second: Haiku 4.5's published speed, and a plain lead's answer."""

GROWTH = 1.1
"""How much larger a worker may be at the end than at a tenth: what is beyond a tenth more is growth."""


class Meter:
    """Remembers what was taken at the beginning and at each share of the messages."""

    def __init__(self, messages: int) -> None:
        self._messages = messages
        self.seen: dict[float, Taken] = {}

    def look(self, _: Twin, done: int) -> None:
        """Measure where a share is reached."""
        for share in (0.0, *SHARES):
            if share not in self.seen and done >= share * self._messages:
                self.seen[share] = taken()


def figures(report: Report, meter: Meter) -> dict[str, Any]:
    """Return the figures; milliseconds of processor time are per message, from the beginning to the end."""
    first, last, messages = meter.seen[0.0], meter.seen[1.0], report.delivered

    def each_ms(name: str) -> float:
        return round(1000 * (getattr(last, name) - getattr(first, name)) / messages, 1)

    return {
        "messages": messages,
        "processors": os.cpu_count(),
        "filed": report.filed,
        "lost": report.lost,
        "doubled": report.doubled,
        "paid_twice": report.paid_twice,
        "per_second": report.per_second,
        "took_s": report.took_s,
        "own_cpu_ms_per_message": each_ms("functions_s"),
        "around_cpu_ms_per_message": each_ms("around_s"),
        "emulator_cpu_ms_per_message": each_ms("emulator_s"),
        "model_cpu_ms_per_message": each_ms("model_s"),
        "memory": {f"{share:.0%}": asdict(meter.seen[share]) for share in SHARES},
        "worker_growth": round(last.worker_mib / meter.seen[SHARES[0]].worker_mib, 3),
    }


def paced(messages: int) -> dict[str, float]:
    """Return how fast the same drains through a model that takes its time, and the share of what that model can do."""
    report = run(Chaos(messages, faults=(), sweeps=False, latency_s=LATENCY_S), _said)
    limit = HOSTS["workers"].concurrency / LATENCY_S
    rate = messages / report.took_s
    return {"paced_per_second": round(rate, 2), "of_the_models_rate": round(rate / limit, 3)}


def _said(line: str) -> None:
    print(line, file=sys.stderr, flush=True)  # noqa: T201 -- progress


def main(messages: int, slowly: int) -> int:
    """Run it, print a table, keep the figures in build/bench/load.json; 1 where something is lost or memory grew."""
    meter = Meter(messages)
    report = run(Chaos(messages, faults=(), sweeps=False), _said, meter.look)
    found = figures(report, meter)
    _show(found)
    # In a process of its own: the one that workers are forked from belongs to the first twin.
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as another:
        found |= another.submit(paced, slowly).result()
    print(f"of the model's rate, paced      {found['of_the_models_rate']}")  # noqa: T201 -- the table
    RESULT.parent.mkdir(parents=True, exist_ok=True)
    RESULT.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    return 0 if report.holds and found["worker_growth"] <= GROWTH else 1


def _show(found: dict[str, Any]) -> None:
    for name, value in found.items():
        if name != "memory":
            print(f"{name.replace('_', ' '):32}{value}")  # noqa: T201 -- the table
    print(f"{'MiB of memory at':32}{'worker':>10}{'emulator':>10}{'around':>10}")  # noqa: T201 -- the table
    for share, at in found["memory"].items():
        row = (at["worker_mib"], at["emulator_mib"], at["own_mib"])
        print(f"{share:32}" + "".join(f"{value:10.0f}" for value in row), flush=True)  # noqa: T201 -- the table


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:3])))
