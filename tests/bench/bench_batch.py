"""Ten records in one invocation against one, and against ten one after another: do they wait for the model together?

    python -m tests.bench.bench_batch [rounds]

The real extract step, reading and judging included, in the real batch step, over real HTTP; ledger and mail store in
memory; the model is the stand-in in a process of its own at the published speed (0.6 s to the first token, 97 tokens a
second): its times are simulated. Prints a table and writes build/bench/batch.json with the keys ``wall_per_call`` (ten
records' wall over one's, median of the rounds; the goal is 1.05), ``one_after_another_per_call``, ``one_s``, ``ten_s``,
``cpu_ms_per_record``; ``billed_ms_per_record`` and ``peak_mb`` of both (memory only grows: the sequential ten run
first); and what becomes of a batch of which the API refuses some calls with a Retry-After of a minute (``throttled_…``:
1 is yes): the refused alone are put back, for that minute, named in the batch's order, and nobody sleeps.
"""

import json
import os
import resource
import statistics
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
from rich.console import Console
from rich.table import Table

from local.evaluation.memory import MemoryMailStore, MemoryRecordStore
from mailroom.adapters.claude import ClaudeModel
from mailroom.adapters.claude_client import ClaudeClients
from mailroom.adapters.clock import SystemClock
from mailroom.catalogue import card
from mailroom.doctypes.registry import document_types
from mailroom.domain.judgement import Policy
from mailroom.domain.record import ClaimCheck, Status
from mailroom.domain.retention import Retention
from mailroom.pipeline.asking import Reader
from mailroom.pipeline.extract import ExtractPorts, extract
from mailroom.ports import CacheLife
from mailroom.prompts.schema_prompt import render
from mailroom.settings import Asking
from tests.bench.cold_process import Context
from tests.bench.lambda_world import standin

ROOT = Path(__file__).parents[2]
MODEL = "claude-haiku-4-5"
BATCH = 10
SPEED = {"ttft_s": 0.6, "tokens_per_second": 97.0}
AT_REST = {Status.ACCEPTED, Status.IN_REVIEW, Status.NEEDS_HUMAN}


def mail(number: int) -> bytes:
    """Return one of many alike but different messages, so that every answer takes about as long."""
    return (
        f"From: Ana Diaz <ana{number}@papel.example>\r\nTo: sales@inbox.example\r\nSubject: Chairs {number}\r\n"
        f"Message-ID: <{number}@papel.example>\r\nDate: Mon, 02 Mar 2026 09:00:00 +0000\r\n\r\n"
        f"Company: Papel Norte {number}\r\nPhone: +44 20 7946 0{100 + number}\r\nBudget: EUR {1000 + number}.00\r\n"
        "We need forty chairs by 30 April 2026, please make us an offer.\r\n"
    ).encode()


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


def timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


@dataclass
class PutBack:
    """The queue's side of a batch: which messages were put back, and for how many seconds."""

    waits_s: dict[str, int] = field(default_factory=dict)

    def put_back(self, receipt_handle: str, wait_s: int) -> None:
        self.waits_s[receipt_handle] = wait_s

    def send_again(self, message: Mapping[str, Any], wait_s: int) -> None:
        self.waits_s[str(message["receiptHandle"])] = wait_s


def throttled(ports: ExtractPorts, url: str, numbers: range) -> dict[str, float]:
    """Let the API refuse about a third of a batch's calls for a minute; say who fails, and for how long."""
    from mailroom.batches import process_side_by_side

    httpx2.post(f"{url}/_standin/behaviour", json={"rate_limit": 0.3, "rate_limit_retry_after_s": 60, **SPEED})
    attributes = {"ApproximateReceiveCount": "1", "SentTimestamp": "0"}
    messages = [
        {"messageId": str(each), "receiptHandle": str(each), "body": str(each), "attributes": attributes}
        for each in numbers
    ]
    queue, answer = PutBack(), {}
    event = {"Records": [{**message, "eventSource": "aws:sqs", "messageAttributes": {}} for message in messages]}

    def work() -> None:
        handled = process_side_by_side(
            event, lambda record: extract(claim(int(record.body)), ports), Context(), queue, tries=5
        )
        answer.update(handled)

    wall_s = timed(work)
    httpx2.post(f"{url}/_standin/behaviour", json=SPEED)
    failed = [each["itemIdentifier"] for each in answer["batchItemFailures"]]
    filed = [str(each) for each in numbers if ports.records.get(f"mail-{each}").status in AT_REST]
    return {
        "throttled_put_back": len(failed),
        "throttled_wall_s": wall_s,
        "throttled_wait_s_least": min(queue.waits_s.values(), default=0),
        "throttled_only_the_refused_fail": float(
            sorted(queue.waits_s) == sorted(failed) and not set(failed) & set(filed)
        ),
        "throttled_all_others_filed": float(len(failed) + len(filed) == len(numbers)),
        "throttled_named_in_order": float(failed == sorted(failed, key=int)),
    }


def measured(rounds: int) -> dict[str, float]:
    ones, tens, cpu = [], [], []
    with standin(SPEED["ttft_s"], SPEED["tokens_per_second"]) as url:
        ports = ports_on(url)
        numbers = iter(range(0, 10_000, BATCH))
        start = next(numbers)
        side_by_side(ports, range(start, start + 1))  # warm: connections, caches, lazy imports
        start = next(numbers)
        sequential = timed(lambda: one_after_another(ports, range(start, start + BATCH)))
        sequential_mb = peak_mb()
        for _ in range(rounds):
            start = next(numbers)
            ones.append(timed(lambda start=start: side_by_side(ports, range(start, start + 1))))
            start, began = next(numbers), time.process_time()
            tens.append(timed(lambda start=start: side_by_side(ports, range(start, start + BATCH))))
            cpu.append((time.process_time() - began) * 1000 / BATCH)
        batch_mb = peak_mb()
        start = next(numbers)
        refused = throttled(ports, url, range(start, start + BATCH))
    one, ten = statistics.median(ones), statistics.median(tens)
    return {
        "wall_per_call": statistics.median(ten / one_ for ten, one_ in zip(tens, ones, strict=True)),
        "one_after_another_per_call": sequential / one,
        "one_s": one,
        "ten_s": ten,
        "cpu_ms_per_record": statistics.median(cpu),
        "billed_ms_per_record": ten * 1000 / BATCH,
        "billed_ms_per_record_one_after_another": sequential * 1000 / BATCH,
        "ratio_billed": sequential / ten,
        "peak_mb": batch_mb,
        "peak_mb_one_after_another": sequential_mb,
        **refused,
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
