"""Just enough CSS to know what a person does not see: display, visibility, size, text in its background's colour."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

_COMMENT = re.compile(r"/\*.*?\*/|<!--|-->", re.DOTALL)
_AT_BLOCK = re.compile(r"@[^{};]*\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}|@[^{};]*;", re.DOTALL)
_RULE = re.compile(r"([^{}]{1,500})\{([^{}]*)\}")
_SIMPLE_SELECTOR = re.compile(r"^([a-zA-Z][\w-]*)?(?:\.([\w-]+)|#([\w-]+))?$")
_NOTHING = re.compile(r"^0+(\.0+)?(px|pt|em|rem|%|ex|cm|mm|in)?$")
_TINY = re.compile(r"^(0*\.\d+|0|1)(px|pt)$|^0*\.0\d*r?em$|^0$")
_HEX = re.compile(r"^#([0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})$")
_RGB = re.compile(r"^rgba?\(\s*(\d+)\s*[, ]\s*(\d+)\s*[, ]\s*(\d+)\s*(?:[,/]\s*([\d.]+%?))?\s*\)$")
_NAMES = {
    "white": (255, 255, 255),
    "black": (0, 0, 0),
    "red": (255, 0, 0),
    "green": (0, 128, 0),
    "blue": (0, 0, 255),
    "yellow": (255, 255, 0),
    "gray": (128, 128, 128),
    "grey": (128, 128, 128),
    "silver": (192, 192, 192),
    "whitesmoke": (245, 245, 245),
    "snow": (255, 250, 250),
    "ivory": (255, 255, 240),
}
_CLOSE = 12
"""Colours whose channels all differ by less than this of 255 cannot be told apart on a screen."""

Colour = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Look:
    """What an element inherits, and why it cannot be seen ("" where it can)."""

    colour: Colour | None = None
    background: Colour | None = (255, 255, 255)
    hidden_because: str = ""


@dataclass(frozen=True, slots=True)
class HiddenSelectors:
    """The simple selectors (tag, class, id) that a style sheet hides."""

    tags: frozenset[str]
    classes: frozenset[tuple[str, str]]
    ids: frozenset[str]


NOTHING_HIDDEN = HiddenSelectors(frozenset(), frozenset(), frozenset())


@lru_cache(maxsize=64)
def hidden_selectors(sheet: str) -> HiddenSelectors:
    """Return what a style sheet hides on every screen; rules for some screens only (@media) hide nothing for good."""
    tags, classes, ids = set(), set(), set()
    if "none" in sheet or "hidden" in sheet:
        plain = _AT_BLOCK.sub("", _COMMENT.sub("", sheet[:200_000]))
        for selectors, body in _RULE.findall(plain):
            if not _hidden_by(_declarations(body)):
                continue
            for selector in selectors.split(","):
                match = _SIMPLE_SELECTOR.match(selector.strip())
                if match is None:
                    continue
                tag, class_name, element_id = (match[1] or "").lower(), match[2], match[3]
                if class_name:
                    classes.add((tag, class_name))
                elif element_id:
                    ids.add(element_id)
                elif tag:
                    tags.add(tag)
    if not (tags or classes or ids):
        return NOTHING_HIDDEN
    return HiddenSelectors(frozenset(tags), frozenset(classes), frozenset(ids))


def look_of(name: str, attributes: Mapping[str, str | None], parent: Look, rules: HiddenSelectors) -> Look:
    """Return how an element looks, given its parent's look."""
    if parent.hidden_because:
        return parent
    reason = "hidden attribute" if "hidden" in attributes else ""
    if not reason and rules is not NOTHING_HIDDEN:
        reason = _hidden_by_rules(name, attributes, rules)
    style = attributes.get("style")
    colour, background = attributes.get("color"), attributes.get("bgcolor")
    if not (style or colour or background or reason):
        return parent
    return _look(style or "", colour, background, reason, parent)


@lru_cache(maxsize=1024)
def _look(style: str, colour: str | None, background: str | None, reason: str, parent: Look) -> Look:
    """Return what a style makes of its parent's look: newsletters say the same of a thousand cells."""
    declared = _declarations(style)
    reason = reason or _hidden_by(declared)
    seen = _colour(declared.get("color") or colour) or parent.colour
    behind = _background(declared, background, parent)
    if not reason and seen and behind and seen != parent.colour and _alike(seen, behind):
        reason = "text in the colour of its background"
    return Look(seen, behind, reason)


def _alike(one: Colour, other: Colour) -> bool:
    return all(abs(ours - theirs) < _CLOSE for ours, theirs in zip(one, other, strict=True))


def _hidden_by_rules(name: str, attributes: Mapping[str, str | None], rules: HiddenSelectors) -> str:
    if name in rules.tags or (rules.ids and attributes.get("id") in rules.ids):
        return "hidden by style"
    if rules.classes and (classes := attributes.get("class")):
        for class_name in classes.split():
            if ("", class_name) in rules.classes or (name, class_name) in rules.classes:
                return "hidden by style"
    return ""


@lru_cache(maxsize=1024)
def _parsed(style: str) -> tuple[tuple[str, str], ...]:
    pairs = []
    for declaration in style.split(";"):
        name, colon, value = declaration.partition(":")
        if colon:
            pairs.append((name.strip().lower(), value.replace("!important", "").strip().lower()))
    return tuple(pairs)


def _declarations(style: str) -> dict[str, str]:
    return dict(_parsed(style[:4_000]))


def _hidden_by(declared: Mapping[str, str]) -> str:
    if declared.get("display") == "none" or declared.get("visibility") in ("hidden", "collapse"):
        return "hidden by style"
    if _TINY.match(declared.get("font-size", "")):
        return "too small to read"
    opacity = declared.get("opacity", "")
    if opacity and _NOTHING.match(opacity):
        return "transparent"
    clipped = declared.get("overflow", "").startswith("hidden")
    if clipped and any(
        _NOTHING.match(declared.get(name, "")) for name in ("max-height", "height", "width", "max-width")
    ):
        return "hidden by style"
    return "moved out of sight" if _moved_away(declared) else ""


def _moved_away(declared: Mapping[str, str]) -> bool:
    if declared.get("position") in ("absolute", "fixed"):
        return any(re.match(r"^-\d{3,}", declared.get(side, "")) for side in ("left", "top"))
    return bool(re.match(r"^-\d{4,}", declared.get("text-indent", "")))


def _background(declared: Mapping[str, str], attribute: str | None, parent: Look) -> Colour | None:
    value = declared.get("background-color") or declared.get("background") or attribute
    if not value:
        return parent.background
    if "url(" in value or "gradient" in value or declared.get("background-image", "none") not in ("none", ""):
        return None  # a picture behind the text: nobody knows its colour
    return _colour(value.split()[0] if not value.startswith("rgb") else value) or parent.background


@lru_cache(maxsize=1024)
def _colour(value: str | None) -> Colour | None:
    if not value:
        return None
    text = value.strip().lower()
    if text in _NAMES:
        return _NAMES[text]
    if re.fullmatch(r"[0-9a-f]{6}", text):
        text = f"#{text}"
    if match := _HEX.match(text):
        digits = match[1] if len(match[1]) > 4 else "".join(digit * 2 for digit in match[1])
        return int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:6], 16)
    if match := _RGB.match(text):
        return min(int(match[1]), 255), min(int(match[2]), 255), min(int(match[3]), 255)
    return None
