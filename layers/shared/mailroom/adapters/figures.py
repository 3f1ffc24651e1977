"""Amounts and numbers as DynamoDB's numbers, beside the exact texts, so that a query can compare and sum them."""

import re
from decimal import Decimal

from mailroom.domain.doctype import ValueKind
from mailroom.domain.record import FieldResult, Record

_KINDS = frozenset({ValueKind.AMOUNT, ValueKind.NUMBER})
_PLAIN = re.compile(r"-?\d+(\.\d+)?")
_MOST_DIGITS = 38
"""DynamoDB's own limit; a longer number stays a text only."""


def figures(record: Record) -> dict[str, Decimal]:
    """Return the record's amounts and numbers by field name; what is a list, or in rows, stays under ``fields``."""
    found = {}
    for name, value in record.fields.items():
        if isinstance(value, FieldResult) and value.kind in _KINDS:
            text = str(value.value)
            if _PLAIN.fullmatch(text) and sum(sign.isdigit() for sign in text) <= _MOST_DIGITS:
                found[name] = Decimal(text)
    return found
