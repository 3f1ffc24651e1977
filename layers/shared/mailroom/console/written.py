"""How figures are written for people."""

from decimal import Decimal
from math import isfinite


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
