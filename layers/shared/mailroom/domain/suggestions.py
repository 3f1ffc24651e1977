"""Suggestions: when one field of one sender is corrected the same way in three records, say so and what to do.

They follow from the decisions on the records and from nothing else: there is no state to keep, and undoing a decision
takes its part of a suggestion away.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from mailroom.domain.record import Decision, FieldResult, Record, Status

FEWEST_RECORDS = 3
"""Two equal corrections may be chance; three of one sender and field have a cause in the sender's documents."""

MOST_SHOWN = 60
_INDEX = re.compile(r"\[\d+\]")


class Way(StrEnum):
    """How a value was corrected, the most telling first."""

    SAME_VALUE = "same value"  # always to the same value: the sender's own name, their currency
    FROM_FIELD = "another field's value"  # the machine had put the right value into another field
    TAKEN_AWAY = "taken away"  # the machine found something that is no such value
    MISSED = "missed"  # the machine found nothing


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One field of one sender that is corrected the same way again and again.

    ``detail`` is the value for SAME_VALUE and the other field for FROM_FIELD. ``record_ids`` are the records, the
    latest decision first, each once.
    """

    sender: str
    kind: str
    field: str
    way: Way
    detail: str
    record_ids: tuple[str, ...]
    last_at: datetime

    @property
    def said(self) -> str:
        """Say what was seen."""
        seen = f"{self.sender}: {self.kind}.{self.field} was corrected the same way in {len(self.record_ids)} records: "
        return (
            seen
            + {
                Way.SAME_VALUE: f"people always write “{self.detail}”.",
                Way.FROM_FIELD: f"the right value stood under {self.detail}.",
                Way.TAKEN_AWAY: "people take the value away.",
                Way.MISSED: "people write a value that was missed.",
            }[self.way]
        )

    @property
    def todo(self) -> str:
        """Say what to do about it."""
        teach = f"`mailroom doctypes promote {self.record_ids[0]}` makes a worked example of the latest."
        advice = {
            Way.SAME_VALUE: f"If that holds for all of their mail, a worked example shows where it stands; {teach}",
            Way.FROM_FIELD: f"Say in both fields' descriptions what tells them apart, or show it; {teach}",
            Way.TAKEN_AWAY: f"Say in the field's description what does not count; {teach}",
            Way.MISSED: f"Add the words that stand before it in their mail to the field's labels; {teach}",
        }
        return advice[self.way]


def suggestions(records: Iterable[Record]) -> list[Suggestion]:
    """Return what the corrections among these records suggest, most records first.

    Only decisions that stand count: of each record that is corrected, its last correction. A correction that can be
    told in several ways counts for the most telling one that three records share.
    """
    seen: dict[tuple[str, str, str], dict[tuple[Way, str], dict[str, datetime]]] = {}
    for record in records:
        decision = _standing(record)
        if decision is None or not record.sender:
            continue
        for path in decision.before:
            ways = seen.setdefault((record.sender.lower(), record.kind, _INDEX.sub("", path)), {})
            for way in _ways(record, decision, path):
                at = ways.setdefault(way, {})
                at[record.record_id] = max(decision.at, at.get(record.record_id, decision.at))
    found = [found for place, ways in seen.items() for found in _told(place, ways)]
    return sorted(found, key=lambda each: (-len(each.record_ids), each.sender, each.kind, each.field))


def _told(place: tuple[str, str, str], ways: Mapping[tuple[Way, str], Mapping[str, datetime]]) -> Iterator[Suggestion]:
    """Yield the ways that three records share; records that a more telling way explains are not told of again."""
    explained: set[str] = set()
    order = list(Way)
    for (way, detail), found in sorted(ways.items(), key=lambda item: (order.index(item[0][0]), item[0][1])):
        left = {record_id: at for record_id, at in found.items() if record_id not in explained}
        if len(left) < FEWEST_RECORDS:
            continue
        explained |= set(left)
        latest_first = tuple(sorted(left, key=lambda record_id: (left[record_id], record_id), reverse=True))
        yield Suggestion(*place, way, detail, latest_first, max(left.values()))


def _standing(record: Record) -> Decision | None:
    if record.status is not Status.CORRECTED:
        return None
    return next((each for each in reversed(record.decisions) if each.action == "corrected"), None)


def _ways(record: Record, decision: Decision, path: str) -> Iterator[tuple[Way, str]]:
    """Yield how one value was corrected; a correction that changed nothing says nothing."""
    was, now = decision.before[path], _text(record, path)
    if was == now:
        return
    if not now:
        yield Way.TAKEN_AWAY, ""
        return
    if len(now) <= MOST_SHOWN:
        yield Way.SAME_VALUE, now
    for name, old in _machines(record, decision).items():
        if name != path and old == now:
            yield Way.FROM_FIELD, name
            break
    if not was:
        yield Way.MISSED, ""


def _machines(record: Record, decision: Decision) -> dict[str, str]:
    """Return the single values as the machine had them, by field."""
    single = {name: _shown(found) for name, found in record.fields.items() if isinstance(found, FieldResult)}
    return dict(sorted((single | {name: text for name, text in decision.before.items() if "[" not in name}).items()))


def _text(record: Record, path: str) -> str:
    """Return the value that stands at a path; "" where there is none (a list that has shrunk holds others there)."""
    name, bracket, _ = path.partition("[")
    found = record.fields.get(name)
    if bracket:
        return _listed(record, path)
    return _shown(found) if isinstance(found, FieldResult) else ""


def _listed(record: Record, path: str) -> str:
    name, _, rest = path.partition("[")
    number, _, cell = rest.partition("]")
    place, cell = int(number), cell.removeprefix(".")
    items = record.fields.get(name)
    if not cell and isinstance(items, tuple):
        return _shown(items[place]) if place < len(items) else ""
    rows = record.groups.get(name, ())
    value = rows[place].get(cell) if place < len(rows) else None
    return _shown(value) if value else ""


def _shown(found: FieldResult) -> str:
    value = found.value
    return ("true" if value else "false") if isinstance(value, bool) else str(value)
