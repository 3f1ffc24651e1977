"""How long the twin takes to be ready, and for twenty mails cold and twenty warm, on each host for functions.

    python -m tests.bench.bench_hosts [ROUNDS]

Each run is a process of its own, so that imports are paid as `mailroom demo` pays them; hosts take turns within a
round. The model is the stand-in at full speed. ``artifacts`` is left out where nothing is built for this machine, and
SAM's containers always: what they take is the storage driver's doing.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

from local.standin.running import serve
from local.twin import Twin
from local.twin.hosts import HOSTS

RESULT = Path(__file__).parents[2] / "build" / "bench" / "hosts.json"
MAILS = 20
AT_REST = {"accepted", "needs_human", "failed", "quarantined"}
GIVE_UP_S = 240.0


def mail(number: int) -> bytes:
    """Return one plain inquiry; ``number`` makes it another mail."""
    return (
        f"From: Ann Smith <ann@acme.example>\nTo: sales@example.com\nMessage-ID: <{number}@acme.example>\n"
        f"Date: Mon, 23 Nov 2026 10:00:00 +0000\nSubject: Quote for {number} chairs\n\nHello,\n\n"
        f"we are Acme Ltd and need a quote for {number} chairs by 3 December 2026. Our budget is 4,000 EUR.\n"
        "Please call me: +44 20 7946 0958\n\nAnn Smith\nAcme Ltd\n"
    ).encode()


def seconds_for(twin: Twin, first: int) -> float:
    """Deliver twenty mails and wait until all that came so far are at rest."""
    began = time.monotonic()
    for number in range(first, first + MAILS):
        twin.deliver_email(mail(number), mail_from="ann@acme.example", recipients=["sales@example.com"])
    while time.monotonic() - began < GIVE_UP_S:
        items = twin.client("dynamodb").scan(TableName=twin.outputs["RecordsTable"])["Items"]
        if sum(item["status"]["S"] in AT_REST for item in items) >= first + MAILS:
            return time.monotonic() - began
        time.sleep(0.05)
    raise SystemExit(f"The mails did not come to rest within {GIVE_UP_S:.0f} s: {twin.pending()}")


def run(host: str) -> dict[str, float]:
    """Measure one start of one host, in seconds."""
    with tempfile.TemporaryDirectory() as folder, serve() as model:
        began = time.monotonic()
        with Twin.start(host=host, state_dir=folder, model_url=model.url, api_key="sk-ant-api03-bench") as twin:
            figures = {"ready_s": time.monotonic() - began}
            figures["cold_20_s"] = seconds_for(twin, 0)
            figures["warm_20_s"] = seconds_for(twin, MAILS)
            began = time.monotonic()
        figures["stop_s"] = time.monotonic() - began
    return figures


def main() -> None:
    """Print the medians as a table and write them to build/bench/hosts.json."""
    if "--one" in sys.argv:
        print(json.dumps(run(sys.argv[-1])))  # noqa: T201 -- the figures of one run, for the run that asked
        return
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    found: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for _ in range(rounds):
        for host in (name for name, found in HOSTS.items() if not found.containers):
            command = [sys.executable, "-m", "tests.bench.bench_hosts", "--one", host]
            done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
            for name, seconds in json.loads(done.stdout or "{}").items():
                found[host][name].append(seconds)
    figures = {
        f"{host}_{name}": round(statistics.median(values), 2)
        for host, by_name in found.items()
        for name, values in by_name.items()
    }
    figures |= {"rounds": rounds, "mails": MAILS, "cores": len(os.sched_getaffinity(0))}
    print(f"{'host':12}{'ready':>8}{'20 cold':>9}{'20 warm':>9}{'stop':>7}   seconds, median of {rounds}")  # noqa: T201 -- the table
    for host in found:
        row = (figures[f"{host}_{name}"] for name in ("ready_s", "cold_20_s", "warm_20_s", "stop_s"))
        print(f"{host:12}" + "".join(f"{value:>{width}.2f}" for value, width in zip(row, (8, 9, 9, 7), strict=True)))  # noqa: T201 -- the table
    RESULT.parent.mkdir(parents=True, exist_ok=True)
    RESULT.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
