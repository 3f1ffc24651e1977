"""Claude, over the anthropic SDK: one bounded call, its errors in our words, its usage kept whatever it says.

``messages.create`` and not ``messages.parse``: the latter raises a bare ValidationError on a cut-off or refused
answer and loses the usage that was billed (https://github.com/anthropics/anthropic-sdk-python/pull/1850).
"""

import base64
import time
from collections.abc import Callable
from typing import Any

import anthropic

from mailroom.adapters.claude_client import ClaudeClients
from mailroom.adapters.claude_routes import name_on
from mailroom.adapters.claude_stream import Said, heard_out
from mailroom.catalogue import ModelCard
from mailroom.domain.cost import Usage
from mailroom.domain.errors import ModelUnavailableError, PermanentError, StopTheLineError, TransientError
from mailroom.domain.record import CacheVerdict
from mailroom.ports import CacheLife, ModelAnswer, ModelRequest, Outcome
from mailroom.prompts.requests import PicturePart, TextPart, schema_in_words

OUTCOMES = {
    "end_turn": Outcome.COMPLETE,
    "stop_sequence": Outcome.COMPLETE,
    "max_tokens": Outcome.TRUNCATED,
    "refusal": Outcome.REFUSED,
    "model_context_window_exceeded": Outcome.TOO_LONG,
}

STREAMED_ROUTES = frozenset({"api", "aws"})
"""Where an answer can be heard while it is written: the routes that speak the API's own server-sent events.

Bedrock frames them in another protocol under a right of its own; there an answer is heard when it is whole.
"""

ACCOUNT_ERROR_CODES = frozenset({"enforced_spend_limit_reached", "spend_limit_reached", "credit_balance_too_low"})
"""Error codes under which no message will succeed until a person acts: 429 and 400 both carry them."""


class ClaudeModel:
    """Asks Claude by one route. ``clients`` gives an open client of the SDK, so that a rotated key is picked up."""

    def __init__(
        self, clients: ClaudeClients, cards: Callable[[str], ModelCard], route: str, geography: str = ""
    ) -> None:
        self._client = clients
        self._cards = cards
        self._route = route
        self._geography = geography

    def ask(self, request: ModelRequest) -> ModelAnswer:
        """Answer, or raise TransientError, PermanentError or StopTheLineError."""
        card = self._cards(request.model)
        started = time.monotonic()
        try:
            said = self._said(payload(request, card, self._route, self._geography), request)
        except anthropic.APIError as error:
            raise said_by_api(error) from error
        except (anthropic.AnthropicError, RuntimeError) as error:  # how the SDK says that it found no credentials
            raise StopTheLineError(f"The route {self._route} to Claude is not open: {error}") from error
        except ValueError as error:  # json.JSONDecodeError: a 200 whose body is not JSON is not wrapped by the SDK
            raise TransientError("The model API answered with something that is not JSON.") from error
        duration_ms = round((time.monotonic() - started) * 1000)
        return ModelAnswer(
            model=card.id,
            # A stop reason that is not known is an answer that may not be whole.
            outcome=OUTCOMES.get(said.stop_reason, Outcome.TRUNCATED),
            text=said.text,
            usage=said.usage,
            cache=cache_verdict(request.cache, said.usage),
            duration_ms=duration_ms,
            request_id=said.request_id,
        )

    def _said(self, body: dict[str, Any], request: ModelRequest) -> Said:
        if request.heard is not None and self._route in STREAMED_ROUTES:
            return heard_out(self._client(), body, request.timeout_s, request.heard, usage_of)
        reply = self._client().messages.create(**body, timeout=request.timeout_s)
        if not isinstance(reply, anthropic.types.Message):  # a 200 of another content type comes back as a str
            raise TransientError("The model API answered with something that is not a message.")
        return Said(
            stop_reason=reply.stop_reason or "",
            text="".join(block.text for block in reply.content if block.type == "text"),
            usage=usage_of(reply.usage),
            request_id=reply._request_id or "",  # noqa: SLF001 -- the SDK's documented attribute, underscore and all
        )


def payload(request: ModelRequest, card: ModelCard, route: str, geography: str = "") -> dict[str, Any]:
    """Return the body of one request, with just what this model takes on this route (the catalogue knows).

    Where the route has no structured outputs the schema stands at the end of the question, where it leaves the cached
    prefix as it is; the answer is parsed the same.
    """
    system: dict[str, Any] = {"type": "text", "text": request.system}
    if request.cache is CacheLife.ONE_HOUR:
        system["cache_control"] = {"type": "ephemeral", "ttl": "1h"}
    elif request.cache is CacheLife.FIVE_MINUTES:
        system["cache_control"] = {"type": "ephemeral"}
    output: dict[str, Any] = {"effort": card.effort} if card.effort else {}
    content = [_block(part) for part in request.content]
    if any(route == each for each in card.structured_outputs):
        output["format"] = {"type": "json_schema", "schema": request.answer_schema}
    else:
        content.append({"type": "text", "text": schema_in_words(request.answer_schema)})
    body: dict[str, Any] = {
        "model": name_on(route, card, geography),
        "max_tokens": request.max_tokens,
        "system": [system],
        "messages": [{"role": "user", "content": content}],
    }
    if output:
        body["output_config"] = output
    if card.thinking:
        body["thinking"] = dict(card.thinking)
    return body


def _block(part: TextPart | PicturePart) -> dict[str, Any]:
    if isinstance(part, TextPart):
        return {"type": "text", "text": part.text}
    data = base64.standard_b64encode(part.data).decode("ascii")
    return {"type": "image", "source": {"type": "base64", "media_type": part.media_type, "data": data}}


def usage_of(usage: Any) -> Usage:
    """Return the tokens of a reply in our classes; where the split by lifetime is missing, writes count as short."""
    split = getattr(usage, "cache_creation", None)
    written = usage.cache_creation_input_tokens or 0
    one_hour = split.ephemeral_1h_input_tokens if split else 0
    return Usage(
        input_tokens=usage.input_tokens,
        output_tokens=usage.output_tokens,
        cache_read_tokens=usage.cache_read_input_tokens or 0,
        cache_write_5m_tokens=written - one_hour,
        cache_write_1h_tokens=one_hour,
    )


def cache_verdict(asked: CacheLife, usage: Usage) -> CacheVerdict:
    """Say what the cache did. Asked for and both counters 0 means: the prefix is under the model's minimum."""
    if asked is CacheLife.OFF:
        return CacheVerdict.OFF
    if usage.cache_read_tokens:
        return CacheVerdict.HIT
    if usage.cache_write_5m_tokens or usage.cache_write_1h_tokens:
        return CacheVerdict.WRITE
    return CacheVerdict.TOO_SHORT


def said_by_api(error: anthropic.APIError) -> Exception:
    """Turn what the API said into who must act; the words never carry the request's content."""
    if not isinstance(error, anthropic.APIStatusError):
        return ModelUnavailableError(f"The model API could not be reached ({type(error).__name__}).")
    status = error.status_code
    code = getattr(error, "error_code", None) or getattr(error, "type", None) or ""
    said = f"The model API answered {status} {code}".strip() + f" (request {error.request_id or 'unnamed'})."
    if code in ACCOUNT_ERROR_CODES or status in {401, 402, 403, 404}:
        return StopTheLineError(said)
    if status in {400, 413, 422}:
        return PermanentError(said)
    return ModelUnavailableError(said, retry_after_s=_retry_after_s(error))


def _retry_after_s(error: anthropic.APIStatusError) -> float:
    try:
        return max(0.0, float(error.response.headers.get("retry-after", "0")))
    except ValueError:
        return 0.0  # an HTTP date: the queue's own rhythm serves
