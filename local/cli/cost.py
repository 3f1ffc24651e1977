"""``mailroom cost``: what a thousand records cost, and a month of one's own volume."""

import json
from decimal import Decimal
from typing import Any

from rich.table import Table

from local.cli.tables import console
from local.costs import WAYS, Cost, Workload, cost_of, fixed_usd_per_month, measured, price_notes
from local.twin.emulator import ROOT
from mailroom.catalogue import card

PAIRS = (("claude-haiku-4-5", "claude-sonnet-4-6"), ("claude-haiku-5-5", "claude-sonnet-5-5"))
DAYS = Decimal(30)
SHOWN = ("Claude: reading", "Claude: review", "Lambda", "SQS", "DynamoDB", "S3", "SES")


def run(workload: Workload, *, per_day: int, as_json: bool) -> int:
    """Print the table; returns the exit code."""
    workload = measured(workload, ROOT / "build" / "bench")
    costs = [cost_of(way, workload, card(extract), card(review)) for extract, review in PAIRS for way in WAYS]
    fixed = sum(fixed_usd_per_month().values(), Decimal(0))
    if as_json:
        print(json.dumps(_data(costs, workload, fixed, per_day), indent=2))
        return 0
    console().print(_table(costs, per_day, fixed))
    as_of, unverified = price_notes()
    models = ", ".join(sorted({f"{card(name).name} {card(name).as_of}" for pair in PAIRS for name in pair}))
    console().print(
        f"US dollars per 1,000 records: a mail of {workload.message_tokens} tokens, an answer of "
        f"{workload.answer_tokens}, a prompt of {workload.prompt_tokens:,}; {workload.review_rate:.0%} go to review. "
        f"{workload.model_ms} ms of model and {workload.overhead_ms} ms of ours per message. "
        f"AWS's prices as of {as_of} (not verified on that day: {len(unverified)} of them, local/aws_prices.toml); "
        f"models': {models}. The stack itself: ${fixed:.2f} a month.",
        style="dim",
    )
    return 0


def month_usd(cost: Cost, per_day: int, fixed: Decimal) -> Decimal:
    """Return the dollars of thirty days of a volume, the stack's own included."""
    return cost.total_usd / 1000 * per_day * DAYS + fixed


def _table(costs: list[Cost], per_day: int, fixed: Decimal) -> Table:
    table = Table(header_style="bold", pad_edge=False)
    table.add_column("Per 1,000 records, $")
    for heading in (*(name.removeprefix("Claude: ") for name in SHOWN), "rest", "all"):
        table.add_column(heading, justify="right")
    if per_day:
        table.add_column(f"{per_day:,} a day,\na month", justify="right")
    for before, cost in zip((None, *costs), costs, strict=False):
        if before and before.extract_model != cost.extract_model:
            table.add_section()
        rest = sum((usd for name, usd in cost.per_thousand_usd.items() if name not in SHOWN), Decimal(0))
        cells = [f"{cost.per_thousand_usd[name]:.4f}" for name in SHOWN]
        month = [f"{month_usd(cost, per_day, fixed):,.2f}"] if per_day else []
        name = f"{cost.extract_model.removeprefix('Claude ')}: {cost.way}"
        table.add_row(name, *cells, f"{rest:.4f}", f"{cost.total_usd:.3f}", *month)
    return table


def _data(costs: list[Cost], workload: Workload, fixed: Decimal, per_day: int) -> dict[str, Any]:
    as_of, unverified = price_notes()
    return {
        "workload": {name: str(getattr(workload, name)) for name in workload.__slots__},
        "aws_prices_as_of": as_of,
        "aws_prices_unverified": list(unverified),
        "fixed_usd_per_month": float(fixed),
        "rows": [
            {
                "way": cost.way,
                "extract_model": cost.extract_model,
                "review_model": cost.review_model,
                "usd_per_thousand": {name: float(round(usd, 6)) for name, usd in cost.per_thousand_usd.items()},
                "total_usd_per_thousand": float(round(cost.total_usd, 6)),
                "usd_per_month": float(round(month_usd(cost, per_day, fixed), 2)) if per_day else None,
            }
            for cost in costs
        ],
    }
