"""What the page of one record says: every value with its doubts, its place and its history, in words."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from mailroom.console.words import readable, spoken
from mailroom.domain.claims import text_of
from mailroom.domain.doctype import FieldSpec, GroupSpec, TypeSpec, ValueKind
from mailroom.domain.record import (
    BY_A_PERSON,
    WORKING,
    Attempt,
    Decision,
    FieldResult,
    Flip,
    FlipVerdict,
    Record,
    Status,
)

HOW = {
    "exact": "the very words",
    "normalised": "the same words",
    "format": "the same in another notation",
    "fuzzy": "similar words only",
    "picture": "from a picture, unchecked",
    "derived": "concluded, not found",
    "absent": "not in the message",
    "person": "written by a person",
}
"""How a value was found, by ``FieldResult.method``."""

_VERDICTS = {
    FlipVerdict.CONFIRMED: "the second reading says the same",
    FlipVerdict.CHANGED: "changed by the second reading",
    FlipVerdict.WITHDRAWN: "taken back by the second reading",
    FlipVerdict.FOUND: "found by the second reading",
    FlipVerdict.OPEN: "left open by the second reading",
}
_LONG_VALUE = 70
"""Characters above which a value gets several lines to be edited in."""


@dataclass(frozen=True, slots=True)
class Input:
    """One value as it can be edited: ``choices`` where only those are taken, ``several`` lines where it is long."""

    path: str
    label: str
    text: str
    description: str = ""
    choices: tuple[str, ...] = ()
    several: bool = False


@dataclass(frozen=True, slots=True)
class Value:
    """One value and all that speaks for and against it; ``anchor`` is where its words stand on the page."""

    input: Input
    doubtful: bool = False
    doubts: tuple[str, ...] = ()
    missing: bool = False
    percent: int | None = None
    how: str = ""
    quote: str = ""
    anchor: str = ""
    history: str = ""
    by_a_person: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """A repeated group as a table; ``fresh`` is an empty row to be filled in."""

    name: str
    label: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]
    fresh: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a record's history."""

    at: datetime
    what: str
    details: tuple[str, ...] = ()
    cost_usd: Decimal | None = None


@dataclass(frozen=True, slots=True)
class RecordView:
    """A record in the order in which a person looks at it."""

    record: Record
    title: str
    percent: int
    reasons: tuple[str, ...]
    to_look_at: tuple[Value, ...]
    settled: tuple[Value, ...]
    absent: tuple[Value, ...]
    groups: tuple[Group, ...]
    unknown: tuple[tuple[str, str], ...]
    history: tuple[Step, ...]
    decidable: bool
    correctable: bool
    requeueable: bool


def record_view(
    record: Record, spec: TypeSpec | None, anchors: Mapping[str, str], typed: Mapping[str, str] | None = None
) -> RecordView:
    """Return the view of a record; ``typed`` is what a person wrote and was refused, by path, and is shown again."""
    maker = _Maker(record, anchors, typed or {})
    values = [value for field in (spec.fields if spec else ()) for value in maker.values_of(field)]
    named = names_of(spec)
    return RecordView(
        record=record,
        title=title_of(record),
        percent=round(100 * (record.confidence or 0)),
        reasons=tuple(readable((*record.reasons, *record.defects), named)),
        to_look_at=tuple(value for value in values if value.doubtful or value.missing),
        settled=tuple(value for value in values if not (value.doubtful or value.missing) and value.how),
        absent=tuple(value for value in values if not (value.doubtful or value.missing or value.how)),
        groups=tuple(maker.group(group) for group in (spec.groups if spec else ())),
        unknown=tuple((path, text_of(found.value)) for path, found in flat(record) if _root(path) not in named),
        history=tuple(_history(record)),
        decidable=record.status is Status.NEEDS_HUMAN,
        correctable=record.status in {Status.NEEDS_HUMAN, Status.ACCEPTED},
        requeueable=record.status not in WORKING,
    )


def names_of(spec: TypeSpec | None) -> frozenset[str]:
    """Return the names of a kind's fields and groups; none for a kind that is not known."""
    return (
        frozenset((*(field.name for field in spec.fields), *(group.name for group in spec.groups)))
        if spec
        else frozenset()
    )


def title_of(record: Record) -> str:
    """Return what a record is called on every page."""
    return record.subject or (f"Form {record.form}" if record.form else "No subject")


def flat(record: Record) -> Iterator[tuple[str, FieldResult]]:
    """Yield every value with its path (see ``domain.paths``)."""
    for name, found in record.fields.items():
        if isinstance(found, tuple):
            yield from ((f"{name}[{index}]", item) for index, item in enumerate(found))
        else:
            yield name, found
    for name, rows in record.groups.items():
        yield from ((f"{name}[{row}].{cell}", item) for row, cells in enumerate(rows) for cell, item in cells.items())


class _Maker:
    """Makes a record's values."""

    def __init__(self, record: Record, anchors: Mapping[str, str], typed: Mapping[str, str]) -> None:
        self._record, self._anchors, self._typed = record, anchors, typed
        self._flips = {flip.path: flip for flip in record.flips}
        self._found = dict(flat(record))

    def values_of(self, field: FieldSpec) -> Iterator[Value]:
        """Yield the values of a field; one empty value where it has none, and after a list one more to add."""
        if not field.many:
            yield self.value(field.name, field, spoken(field.name))
            return
        found = self._record.fields.get(field.name, ())
        count = len(found) if isinstance(found, tuple) else 0
        for index in range(count + 1):
            number = f" {index + 1}" if count else ""
            yield self.value(f"{field.name}[{index}]", field, f"{spoken(field.name)}{number}")

    def value(self, path: str, field: FieldSpec, label: str) -> Value:
        found = self._found.get(path)
        text = self._typed.get(path, "" if found is None else text_of(found.value))
        several = field.kind is ValueKind.PROSE or field.kind is ValueKind.ADDRESS or len(text) > _LONG_VALUE
        choices = ("true", "false") if field.kind is ValueKind.BOOLEAN else field.choices
        editor = Input(path, label, text, field.description, choices, several and not choices)
        doubtful = path in self._record.doubtful or _root(path) in self._record.doubtful
        if found is None:
            last = path.endswith("]") and not path.endswith("[0]")
            return Value(editor, missing=doubtful and not last, history=_turned(self._flips.get(path)))
        return Value(
            editor,
            doubtful=doubtful and found.origin != BY_A_PERSON,
            doubts=found.doubts if doubtful and found.origin != BY_A_PERSON else (),
            percent=None if found.origin == BY_A_PERSON else round(100 * found.confidence),
            how=HOW.get(found.method, found.method),
            quote=found.quote if found.quote != text_of(found.value) else "",
            anchor=self._anchors.get(path, ""),
            history=_turned(self._flips.get(path) or self._flips.get(_root(path))),
            by_a_person=found.origin == BY_A_PERSON,
        )

    def group(self, group: GroupSpec) -> Group:
        rows = self._record.groups.get(group.name, ())
        return Group(
            name=group.name,
            label=spoken(group.name),
            columns=tuple(spoken(field.name) for field in group.fields),
            rows=tuple(self._row(group, index) for index in range(len(rows))),
            fresh=self._row(group, len(rows)),
        )

    def _row(self, group: GroupSpec, index: int) -> tuple[Value, ...]:
        return tuple(
            self.value(f"{group.name}[{index}].{field.name}", field, f"{spoken(field.name)}, row {index + 1}")
            for field in group.fields
        )


def _root(path: str) -> str:
    return path.partition("[")[0]


def _turned(flip: Flip | None) -> str:
    if flip is None:
        return ""
    before = f"first read as “{flip.before}”, " if flip.before and flip.verdict is not FlipVerdict.CONFIRMED else ""
    words = f"{before}{_VERDICTS[flip.verdict]}"
    return words[:1].upper() + words[1:]


def _history(record: Record) -> Iterator[Step]:
    """Yield what became of a record, oldest first: its receipt, each call to a model, each decision of a person."""
    steps = [_attempted(attempt) for attempt in record.attempts] + [_decided(each) for each in record.decisions]
    yield Step(record.received_at, f"Received by {record.channel.value}")
    yield from sorted(steps, key=lambda step: step.at)


def _attempted(attempt: Attempt) -> Step:
    used = attempt.usage
    step = {"extract": "Read", "review": "Looked at again", "second": "Read a second time"}.get(
        attempt.step, attempt.step
    )
    details = (
        attempt.outcome.replace("_", " "),
        f"{used.prompt_tokens:,} tokens in, {used.output_tokens:,} out",
        f"prompt cache: {attempt.cache.replace('_', ' ')}",
        f"{attempt.duration_ms / 1000:.1f} s",
    )
    return Step(attempt.at, f"{step} by {attempt.model}", details, attempt.cost_usd)


def _decided(decision: Decision) -> Step:
    words = {"undone": "took the decision back", "requeued": "had it read again"}.get(decision.action, decision.action)
    changes = tuple(
        f"{path}: {f'was “{value}”' if value else 'was empty'}" for path, value in sorted(decision.before.items())
    )
    reason = (f"“{decision.reason}”",) if decision.reason else ()
    return Step(decision.at, f"{decision.by} {words}", (*reason, *changes))
