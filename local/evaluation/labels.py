"""A folder of one's own: messages, and a ``labels.jsonl`` that says what is true of each (docs/how-to/evaluate.md)."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from local.evaluation.datasets import Dataset, Labelled, Truth, Wanted
from local.evaluation.errors import EvaluationError
from local.inputs import FORM_TYPES
from mailroom.domain.doctype import FieldSpec, TypeSpec
from mailroom.domain.message import Channel

LABELS = "labels.jsonl"


class Label(BaseModel):
    """One line of ``labels.jsonl``. ``kind`` "" means that nothing is to be read; without it nothing is judged."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    file: str
    kind: str | None = None
    fields: Mapping[str, Any] = Field(default_factory=dict)
    rows: Mapping[str, Sequence[Mapping[str, Any]]] = Field(default_factory=dict)
    ignore: tuple[str, ...] = ()
    accept: bool | None = None
    form: str = ""
    content_type: str = ""
    verdicts: Mapping[str, str] = Field(default_factory=dict)


def folder_of(path: Path, types: Mapping[str, TypeSpec], name: str = "") -> Dataset:
    """Return a labelled folder; raises EvaluationError with the line and the mend where a label cannot be right."""
    found: dict[str, Labelled] = {}
    for number, line in _lines(path / LABELS):
        where = f"{path / LABELS}, line {number}"
        try:
            label = Label.model_validate_json(line)
        except ValidationError as error:
            wrong = "; ".join(f"{'.'.join(map(str, e['loc'])) or 'line'}: {e['msg']}" for e in error.errors())
            raise EvaluationError(f"{where}: {wrong}.") from error
        if label.file in found:
            raise EvaluationError(f"{where}: {label.file} is labelled twice; keep one of the lines.")
        found[label.file] = _labelled(label, path, types, where)
    if not found:
        raise EvaluationError(f"{path / LABELS} has no labels; docs/how-to/evaluate.md shows how they look.")
    return Dataset(name or path.resolve().name, types, tuple(found.values()))


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise EvaluationError(
            f"{path} cannot be read: {error.strerror}. A labelled folder has its messages and a {LABELS}."
        ) from error
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            yield number, line


def _labelled(label: Label, folder: Path, types: Mapping[str, TypeSpec], where: str) -> Labelled:
    path = (folder / label.file).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise EvaluationError(f"{where}: {label.file} is outside the folder.")
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise EvaluationError(f"{where}: {label.file} cannot be read: {error.strerror}.") from error
    is_form = bool(label.form) or path.suffix.lower() in FORM_TYPES
    return Labelled(
        id=label.file,
        raw=raw,
        truth=truth_of(label, types, where),
        channel=Channel.FORM if is_form else Channel.EMAIL,
        form=(label.form or path.stem) if is_form else "",
        content_type=label.content_type or FORM_TYPES.get(path.suffix.lower(), "message/rfc822"),
        verdicts=label.verdicts,
    )


def truth_of(label: Label, types: Mapping[str, TypeSpec], where: str) -> Truth:
    """Bring a label's values into normal form; raises EvaluationError for names and values that cannot be."""
    if not label.kind:
        if label.fields or label.rows:
            raise EvaluationError(f"{where}: fields need a kind to belong to; add one.")
        return Truth(kind=label.kind, accept=label.accept)
    spec = types.get(label.kind)
    if spec is None:
        raise EvaluationError(f"{where}: there is no kind {label.kind!r}; there are {', '.join(types)}.")
    known = {field.name for field in spec.fields} | {group.name for group in spec.groups}
    unknown = {*label.fields, *label.rows, *(name.partition(".")[0] for name in label.ignore)} - known
    if unknown:
        raise EvaluationError(f"{where}: {label.kind} has no {', '.join(sorted(unknown))}; it has {', '.join(known)}.")
    return Truth(
        kind=label.kind,
        fields={name: _field(spec, name, value, where) for name, value in label.fields.items() if value is not None},
        rows={name: [_row(spec, name, row, where) for row in rows] for name, rows in label.rows.items()},
        ignored=frozenset(label.ignore),
        accept=label.accept,
    )


def _field(spec: TypeSpec, name: str, value: Any, where: str) -> Wanted | list[Wanted]:
    field = spec.field(name)
    if field is None:
        raise EvaluationError(f"{where}: {name} is a group; put its lines under rows.")
    if not field.many:
        return _wanted(spec, field, value, where)
    if not isinstance(value, list):
        raise EvaluationError(f"{where}: {name} takes a list of values.")
    return [_wanted(spec, field, item, where) for item in value]


def _row(spec: TypeSpec, name: str, row: Mapping[str, Any], where: str) -> dict[str, Wanted]:
    group = spec.group(name)
    if group is None:
        raise EvaluationError(f"{where}: {spec.kind} has no group {name}.")
    wanted: dict[str, Wanted] = {}
    for cell, value in row.items():
        field = group.field(cell)
        if field is None:
            raise EvaluationError(f"{where}: {name} has no field {cell}.")
        if value is not None:
            wanted[cell] = _wanted(spec, field, value, where, group=name)
    return wanted


def _wanted(spec: TypeSpec, field: FieldSpec, value: Any, where: str, *, group: str = "") -> Wanted:
    """Return every right value: one, or those of ``{"any": [...]}``."""
    choices = value["any"] if isinstance(value, Mapping) and set(value) == {"any"} else [value]
    return tuple(None if each is None else _normal(spec, field, each, where, group) for each in choices)


def _normal(spec: TypeSpec, field: FieldSpec, value: Any, where: str, group: str) -> Any:
    raw: Any = str(value).lower() if isinstance(value, bool) else str(value)
    wire = {group: [{field.name: raw}]} if group else {field.name: [raw] if field.many else raw}
    validated = spec.validate(wire)
    normal = validated.values.get(group or field.name)
    while isinstance(normal, list):
        normal = normal[0] if normal else None
    if isinstance(normal, Mapping):
        normal = normal.get(field.name)
    if normal is None:
        reasons = " ".join(problem.reason for problem in validated.problems)
        raise EvaluationError(f"{where}: {field.name} cannot be {value!r}: {reasons}")
    return normal
