"""Set a record beside the truth, value by value."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from local.evaluation.comparing import same
from local.evaluation.datasets import Truth, Wanted
from local.evaluation.results import Value
from mailroom.domain.confidence import Signals
from mailroom.domain.doctype import FieldSpec, TypeSpec
from mailroom.domain.record import FieldResult, Record, Status


@dataclass(frozen=True, slots=True)
class Proof:
    """What was computed of one claim beyond what the record keeps."""

    signals: Signals
    must_be_seen: bool


@dataclass(frozen=True, slots=True)
class Found:
    """One value of a record with its path."""

    path: str
    result: FieldResult


def score(
    record: Record, truth: Truth, types: Mapping[str, TypeSpec], proofs: Mapping[str, Proof] | None = None
) -> tuple[Value, ...]:
    """Return every value that was claimed or missed; a record of another kind than the true one has all values wrong.

    Not judged are what the truth ignores, and derived fields (summaries) that nobody labelled.
    """
    if truth.kind is None:
        return ()
    scorer = _Scorer(record, truth, proofs or {})
    if record.kind != truth.kind or not truth.kind:
        return tuple(scorer.of_another_kind(types))
    return tuple(scorer.of_the_kind(types[truth.kind]))


@dataclass(frozen=True, slots=True)
class _Scorer:
    record: Record
    truth: Truth
    proofs: Mapping[str, Proof]

    def of_the_kind(self, spec: TypeSpec) -> Iterator[Value]:
        for field in spec.fields:
            if self._judged(field.name, field):
                yield from self._field(field)
        for group in spec.groups:
            if group.name in self.truth.ignored or (not self.truth.complete and group.name not in self.truth.rows):
                continue
            yield from self._rows(group.name, {field.name: field for field in group.fields})

    def of_another_kind(self, types: Mapping[str, TypeSpec]) -> Iterator[Value]:
        """Count what was claimed of the wrong kind as wrong, and what the true kind has as missed."""
        claimed = types.get(self.record.kind)
        for name, found in self.record.fields.items():
            field = claimed.field(name) if claimed else None
            if field and not field.derived and self.truth.complete:
                for item in _listed(name, found, many=field.many):
                    yield self._value(name, None, item, right=False)
        for name, each in self._wanted():
            if None not in each:
                yield self._value(name, each, None, right=False)

    def _wanted(self) -> Iterator[tuple[str, Wanted]]:
        """Yield every labelled place with its right values."""
        for name, wanted in self.truth.fields.items():
            if name not in self.truth.ignored:
                yield from ((name, each) for each in (wanted if isinstance(wanted, list) else [wanted]))
        for name, rows in self.truth.rows.items():
            yield from ((f"{name}.{cell}", each) for row in rows for cell, each in row.items())

    def _judged(self, name: str, field: FieldSpec) -> bool:
        if name in self.truth.ignored:
            return False
        return name in self.truth.fields or (self.truth.complete and not field.derived)

    def _field(self, field: FieldSpec) -> Iterator[Value]:
        claimed = _listed(field.name, self.record.fields.get(field.name, ()), many=field.many)
        wanted = self.truth.fields.get(field.name, [] if field.many else ())
        if isinstance(wanted, list):
            yield from self._list(field, wanted, claimed)
        else:
            yield from self._scalar(field.name, field, wanted, claimed[0] if claimed else None)

    def _list(self, field: FieldSpec, wanted: Sequence[Wanted], claimed: Sequence[Found]) -> Iterator[Value]:
        left = list(wanted)
        for item in claimed:
            match = next((each for each in left if _right(field, each, item.result.value)), None)
            if match is not None:
                left.remove(match)
            yield self._value(field.name, match, item, right=match is not None)
        for each in left:
            if None not in each:
                yield self._value(field.name, each, None, right=False)

    def _scalar(self, name: str, field: FieldSpec, wanted: Wanted, item: Found | None) -> Iterator[Value]:
        if item is None:
            if wanted and None not in wanted:
                yield self._value(name, wanted, None, right=False)
        else:
            yield self._value(name, wanted, item, right=_right(field, wanted, item.result.value))

    def _rows(self, group: str, fields: Mapping[str, FieldSpec]) -> Iterator[Value]:
        wanted, claimed = list(self.truth.rows.get(group, ())), list(self.record.groups.get(group, ()))
        labelled = {cell for row in wanted for cell in row}
        for true_row, index in _paired(wanted, claimed, fields):
            for cell, field in fields.items():
                if not self.truth.complete and cell not in labelled:
                    continue
                each = (true_row or {}).get(cell, ())
                result = None if index is None else claimed[index].get(cell)
                item = Found(f"{group}[{index}].{cell}", result) if result else None
                yield from self._scalar(f"{group}.{cell}", field, each, item)

    def _value(self, field: str, wanted: Wanted | None, item: Found | None, *, right: bool) -> Value:
        shown = " | ".join(str(each) for each in wanted or () if each is not None) or None
        if item is None:
            return Value(field=f"{self.truth.kind}.{field}", truth=shown, found=None, right=right)
        proof = self.proofs.get(item.path)
        return Value(
            field=f"{self.record.kind}.{field}",
            truth=shown,
            found=str(item.result.value),
            right=right,
            confidence=item.result.confidence,
            passes=not {item.path, item.path.partition("[")[0]} & set(self.record.doubtful),
            accepted=self.record.status is Status.ACCEPTED,
            must_be_seen=proof.must_be_seen if proof else False,
            method=item.result.method,
            signals=proof.signals if proof else None,
        )


def _listed(name: str, found: FieldResult | tuple[FieldResult, ...], *, many: bool) -> list[Found]:
    if not isinstance(found, tuple):
        return [Found(name, found)]
    return [Found(f"{name}[{i}]" if many else name, item) for i, item in enumerate(found)]


def _right(field: FieldSpec, wanted: Wanted, value: Any) -> bool:
    return any(same(field.kind, each, value) for each in wanted if each is not None)


type _Row = Mapping[str, FieldResult]


def _paired(
    wanted: Sequence[Mapping[str, Wanted]], claimed: Sequence[_Row], fields: Mapping[str, FieldSpec]
) -> Iterator[tuple[Mapping[str, Wanted] | None, int | None]]:
    """Pair true rows with the places of claimed ones by how many cells agree, best first, in order among equals."""
    agreements = sorted(
        (
            (-_agreement(true_row, row, fields), abs(i - j), i, j)
            for i, true_row in enumerate(wanted)
            for j, row in enumerate(claimed)
        ),
    )
    partner: dict[int, int] = {}
    taken: set[int] = set()
    for agreement, _, i, j in agreements:
        if agreement and i not in partner and j not in taken:
            partner[i] = j
            taken.add(j)
    for i, true_row in enumerate(wanted):
        yield true_row, partner.get(i)
    for j in range(len(claimed)):
        if j not in taken:
            yield None, j


def _agreement(true_row: Mapping[str, Wanted], row: _Row, fields: Mapping[str, FieldSpec]) -> int:
    return sum(cell in row and _right(fields[cell], wanted, row[cell].value) for cell, wanted in true_row.items())
