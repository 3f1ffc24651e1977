"""Init under Lambda's own runtime client, in the runtime interface emulator that SAM brings along, without Docker.

The emulator's REPORT line invents its init duration; INIT REPORT at log level info is measured. It listens where it is
told to and knows no --help (it would open port 8080). It starts the function with the first invocation.
"""

import platform
import re
import statistics
import subprocess
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import httpx2
from rich.console import Console
from rich.table import Table

from local.twin.emulator import LOOPBACK, ROOT, free_port
from tests.bench.lambda_world import World

INIT = re.compile(r"INIT REPORT\(durationMs: ([\d.]+)\)")


def emulator_binary() -> Path | None:
    """Find the runtime interface emulator in the environment of the SAM command line tool."""
    machine = "arm64" if platform.machine() in {"arm64", "aarch64"} else "x86_64"
    found = sorted((ROOT / ".sam").glob(f"lib/python3*/site-packages/samcli/local/rapid/aws-lambda-rie-{machine}"))
    return found[0] if found else None


def init_reports(
    console: Console, world: World, variants: Sequence[Any], rounds: int, numbers: Iterator[int]
) -> dict[str, Any]:
    """Start each variant in turn in the emulator; return ``ratio_vs_naive_rie`` and the milliseconds of init."""
    binary = emulator_binary()
    if binary is None:
        console.print("The runtime interface emulator is not installed (make sam-setup): left out.")
        return {}
    reports: dict[str, list[float]] = defaultdict(list)
    for _ in range(rounds):
        for variant in variants:
            reports[variant.name].append(_init_ms(binary, world, variant, next(numbers)))
    table = Table("variant", "init ms (least to most)", title="Under Lambda's runtime client (INIT REPORT)")
    for name, found in reports.items():
        table.add_row(name, f"{statistics.median(found):.0f} ({min(found):.0f} to {max(found):.0f})")
    console.print(table)
    pairs = zip(reports["naive"], reports["shipped"], strict=True)
    return {
        "ratio_vs_naive_rie": round(statistics.median(naive / shipped for naive, shipped in pairs), 3),
        "rie": {
            name: [round(pick(found), 1) for pick in (statistics.median, min, max)] for name, found in reports.items()
        },
    }


def _init_ms(binary: Path, world: World, variant: Any, number: int) -> float:
    port, runtime_port = free_port(), free_port()
    python = ROOT / ".twin" / "bin" / "python"  # awslambdaric lives there; what is on PYTHONPATH comes before it
    command = [binary, "--runtime-interface-emulator-address", f"{LOOPBACK}:{port}"]
    command += ["--runtime-api-address", f"{LOOPBACK}:{runtime_port}", "--log-level", "info"]
    environment = variant.environment(world)
    del environment["AWS_LAMBDA_RUNTIME_API"]  # the emulator sets its own
    environment |= {"AWS_LAMBDA_FUNCTION_TIMEOUT": "60", "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST"}
    with tempfile.TemporaryFile("w+") as log:
        process = subprocess.Popen(
            [*command, str(python), "-m", "awslambdaric", f"{variant.module}.handle"],
            env=environment,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            answer = _invoked(port, world.event(variant.function, number).read_text())
        finally:
            process.terminate()
            process.wait(10)
        log.seek(0)
        said = log.read()
    found = INIT.search(said)
    if "errorMessage" in answer or found is None:
        raise SystemExit(f"{variant.name} failed in the runtime emulator: {answer}\n{said[-2000:]}")
    return float(found[1])


def _invoked(port: int, event: str) -> str:
    url = f"http://{LOOPBACK}:{port}/2015-03-31/functions/function/invocations"
    for _ in range(100):
        try:
            return httpx2.post(url, content=event, timeout=60).text
        except httpx2.ConnectError:
            time.sleep(0.05)
    raise SystemExit("The runtime interface emulator did not open its port.")
