"""What the bulk lane will cost, before anything is paid: a range to decide by, and a bound to reserve.

A batch's requests share one prompt, cached for an hour. How many of them find it cached is the vendor's affair: 30 % to
98 % (platform.claude.com, batch-processing, on "best-effort" cache hits), and the rest write it anew, at twice the
input price. The range of an estimate is between these two rates; what is reserved of a budget supposes no hit at all.
"""

from dataclasses import dataclass
from decimal import Decimal

from mailroom.catalogue import ModelCard
from mailroom.domain.cost import Usage, cost_usd
from mailroom.ports import ModelRequest
from mailroom.prompts.requests import TextPart
from mailroom.prompts.schema_prompt import CHARACTERS_PER_TOKEN
from mailroom.reading.tokens import ASCII_CHARACTERS_PER_TOKEN, estimate_tokens

HIT_RATES = (Decimal("0.98"), Decimal("0.30"))
USUAL_ANSWER_TOKENS = 250
"""Of a mail of 600 tokens (README, "What a message costs")."""

LONG_ANSWER_TOKENS = 1_000
"""What is reserved for an answer: an invoice of some fifteen lines."""

SCHEMA_TOKENS = 400
"""What a structured output adds to a prompt is not published; the schema itself has some 1,400 characters."""


@dataclass(frozen=True, slots=True)
class CostRange:
    """US dollars at the best and at the worst published rate of cache hits."""

    low_usd: Decimal
    high_usd: Decimal

    def times(self, factor: Decimal) -> "CostRange":
        """Return the range of so many."""
        return CostRange(self.low_usd * factor, self.high_usd * factor)

    def __add__(self, other: "CostRange") -> "CostRange":
        return CostRange(self.low_usd + other.low_usd, self.high_usd + other.high_usd)


def expected(request: ModelRequest, card: ModelCard) -> CostRange:
    """Return what one request of a batch will cost."""
    low, high = (_cost(request, card, hits, USUAL_ANSWER_TOKENS) for hits in HIT_RATES)
    return CostRange(low, high)


def at_most(request: ModelRequest, card: ModelCard) -> Decimal:
    """Return what to reserve for one request: its prompt written anew, and a long answer."""
    return _cost(request, card, Decimal(0), LONG_ANSWER_TOKENS)


def live(request: ModelRequest, card: ModelCard) -> Decimal:
    """Return what the same would cost in the live lane with a warm cache, to compare with."""
    usage = Usage(_message_tokens(request, card), USUAL_ANSWER_TOKENS, cache_read_tokens=_prompt_tokens(request, card))
    return cost_usd(usage, card.price_for(usage))


def _cost(request: ModelRequest, card: ModelCard, hits: Decimal, answer_tokens: int) -> Decimal:
    prompt, message = _prompt_tokens(request, card), _message_tokens(request, card)
    answer = int(answer_tokens * card.tokenizer_factor)
    hit = Usage(message, answer, cache_read_tokens=prompt)
    miss = Usage(message, answer, cache_write_1h_tokens=prompt)
    return hits * cost_usd(hit, card.batch_price_for(hit)) + (1 - hits) * cost_usd(miss, card.batch_price_for(miss))


def _prompt_tokens(request: ModelRequest, card: ModelCard) -> int:
    # The prompt's own estimate errs low, for the cache's minimum; here it must err high.
    low = len(request.system) / CHARACTERS_PER_TOKEN
    return int(low * CHARACTERS_PER_TOKEN / ASCII_CHARACTERS_PER_TOKEN * float(card.tokenizer_factor)) + SCHEMA_TOKENS


def _message_tokens(request: ModelRequest, card: ModelCard) -> int:
    pictures = sum(not isinstance(part, TextPart) for part in request.content)
    text = sum(estimate_tokens(part.text) for part in request.content if isinstance(part, TextPart))
    return int(text * card.tokenizer_factor) + pictures * card.image_tokens_max
