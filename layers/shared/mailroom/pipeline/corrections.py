"""Corrections: what people write in place of a record's values, validated and located like the model's."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mailroom.domain.claims import text_of
from mailroom.domain.doctype import FieldSpec, TypeSpec
from mailroom.domain.errors import PermanentError
from mailroom.domain.evidence_location import locate_in
from mailroom.domain.locate.index import MessageIndex
from mailroom.domain.message import Message
from mailroom.domain.paths import field_at, list_of, row_of
from mailroom.domain.record import BY_A_PERSON, FieldResult, Record
from mailroom.pipeline.plain_dates import in_iso_form

MOST_ROWS = 500
"""Items of a list, or rows of a group, that a person's hand may make."""

_WHOLE_ROW = re.compile(r"([a-z][a-z0-9_]*)\[([0-9]{1,4})\]")

type Fields = dict[str, FieldResult | tuple[FieldResult, ...]]
type Groups = dict[str, tuple[Mapping[str, FieldResult], ...]]


@dataclass(frozen=True, slots=True)
class Source:
    """The message beside which a correction is made; ``selected`` are spans of its text that were marked, by path."""

    message: Message
    selected: Mapping[str, tuple[int, int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Corrected:
    """A record's values after a correction; ``before`` are the replaced ones as text, by path."""

    fields: Fields
    groups: Groups
    before: Mapping[str, str]


def corrected(record: Record, changes: Mapping[str, str], spec: TypeSpec, source: Source | None = None) -> Corrected:
    """Return a record's values with changes made, by path ("total_amount", "skills[1]", "line_items[2].amount").

    An index one past the end adds an item or a row; "" takes away a value, an item, or with "line_items[2]" a whole
    row. What is removed from a list or a group closes its gap, after every change is made. With the message, each new
    value carries its place in it. Raises PermanentError with a sentence a person understands where the kind does not
    take a name or a value.
    """
    draft = _Draft(record, spec, MessageIndex(source.message) if source else None, source)
    for path, value in sorted(changes.items(), key=lambda change: _order(change[0])):
        draft.change(path, value.strip())
    return draft.done()


def _order(path: str) -> tuple[str, int, str]:
    """Sort rows and items by number, so that added ones come one after the other."""
    if place := row_of(path):
        return (*place, path)
    found = _WHOLE_ROW.fullmatch(path)
    return (found[1], int(found[2]), "") if found else (path, 0, "")


class _Draft:
    """The values while they are changed; removed items and rows are None until the end."""

    def __init__(self, record: Record, spec: TypeSpec, index: MessageIndex | None, source: Source | None) -> None:
        self.spec, self.index, self.source = spec, index, source
        self.single = {name: found for name, found in record.fields.items() if isinstance(found, FieldResult)}
        self.lists: dict[str, list[FieldResult | None]] = {
            name: list(found) for name, found in record.fields.items() if isinstance(found, tuple)
        }
        self.rows: dict[str, list[dict[str, FieldResult] | None]] = {
            name: [dict(row) for row in rows] for name, rows in record.groups.items()
        }
        self.before: dict[str, str] = {}

    def change(self, path: str, value: str) -> None:
        whole = _WHOLE_ROW.fullmatch(path)
        if whole and self.spec.group(whole[1]):
            self._remove_row(path, whole[1], int(whole[2]), value)
            return
        field = field_at(self.spec, path)
        if field is None or (field.many and not list_of(path)):
            raise PermanentError(
                f"A {self.spec.kind} has no field {path} that can be written so; it has {self._known()}."
            )
        if place := row_of(path):
            self._change_cell(path, field, place[0], value)
        elif name := list_of(path):
            self._change_item(path, field, name, value)
        else:
            old = self.single.get(path)
            if (new := self._changed(path, field, value, old)) is not old:
                self._note(path, old)
                self.single.pop(path, None)
                if new:
                    self.single[path] = new

    def done(self) -> Corrected:
        lists = {name: tuple(item for item in items if item) for name, items in self.lists.items()}
        fields: Fields = {**self.single, **{name: items for name, items in lists.items() if items}}
        groups: Groups = {
            name: tuple(row for row in rows if row is not None) for name, rows in self.rows.items() if any(rows)
        }
        return Corrected(fields, groups, self.before)

    def _change_item(self, path: str, field: FieldSpec, name: str, value: str) -> None:
        items = self.lists.setdefault(name, [])
        at = self._place_in(path, items)
        old = items[at] if at < len(items) else None
        if (new := self._changed(path, field, value, old)) is not old:
            self._note(path, old)
            items[at : at + 1] = [new]

    def _change_cell(self, path: str, field: FieldSpec, group: str, value: str) -> None:
        rows = self.rows.setdefault(group, [])
        at = self._place_in(path, rows)
        if at == len(rows):
            if not value:
                return
            rows.append({})
        cells = rows[at]
        if cells is None:
            raise PermanentError(f"{path} was changed and its row was taken away at once.")
        old = cells.get(field.name)
        if (new := self._changed(path, field, value, old)) is not old:
            self._note(path, old)
            cells.pop(field.name, None)
            if new:
                cells[field.name] = new

    def _remove_row(self, path: str, group: str, row: int, value: str) -> None:
        rows = self.rows.setdefault(group, [])
        if value or row >= len(rows):
            raise PermanentError(f"{path} is a row: it can be taken away, or its cells written one by one.")
        for name, cell in (rows[row] or {}).items():
            self._note(f"{path}.{name}", cell)
        rows[row] = None

    def _place_in(self, path: str, found: list[Any]) -> int:
        at = int(path.partition("[")[2].partition("]")[0])
        if at > len(found) or at >= MOST_ROWS:
            raise PermanentError(f"{path} is too far on: the next one is number {len(found)}, counted from 0.")
        return at

    def _note(self, path: str, old: FieldResult | None) -> None:
        self.before[path] = "" if old is None else text_of(old.value)

    def _changed(self, path: str, field: FieldSpec, written: str, old: FieldResult | None) -> FieldResult | None:
        """Return what a change leaves at a path: ``old`` itself where the same is only written in another way."""
        if not written:
            return None
        value = self._validated(path, field, written)
        marked = self.source is not None and path in self.source.selected
        if old is not None and value == old.value and not marked:
            return old
        return self._result(path, field, value, old)

    def _result(self, path: str, field: FieldSpec, value: Any, old: FieldResult | None) -> FieldResult:
        confidence = 0.0 if old is None else old.confidence
        plain = FieldResult(
            value=value, method=BY_A_PERSON, confidence=confidence, origin=BY_A_PERSON, kind=str(field.kind)
        )
        if self.index is None or self.source is None or field.derived:
            return plain
        return plain.model_copy(update=_place_of(text_of(value), field, self.index, self.source.selected.get(path)))

    def _validated(self, path: str, field: FieldSpec, written: str) -> Any:
        found = self._read(path, field, written)
        if isinstance(found, str) and (iso := in_iso_form(written, field.kind)) != written:
            found = self._read(path, field, iso)
        if isinstance(found, str):
            raise PermanentError(f"{path}: {found}")
        return found[0]

    def _read(self, path: str, field: FieldSpec, written: str) -> tuple[Any] | str:
        """Return the one value in its normal form, or why it is none."""
        place = row_of(path)
        if place:
            raw: dict[str, Any] = {place[0]: [{field.name: written}]}
        else:
            raw = {field.name: [written] if field.many else written}
        found = self.spec.validate(raw)
        value: Any = found.values.get(place[0] if place else field.name)
        if place:
            value = value[0].get(field.name) if value else None
        elif field.many:
            value = value[0] if value else None
        if value is None:
            return next((problem.reason for problem in found.problems), "It cannot be read as such a value.")
        return (value,)

    def _known(self) -> str:
        names = [each.name if not each.many else f"{each.name}[0]" for each in self.spec.fields]
        names += [f"{group.name}[0].{each.name}" for group in self.spec.groups for each in group.fields]
        return ", ".join(names)


def _place_of(
    text: str, field: FieldSpec, index: MessageIndex, selected: tuple[int, int] | None
) -> Mapping[str, object]:
    """Return where a person's value stands; words that the person marked count as its place even if they say less."""
    message = index.message
    quote = message.text[slice(*selected)] if selected else text
    found = locate_in(index, value=text, quote=quote, spec=field)
    method = found.method.value if found.grounded else BY_A_PERSON
    if selected:
        zone = message.zone_at(selected[0])
        place = {"zone": zone.kind.value, "part": zone.part, "page": zone.page} if zone else {}
        return {"method": method, "quote": quote, "start": selected[0], "end": selected[1], **place}
    if not found.grounded or found.start < 0:
        return {}
    zone_kind = found.zone.value if found.zone else ""
    place = {"zone": zone_kind, "part": found.part, "page": found.page, "start": found.start, "end": found.end}
    return {"method": method, "quote": message.text[found.start : found.end], **place}
