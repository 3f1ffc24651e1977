"""Promote: turn a record that a person decided about into a worked example of its document type.

A worked example goes into the prompt with every message and into the repository, so nothing is written before it has
passed the checks that every document type passes, and before whoever asked has seen the change.
"""

import ast
import inspect
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from mailroom.doctypes.base import DocumentType
from mailroom.doctypes.machinery.specify import spec_of
from mailroom.domain.claims import text_of
from mailroom.domain.doctype import FieldSpec, TypeSpec, ValueKind
from mailroom.domain.errors import MailroomError
from mailroom.domain.evidence_location import locate_in
from mailroom.domain.locate.index import MessageIndex
from mailroom.domain.message import Channel, Message, Zone, ZoneKind
from mailroom.domain.orders import steering
from mailroom.domain.record import FieldResult, Record, Status
from mailroom.reading.selection import select

BUDGET_TOKENS = 1500
"""An example is in every prompt; the shipped ones have some 200 to 500 tokens."""

_PERSONAL = frozenset(
    {ValueKind.NAME, ValueKind.EMAIL, ValueKind.PHONE, ValueKind.ADDRESS, ValueKind.IBAN, ValueKind.VAT_ID}
)
_ADDRESS = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_LABELLED = frozenset({ZoneKind.HEADER, ZoneKind.FORM})
_INDENT = " " * 8

type Found = str | tuple[str, str] | list[str | tuple[str, str]]


class PromotionError(MailroomError):
    """A record cannot become an example; the sentence says why and what would help."""


@dataclass(frozen=True, slots=True)
class Draft:
    """An example to be. ``left_out`` are fields whose words are not in the text; ``personal`` is what names people."""

    form: str
    zones: tuple[tuple[str, str, str], ...]
    found: Mapping[str, Found]
    rows: tuple[tuple[str, Mapping[str, Found]], ...]
    left_out: tuple[str, ...]
    personal: tuple[str, ...]


def draft_of(record: Record, message: Message, spec: TypeSpec, replaced: Mapping[str, str]) -> Draft:
    """Return the example that a record and its message make, with ``replaced`` words in place of others throughout.

    Raises PromotionError for a record that nobody decided about, a message that gives orders, and where the words of a
    value no longer mean it after the replacing.
    """
    if record.status not in {Status.APPROVED, Status.CORRECTED}:
        said = record.status.replace("_", " ")
        raise PromotionError(f"Record {record.record_id} is {said}: only what a person decided can teach.")
    if any(True for _ in steering(message)):
        raise PromotionError("The message gives orders to whoever reads it: it must not stand in the prompt.")
    zones = [_zone(message, zone, replaced) for zone in select(message, budget_tokens=BUDGET_TOKENS).zones]
    writer = _Writer(_message_of(zones), message, replaced)
    found = {}
    for field in spec.fields:
        if (claim := writer.claim(field, record.fields.get(field.name), field.name)) is not None:
            found[field.name] = claim
    rows = tuple(
        (group.name, cells)
        for group in spec.groups
        for row in record.groups.get(group.name, ())
        if (cells := writer.row(group.name, group.fields, row))
    )
    text = "\n".join(words for _, _, words in zones)
    personal = dict.fromkeys([*writer.personal, *_ADDRESS.findall(text)])
    form = record.form if record.channel is Channel.FORM else ""
    return Draft(form, tuple(zones), found, rows, tuple(writer.left_out), tuple(personal))


def promoted(source: str, kind: str, draft: Draft) -> str:
    """Return a document type's file with the example behind its others; raises PromotionError where it has no place."""
    home = next(
        (node for node in ast.parse(source).body if isinstance(node, ast.ClassDef) and _is_of(node, kind)), None
    )
    examples = next((value for name, value in _assigned(home) if name == "examples"), None) if home else None
    if home is None or "Example" not in source:
        raise PromotionError(f"The file has no class of the kind {kind} that imports Example.")
    written = _written(draft)
    lines = source.splitlines(keepends=True)
    if isinstance(examples, ast.Tuple) and examples.elts:
        last = examples.elts[-1]
        assert last.end_lineno is not None
        at = last.end_lineno
        if not lines[at - 1].rstrip().endswith(","):
            lines[at - 1] = lines[at - 1].rstrip("\n") + ",\n"
        return "".join([*lines[:at], written, *lines[at:]])
    if examples is not None:
        raise PromotionError("Its examples are not a tuple that is written out: add the first one by hand.")
    at = home.end_lineno or len(lines)
    return "".join([*lines[:at], f"\n    examples: ClassVar = (\n{written}    )\n", *lines[at:]])


def spec_in(source: str, module: str, kind: str) -> TypeSpec:
    """Return the specification that a file's text would have, without writing it; raises what the text raises."""
    made = ModuleType(module)
    exec(compile(source, f"{module}.py", "exec"), made.__dict__)  # noqa: S102 -- the user's own file, with data added
    for member in vars(made).values():
        if isinstance(member, type) and issubclass(member, DocumentType) and getattr(member, "kind", "") == kind:
            return spec_of(member)
    raise PromotionError(f"The file describes no {kind}.")


def file_of(kind: str, home: Path) -> Path:
    """Return the file that describes a kind; raises PromotionError where there is none."""
    for path in sorted(home.glob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        if any(isinstance(node, ast.ClassDef) and _is_of(node, kind) for node in tree.body):
            return path
    raise PromotionError(f"No file in {home.name}/ describes {kind!r}.")


def _is_of(node: ast.ClassDef, kind: str) -> bool:
    values = [value for name, value in _assigned(node) if name == "kind"]
    return any(isinstance(value, ast.Constant) and value.value == kind for value in values)


def _assigned(node: ast.ClassDef) -> Iterator[tuple[str, ast.expr]]:
    for each in node.body:
        if isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name) and each.value:
            yield each.target.id, each.value
        if isinstance(each, ast.Assign) and isinstance(each.targets[0], ast.Name):
            yield each.targets[0].id, each.value


def _zone(message: Message, zone: Zone, replaced: Mapping[str, str]) -> tuple[str, str, str]:
    text = message.text[zone.start : zone.end]
    if zone.kind in _LABELLED:
        text = text.removeprefix(f"{zone.label}: ")
    return zone.kind.value, _with(zone.label, replaced), _with(inspect.cleandoc(text), replaced)


def _with(text: str, replaced: Mapping[str, str]) -> str:
    for old, new in replaced.items():
        text = text.replace(old, new)
    return text


def _message_of(zones: Sequence[tuple[str, str, str]]) -> Message:
    """Return a message of these zones, in which claims can be located as in any other."""
    text, made = "", []
    for kind, label, words in zones:
        made.append(Zone(ZoneKind(kind), len(text), len(text) + len(words), label=label))
        text += words + "\n"
    return Message(Channel.EMAIL, text, tuple(made))


class _Writer:
    """Writes what was found as an example says it: the exact words, and the value where it differs."""

    def __init__(self, message: Message, original: Message, replaced: Mapping[str, str]) -> None:
        self._index = MessageIndex(message)
        self._texts = [message.text[zone.start : zone.end] for zone in message.zones]
        self._original = original
        self._replaced = replaced
        self.left_out: list[str] = []
        self.personal: list[str] = []

    def claim(self, field: FieldSpec, found: FieldResult | tuple[FieldResult, ...] | None, path: str) -> Found | None:
        if found is None:
            return None
        if isinstance(found, tuple):
            claims = [claim for item in found if (claim := self._one(field, item, path)) is not None]
            return claims or None
        return self._one(field, found, path)

    def row(self, group: str, fields: Sequence[FieldSpec], row: Mapping[str, FieldResult]) -> dict[str, Found]:
        claims = {field.name: self.claim(field, row.get(field.name), f"{group}.{field.name}") for field in fields}
        return {name: claim for name, claim in claims.items() if claim is not None}

    def _one(self, field: FieldSpec, found: FieldResult, path: str) -> str | tuple[str, str] | None:
        before = text_of(found.value)
        value = _with(before, self._replaced)
        if field.derived:
            return value
        as_found = (self._original.text[found.start : found.end] if found.start >= 0 else found.quote) or before
        words = _with(as_found, self._replaced)
        proof = locate_in(self._index, value=value, quote=words, spec=field)
        if not proof.grounded:
            if (words, value) != (as_found, before):
                raise PromotionError(
                    f"{path}: “{words}” does not mean {value!r} any more; replace words and value alike."
                )
            self.left_out.append(path)
            return None
        if not any(words in text for text in self._texts):
            words = self._index.message.text[proof.start : proof.end]
        if field.kind in _PERSONAL:
            self.personal.append(words)
        return words if words == value else (words, value)


def _written(draft: Draft) -> str:
    """Write an example as source; what a message says goes in as a literal, and is read back to prove it."""
    inner, deeper = _INDENT + " " * 4, _INDENT + " " * 8
    lines = [f"{_INDENT}Example(\n"]
    lines += [f"{inner}form={draft.form!r},\n"] if draft.form else []
    lines.append(f"{inner}zones=(\n")
    lines += [f"{deeper}({kind!r}, {label!r}, {_literal(text, deeper)}),\n" for kind, label, text in draft.zones]
    lines.append(f"{inner}),\n{inner}found={{\n")
    lines += [f"{deeper}{name!r}: {claim!r},\n" for name, claim in draft.found.items()]
    lines.append(f"{inner}}},\n")
    if draft.rows:
        lines.append(f"{inner}rows=(\n")
        lines += [f"{deeper}({name!r}, {dict(cells)!r}),\n" for name, cells in draft.rows]
        lines.append(f"{inner}),\n")
    written = "".join([*lines, f"{_INDENT}),\n"])
    _prove(written, draft)
    return written


def _literal(text: str, indent: str) -> str:
    """Return a text as readable source: lines of their own where they can be, else one escaped line."""
    plain = "\n" in text and '"""' not in text and "\\" not in text and text.isprintable() is False
    if not plain or not all(line.isprintable() for line in text.split("\n")) or text.endswith('"'):
        return repr(text)
    body = "".join(f"{indent}    {line}".rstrip() + "\n" for line in text.split("\n"))
    written = f'"""\n{body}{indent}    """'
    return written if inspect.cleandoc(ast.literal_eval(written)) == text else repr(text)


def _prove(written: str, draft: Draft) -> None:
    call: Any = ast.parse(inspect.cleandoc(written.rstrip().rstrip(","))).body[0]
    given = {each.arg: ast.literal_eval(each.value) for each in call.value.keywords}
    zones = tuple((kind, label, inspect.cleandoc(text)) for kind, label, text in given["zones"])
    same = zones == draft.zones and given["found"] == dict(draft.found) and given.get("form", "") == draft.form
    if not same or len(given.get("rows", ())) != len(draft.rows):
        raise PromotionError("The message cannot be written as source without changing it: add the example by hand.")
