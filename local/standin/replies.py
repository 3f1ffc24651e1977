"""Replies in the API's shapes: a message, its usage, and the same message as server-sent events."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from local.standin import tokens
from local.standin.cache import CacheUse
from local.standin.faults import Fault
from local.standin.rules_of_the_api import Asked

_THINKING_TOKENS = {"low": 0, "medium": 160, "high": 320, "xhigh": 640, "max": 1280}
"""How long the stand-in "thinks" by effort: an assumption, only its place in the reply and in the bill is published."""
_PIECE_CHARACTERS = 24


@dataclass(frozen=True, slots=True)
class Reply:
    """One HTTP reply. ``cut`` breaks the connection in the middle of the body; ``events`` are a stream instead of it.

    ``pause_s`` is the time that writing takes, spread over the events of a stream.
    """

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    media_type: str = "application/json"
    cut: bool = False
    events: tuple[bytes, ...] = ()
    pause_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Written:
    """What the model wrote, before it is cut to max_tokens: text, or the input of a tool."""

    text: str
    tool: str = ""
    tool_input: dict[str, Any] | None = None


def thinking_tokens(asked: Asked) -> int:
    """Return how many tokens of thinking come first; 0 where the request or the model has none."""
    if asked.thinking == "adaptive":
        return _THINKING_TOKENS.get(asked.effort, 0)
    return 200 if asked.thinking == "enabled" else 0


def message_of(asked: Asked, written: Written, fault: Fault | None, *, message_id: str) -> tuple[dict[str, Any], int]:
    """Return the message without usage, and its output tokens.

    A text longer than max_tokens is cut there with ``stop_reason`` "max_tokens"; a refusal has no content.
    """
    limit = int(asked.body["max_tokens"])
    thought = thinking_tokens(asked) if limit else 0
    content: list[dict[str, Any]] = []
    if thought:
        content.append({"type": "thinking", "thinking": "", "signature": f"simulated-{message_id}"})
    whole = tokens.scaled(written.text, asked.model.tokenizer)
    limit = min(limit, thought + whole // 2) if fault is Fault.TRUNCATION else limit
    if fault is Fault.REFUSAL:
        return _message(asked, message_id, [], "refusal"), min(limit, 8)
    if fault is Fault.EMPTY:
        return _message(asked, message_id, [], "end_turn"), 2
    if limit == 0:
        return _message(asked, message_id, [], "max_tokens"), 0
    if thought + whole > limit:
        kept = written.text[: len(written.text) * max(0, limit - thought) // max(1, whole)]
        content += [{"type": "text", "text": kept}] if kept else []
        return _message(asked, message_id, content, "max_tokens"), limit
    if written.tool:
        content.append(
            {"type": "tool_use", "id": f"toolu_{message_id[4:]}", "name": written.tool, "input": written.tool_input}
        )
        return _message(asked, message_id, content, "tool_use"), thought + whole
    content.append({"type": "text", "text": written.text})
    return _message(asked, message_id, content, "end_turn"), thought + whole


def _message(asked: Asked, message_id: str, content: list[dict[str, Any]], stop_reason: str) -> dict[str, Any]:
    refused = stop_reason == "refusal"
    return {
        "id": message_id,
        "type": "message",
        "role": "assistant",
        "model": asked.model.id,
        "content": content,
        "stop_reason": stop_reason,
        "stop_sequence": None,
        "stop_details": {"type": "refusal", "category": "general_harms", "explanation": None} if refused else None,
    }


def usage_of(prompt_tokens: int, use: CacheUse, output_tokens: int, thought: int) -> dict[str, Any]:
    """Return a reply's usage: ``input_tokens`` is only what stands after the last breakpoint in effect."""
    return {
        "input_tokens": prompt_tokens - use.covered,
        "output_tokens": output_tokens,
        "cache_creation_input_tokens": use.write_5m + use.write_1h,
        "cache_read_input_tokens": use.read,
        "cache_creation": {"ephemeral_5m_input_tokens": use.write_5m, "ephemeral_1h_input_tokens": use.write_1h},
        "output_tokens_details": {"thinking_tokens": min(thought, output_tokens)},
        "service_tier": "standard",
    }


def events_of(message: dict[str, Any]) -> Iterator[bytes]:
    """Yield the server-sent events of a finished message, in the API's order."""
    usage = message["usage"]
    opening = message | {"content": [], "stop_reason": None, "usage": usage | {"output_tokens": 1}}
    yield _event("message_start", message=opening)
    for index, block in enumerate(message["content"]):
        yield from _block_events(index, block)
    delta = {key: message[key] for key in ("stop_reason", "stop_sequence", "stop_details")}
    yield _event("message_delta", delta=delta, usage={"output_tokens": usage["output_tokens"]})
    yield _event("message_stop")


def _block_events(index: int, block: dict[str, Any]) -> Iterator[bytes]:
    empty: dict[str, Any]
    match block["type"]:
        case "text":
            empty, delta, whole = {"text": ""}, ("text_delta", "text"), block["text"]
        case "thinking":
            empty, delta, whole = {"signature": ""}, ("signature_delta", "signature"), block["signature"]
        case _:
            empty, delta, whole = {"input": {}}, ("input_json_delta", "partial_json"), json.dumps(block["input"])
    kind, key = delta
    yield _event("content_block_start", index=index, content_block=block | empty)
    for start in range(0, len(whole), _PIECE_CHARACTERS):
        piece = whole[start : start + _PIECE_CHARACTERS]
        yield _event("content_block_delta", index=index, delta={"type": kind, key: piece})
    yield _event("content_block_stop", index=index)


def _event(name: str, **data: Any) -> bytes:
    return f"event: {name}\ndata: {json.dumps({'type': name} | data, ensure_ascii=False)}\n\n".encode()
