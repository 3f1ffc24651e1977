"""What a thousand records cost is what the catalogue and the counts say, and nothing is cheaper than it can be."""

import json
from dataclasses import replace
from decimal import Decimal

import pytest

from local.costs import WAYS, Workload, cost_of, fixed_usd_per_month, measured, price_notes, prices
from mailroom.catalogue import card

ALONE_UNCACHED, ALONE, BATCHES, BULK, BULK_FOUND = WAYS
HAIKU, SONNET = card("claude-haiku-4-5"), card("claude-sonnet-4-6")


USUAL = Workload()


def reading(way, workload=USUAL, model=HAIKU):
    return cost_of(way, workload, model, SONNET).per_thousand_usd["Claude: reading"]


def test_reading_costs_what_the_price_list_says_to_the_cent():
    # 6,800 tokens at $1 and 250 at $5 a million, a thousand times.
    assert reading(ALONE_UNCACHED) == Decimal("8.05")


def test_a_cached_prompt_costs_a_tenth_and_a_miss_a_write():
    never, always = Workload(cache_misses=Decimal(0)), Workload(cache_misses=Decimal(1))

    assert reading(ALONE, never) == Decimal("0.62") + Decimal("0.60") + Decimal("1.25")
    assert reading(ALONE, always) == Decimal("7.75") + Decimal("0.60") + Decimal("1.25")


def test_the_bulk_lane_halves_every_class_of_tokens():
    assert reading(BULK) * 2 == reading(ALONE_UNCACHED)
    assert reading(BULK_FOUND) * 2 == reading(ALONE)


def test_ten_in_a_batch_wait_for_a_tenth_of_the_lambda():
    workload = Workload(overhead_ms=0, review_rate=Decimal(0))
    alone = cost_of(ALONE, workload, HAIKU, SONNET).per_thousand_usd["Lambda"]
    batched = cost_of(BATCHES, workload, HAIKU, SONNET).per_thousand_usd["Lambda"]
    requests = prices()["lambda_million_requests"] / 1000

    assert (alone - requests * Decimal("2.3")) == (batched - requests * Decimal("1.4")) * 10


@pytest.mark.parametrize("rate", [0, Decimal("0.15"), 1])
def test_a_review_costs_by_its_share(rate):
    cost = cost_of(BATCHES, Workload(review_rate=Decimal(rate)), HAIKU, SONNET)

    assert cost.per_thousand_usd["Claude: review"] == Decimal("12.75") * rate
    assert cost.total_usd == sum(cost.per_thousand_usd.values())


def test_another_tokenizer_counts_its_own_tokens():
    model = card("claude-haiku-5-5")
    factor = Decimal("1.3")

    assert (
        reading(ALONE_UNCACHED, model=model) == (6_800 * factor * Decimal("0.1") + 250 * factor * Decimal("0.5")) / 1000
    )


def test_figures_that_were_measured_here_take_the_place_of_the_defaults(tmp_path):
    (tmp_path / "warm.json").write_text(json.dumps({"batch_cpu_ms_p50": 12.6}))
    (tmp_path / "batch.json").write_text(json.dumps({"one_s": 2.5}))

    assert measured(Workload(), tmp_path) == replace(Workload(), overhead_ms=13, model_ms=2500)
    assert measured(Workload(), tmp_path / "nowhere") == Workload()


def test_every_price_is_dated_and_says_whether_it_was_verified():
    as_of, unverified = price_notes()

    assert as_of >= "2026-11-28"
    assert set(unverified) < set(prices())
    assert all(price > 0 for price in prices().values())


def test_the_stack_costs_by_what_stands_in_the_template():
    fixed = fixed_usd_per_month()

    assert fixed["alarms"] > prices()["alarm_month"] * 10
    assert fixed["KMS key"] == 1
