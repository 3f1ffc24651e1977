"""Render the system prompt: the job, the wire format, and every kind of document with its worked examples.

The prompt is the cached prefix of every request, so it is byte-stable: the same document types give the same bytes,
whatever the order of a mapping or the seed of a hash. The words said in every prompt are in instructions.md.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from importlib.resources import files

from mailroom.doctypes.machinery.message_json import compact_json
from mailroom.domain.doctype import OTHER, FieldSpec, TypeSpec, ValueKind

CHARACTERS_PER_TOKEN = 4.6
"""Errs on the low side on purpose: a prefix that is a token short of the model's cache minimum is silently not cached.

Anthropic's glossary gives about 3.5 English characters per token; plain English prose reaches 4 to 4.5. This prompt
also holds JSON, identifiers and seven languages, which all take more tokens per character. 4.6 is above all of these,
so the true count is higher than the estimate, by a quarter or more.
"""


@dataclass(frozen=True, slots=True)
class SystemPrompt:
    """A rendered prompt; ``fingerprint`` is the first 16 hex digits of its SHA-256, ``estimated_tokens`` errs low."""

    text: str = field(repr=False)
    fingerprint: str
    estimated_tokens: int


_HOW_VALUES_ARE_WRITTEN: Mapping[ValueKind, str] = {
    ValueKind.TEXT: "the words, as they stand",
    ValueKind.PROSE: "whole sentences",
    ValueKind.NAME: "a person or organisation without titles of courtesy, as written otherwise",
    ValueKind.ADDRESS: "a postal address on one line, its lines joined by a comma and a space",
    ValueKind.EMAIL: "the bare address: ada@example.org",
    ValueKind.PHONE: "E.164 where the country code is written (+4989123456); else only the digits, no code added",
    ValueKind.URL: "with its scheme; a bare www. address gets https://",
    ValueKind.DATE: "YYYY-MM-DD; a day without a year takes the year of the message's date",
    ValueKind.TIME: "HH:MM, 24 hours",
    ValueKind.DATETIME: "YYYY-MM-DDTHH:MM, with an offset such as +02:00 only where a zone is written",
    ValueKind.AMOUNT: "a plain decimal without sign of currency or separator of thousands, two places: 1234.50",
    ValueKind.NUMBER: "a plain decimal or whole number, without its unit: 2.5",
    ValueKind.CURRENCY: "ISO 4217: EUR",
    ValueKind.COUNTRY: "ISO 3166-1 alpha-2: CH",
    ValueKind.LANGUAGE: "ISO 639-1: de",
    ValueKind.IDENTIFIER: "exactly as written, with its leading zeros, dashes and letters, without its label",
    ValueKind.IBAN: "without spaces",
    ValueKind.VAT_ID: "with the country's two letters in front, without spaces",
    ValueKind.CHOICE: "one of the words listed after `choice:`",
    ValueKind.BOOLEAN: "true or false",
}


def render(types: Mapping[str, TypeSpec]) -> SystemPrompt:
    """Return the prompt that classifies and extracts: all kinds in one, so that one cached prefix serves all."""
    ordered = sorted(types.values(), key=lambda spec: (spec.kind == OTHER, spec.kind))
    return _prompt([_instructions(), "# The kinds of documents", *(kind_block(spec) for spec in ordered)])


def review_prompt(spec: TypeSpec) -> SystemPrompt:
    """Return the prompt of a second reading: one kind only, and only the fields in doubt."""
    return _prompt([_instructions(), _words("second_reading.md"), "# The kind of this document", kind_block(spec)])


def _prompt(blocks: list[str]) -> SystemPrompt:
    text = "\n\n".join(block.strip() for block in blocks) + "\n"
    return SystemPrompt(
        text=text,
        fingerprint=sha256(text.encode()).hexdigest()[:16],
        estimated_tokens=estimated_tokens(text),
    )


def estimated_tokens(text: str) -> int:
    """Return a low estimate of a text's tokens on Haiku 4.5's tokenizer."""
    return int(len(text) / CHARACTERS_PER_TOKEN)


def _instructions() -> str:
    rules = "\n".join(f"- {kind}: {rule}" for kind, rule in _HOW_VALUES_ARE_WRITTEN.items())
    return _words("instructions.md").replace("{value_rules}", rules)


def _words(name: str) -> str:
    """Read what is said to the model; it stands in files of its own, where it reads and reviews like any other text."""
    return files("mailroom.prompts").joinpath(name).read_text(encoding="utf-8")


def kind_block(spec: TypeSpec) -> str:
    """Return what the prompt says of one kind of document: its fields, its groups and its worked examples."""
    return "\n".join(_lines_of_kind(spec))


def _lines_of_kind(spec: TypeSpec) -> Iterator[str]:
    yield f"## kind: {spec.kind}"
    yield spec.description
    if spec.addresses:
        yield f"usually sent to: {', '.join(spec.addresses)}"
    if spec.forms:
        yield f"forms: {', '.join(spec.forms)}"
    yield "fields:"
    for each in spec.fields:
        yield _field_line(each.name, each)
    for group in spec.groups:
        yield f"group {group.name}: {group.description}"
        for each in group.fields:
            yield _field_line(f"{group.name}.{each.name}", each)
    for example in spec.examples:
        yield "### example"
        yield example.message
        yield compact_json(example.answer)


def _field_line(name: str, spec: FieldSpec) -> str:
    """Write ``- urgency (choice: low | high; derived): What it is. Labels: …``."""
    traits = [
        trait
        for trait, holds in (("essential", spec.essential), ("derived", spec.derived), ("many", spec.many))
        if holds
    ]
    kind = spec.kind.value
    if spec.choices:
        kind += f": {' | '.join(spec.choices)}"
    parts = "; ".join([kind, ", ".join(traits)]) if spec.choices and traits else ", ".join([kind, *traits])
    labels = f" Labels: {', '.join(spec.labels)}" if spec.labels else ""
    return f"- {name} ({parts}): {spec.description}{labels}"
