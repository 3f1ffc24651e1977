"""A request's prompt as the cache and the bill see it: blocks in the order tools, system, messages."""

import hashlib
import json
from collections.abc import Iterator
from typing import Any

from local.standin import tokens
from local.standin.cache import PrefixBlock
from local.standin.models import Model

_FORMAT_OVERHEAD_TOKENS = 60
"""The hidden prompt of structured outputs is billed; its size is unpublished, so this is a low assumption."""
_TOOLS_OVERHEAD_TOKENS = 350
"""The hidden prompt of tool use: 346 to 588 tokens by model and choice on the vendor's pricing page; the low end."""
_MESSAGE_OVERHEAD_TOKENS = 4


def blocks_of(content: object) -> list[dict[str, Any]]:
    """Return content as a list of blocks: a bare string is one text block."""
    if isinstance(content, str):
        return [{"type": "text", "text": content}]
    return [block for block in content if isinstance(block, dict)] if isinstance(content, list) else []


def blocks_in_order(body: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield (section, block) in prefix order; a section is tools, system, or a message's role with its position."""
    for tool in body.get("tools") or []:
        yield "tools", tool
    for block in blocks_of(body.get("system")):
        yield "system", block
    for number, message in enumerate(body.get("messages") or []):
        for block in blocks_of(message.get("content")):
            yield f"{number}:{message.get('role')}", block


def prefix_of(body: dict[str, Any], model: Model, workspace: str) -> list[PrefixBlock]:
    """Return the prompt's blocks with cumulative keys and token counts.

    The key covers workspace, model and output format, then every byte up to the block; tool choice, thinking, effort
    and the presence of pictures count from the first message on. The hidden prompt of the output format is billed with
    the prefix, but not counted towards the cache's minimum, because no page says that it does.
    """
    output = body.get("output_config") or {}
    hidden = _hidden_tokens(body, output.get("format"), model)
    chain = hashlib.sha256(_exact([workspace, model.id, output.get("format")]))
    parts = list(blocks_in_order(body))
    in_messages = _exact(
        [
            body.get("tool_choice"),
            body.get("thinking"),
            output.get("effort"),
            any(block.get("type") == "image" for _, block in parts),
        ]
    )
    total, answer, previous = 0, [], "tools"
    for section, block in parts:
        if section[0].isdigit() and not previous[0].isdigit():
            chain.update(in_messages)
        if section != previous and section[0].isdigit():
            total += _MESSAGE_OVERHEAD_TOKENS
        previous = section
        bare = {key: value for key, value in block.items() if key != "cache_control"}
        chain.update(_exact([section, bare]))
        total += tokens.of_block(bare, model.tokenizer, model.picture_tokens)
        ttl = (block.get("cache_control") or {}).get("ttl", "5m") if block.get("cache_control") else ""
        answer.append(PrefixBlock(chain.hexdigest(), total + hidden, total, ttl))
    return _with_automatic_mark(body, answer)


def _with_automatic_mark(body: dict[str, Any], prefix: list[PrefixBlock]) -> list[PrefixBlock]:
    control = body.get("cache_control")
    if control and prefix:
        last = prefix[-1]
        prefix[-1] = PrefixBlock(last.key, last.tokens, last.countable, control.get("ttl", "5m"))
    return prefix


def _hidden_tokens(body: dict[str, Any], output_format: object, model: Model) -> int:
    total = _TOOLS_OVERHEAD_TOKENS if body.get("tools") else 0
    if output_format:
        total += _FORMAT_OVERHEAD_TOKENS + tokens.scaled(_exact(output_format).decode(), model.tokenizer)
    return total


def _exact(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
