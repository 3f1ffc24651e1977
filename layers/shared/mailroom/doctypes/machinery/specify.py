"""Turn a document type's class into the plain specification that the rest of the system works with."""

import inspect
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from mailroom.doctypes.base import DocumentType, DocumentTypeError, Example, Found, Row
from mailroom.doctypes.machinery.message_json import message_json
from mailroom.doctypes.machinery.validate import validate
from mailroom.domain.doctype import FieldSpec, GroupSpec, TypeSpec, ValueKind, WorkedExample
from mailroom.domain.message import ZoneKind

_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")


def spec_of(model: type[DocumentType]) -> TypeSpec:
    """Return the specification of a document type.

    Raises ``DocumentTypeError`` with the class, the field and the mend where the class cannot be specified.
    """
    kind = getattr(model, "kind", "")
    where = f"{model.__module__}.{model.__name__}"
    if not isinstance(kind, str) or not _NAME.fullmatch(kind):
        raise DocumentTypeError(
            f"{where}: set `kind` to a name in lower case with underscores, such as 'purchase_order'."
        )
    description = " ".join(inspect.cleandoc(model.__doc__ or "").split())
    if not description or model.__doc__ == DocumentType.__doc__:
        raise DocumentTypeError(
            f"{where}: describe this kind of document in the class's docstring; the model reads it."
        )
    fields, groups = _fields_and_groups(model, where)
    if not fields:
        raise DocumentTypeError(f'{where}: add at least one field, such as `title: Text | None = field("…")`.')
    return TypeSpec(
        kind=kind,
        description=description,
        fields=fields,
        groups=groups,
        addresses=model.addresses,
        forms=model.forms,
        examples=tuple(_worked(kind, fields, groups, example) for example in model.examples),
        validate=partial(validate, model, fields, groups),
    )


def _fields_and_groups(model: type[BaseModel], where: str) -> tuple[tuple[FieldSpec, ...], tuple[GroupSpec, ...]]:
    fields: list[FieldSpec] = []
    groups: list[GroupSpec] = []
    for name, info in model.model_fields.items():
        row = _row_of(info.annotation)
        if row is None:
            fields.append(_field_spec(name, info, where))
            continue
        row_fields, nested = _fields_and_groups(row, f"{where}.{name}")
        if nested:
            raise DocumentTypeError(
                f"{where}.{name}: a row cannot hold a group; flatten {nested[0].name!r} into its fields."
            )
        groups.append(GroupSpec(name, _described(name, info, where), row_fields))
    return tuple(fields), tuple(groups)


def _row_of(annotation: Any) -> type[Row] | None:
    if get_origin(annotation) is not list:
        return None
    (item,) = get_args(annotation)
    return item if isinstance(item, type) and issubclass(item, Row) else None


def _field_spec(name: str, info: FieldInfo, where: str) -> FieldSpec:
    annotation, is_list = info.annotation, False
    if get_origin(annotation) is list:
        (annotation,), is_list = get_args(annotation), True
    kind, choices = _kind_of(annotation, tuple(info.metadata))
    if kind is None:
        raise DocumentTypeError(
            f"{where}.{name}: give it one of the types in mailroom.doctypes.base (Text, Amount, Date, …) or a Literal."
        )
    extra = info.json_schema_extra if isinstance(info.json_schema_extra, Mapping) else {}
    labels = extra.get("labels")
    return FieldSpec(
        name=name,
        kind=kind,
        description=_described(name, info, where),
        essential=extra.get("essential") is True,
        derived=extra.get("derived") is True,
        many=is_list,
        choices=choices,
        labels=tuple(str(label) for label in labels) if isinstance(labels, Sequence) else (),
    )


def _kind_of(annotation: Any, metadata: tuple[Any, ...] = ()) -> tuple[ValueKind | None, tuple[str, ...]]:
    if get_origin(annotation) in {Union, UnionType}:
        members = [member for member in get_args(annotation) if member is not NoneType]
        return _kind_of(members[0]) if len(members) == 1 else (None, ())
    if get_origin(annotation) is Annotated:
        annotation, *rest = get_args(annotation)
        metadata = (*rest, *metadata)
    if get_origin(annotation) is Literal:
        return ValueKind.CHOICE, tuple(str(choice) for choice in get_args(annotation))
    return next((item for item in metadata if isinstance(item, ValueKind)), None), ()


def _described(name: str, info: FieldInfo, where: str) -> str:
    if not _NAME.fullmatch(name):
        raise DocumentTypeError(
            f"{where}.{name}: write field names in lower case with underscores, such as 'due_date'."
        )
    if not info.description:
        raise DocumentTypeError(f'{where}.{name}: say what it is: `= field("…")`; the model reads it.')
    return info.description


def _worked(kind: str, fields: Sequence[FieldSpec], groups: Sequence[GroupSpec], example: Example) -> WorkedExample:
    group_fields = {group.name: group.fields for group in groups}
    return WorkedExample(
        message=message_json(
            channel="form" if example.form else "email",
            form=example.form,
            zones=[(kind, label, _as_read(kind, label, text)) for kind, label, text in example.zones],
            attachments=[
                {"name": name, "type": media_type, "outcome": "read", "reason": ""}
                for name, media_type in example.attachments
            ],
        ),
        answer={
            "kind": kind,
            "values": list(_claims(fields, example.found)),
            "rows": [
                {"group": name, "values": list(_claims(group_fields.get(name, ()), found))}
                for name, found in example.rows
            ],
            "unsure": list(example.unsure),
        },
    )


def _as_read(kind: str, label: str, text: str) -> str:
    """Return a zone's words as the reader would: headers and forms' answers are lines of their own, label first."""
    words = inspect.cleandoc(text)
    return f"{label}: {words}" if kind in {ZoneKind.HEADER, ZoneKind.FORM} else words


def _claims(fields: Sequence[FieldSpec], found: Mapping[str, Found]) -> Iterator[dict[str, str]]:
    """Write what an example found in the wire format: the quote first, the value only where it differs."""
    derived = {spec.name for spec in fields if spec.derived}
    for name, claim in found.items():
        for one in [claim] if isinstance(claim, (str, tuple)) else claim:
            match one:
                case (quote, value):
                    yield {"field": name, "quote": quote, "value": value}
                case _ if name in derived:
                    yield {"field": name, "quote": "", "value": str(one)}
                case _:
                    yield {"field": name, "quote": str(one), "value": ""}
