"""Structured data beside the words: JSON-LD and microdata in HTML, written as an outline that is cheap in tokens."""

import json
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser, LexborNode

_TRAILING_COMMA = re.compile(r",\s*([}\]])")
_MISSING_COMMA = re.compile(r'("|\d|true|false|null|[}\]])(\s*\n\s*)(")')
_COMMENT = re.compile(r"^\s*(<!--|//<!\[CDATA\[|<!\[CDATA\[)|(-->|//\]\]>|\]\]>)\s*$")
_LONE_PAIR = re.compile(r'"([\w@:.-]{1,80})"\s*:\s*("(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|true|false)')
_WHITE = re.compile(r"\s+")
_DEPTH = 12
_LINES = 2_000

# Where an element keeps its property's value (HTML Standard, "Microdata", section "Values").
_VALUE_ATTRIBUTES = {
    "meta": "content",
    "link": "href",
    "a": "href",
    "area": "href",
    "img": "src",
    "source": "src",
    "object": "data",
    "data": "value",
    "meter": "value",
    "time": "datetime",
}


def structured_data(tree: "LexborHTMLParser") -> list[tuple[str, str]]:
    """Return (label, outline) for every JSON-LD script and every top-level microdata item."""
    found = []
    for script in tree.css('script[type*="ld+json" i]'):
        outline = json_outline(script.text() or "")
        if outline:
            found.append(("JSON-LD", outline))
    for item in tree.css("[itemscope]:not([itemprop])"):
        lines = list(_outline(_microdata(item, 0), 0))[:_LINES]
        if lines:
            found.append(("microdata", "\n".join(lines)))
    return found


def json_outline(source: str) -> str:
    """Return JSON as an outline; broken JSON is mended, or given as the pairs that can still be made out."""
    text = _COMMENT.sub("", source).strip()
    mended = _TRAILING_COMMA.sub(r"\1", text)
    for candidate in (text, mended, _MISSING_COMMA.sub(r"\1,\2\3", mended)):
        try:
            value = json.loads(candidate, strict=False)
        except (ValueError, RecursionError):
            continue
        return "\n".join(list(_outline(value, 0))[:_LINES])
    return "\n".join(f"{name}: {_plain(value)}" for name, value in _LONE_PAIR.findall(text)[:_LINES])


def _plain(value: str) -> str:
    try:
        return _one_line(json.loads(value, strict=False))
    except ValueError:
        return _one_line(value.strip('"'))


def _one_line(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return _WHITE.sub(" ", str(value)).strip()


def _outline(value: Any, depth: int) -> Iterator[str]:
    """Yield one line per value: names of containers on lines of their own, two spaces per level."""
    pad = "  " * depth
    if depth > _DEPTH:
        return
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _outline_entry(str(name), inner, depth)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            if index and isinstance(inner, dict):
                yield f"{pad}-"
            yield from _outline(inner, depth)
    elif value is not None and (text := _one_line(value)):
        yield f"{pad}{text}"


def _outline_entry(name: str, inner: Any, depth: int) -> Iterator[str]:
    pad = "  " * depth
    if isinstance(inner, dict | list) and inner:
        if isinstance(inner, list) and not any(isinstance(item, dict | list) for item in inner):
            yield f"{pad}{name}: " + ", ".join(_one_line(item) for item in inner)
        else:
            yield f"{pad}{name}:"
            yield from _outline(inner, depth + 1)
    elif inner not in (None, "", [], {}):
        yield f"{pad}{name}: {_one_line(inner)}"


def _microdata(item: "LexborNode", depth: int) -> dict[str, Any]:
    """Return an item's properties; those of nested items stay with the nested item."""
    properties: dict[str, Any] = {}
    kind = (item.attributes.get("itemtype") or "").rsplit("/", 1)[-1]
    if kind:
        properties["@type"] = kind
    if depth > _DEPTH:
        return properties
    for node in _own_properties(item):
        value: Any = _microdata(node, depth + 1) if "itemscope" in node.attributes else _property_value(node)
        for name in (node.attributes.get("itemprop") or "").split():
            if name not in properties:
                properties[name] = value
            elif isinstance(properties[name], list):
                properties[name].append(value)
            else:
                properties[name] = [properties[name], value]
    return properties


def _own_properties(item: "LexborNode") -> Iterator["LexborNode"]:
    stack = _children(item)
    while stack:
        node = stack.pop()
        attributes = node.attributes
        if "itemprop" in attributes:
            yield node
        if "itemscope" not in attributes:
            stack.extend(_children(node))


def _children(node: "LexborNode") -> list["LexborNode"]:
    """Return the element children, last first, as a stack wants them."""
    children = []
    child = node.last_child
    while child is not None:
        if child.is_element_node:
            children.append(child)
        child = child.prev
    return children


def _property_value(node: "LexborNode") -> str:
    attributes = node.attributes
    if attributes.get("content"):
        return attributes["content"] or ""
    attribute = _VALUE_ATTRIBUTES.get(node.tag or "")
    value = attributes.get(attribute) if attribute else None
    return value or node.text(deep=True)
