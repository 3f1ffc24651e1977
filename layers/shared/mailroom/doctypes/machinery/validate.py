"""Validate raw wire strings against a document type: keep what holds, name what does not, never raise."""

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

from pydantic import BaseModel, ValidationError

from mailroom.doctypes.base import CHECKED_FIELDS, checks_of
from mailroom.domain.doctype import FieldSpec, GroupSpec, Problem, Validated


def validate(
    model: type[BaseModel], fields: Sequence[FieldSpec], groups: Sequence[GroupSpec], raw: Mapping[str, Any]
) -> Validated:
    """Return the normalised JSON values of a document and its problems.

    Values are strings, except booleans; lists for ``many``; lists of mappings for groups, whose indices never shift: a
    row of which nothing held stays as an empty mapping. A problem of a field without a value says why it was dropped; a
    problem of a field with a value, or of "" (the document), comes from a check across fields.
    """
    wanted = _with_canonical_choices(fields, groups, raw)
    problems: list[Problem] = []
    try:
        document = model.model_validate(wanted)
    except ValidationError as error:
        problems = [Problem(_path(each["loc"]), _sentence(each)) for each in error.errors(include_url=False)]
        document = model.model_validate(_without(wanted, {group.name for group in groups}, error))
    problems += _checked(document, "")
    for group in groups:
        for index, row in enumerate(getattr(document, group.name)):
            problems += _checked(row, f"{group.name}[{index}].")
    values = document.model_dump(mode="json", exclude_none=True)
    return Validated({name: value for name, value in values.items() if value != []}, tuple(problems))


def _with_canonical_choices(
    fields: Sequence[FieldSpec], groups: Sequence[GroupSpec], raw: Mapping[str, Any]
) -> dict[str, Any]:
    """Copy the raw values, choices in their declared case: the API does not promise an enum's capitalisation."""
    by_name = {spec.name: spec for spec in fields}
    rows_of = {group.name: group for group in groups}
    copy: dict[str, Any] = {}
    for name, value in raw.items():
        if name in rows_of and isinstance(value, Sequence) and not isinstance(value, str):
            row_fields = rows_of[name].fields
            copy[name] = [
                _with_canonical_choices(row_fields, (), row) if isinstance(row, Mapping) else row for row in value
            ]
        elif isinstance(value, Sequence) and not isinstance(value, str):
            copy[name] = [_canonical(by_name.get(name), item) for item in value]
        else:
            copy[name] = _canonical(by_name.get(name), value)
    return copy


def _canonical(spec: FieldSpec | None, value: Any) -> Any:
    if spec is None or not spec.choices or not isinstance(value, str):
        return value
    folded = "_".join(value.casefold().replace("-", " ").split())
    return next((choice for choice in spec.choices if choice.casefold() in {value.strip().casefold(), folded}), value)


def _without(raw: dict[str, Any], groups: AbstractSet[str], error: ValidationError) -> dict[str, Any]:
    """Drop what did not validate; list items go last to first, so that no index moves before it is used."""
    for each in reversed(error.errors(include_url=False)):
        match each["loc"]:
            case (str() as group, int() as index, str() as name):
                raw[group][index].pop(name, None)
            case (str() as name, int() as index) if name in groups:
                raw[name][index] = {}
            case (str() as name, int() as index):
                del raw[name][index]
            case (str() as name, *_):
                raw.pop(name, None)
    return raw


def _checked(document: BaseModel, prefix: str) -> Iterator[Problem]:
    for method in checks_of(type(document)):
        try:
            sentence = method(document)
        except Exception as error:  # noqa: BLE001 - a user's check must not cost a paid answer; the record shows the fault
            sentence = f"The check {method.__name__} failed itself: {type(error).__name__}."
        if sentence:
            for name in getattr(method, CHECKED_FIELDS) or ("",):
                yield Problem(f"{prefix}{name}" if name else prefix.rstrip("."), sentence)


def _path(location: tuple[int | str, ...]) -> str:
    """Write a location as the ledger does: line_items[3].amount."""
    path = ""
    for step in location:
        path += f"[{step}]" if isinstance(step, int) else f".{step}" if path else step
    return path


def _sentence(error: Mapping[str, Any]) -> str:
    if error["type"] == "value_error":
        return str(error["ctx"]["error"])
    if error["type"] == "extra_forbidden":
        return "This kind of document has no such field."
    return f"{error['msg']}."
