"""What structured outputs refuse in a schema (the vendor's structured-outputs page, 2026-09)."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from local.standin.errors import invalid

MAX_OPTIONAL = 24
MAX_UNIONS = 16
MAX_STRUCTURE_CHARACTERS = 7_000
"""The grammar's size limit is unpublished; a schema of 7.4 KB was reported as too large."""

_ANNOTATIONS = frozenset({"title", "description", "default"})
_KEYWORDS = _ANNOTATIONS | {
    *("type", "properties", "required", "additionalProperties", "items", "minItems", "enum", "const"),
    *("anyOf", "allOf", "$ref", "$defs", "definitions", "format", "pattern"),
}
_TYPES = frozenset({"object", "array", "string", "integer", "number", "boolean", "null"})
_FORMATS = frozenset(
    {"date-time", "time", "date", "duration", "email", "hostname", "uri", "ipv4", "ipv6", "uuid"},
)
_HARD_PATTERN = re.compile(r"\(\?|\\[bB1-9]")


@dataclass
class _Budget:
    optional: int = 0
    unions: int = 0
    walking: list[str] = field(default_factory=list)


def check_schema(schema: object, where: str = "output_config.format.schema") -> None:
    """Raise ApiError 400 where the API would refuse the schema."""
    if not isinstance(schema, dict):
        raise invalid(f"{where}: Input should be an object")
    budget = _Budget()
    _walk(schema, schema, where, budget)
    if budget.optional > MAX_OPTIONAL:
        raise invalid(
            f"Schemas contain too many optional parameters ({budget.optional}), which would make grammar compilation "
            f"inefficient. Reduce the number of optional parameters (limit: {MAX_OPTIONAL})."
        )
    if budget.unions > MAX_UNIONS:
        raise invalid(
            f"Schemas contain too many parameters with union types ({budget.unions} parameters with type arrays or "
            f"anyOf). Reduce the number of nullable or union-typed parameters (limit: {MAX_UNIONS})."
        )
    if len(json.dumps(_structure(schema), separators=(",", ":"))) > MAX_STRUCTURE_CHARACTERS:
        raise invalid("The compiled grammar is too large, which would cause performance issues. Simplify your schema.")


def _walk(node: object, root: dict[str, Any], where: str, budget: _Budget) -> None:
    if not isinstance(node, dict):
        raise invalid(f"{where}: schemas must be objects")
    if unknown := sorted(set(node) - _KEYWORDS):
        raise invalid(f"{where}: For '{node.get('type', 'schema')}' type, properties {unknown} are not supported")
    _check_leaf(node, where)
    budget.unions += "anyOf" in node or isinstance(node.get("type"), list)
    if "$ref" in node:
        _follow(node["$ref"], root, where, budget)
    if node.get("type") == "object" or "properties" in node:
        _check_object(node, where, budget)
    for name, child in _children(node):
        _walk(child, root, f"{where}.{name}", budget)


def _check_leaf(node: dict[str, Any], where: str) -> None:
    kinds = node.get("type", [])
    if any(kind not in _TYPES for kind in (kinds if isinstance(kinds, list) else [kinds])):
        raise invalid(f"{where}: Invalid type {kinds!r}")
    if not {"type", "enum", "const", "anyOf", "allOf", "$ref"} & set(node):
        raise invalid(f"{where}: Schema must have a 'type' defined")
    if any(isinstance(choice, dict | list) for choice in node.get("enum", [])):
        raise invalid(f"{where}: enum values must be strings, numbers, booleans or null")
    if node.get("minItems", 0) not in {0, 1}:
        raise invalid(f"{where}: For 'array' type, 'minItems' values other than 0 or 1 are not supported")
    if "format" in node and node["format"] not in _FORMATS:
        raise invalid(f"{where}: String format '{node['format']}' is not supported")
    if _HARD_PATTERN.search(str(node.get("pattern", ""))):
        raise invalid(f"{where}: pattern uses lookarounds, back-references or word boundaries, which are not supported")
    if "allOf" in node and any(isinstance(part, dict) and "$ref" in part for part in node["allOf"]):
        raise invalid(f"{where}: allOf with $ref is not supported")


def _check_object(node: dict[str, Any], where: str, budget: _Budget) -> None:
    if node.get("additionalProperties") is not False:
        raise invalid(f"{where}: For 'object' type, 'additionalProperties' must be explicitly set to false")
    properties, required = node.get("properties", {}), node.get("required", [])
    if not isinstance(properties, dict) or not isinstance(required, list):
        raise invalid(f"{where}: 'properties' must be an object and 'required' an array")
    if missing := [name for name in required if name not in properties]:
        raise invalid(f"{where}: required properties {missing} are not defined")
    budget.optional += sum(name not in required for name in properties)


def _follow(reference: object, root: dict[str, Any], where: str, budget: _Budget) -> None:
    target = resolve(reference, root)
    if target is None:
        raise invalid(f"{where}: only references to '#/$defs/…' of the same schema are supported")
    if reference in budget.walking:
        raise invalid(f"{where}: Recursive schemas are not supported")
    budget.walking.append(str(reference))
    _walk(target, root, str(reference), budget)
    budget.walking.pop()


def resolve(reference: object, root: dict[str, Any]) -> dict[str, Any] | None:
    """Return what an internal reference points to, or None where it points nowhere or outside."""
    match str(reference).split("/"):
        case ["#", ("$defs" | "definitions") as shelf, name]:
            target = root.get(shelf, {}).get(name)
            return target if isinstance(target, dict) else None
        case _:
            return None


def _children(node: dict[str, Any]) -> Iterator[tuple[str, object]]:
    for name, child in node.get("properties", {}).items():
        yield name, child
    if "items" in node:
        yield "items", node["items"]
    for keyword in ("anyOf", "allOf"):
        for number, child in enumerate(node.get(keyword, [])):
            yield f"{keyword}.{number}", child


def _structure(node: object) -> object:
    if isinstance(node, dict):
        return {key: _structure(value) for key, value in node.items() if key not in _ANNOTATIONS}
    return [_structure(item) for item in node] if isinstance(node, list) else node
