"""Names, reasons, spans, moments and figures as people write them."""

import re
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from math import isfinite

_ACRONYMS = frozenset({"iban", "bic", "vat", "id", "url", "po", "cv"})


def spoken(name: str) -> str:
    """Write a machine's name for people: line_items as "Line items"."""
    words = [word.upper() if word in _ACRONYMS else word for word in name.replace("_", " ").split()]
    said = " ".join(words)
    return said[:1].upper() + said[1:]


def span(passed: timedelta) -> str:
    """Write a span as people say it: "3 min", "5 h", "2 days"."""
    minutes = int(passed.total_seconds() // 60)
    if minutes < 1:
        return "just now"
    if minutes < 60:
        return f"{minutes} min"
    hours = minutes // 60
    return f"{hours} h" if hours < 48 else f"{hours // 24} days"


def moment(at: datetime) -> str:
    """Write a moment in UTC, to the minute."""
    return f"{at:%d %b %Y, %H:%M} UTC"


def price(amount: Decimal | float) -> str:
    """Write a price: a dollar and more with cents, less with four digits, for most records cost less than a cent."""
    return f"${amount:,.2f}" if amount >= 1 else f"${amount:,.4f}"


def percent(part: int, whole: int) -> str:
    """Write a share; a dash where there is nothing to have a share of."""
    return f"{part / whole:.0%}" if whole else "–"


def seconds(span: float | None) -> str:
    """Write a span of a machine's work: "3.5 s", "4 min"; a dash where nothing was measured."""
    if span is None:
        return "–"
    if not isfinite(span):
        return "over an hour"
    return f"{span:.1f} s" if span < 60 else f"{span / 60:.0f} min"


_MISSING = re.compile(r"The essential field (\w+) is missing\.")
_OF_A_FIELD = re.compile(r"(\w+)(?:\[\d+\](?:\.\w+)?)?: (.+)", re.DOTALL)


def readable(reasons: Iterable[str], names: Collection[str]) -> list[str]:
    """Write a record's reasons for people, each once: what is missing in one sentence, what several fields share too.

    ``names`` are those of the kind's fields; where they stand in a sentence they are written as people write them.
    """
    missing: list[str] = []
    fields_of: dict[str, list[str]] = {}
    for reason in reasons:
        if found := _MISSING.fullmatch(reason):
            missing.append(_within(found[1]))
            continue
        found = _OF_A_FIELD.fullmatch(reason)
        sentence, field = (found[2], spoken(found[1])) if found and found[1] in names else (reason, "")
        fields = fields_of.setdefault(sentence, [])
        if field and field not in fields:
            fields.append(field)
    said = [f"Missing: {', '.join(missing)}."] if missing else []
    for sentence, fields in fields_of.items():
        plain = re.sub(r"\b[a-z]+(?:_[a-z]+)+\b", lambda word: _named(word[0], names), sentence)
        said.append(f"{', '.join(fields)}: {plain}" if fields else plain)
    return said


def _named(word: str, names: Collection[str]) -> str:
    return _within(word) if word in names else word


def _within(name: str) -> str:
    """Write a name in the midst of a sentence."""
    said = spoken(name)
    return said if said[:2].isupper() else said[:1].lower() + said[1:]
