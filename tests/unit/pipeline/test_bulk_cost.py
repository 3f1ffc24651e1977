from decimal import Decimal

import pytest

from mailroom.catalogue import load
from mailroom.doctypes.registry import document_types
from mailroom.pipeline.bulk_cost import at_most, expected, live
from mailroom.ports import CacheLife, ModelRequest
from mailroom.prompts.requests import PicturePart, TextPart
from mailroom.prompts.schema_prompt import render

SYSTEM = render(document_types()).text


def request(*parts):
    return ModelRequest("key", "extract", "any", SYSTEM, parts, {}, 8_000, CacheLife.ONE_HOUR, 60.0)


@pytest.mark.parametrize("card", load().values(), ids=lambda card: card.id)
def test_a_range_is_ordered_and_what_is_reserved_is_above_it(card):
    asked = request(TextPart("word " * 500))
    cost = expected(asked, card)

    assert Decimal(0) < cost.low_usd < cost.high_usd < at_most(asked, card)


def test_a_batch_with_a_warm_cache_costs_about_half_of_a_live_call_with_one():
    card = load()["claude-haiku-4-5-20251001"]
    asked = request(TextPart("word " * 500))

    assert Decimal("0.4") < expected(asked, card).low_usd / live(asked, card) < Decimal("0.65")


def test_a_picture_is_counted():
    card = load()["claude-haiku-4-5-20251001"]

    assert at_most(request(PicturePart("image/png", b"x")), card) > at_most(request(TextPart("x")), card)
