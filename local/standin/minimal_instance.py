"""The smallest instance of a schema, for requests that the stand-in has no rules to read by."""

import re
from typing import Any

from local.standin.schema_rules import resolve

_BY_FORMAT = {
    "date-time": "2026-01-01T00:00:00Z",
    "time": "00:00:00Z",
    "date": "2026-01-01",
    "duration": "P1D",
    "email": "someone@example.com",
    "hostname": "example.com",
    "uri": "https://example.com/",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "uuid": "00000000-0000-4000-8000-000000000000",
}


def minimal(schema: dict[str, Any], root: dict[str, Any] | None = None) -> Any:
    """Return the smallest value that the schema allows: the first choice, empty strings, required properties only."""
    root = schema if root is None else root
    match schema:
        case {"const": value} | {"enum": [value, *_]} | {"default": value}:
            return value
        case {"$ref": reference}:
            return minimal(resolve(reference, root) or {}, root)
        case {"anyOf": [first, *_]}:
            return minimal(first, root)
        case {"allOf": parts}:
            return _all_of(parts, root)
    kind = schema.get("type", "null")
    return _of_type(kind[0] if isinstance(kind, list) else kind, schema, root)


def _of_type(kind: str, schema: dict[str, Any], root: dict[str, Any]) -> Any:
    match kind:
        case "object":
            required = schema.get("required", [])
            return {
                name: minimal(part, root) for name, part in schema.get("properties", {}).items() if name in required
            }
        case "array":
            return [minimal(schema.get("items", {}), root)] if schema.get("minItems") else []
        case "string":
            return _BY_FORMAT.get(schema.get("format", "")) or _matching(schema.get("pattern", ""))
        case "integer" | "number":
            return 0
        case "boolean":
            return False
    return None


def _all_of(parts: list[dict[str, Any]], root: dict[str, Any]) -> Any:
    values = [minimal(part, root) for part in parts]
    if all(isinstance(value, dict) for value in values):
        return {key: item for value in values for key, item in value.items()}
    return values[0] if values else None


_ATOM = re.compile(
    r"(?P<escape>\\.)|\[(?P<set>\^?(?:\\.|[^\]])+)\]|(?P<any>\.)|(?P<literal>[^\\\[\].^$*+?{}()|])",
)
_REPEAT = re.compile(r"(?P<zero>[*?])|\+|\{(?P<least>\d+)(?:,\d*)?\}")
_CLASSES = {"d": "0", "w": "a", "s": " ", "D": "a", "W": "-", "S": "a"}


def _matching(pattern: str) -> str:
    """Return a short text for a pattern of plain atoms and repeats; "" where the pattern has groups."""
    text, position = "", 0
    while position < len(pattern):
        if pattern[position] in "^$":
            position += 1
            continue
        atom = _ATOM.match(pattern, position)
        if atom is None:
            return ""
        position = atom.end()
        least = 1
        if repeat := _REPEAT.match(pattern, position):
            position = repeat.end()
            least = 0 if repeat["zero"] else int(repeat["least"] or 1)
        text += _one_of(atom) * least
    return text


def _one_of(atom: re.Match[str]) -> str:
    if atom["escape"]:
        return _CLASSES.get(atom["escape"][1], atom["escape"][1])
    if atom["set"]:
        allowed = re.compile(atom[0])
        return next((sign for sign in "0aA-_ .#" if allowed.match(sign)), "")
    return atom["literal"] or "a"
