"""Check the document types before they cost anything: what the API would refuse, what the prompt lacks and weighs."""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from mailroom.catalogue import ModelCard
from mailroom.doctypes.base import DocumentTypeError
from mailroom.doctypes.registry import document_types
from mailroom.domain.answer import Answer, RawValue
from mailroom.domain.doctype import OTHER, FieldSpec, TypeSpec, WorkedExample
from mailroom.prompts.schema_prompt import estimated_tokens, kind_block, render
from mailroom.prompts.wire import WireError, answer_schema, parse_answer

type Level = Literal["error", "warning", "info"]

_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_LONGEST_NAME = 64
_LARGEST_SHARE = 0.25
"""Of the model's context: a larger prefix leaves too little room for messages with attachments."""

_KEYWORDS_TABLE = """
type properties required additionalProperties items enum const anyOf allOf $ref $defs
description title default format minItems pattern
"""
_KEYWORDS = frozenset(_KEYWORDS_TABLE.split())
"""What structured outputs take (platform.claude.com, structured-outputs, 2026-09); every other keyword is a 400."""

_MOST_OPTIONAL, _MOST_UNIONS = 24, 16


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing a check found: ``where`` is a kind, "invoice.due_date", "invoice example 2" or "prompt"."""

    level: Level
    where: str
    sentence: str


def check_types(
    model_card: ModelCard,
    count_tokens: Callable[[str], int] | None = None,
    types: Mapping[str, TypeSpec] | None = None,
) -> list[Finding]:
    """Return what is wrong, doubtful or worth knowing about the document types, worst first; never raises.

    ``count_tokens`` counts a text exactly, such as with the API's count_tokens; without it counts are low estimates for
    the model's tokenizer. ``types`` are the shipped ones where none are given.
    """
    try:
        types = document_types() if types is None else types
    except DocumentTypeError as error:
        return [Finding("error", "doctypes", str(error))]
    except Exception as error:  # noqa: BLE001 - a user's file that does not import is a finding, not a crash
        return [Finding("error", "doctypes", f"A file cannot be imported: {type(error).__name__}: {error}.")]
    found = [Finding("error", "schema", sentence) for sentence in refusals(answer_schema(types))]
    for spec in types.values():
        found += _of_names(spec)
        found += _of_completeness(spec)
        for number, example in enumerate(spec.examples, 1):
            where = f"{spec.kind} example {number}"
            found += [Finding("error", where, sentence) for sentence in _of_example(spec, example, types)]
    found += _of_rivals(types)
    found += _of_size(types, model_card, count_tokens)
    return sorted(found, key=lambda finding: ("error", "warning", "info").index(finding.level))


def refusals(schema: Mapping[str, Any]) -> list[str]:
    """Return why the API would refuse a schema for structured outputs, in sentences; empty where it takes it."""
    found: list[str] = []
    optional = unions = 0
    for path, node in _schema_nodes(schema, "$"):
        found += [
            f"{path} has the keyword {name!r}, which the API refuses." for name in sorted(node.keys() - _KEYWORDS)
        ]
        if node.get("type") == "object" and node.get("additionalProperties") is not False:
            found.append(f"{path} must set additionalProperties to false.")
        if any(not isinstance(choice, str | int | float | bool | None) for choice in node.get("enum", ())):
            found.append(f"{path} has an enum of something other than plain values.")
        optional += len(node.get("properties", {}).keys() - set(node.get("required", ())))
        unions += "anyOf" in node or isinstance(node.get("type"), list)
    if optional > _MOST_OPTIONAL:
        found.append(f"The schema has {optional} optional properties; the API takes {_MOST_OPTIONAL}.")
    if unions > _MOST_UNIONS:
        found.append(f"The schema has {unions} union-typed properties; the API takes {_MOST_UNIONS}.")
    return found


def _schema_nodes(node: Mapping[str, Any], path: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    yield path, node
    for name in ("properties", "$defs"):
        for key, child in node.get(name, {}).items():
            yield from _schema_nodes(child, f"{path}.{key}")
    for name in ("anyOf", "allOf"):
        for index, child in enumerate(node.get(name, ())):
            yield from _schema_nodes(child, f"{path}.{name}[{index}]")
    if isinstance(node.get("items"), Mapping):
        yield from _schema_nodes(node["items"], f"{path}[]")


def _of_names(spec: TypeSpec) -> Iterator[Finding]:
    levels = [("", [*(each.name for each in spec.fields), *(each.name for each in spec.groups)])]
    levels += [(f"{group.name}.", [each.name for each in group.fields]) for group in spec.groups]
    for prefix, names in levels:
        for name, count in Counter(names).items():
            where = f"{spec.kind}.{prefix}{name}"
            if not _NAME.fullmatch(name) or len(name) > _LONGEST_NAME:
                yield Finding("error", where, f"Name it in snake_case, with at most {_LONGEST_NAME} characters.")
            if count > 1:
                yield Finding("error", where, f"{count} fields have this name; a value could not say which it means.")
    for prefix, each in _all_fields(spec):
        if len({choice.casefold() for choice in each.choices}) < len(each.choices):
            yield Finding("error", f"{spec.kind}.{prefix}{each.name}", "Two choices differ only in capitalisation.")


def _all_fields(spec: TypeSpec) -> Iterator[tuple[str, FieldSpec]]:
    yield from (("", each) for each in spec.fields)
    yield from ((f"{group.name}.", each) for group in spec.groups for each in group.fields)


def _of_completeness(spec: TypeSpec) -> Iterator[Finding]:
    if not spec.examples:
        yield Finding("warning", spec.kind, "It has no worked example; two of different shapes raise accuracy.")
    if spec.kind != OTHER and not any(each.essential for each in spec.fields):
        yield Finding("warning", spec.kind, "No field is essential, so an empty record would be accepted unseen.")


def _of_example(spec: TypeSpec, example: WorkedExample, types: Mapping[str, TypeSpec]) -> Iterator[str]:
    try:
        answer = parse_answer(json.dumps(dict(example.answer)), types)
        words = [str(zone["text"]) for zone in json.loads(example.message)["zones"]]
    except WireError as error:
        yield str(error)
        return
    except (ValueError, TypeError, KeyError) as error:
        yield f"Its message or answer is not of the form that requests have: {type(error).__name__}."
        return
    yield from answer.problems
    derived = {each.name for each in spec.fields if each.derived}
    for value in (*answer.values, *(value for row in answer.rows for value in row.values)):
        if value.field not in derived and not any(value.quote in text for text in words):
            yield f"{value.field}: the quote {value.quote!r} is not in the message word for word."
    for problem in spec.validate(raw_mapping(answer, spec)).problems:
        yield f"{problem.field or 'document'}: {problem.reason}"


def raw_mapping(answer: Answer, spec: TypeSpec) -> dict[str, Any]:
    """Return an answer's values as ``TypeSpec.validate`` takes them: scalars, lists for ``many``, rows by group."""
    many = {each.name for each in spec.fields if each.many}
    raw: dict[str, Any] = _scalars_and_lists(answer.values, many)
    for row in answer.rows:
        raw.setdefault(row.group, []).append(_scalars_and_lists(row.values, set()))
    return raw


def _scalars_and_lists(values: tuple[RawValue, ...], many: set[str]) -> dict[str, Any]:
    raw: dict[str, Any] = {}
    for value in values:
        if value.field in many:
            raw.setdefault(value.field, []).append(value.value)
        else:
            raw[value.field] = value.value
    return raw


def _of_rivals(types: Mapping[str, TypeSpec]) -> Iterator[Finding]:
    for what in ("form", "address"):
        claims = [
            (name, spec.kind) for spec in types.values() for name in (spec.forms if what == "form" else spec.addresses)
        ]
        for name, count in Counter(name for name, _ in claims).items():
            if count > 1:
                kinds = " and ".join(kind for claimed, kind in claims if claimed == name)
                yield Finding("warning", kinds, f"They all claim the {what} {name!r}; leave it to one of them.")


def _of_size(
    types: Mapping[str, TypeSpec], card: ModelCard, count_tokens: Callable[[str], int] | None
) -> Iterator[Finding]:
    def tokens(text: str) -> int:
        return count_tokens(text) if count_tokens else int(estimated_tokens(text) * card.tokenizer_factor)

    about = "" if count_tokens else "at least some "
    prefix, minimum = tokens(render(types).text), card.cache_minimum_tokens
    yield Finding("info", "prompt", f"The cached prefix has {about}{prefix} tokens; {card.name} caches from {minimum}.")
    for spec in types.values():
        yield Finding("info", spec.kind, f"It takes {about}{tokens(kind_block(spec))} tokens of the prefix.")
    if prefix < minimum:
        sentence = (
            f"The prefix is {minimum - prefix} tokens short of {minimum}, so {card.name} would silently not cache it"
        )
        yield Finding("error", "prompt", f"{sentence}; add worked examples.")
    if prefix > card.context_tokens * _LARGEST_SHARE:
        yield Finding(
            "error", "prompt", f"The prefix fills over a quarter of {card.name}'s {card.context_tokens} tokens."
        )
