"""What a warm message costs besides the model's answer: CPU and wall, alone and in a batch of ten.

    python -m tests.bench.bench_warm [invocations] [--against REF]

The shipped handler in a process of its own, against the stack on the emulator and the stand-in at zero latency. CPU is
that of the handler's process: reading, judging, and every byte that goes to AWS and the model. Wall also has what
the emulator and the stand-in take, on the same processors: an upper bound. With ``--against`` the same invocations
run in turn on this tree and on a commit's (A B A B), and the ratios are medians of pairs. Writes build/bench/warm.json:
``single_cpu_ms_p50``, ``…_p99``, ``batch_…`` (per record), ``…_wall_…``, ``peak_mb``, ``ca_ms`` (reading botocore's
certificate authorities once, as each new connection does, and the five of the layer), ``ratio_before``.
"""

import argparse
import json
import os
import ssl
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import botocore
from rich.console import Console
from rich.table import Table

from tests.bench.lambda_world import BUILT, ROOT, World, world

FUNCTION = "ExtractRecordFunction"


@contextmanager
def tree_of(ref: str) -> Iterator[Path]:
    """Check a commit out beside this tree for the length of a ``with``."""
    with tempfile.TemporaryDirectory() as folder:
        packed = subprocess.run(["git", "archive", ref, "layers/shared", "functions"], cwd=ROOT, check=True, stdout=-1)
        subprocess.run(["tar", "-x", "-C", folder], input=packed.stdout, check=True)
        yield Path(folder)


def ran(running: World, tree: Path, singles: int, first: int) -> dict[str, Any]:
    """Run single messages and batches of ten on one tree; numbers from ``first`` on are its own."""
    warm_up = running.batches(FUNCTION, first, 2, 1) + running.batches(FUNCTION, first + 2, 1, 10)
    measured = running.batches(FUNCTION, first + 100, singles, 1)
    measured += running.batches(FUNCTION, first + 100 + singles, max(3, singles // 4), 10)
    path = [str(tree / "layers" / "shared"), str(tree), str(ROOT)]
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.warm_process"],
        env=running.environment(FUNCTION) | {"PYTHONPATH": os.pathsep.join(path), "POWERTOOLS_LOG_LEVEL": "ERROR"},
        cwd=running.scratch,
        input=json.dumps([warm_up, measured]),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(done.stderr[-3000:] or done.stdout[-1000:])
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    if not Path(found["file"]).is_relative_to(tree):
        raise SystemExit(f"The handler came from {found['file']}, not from {tree}.")
    return found


def figures(runs: list[dict[str, Any]]) -> dict[str, float]:
    """Return medians and 99th percentiles per record, by kind of invocation."""
    found = {"peak_mb": round(max(run["peak_mb"] for run in runs), 1)}
    for name, size in (("single", 1), ("batch", 10)):
        took = [each for run in runs for each in run["took"] if each[0] == size]
        for column, kind in ((1, "wall"), (2, "cpu")):
            values = sorted(each[column] / size for each in took)
            found[f"{name}_{kind}_ms_p50"] = round(statistics.median(values), 2)
            found[f"{name}_{kind}_ms_p99"] = round(values[min(len(values) - 1, int(len(values) * 0.99))], 2)
    return found


def authorities_ms() -> dict[str, float]:
    """Return the milliseconds that reading certificate authorities takes, as botocore does for each new connection."""
    found = {}
    for name, path in (
        ("botocore", Path(botocore.__file__).with_name("cacert.pem")),
        ("layer", BUILT / "DependenciesLayer" / "amazon-roots.pem"),
    ):
        times = []
        for _ in range(5):
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            began = time.process_time()
            context.load_verify_locations(path)
            times.append((time.process_time() - began) * 1000)
        found[name] = round(statistics.median(times), 2)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description="Warm overhead per record.")
    parser.add_argument("invocations", nargs="?", type=int, default=40)
    parser.add_argument("--against", default="", help="a commit to compare with, in the same run")
    asked = parser.parse_args()
    ours: list[dict[str, Any]] = []
    theirs: list[dict[str, Any]] = []
    with world() as running:
        if asked.against:
            with tree_of(asked.against) as before:
                for turn in range(3):
                    ours.append(ran(running, ROOT, asked.invocations // 3, turn * 10_000))
                    theirs.append(ran(running, before, asked.invocations // 3, turn * 10_000 + 5_000))
        else:
            ours.append(ran(running, ROOT, asked.invocations, 0))
    found: dict[str, Any] = {**figures(ours), "ca_ms": authorities_ms()}
    if theirs:
        pairs = [(figures([before]), figures([now])) for before, now in zip(theirs, ours, strict=True)]
        keys = [key for key in pairs[0][0] if key.endswith("p50")]
        found["ratio_before"] = {
            key: round(statistics.median(before[key] / now[key] for before, now in pairs), 3) for key in keys
        }
    table = Table("figure, per record", "value", title="A warm message without the model's answer")
    for name, value in found.items():
        table.add_row(name, str(value))
    Console().print(table)
    out = ROOT / "build" / "bench" / "warm.json"
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(found, indent=2) + "\n")


if __name__ == "__main__":
    main()
