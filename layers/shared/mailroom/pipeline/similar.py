"""Similar records: which of those that wait may be approved together with one that a person has looked at."""

from mailroom.domain.message import ZoneKind
from mailroom.domain.record import FieldResult, Record, Status
from mailroom.pipeline.filing import results

LEAST_CONFIDENCE = 0.5
"""Below it a value is more likely wrong than right, and is looked at by itself."""

_SAID_BY_THE_MESSAGE = frozenset({"exact", "normalised", "format", "derived"})
_NO_PROOF = frozenset({ZoneKind.HIDDEN.value, ZoneKind.ORDER.value})


def alike(one: Record, other: Record) -> bool:
    """Say whether two records are of one kind and from one sender; without a sender nothing is alike."""
    return bool(one.sender) and (one.kind, one.sender) == (other.kind, other.sender)


def why_looked_at_alone(record: Record) -> str:
    """Return in a sentence why a record must not be approved along with others; "" where it may.

    It may where nothing is said against the record as a whole, and each doubtful value is there, stands in words that a
    reader of the message sees, and is more likely right than wrong.
    """
    if record.status is not Status.NEEDS_HUMAN:
        return f"It is {record.status.replace('_', ' ')}."
    if record.reasons:
        return record.reasons[0]
    found = dict(results(record))
    for path in record.doubtful:
        values = [found[path]] if path in found else [value for at, value in found.items() if at.startswith(f"{path}[")]
        if not values:
            return f"{path} is missing."
        for value in values:
            if reason := _against(value):
                return f"{path}: {reason}"
    return ""


def _against(value: FieldResult) -> str:
    if value.method not in _SAID_BY_THE_MESSAGE or value.zone in _NO_PROOF:
        return "the message does not say it in words that its reader sees."
    if value.confidence < LEAST_CONFIDENCE:
        return f"it is too doubtful ({value.confidence:.0%})."
    return ""
