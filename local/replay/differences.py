"""One record beside its second reading: what each says, field by field, and what a person said of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from mailroom.domain.doctype import TypeSpec
from mailroom.domain.record import FieldResult, Record, Status

type Values = Mapping[str, tuple[str, ...]]
"""Values as text by "field" or "group.field", in their order; fields without any are not there."""

DECIDED = frozenset({Status.APPROVED, Status.CORRECTED})


class Change(StrEnum):
    """What a second reading made of a field."""

    GAINED = "gained"
    LOST = "lost"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Compared:
    """A record and its second reading.

    ``truth`` is what a person left standing, None where nobody decided. ``seen_`` says whether somebody, the reviewer
    or a person, had to look; ``cost_`` is the first reading's, at live prices in both.
    """

    record_id: str
    kind: str
    kind_after: str
    before: Values
    after: Values
    truth: Values | None
    seen_before: bool
    seen_after: bool
    cost_before_usd: Decimal
    cost_after_usd: Decimal

    @property
    def fields(self) -> tuple[str, ...]:
        """Every field that one of the readings or the person has a value for."""
        return tuple(sorted({*self.before, *self.after, *(self.truth or {})}))

    def change_of(self, field: str) -> Change | None:
        """Return what became of a field; None where both readings say the same."""
        before, after = self.before.get(field, ()), self.after.get(field, ())
        if before == after:
            return None
        if not before:
            return Change.GAINED
        return Change.CHANGED if after else Change.LOST

    def right(self, field: str, *, after: bool) -> bool:
        """Say whether a reading agrees with the person; call it only where there is a truth."""
        assert self.truth is not None
        return (self.after if after else self.before).get(field, ()) == self.truth.get(field, ())


def compared(stored: Record, again: Record, types: Mapping[str, TypeSpec], costs: tuple[Decimal, Decimal]) -> Compared:
    """Put a stored record beside its second reading; ``costs`` are the two first readings' at live prices."""
    final = values_of(stored, types)
    return Compared(
        record_id=stored.record_id,
        kind=stored.kind,
        kind_after=again.kind,
        before={**final, **_corrected(stored)},
        after=values_of(again, types),
        truth=final if stored.status in DECIDED else None,
        seen_before=_was_seen(stored),
        seen_after=again.status is not Status.ACCEPTED,
        cost_before_usd=costs[0],
        cost_after_usd=costs[1],
    )


def values_of(record: Record, types: Mapping[str, TypeSpec]) -> dict[str, tuple[str, ...]]:
    """Return a record's values; what is derived (a summary) is left out, for it may be worded anew each time."""
    spec = types.get(record.kind)
    found: dict[str, tuple[str, ...]] = {}
    for name, value in record.fields.items():
        field = spec.field(name) if spec else None
        if field is None or not field.derived:
            found[name] = tuple(str(each.value) for each in (value if isinstance(value, tuple) else (value,)))
    for name, rows in record.groups.items():
        cells: dict[str, list[str]] = {}
        for row in rows:
            for cell, result in row.items():
                cells.setdefault(f"{name}.{cell}", []).append(_text(result))
        found |= {cell: tuple(values) for cell, values in cells.items()}
    return {name: values for name, values in found.items() if values}


def _text(result: FieldResult) -> str:
    return str(result.value)


def _corrected(record: Record) -> dict[str, tuple[str, ...]]:
    """Return what the machine had said where a person wrote another value; () where it had said nothing."""
    before: dict[str, tuple[str, ...]] = {}
    for decision in reversed(record.decisions):  # the oldest decision saw the machine's own value
        before |= {name: (value,) if value else () for name, value in decision.before.items()}
    return before


def _was_seen(record: Record) -> bool:
    reviewed = any(attempt.step == "review" for attempt in record.attempts)
    return reviewed or bool(record.decisions) or record.status is Status.NEEDS_HUMAN
