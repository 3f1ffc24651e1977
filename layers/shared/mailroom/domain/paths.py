"""What a path names: "total_amount", "skills" (the whole list), "skills[1]", "line_items[2].amount", counted from 0.

An index counts the values as they are filed in the record, so a path means the same in a judgement, in the record, in
what a reviewer is asked and in what it answers. Rows never shift: one of which nothing held stays, empty. A list closes
its gaps, so where one of its items was refused the whole list is doubtful, never "the second item".
"""

import re
from collections.abc import Iterable

from mailroom.domain.doctype import FieldSpec, TypeSpec

_ROW_PATH = re.compile(r"([a-z][a-z0-9_]*)\[([0-9]{1,4})\]\.([a-z][a-z0-9_]*)")
_LIST_PATH = re.compile(r"([a-z][a-z0-9_]*)\[([0-9]{1,4})\]")


def field_at(spec: TypeSpec, path: str) -> FieldSpec | None:
    """Return the field that a path names, or None where it names none."""
    if match := _ROW_PATH.fullmatch(path):
        group = spec.group(match[1])
        return group.field(match[3]) if group else None
    if match := _LIST_PATH.fullmatch(path):
        field = spec.field(match[1])
        return field if field and field.many else None
    return spec.field(path)


def row_of(path: str) -> tuple[str, int] | None:
    """Return the group and the row that a path leads into, or None where it leads into none."""
    match = _ROW_PATH.fullmatch(path)
    return (match[1], int(match[2])) if match else None


def list_of(path: str) -> str:
    """Return the name of the list that a path points into, "" where it names something else."""
    match = _LIST_PATH.fullmatch(path)
    return match[1] if match else ""


def reviewable(paths: Iterable[str], spec: TypeSpec) -> tuple[str, ...]:
    """Return the paths that name a field, each once, in their order; a doubtful list stands for its items."""
    named = dict.fromkeys(path for path in paths if field_at(spec, path))
    return tuple(path for path in named if list_of(path) not in named)
