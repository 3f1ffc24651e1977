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
    in_words = _schema_in_words(asked.body) if schema is None else None
    if schema is None and in_words is None:
        return Written("This is a simulated answer of a local stand-in."), ()
    value, lies = _instance(schema or in_words or {}, asked.body, honesty, seed)
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    if in_words is not None:  # held to nothing, a model often writes JSON as a block of Markdown
        text = f"```json\n{text}\n```"
    return Written(text, tool["name"], value) if tool else Written(text), lies


def _schema_in_words(body: dict[str, Any]) -> dict[str, Any] | None:
    """Return the JSON schema that the last line of the user's text is, or None where it is none."""
    try:
        found = json.loads(_words_of_user(body).rstrip().rpartition("\n")[2])
    except ValueError:
        return None
    return found if isinstance(found, dict) and found.get("type") == "object" and "properties" in found else None


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
