"""Cold start: the artifacts that `make sam-build` makes against naive ones with the same features, in the same run.

    python -m tests.bench.bench_cold_start [rounds] [--no-rie]

Each round starts each variant once, in turn (A B A B …), in a fresh process on this machine's processor, against the
stack on the emulator and the stand-in model at zero latency: import of the handler with all that it wires (init), then
one message. Ratios are medians of the rounds' own ratios, so that a busy machine disturbs both sides alike.

``shipped``         .aws-sam/build: function, SharedLayer, DependenciesLayer
``naive``           tests/bench/naive: eager imports, a client per service opened by a module that all functions share,
                    the pins as published, no bytecode (SAM's Python builder ships none, and Lambda's disk is read-only)
``naive_compiled``  the same with bytecode: what is left when only that is mended

The same with every file dropped from the page cache before each start (``cold``), and under Lambda's own runtime client
in Lambda's runtime interface emulator (``rie``, its INIT REPORT). Prints tables and writes build/bench/cold-start.json:
``ratio_vs_naive`` (goal 2.5, stretch 3.3), ``ratio_vs_naive_compiled``, ``ratio_slim`` (receive_email, which asks no
model), each ``…_cold`` and ``…_rie``, medians and spread of milliseconds, CPU, modules and memory, and the sizes.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.bench.lambda_world import BUILT, ROOT, World, world
from tests.bench.runtime_emulator import init_reports

HERE = Path(__file__).parent
OUT = ROOT / "build" / "bench"
SITE = OUT / "naive-site"
PYCACHE = OUT / "naive-pycache"
LAYERS = [BUILT / "SharedLayer" / "python", BUILT / "DependenciesLayer" / "python"]
NAIVE = [HERE / "naive", SITE]


@dataclass(frozen=True, slots=True)
class Variant:
    """One way to run one function: the module with ``handle``, and the folders that are on its path."""

    name: str
    function: str
    module: str
    folders: tuple[Path, ...]
    compiled: bool = True

    def environment(self, world: World) -> dict[str, str]:
        variables = world.environment(self.function) | {
            "PYTHONPATH": os.pathsep.join(map(str, self.folders)),
            "AWS_LAMBDA_RUNTIME_API": "127.0.0.1:9",  # what Lambda sets in init; nothing asks it here
        }
        if self.name == "naive":
            variables["PYTHONDONTWRITEBYTECODE"] = "1"
        if self.name == "naive_compiled":
            variables["PYTHONPYCACHEPREFIX"] = str(PYCACHE)
        return variables


EXTRACT = [
    Variant("shipped", "ExtractRecordFunction", "handler", (BUILT / "ExtractRecordFunction", *LAYERS)),
    Variant("naive", "ExtractRecordFunction", "extract", tuple(NAIVE)),
    Variant("naive_compiled", "ExtractRecordFunction", "extract", tuple(NAIVE)),
]
RECEIVE = [
    Variant("shipped", "ReceiveEmailFunction", "handler", (BUILT / "ReceiveEmailFunction", *LAYERS)),
    Variant("naive", "ReceiveEmailFunction", "receive", tuple(NAIVE)),
    Variant("naive_compiled", "ReceiveEmailFunction", "receive", tuple(NAIVE)),
]


def install_naive() -> None:
    """Put the same pins and our package beside each other, as a plain `pip install --target` and a copy do."""
    stamp = SITE / ".made-of"
    made_of = (ROOT / "layers/dependencies/requirements.txt").read_text()
    subprocess.run(["rm", "-rf", str(SITE / "mailroom")], check=True)
    if not stamp.exists() or stamp.read_text() != made_of:
        subprocess.run(["rm", "-rf", str(SITE), str(PYCACHE)], check=True)
        requirements = ["--requirement", str(ROOT / "layers/dependencies/requirements.txt")]
        uv = [str(ROOT / ".tools/bin/uv"), "pip", "install", "--quiet", "--python", sys.executable, "--require-hashes"]
        subprocess.run([*uv, *requirements, "--target", str(SITE)], check=True)
        stamp.write_text(made_of)
    subprocess.run(["cp", "-R", str(ROOT / "layers/shared/mailroom"), str(SITE / "mailroom")], check=True)
    subprocess.run(["find", str(SITE), "-name", "__pycache__", "-prune", "-exec", "rm", "-rf", "{}", "+"], check=True)


def started(variant: Variant, world: World, number: int) -> dict[str, float]:
    """Start a variant once; raises CalledProcessError with what it said when it fails."""
    event = world.event(variant.function, number)
    done = subprocess.run(
        [world.python, "-S", str(HERE / "cold_process.py"), variant.module, str(event)],
        env=variant.environment(world),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"{variant.name} {variant.function} failed:\n{done.stderr[-3000:]}\n{done.stdout[-3000:]}")
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found | {"answered_ms": found["init_ms"] + found["first_ms"]}


def evict(folders: tuple[Path, ...]) -> None:
    """Drop a variant's files from the page cache: Lambda's first start reads them from its disk."""
    for root in {*folders, PYCACHE}:
        for path, _, names in os.walk(root):
            for name in names:
                descriptor = os.open(os.path.join(path, name), os.O_RDONLY)  # noqa: PTH118 -- tens of thousands
                os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
                os.close(descriptor)


type Runs = dict[str, list[dict[str, float]]]


def measured(variants: list[Variant], world: World, rounds: int, numbers: Iterator[int], *, cold: bool) -> Runs:
    """Start all variants in turn, as many times as there are rounds."""
    runs: Runs = defaultdict(list)
    for _ in range(rounds):
        for variant in variants:
            if cold:
                evict(variant.folders)
            runs[variant.name].append(started(variant, world, next(numbers)))
    return runs


def ratio(runs: Runs, over: str, key: str) -> float:
    """Return the median of the rounds' own ratios of a naive variant to the shipped one."""
    pairs = zip(runs[over], runs["shipped"], strict=True)
    return round(statistics.median(naive[key] / shipped[key] for naive, shipped in pairs), 3)


def summary(runs: Runs) -> dict[str, Any]:
    """Return the median and the least and greatest of each figure, by variant."""
    keys = next(iter(runs.values()))[0]
    return {
        name: {
            key: [round(pick([run[key] for run in found]), 1) for pick in (statistics.median, min, max)] for key in keys
        }
        for name, found in runs.items()
    }


def shown(console: Console, title: str, runs: Runs) -> None:
    table = Table("variant", "init ms (least to most)", "CPU ms", "first message ms", "modules", "MB", title=title)
    for name, found in summary(runs).items():
        median, least, most = found["init_ms"]
        modules = f"{found['modules'][0]:.0f} + {found['modules_at_first'][0]:.0f}"
        row = (f"{median:.0f} ({least:.0f} to {most:.0f})", f"{found['init_cpu_ms'][0]:.0f}")
        table.add_row(name, *row, f"{found['first_ms'][0]:.0f}", modules, f"{found['rss_mb'][0]:.0f}")
    console.print(table)


@contextmanager
def warmed(world: World, numbers: Iterator[int]) -> Iterator[None]:
    """Fill the bytecode of the compiled variant, and let each variant be read once."""
    for variant in (*EXTRACT, *RECEIVE):
        started(variant, world, next(numbers))
    yield


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("rounds", nargs="?", type=int, default=9)
    parser.add_argument("--no-rie", action="store_true", help="leave the runtime interface emulator out")
    asked = parser.parse_args()
    console = Console()
    OUT.mkdir(parents=True, exist_ok=True)
    install_naive()
    numbers = iter(range(1_000_000))
    found: dict[str, Any] = {"rounds": asked.rounds}
    with world() as running, warmed(running, numbers):
        floor = [float(subprocess_floor(running)) for _ in range(3)]
        found["python_alone_ms"] = round(statistics.median(floor), 1)
        for name, variants in (("extract", EXTRACT), ("slim", RECEIVE)):
            for suffix, rounds, cold in (("", asked.rounds, False), ("_cold", max(3, asked.rounds // 3), True)):
                runs = measured(variants, running, rounds, numbers, cold=cold)
                key = "ratio_vs_naive" if name == "extract" else "ratio_slim"
                found[key + suffix] = ratio(runs, "naive", "init_ms")
                found[f"{key}_compiled{suffix}"] = ratio(runs, "naive_compiled", "init_ms")
                found[f"{key}_cpu{suffix}"] = ratio(runs, "naive", "init_cpu_ms")
                found[f"{key}_answered{suffix}"] = ratio(runs, "naive", "answered_ms")
                found[name + suffix] = summary(runs)
                shown(console, f"{variants[0].function}, {'files not cached' if cold else 'files cached'}", runs)
        if not asked.no_rie:
            found |= init_reports(console, running, EXTRACT, max(3, asked.rounds // 3), numbers)
    for key, value in found.items():
        if key.startswith("ratio"):
            console.print(f"{key:34} {value:.2f}")
    (OUT / "cold-start.json").write_text(json.dumps(found, indent=2) + "\n")


def subprocess_floor(world: World) -> float:
    """Return the milliseconds that Python alone takes to start and end."""
    import time

    began = time.perf_counter()
    subprocess.run([world.python, "-S", "-c", "pass"], check=True)
    return (time.perf_counter() - began) * 1000


if __name__ == "__main__":
    main()
