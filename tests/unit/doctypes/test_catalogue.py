"""The catalogue's facts, and how a price is chosen."""

from decimal import Decimal

import pytest

from mailroom.catalogue import UnknownModelError, card, load
from mailroom.domain.cost import Usage, cost_usd


def test_a_model_is_found_by_its_id_an_alias_and_its_name_on_any_route():
    haiku = card("claude-haiku-4-5-20251001")
    assert card("claude-haiku-4-5") is haiku
    assert card("global.anthropic.claude-haiku-4-5-20251001-v1:0") is haiku
    assert card("claude-haiku-4-5@20251001") is haiku


def test_no_name_means_two_models():
    names = [name for each in load().values() for name in {each.id, *each.aliases, *each.ids.values()}]
    assert len(names) == len(set(names))


def test_an_unknown_model_is_refused_with_the_known_names():
    with pytest.raises(UnknownModelError, match=r"'gpt'.*claude-haiku-4-5-20251001, claude-haiku-5-5"):
        card("gpt")


def test_an_unknown_route_is_refused_with_the_known_routes():
    assert card("claude-sonnet-5-5").id_on("api") == "claude-sonnet-5-5"
    with pytest.raises(UnknownModelError, match="api, aws, bedrock, vertex"):
        card("claude-sonnet-5-5").id_on("azure")


def test_a_hit_on_haiku_costs_what_the_price_list_says():
    usage = Usage(input_tokens=1_500, output_tokens=400, cache_read_tokens=4_500)
    assert cost_usd(usage, card("claude-haiku-4-5").price_for(usage)) == Decimal("0.00395")


def test_a_long_prompt_costs_five_times_as_much_on_haiku_5_5_and_the_same_on_others():
    short, long = Usage(input_tokens=100_000), Usage(input_tokens=50_001, cache_read_tokens=50_000)
    haiku, sonnet = card("claude-haiku-5-5"), card("claude-sonnet-5-5")
    for name in ("input", "output", "cache_read", "cache_write_5m", "cache_write_1h"):
        assert getattr(haiku.price_for(long), name) == 5 * getattr(haiku.price_for(short), name)
    assert sonnet.price_for(long) == sonnet.price_for(short)


@pytest.mark.parametrize("each", load().values(), ids=lambda each: each.id)
def test_cache_prices_are_the_published_multiples_of_the_input_price(each):
    read = Decimal("0.05") if each.id == "claude-sonnet-5-5" else Decimal("0.1")
    for tier in each.prices:
        assert tier.cache_write_5m == tier.input * Decimal("1.25")
        assert tier.cache_write_1h == tier.input * 2
        assert tier.cache_read == tier.input * read
        assert tier.output == tier.input * 5


def test_each_model_is_asked_only_what_it_takes():
    assert {model.id: model.thinking for model in load().values()} == {
        "claude-haiku-4-5-20251001": None,
        "claude-haiku-5-5": {"type": "disabled"},
        "claude-sonnet-4-6": None,
        "claude-sonnet-5-5": {"type": "between_tools"},
    }


@pytest.mark.parametrize("each", load().values(), ids=lambda each: each.id)
def test_a_batch_costs_half_in_every_class_of_tokens(each):
    every_class = Usage(1_000, 2_000, 3_000, 4_000, 5_000)
    live, batched = each.price_for(every_class), each.batch_price_for(every_class)

    assert cost_usd(every_class, batched) * 2 == cost_usd(every_class, live)
