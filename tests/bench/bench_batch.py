"""Ten records in one invocation against one, and against ten one after another: do they wait for the model together?

    python -m tests.bench.bench_batch [rounds]

The real extract step, reading and judging included, in the real batch step, over real HTTP; ledger and mail store in
memory; the model is the stand-in in a process of its own at the published speed (0.6 s to the first token, 97 tokens a
second): its times are simulated. Prints a table and writes build/bench/batch.json with the keys ``wall_per_call`` (ten
records' wall over one's, median of the rounds; the goal is 1.05), ``one_after_another_per_call``, ``one_s``, ``ten_s``,
``cpu_ms_per_record``.
"""

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import httpx2
from rich.console import Console
from rich.table import Table

from local.evaluation.memory import MemoryMailStore, MemoryRecordStore
from local.twin.emulator import free_port
from mailroom.adapters.claude import ClaudeModel
from mailroom.adapters.claude_client import ClaudeClients
from mailroom.adapters.clock import SystemClock
from mailroom.catalogue import card
from mailroom.doctypes.registry import document_types
from mailroom.domain.judgement import Policy
from mailroom.domain.record import ClaimCheck
from mailroom.domain.retention import Retention
from mailroom.pipeline.asking import Reader
from mailroom.pipeline.extract import ExtractPorts, extract
from mailroom.ports import CacheLife
from mailroom.prompts.schema_prompt import render
from mailroom.settings import Asking

ROOT = Path(__file__).parents[2]
MODEL = "claude-haiku-4-5"
BATCH = 10


def mail(number: int) -> bytes:
    """Return one of many alike but different messages, so that every answer takes about as long."""
    return (
        f"From: Ana Diaz <ana{number}@papel.example>\r\nTo: sales@inbox.example\r\nSubject: Chairs {number}\r\n"
        f"Message-ID: <{number}@papel.example>\r\nDate: Mon, 02 Mar 2026 09:00:00 +0000\r\n\r\n"
        f"Company: Papel Norte {number}\r\nPhone: +44 20 7946 0{100 + number}\r\nBudget: EUR {1000 + number}.00\r\n"
        "We need forty chairs by 30 April 2026, please make us an offer.\r\n"
    ).encode()


@contextmanager
def standin() -> Iterator[str]:
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "local.standin", "--port", str(port), "--ttft", "0.6", "--tokens-per-second", "97"],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(100):
            try:
                httpx2.get(f"{url}/_standin/state").raise_for_status()
                break
            except httpx2.HTTPError:
                time.sleep(0.1)
        yield url
    finally:
        process.terminate()
        process.wait(10)


def ports_on(url: str) -> ExtractPorts:
    settings = Asking(
        records_table="-", raw_bucket="-", idempotency_table="-", anthropic_api_key="sk", anthropic_base_url=url
    )
    types = document_types()
    return ExtractPorts(
        mail=MemoryMailStore({f"raw/{number}": mail(number) for number in range(10_000)}),
        records=MemoryRecordStore(),
        model=ClaudeModel(ClaudeClients(settings), card, "api"),
        clock=SystemClock(),
        reader=Reader(card(MODEL), render(types), CacheLife.FIVE_MINUTES, timeout_s=60),
        types=types,
        policy=Policy(),
        lease=timedelta(seconds=120),
        review_lease=timedelta(hours=1),
        retention=Retention(timedelta(days=1)),
    )


def side_by_side(ports: ExtractPorts, numbers: range) -> None:
    from mailroom.batches import EventType, SideBySideProcessor

    records = [{"messageId": str(number), "body": str(number), "eventSource": "aws:sqs"} for number in numbers]
    processor = SideBySideProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=True)
    with processor(records=records, handler=lambda record: extract(claim(int(record.body)), ports)):
        processor.process()


def one_after_another(ports: ExtractPorts, numbers: range) -> None:
    for number in numbers:
        extract(claim(number), ports)


def claim(number: int) -> ClaimCheck:
    return ClaimCheck(f"mail-{number}", "raw", f"raw/{number}")


def timed(work: Callable[[], None]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def measured(rounds: int) -> dict[str, float]:
    ones, tens, cpu = [], [], []
    with standin() as url:
        ports = ports_on(url)
        numbers = iter(range(0, 10_000, BATCH))
        start = next(numbers)
        side_by_side(ports, range(start, start + BATCH))  # warm: connections, caches, lazy imports
        for _ in range(rounds):
            start = next(numbers)
            ones.append(timed(lambda start=start: side_by_side(ports, range(start, start + 1))))
            start, began = next(numbers), time.process_time()
            tens.append(timed(lambda start=start: side_by_side(ports, range(start, start + BATCH))))
            cpu.append((time.process_time() - began) * 1000 / BATCH)
        start = next(numbers)
        sequential = timed(lambda: one_after_another(ports, range(start, start + BATCH)))
    one = statistics.median(ones)
    return {
        "wall_per_call": statistics.median(ten / one_ for ten, one_ in zip(tens, ones, strict=True)),
        "one_after_another_per_call": sequential / one,
        "one_s": one,
        "ten_s": statistics.median(tens),
        "cpu_ms_per_record": statistics.median(cpu),
    }


def main() -> None:
    os.environ.setdefault("POWERTOOLS_SERVICE_NAME", "mailroom")
    os.environ.setdefault("AWS_DEFAULT_REGION", "eu-west-1")
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    found = {name: round(value, 4) for name, value in measured(rounds).items()}
    table = Table(
        "figure", "value", title=f"Ten records in one invocation ({rounds} rounds; the model's speed is simulated)"
    )
    for name, value in found.items():
        table.add_row(name, f"{value:.3f}")
    Console().print(table)
    out = ROOT / "build" / "bench" / "batch.json"
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(found, indent=2) + "\n")


if __name__ == "__main__":
    main()
