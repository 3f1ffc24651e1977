"""Any email or form to an honest, zoned text. Importing this costs nothing: a name loads its module on first use."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mailroom.reading.forms import match_form, read_form
    from mailroom.reading.identity import header_pairs, sender_identity
    from mailroom.reading.mail import read_email
    from mailroom.reading.selection import Selection, select
    from mailroom.reading.tokens import estimate_tokens

__all__ = [
    "Selection",
    "estimate_tokens",
    "header_pairs",
    "match_form",
    "read_email",
    "read_form",
    "select",
    "sender_identity",
]

_HOMES = {
    "Selection": "selection",
    "estimate_tokens": "tokens",
    "header_pairs": "identity",
    "match_form": "forms",
    "read_email": "mail",
    "read_form": "forms",
    "select": "selection",
    "sender_identity": "identity",
}


def __getattr__(name: str) -> Any:
    """Load a public name's module when it is first asked for (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module  # noqa: PLC0415 - this function is the laziness

    value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value
