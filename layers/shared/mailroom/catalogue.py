"""The model catalogue: which models there are, what they cost, what a request may contain (data: models.toml)."""

import tomllib
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, PositiveInt

from mailroom.domain.cost import Price, Usage
from mailroom.domain.errors import MailroomError

type Route = Literal["api", "aws", "bedrock", "vertex"]


class UnknownModelError(MailroomError):
    """The configuration names a model that the catalogue does not hold; the sentence lists those it does."""


class PriceTier(BaseModel):
    """Prices in US dollars per million tokens, for prompts of up to ``up_to_prompt_tokens`` (0: no limit)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    up_to_prompt_tokens: int = Field(default=0, ge=0)
    input: Decimal
    output: Decimal
    cache_read: Decimal
    cache_write_5m: Decimal
    cache_write_1h: Decimal

    @property
    def price(self) -> Price:
        """The same as the domain's price."""
        return Price(
            input=self.input,
            output=self.output,
            cache_read=self.cache_read,
            cache_write_5m=self.cache_write_5m,
            cache_write_1h=self.cache_write_1h,
        )


class ModelCard(BaseModel):
    """One model as of ``as_of``.

    ``tokenizer_factor`` is how many tokens it makes of a text for which Haiku 4.5 makes one. ``thinking`` and
    ``effort`` are what a request sends; None sends nothing. ``structured_outputs`` are the routes that take a schema.
    ``retires_on`` is the day it ends or, where ``retirement_is_announced`` is false, the first day on which it may.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    aliases: tuple[str, ...] = ()
    name: str
    ids: Mapping[Route, str]
    structured_outputs: frozenset[Route]
    prices: tuple[PriceTier, ...] = Field(min_length=1)
    batch_discount: Decimal
    cache_minimum_tokens: PositiveInt
    context_tokens: PositiveInt
    max_output_tokens: PositiveInt
    tokenizer_factor: Decimal
    image_tokens_max: PositiveInt
    image_edge_px_max: PositiveInt
    thinking: Mapping[Literal["type"], Literal["disabled", "between_tools"]] | None = None
    effort: Literal["low", "medium", "high"] | None = None
    retires_on: date
    retirement_is_announced: bool
    as_of: date
    source: str

    def price_for(self, usage: Usage) -> Price:
        """Return the price of a call: long prompts may belong to a dearer tier, and all of their tokens do."""
        for tier in self.prices:
            if not tier.up_to_prompt_tokens or usage.prompt_tokens <= tier.up_to_prompt_tokens:
                return tier.price
        return self.prices[-1].price

    def batch_price_for(self, usage: Usage) -> Price:
        """Return the price of a request of a batch: the discount is on every class of tokens, cached ones included."""
        return self.price_for(usage).times(1 - self.batch_discount)

    def id_on(self, route: str) -> str:
        """Return the model's name on a route; raises ``UnknownModelError`` where that route does not offer it."""
        for each, model_id in self.ids.items():
            if each == route:
                return model_id
        raise UnknownModelError(f"{self.name} is not offered on {route!r}; it is on {', '.join(self.ids)}.")


@cache
def load() -> Mapping[str, ModelCard]:
    """Return every model of the catalogue by its id, in the order of the file."""
    data = tomllib.loads(files("mailroom").joinpath("models.toml").read_text(encoding="utf-8"))
    cards = [ModelCard.model_validate({"id": model_id, **facts}) for model_id, facts in data["models"].items()]
    return MappingProxyType({card.id: card for card in cards})


def card(model_id: str) -> ModelCard:
    """Return a model by its id, an alias, or its id on any route.

    Raises ``UnknownModelError`` with the known names.
    """
    for each in load().values():
        if model_id in {each.id, *each.aliases, *each.ids.values()}:
            return each
    known = ", ".join(load())
    raise UnknownModelError(f"models.toml has no model {model_id!r}; it has {known}.")
