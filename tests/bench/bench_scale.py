"""A million messages a day, simulated: how long messages wait, what it costs, which key of the table gets hot.

    python -m tests.bench.bench_scale [messages a day]

Every figure is simulated (tests/bench/scale_model.py says how) from the template's batch sizes and concurrency, the
model's published speed, the rate limits of the Scale tier, and this project's own counts of writes. Runs the template
as it stands and one with what the first asks to raise. Writes build/bench/scale.json: ``queue_age_p50_s``,
``queue_age_p99_s``, ``queue_age_max_s`` of the intake queue, ``hot_keys``, ``day_usd``, and ``raised`` with the same.
"""

import json
import random
import sys
from dataclasses import replace
from decimal import Decimal
from typing import Any

from rich.console import Console
from rich.table import Table

from local.costs import WAYS, Workload, cost_of, measured
from local.twin.emulator import ROOT
from local.twin.template import load_template
from mailroom.catalogue import card
from tests.bench import scale_model
from tests.bench.scale_model import Api, Day, Step

TTFT_S, TOKENS_PER_S = 0.6, 97.0
"""Haiku 4.5's published speed; Sonnet 4.6 is taken at half of it."""


def step_of(function: str, event: str, workload: Workload, *, review: bool) -> Step:
    """Read a step's batch size and concurrency from the template."""
    template = load_template(ROOT / "template.yaml")
    properties = template["Resources"][function]["Properties"]["Events"][event]["Properties"]
    parameter = properties["ScalingConfig"]["MaximumConcurrency"]["Ref"]
    return Step(
        concurrency=template["Parameters"][parameter]["Default"],
        batch=properties["BatchSize"],
        overhead_s=workload.overhead_ms / 1000 / 0.58,  # 1,024 MB are 0.58 of a processor
        ttft_s=TTFT_S * (2 if review else 1),
        tokens_per_s=TOKENS_PER_S / (2 if review else 1),
        input_tokens=workload.review_tokens if review else workload.message_tokens,  # a cached prompt does not count
        output_tokens=workload.review_answer_tokens if review else workload.answer_tokens,
        api=Api(),
    )


def simulated(day: Day, extract: Step, review: Step, seed: int = 0) -> dict[str, Any]:
    """Simulate one day; returns waits, workers, refusals and the greatest write units of each key."""
    rng = random.Random(seed)
    came = scale_model.arrivals(day, rng)
    queued = scale_model.later(came, day.received_s, rng)
    read = scale_model.served(extract, queued, rng)
    doubtful = scale_model.later(read.finished, day.dispatched_s, rng, day.review_rate)
    looked = scale_model.served(review, doubtful, rng)
    begun = [done - 3.2 for done in read.finished]
    writes = {
        "received": scale_model.per_second(queued),
        "begun": scale_model.per_second(begun),
        "concluded": scale_model.per_second(read.finished),
        "reviewed": scale_model.per_second(looked.finished),
    }
    age = scale_model.quantiles(read.waits_s)
    hottest = scale_model.write_units(writes)
    return {
        **{f"queue_age_{name}": value for name, value in age.items()},
        **{f"review_age_{name}": value for name, value in scale_model.quantiles(looked.waits_s).items()},
        "busiest_second": max(writes["received"].values()),
        "workers": [read.peak_workers, extract.concurrency],
        "review_workers": [looked.peak_workers, review.concurrency],
        "refused_share": round(read.refused / max(1, read.calls), 4),
        "records_per_batch": round(len(read.finished) / max(1, read.invocations), 2),
        "billed_gb_s_per_1000": round(read.busy_s / max(1, len(read.finished)) * 1000, 1),
        "unfinished": len(queued) - len(read.finished),
        "key_write_units": hottest,
        "hot_keys": [key for key, units in hottest.items() if units > scale_model.PARTITION_WCU / 2],
    }


def raised(step: Step, needed_per_s: float) -> Step:
    """Return a step with the workers that a busiest second needs, by Little's law, with a quarter to spare."""
    takes_s = step.ttft_s + step.output_tokens / step.tokens_per_s * 1.6 + step.overhead_s * step.batch
    return replace(step, concurrency=max(step.concurrency, round(needed_per_s * takes_s / step.batch * 1.25)))


def shown(console: Console, title: str, found: dict[str, Any]) -> None:
    table = Table("figure", "value", title=title)
    for name, value in found.items():
        if name != "key_write_units":
            table.add_row(name, str(value))
    for key, units in found["key_write_units"].items():
        table.add_row(f"write units a second, {key}", f"{units} of {scale_model.PARTITION_WCU}")
    console.print(table)


def main() -> None:
    console = Console()
    workload = measured(Workload(), ROOT / "build" / "bench")
    day = Day(messages=int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
    extract = step_of("ExtractRecordFunction", "Intake", workload, review=False)
    review = step_of("ReviewRecordFunction", "Review", workload, review=True)
    asis = simulated(day, extract, review)
    allowed = min(extract.api.rpm, extract.api.otpm / extract.output_tokens) / 60  # more workers are only refused
    needed = min(asis["busiest_second"], allowed)
    more = raised(extract, needed), raised(review, needed * day.review_rate)
    enough = simulated(day, *more)
    cost = cost_of(WAYS[2], workload, card("claude-haiku-4-5"), card("claude-sonnet-4-6"))
    usd = float(cost.total_usd / 1000 * Decimal(day.messages))
    shown(console, f"{day.messages:,} messages a day, simulated: the template as it stands", asis)
    shown(console, f"ExtractConcurrency {more[0].concurrency}, ReviewConcurrency {more[1].concurrency}", enough)
    console.print(f"A day costs ${usd:,.0f} with Haiku 4.5 and Sonnet 4.6 at list prices (mailroom cost).")
    out = ROOT / "build" / "bench" / "scale.json"
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps({**asis, "day_usd": round(usd, 2), "raised": enough}, indent=2) + "\n")


if __name__ == "__main__":
    main()
