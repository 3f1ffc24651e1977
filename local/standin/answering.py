"""What the stand-in writes: records where the request asks for records, else the smallest instance, else a sentence."""

import json
from typing import Any

from local.standin.faults import Honesty
from local.standin.ledger import Lie
from local.standin.minimal_instance import minimal
from local.standin.prompt_parts import blocks_of
from local.standin.reading_rules.reader import read
from local.standin.replies import Written
from local.standin.rules_of_the_api import Asked

_RECORD = frozenset({"kind", "values", "rows", "unsure"})


def answer(asked: Asked, honesty: Honesty, seed: str) -> tuple[Written, tuple[Lie, ...]]:
    """Return what the model writes and the lies in it; the same request and seed give the same answer."""
    tool = _forced_tool(asked.body)
    schema = tool["input_schema"] if tool else (asked.output_format or {}).get("schema")
    if schema is None:
        return Written("This is a simulated answer of a local stand-in."), ()
    value, lies = _instance(schema, asked.body, honesty, seed)
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return Written(text, tool["name"], value) if tool else Written(text), lies


def _instance(schema: dict[str, Any], body: dict[str, Any], honesty: Honesty, seed: str) -> tuple[Any, tuple[Lie, ...]]:
    if set(schema.get("properties", {})) == _RECORD:
        kinds = schema["properties"]["kind"].get("enum", [])
        prompt = "\n".join(block.get("text", "") for block in blocks_of(body.get("system")))
        found = read(prompt, _words_of_user(body), kinds, honesty, seed)
        if found is not None:
            return found
    return minimal(schema), ()


def _forced_tool(body: dict[str, Any]) -> dict[str, Any] | None:
    choice = body.get("tool_choice") or {}
    tools: list[dict[str, Any]] = body.get("tools") or []
    match choice.get("type"):
        case "any":
            return tools[0]
        case "tool":
            return next((tool for tool in tools if tool.get("name") == choice.get("name")), None)
        case _:
            return None


def _words_of_user(body: dict[str, Any]) -> str:
    """Return all text of the user's turns, tool results included; pictures stay unread: the stand-in has no eyes."""
    texts: list[str] = []
    waiting = [
        block for message in body["messages"] if message["role"] == "user" for block in blocks_of(message["content"])
    ]
    while waiting:
        block = waiting.pop(0)
        if block.get("type") == "text":
            texts.append(block["text"])
        elif block.get("type") == "tool_result":
            waiting = blocks_of(block.get("content")) + waiting
    return "\n".join(texts)
