"""The document types as a system prompt describes them, and the message as a user turn carries it."""

import json
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from local.standin.reading_rules.vocabulary import said_for

_KIND = re.compile(r"^##\s+kind:\s*(?P<name>[\w-]+)\s*$")
_FIELD = re.compile(r"^[-*]\s+`?(?P<name>[\w.]+)`?\s+\((?P<traits>.*?)\)\s*:?\s*(?P<rest>.*)$")
_GROUP = re.compile(r"^group\s+(?P<name>\w+)\s*:?\s*(?P<rest>.*)$")
_LABELS = re.compile(r"\bLabels?:\s*(?P<labels>.*)$")
_MESSAGE = re.compile(r"<message>\s*(\{.*?\})\s*</message>", re.DOTALL)
_DRAFT = re.compile(r"<draft>\s*(\{.*?\})\s*</draft>", re.DOTALL)
_LISTING = re.compile(r"(?:usually sent to|forms|fields)\s*:", re.IGNORECASE)
_SHORTEST_SPOKEN = 2
_NUMBER_WORD = re.compile(r"\s*(?:\b(?:no|nr|n|num|number|n º|n o|id)|nummer|snummer)$")
_WORD = re.compile(r"[^\W\d_]{3,}")


@dataclass(frozen=True, slots=True)
class Field:
    """One field to read: ``group`` is "" for a field of the document.

    ``calls`` is every label that means the field, bare (see ``plain``), its own name as words last.
    """

    name: str
    kind: str
    words: str
    spoken: re.Pattern[str]
    """Finds the field's labels in folded running text; a match in its group "loose" is a weaker sign."""
    openings: frozenset[str]
    """The first one to three letters of everything that ``spoken`` finds."""
    group: str = ""
    calls: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    essential: bool = False
    derived: bool = False
    many: bool = False


@dataclass(frozen=True, slots=True)
class Kind:
    """One document type; ``vocabulary`` has the words of its text and labels, ``example_words`` its examples'."""

    name: str
    addresses: tuple[str, ...]
    forms: tuple[str, ...]
    fields: tuple[Field, ...]
    description: str
    """Its name and its description, folded."""
    vocabulary: frozenset[str]
    example_words: frozenset[str]
    label_words: frozenset[str]
    """Every word of every label: a label without one of them means no field of the kind."""

    def field(self, name: str, group: str = "") -> Field | None:
        """Return the field of that name, or None."""
        return next((one for one in self.fields if one.name == name and one.group == group), None)

    def of_group(self, group: str) -> tuple[Field, ...]:
        """Return the fields of a group; "" means the document's own."""
        return tuple(one for one in self.fields if one.group == group)

    @property
    def groups(self) -> tuple[str, ...]:
        """The names of its groups, in order."""
        return tuple(dict.fromkeys(one.group for one in self.fields if one.group))


@dataclass(frozen=True, slots=True)
class Zone:
    """A stretch of the message: what it is, its label (header name, form field, file), its words."""

    kind: str
    label: str
    text: str


@dataclass(frozen=True, slots=True)
class Mail:
    """The message of a request; ``draft`` is set where the request is for a review."""

    channel: str
    zones: tuple[Zone, ...]
    attachments: tuple[dict[str, Any], ...] = ()
    form: str = ""
    draft: dict[str, Any] | None = field(default=None, hash=False)

    def header(self, name: str) -> str:
        """Return the first header of that name, or ""; its zone's label names it, else its line does."""
        opening = f"{name}:"
        for zone in self.zones:
            if zone.kind != "header":
                continue
            lines = [zone.text] if zone.label.casefold() == name else []
            if not zone.label:
                lines = [line for line in zone.text.split("\n") if line.casefold().startswith(opening)]
            for line in lines:
                return line[len(opening) * line.casefold().startswith(opening) :].strip()
        return ""


@lru_cache(maxsize=32)
def kinds_of(prompt: str) -> tuple[Kind, ...]:
    """Return the document types that a system prompt describes, in its order."""
    sections: list[tuple[str, list[str]]] = []
    for line in prompt.splitlines():
        if heading := _KIND.match(line):
            sections.append((heading["name"], []))
        elif line.startswith("## "):
            sections.append(("", []))
        elif sections:
            sections[-1][1].append(line)
    return tuple(_kind(name, lines) for name, lines in sections if name)


def _kind(name: str, lines: list[str]) -> Kind:
    cut = next((number for number, line in enumerate(lines) if line.startswith("### ")), len(lines))
    own, examples = lines[:cut], lines[cut:]
    group, fields, prose = "", list[Field](), [name.replace("_", " ")]
    for line in own:
        if (found := _GROUP.match(line)) and ":" in line:
            group = found["name"]
        elif found := _FIELD.match(line):
            fields.append(_field(found, group))
        else:
            prose.append(line)
    labels = " ".join(call for one in fields for call in one.calls[:-1])
    return Kind(
        name,
        _listed(own, "usually sent to:"),
        _listed(own, "forms:"),
        tuple(fields),
        folded(" ".join(line for line in prose if not _LISTING.match(line))),
        frozenset(words_in(" ".join(prose) + " " + labels)),
        frozenset(words_in(_said_in(examples))),
        frozenset(word for one in fields for call in one.calls for word in call.split()),
    )


def _said_in(examples: list[str]) -> str:
    """Return what the examples' messages say, without the names of their JSON keys."""
    texts: list[str] = []
    for line in examples:
        try:
            shown = json.loads(line)
        except ValueError:
            continue
        if isinstance(shown, dict):
            texts += [str(zone.get("text", "")) for zone in shown.get("zones", []) if isinstance(zone, dict)]
    return " ".join(texts)


def _field(found: re.Match[str], group: str) -> Field:
    choices, traits = "", found["traits"]
    if traits.startswith("choice:"):
        choices, _, traits = traits.removeprefix("choice:").partition(";")
        traits = f"choice,{traits}"
    kind, *more = [trait.strip() for trait in traits.replace(";", ",").split(",")]
    labels = _LABELS.search(found["rest"])
    name = found["name"].removeprefix(f"{group}.") if group else found["name"]
    calls = (*(_split_labels(labels["labels"]) if labels else ()), plain(name))
    spoken, openings = _spoken(name, kind, calls)
    return Field(
        name=name,
        spoken=spoken,
        openings=openings,
        kind=kind,
        words=found["rest"][: labels.start()].strip() if labels else found["rest"],
        group=group,
        calls=calls,
        choices=tuple(choice.strip() for choice in choices.split("|") if choice.strip()),
        essential="essential" in more,
        derived="derived" in more,
        many="many" in more,
    )


def _spoken(name: str, kind: str, calls: tuple[str, ...]) -> tuple[re.Pattern[str], frozenset[str]]:
    """Return what finds a field's labels in running text, and the letters that each of them begins with."""
    stems = [_NUMBER_WORD.sub("", call) for call in calls] if kind == "identifier" else []
    exact = [_as_written(call) for call in sorted(calls, key=len, reverse=True) if len(call) > _SHORTEST_SPOKEN]
    loose = [*(_as_written(stem) for stem in stems if len(stem) > _SHORTEST_SPOKEN), *said_for(name)]
    found = re.compile(rf"(?<!\w)(?:(?:{'|'.join(exact) or '(?!)'})|(?P<loose>{'|'.join(loose) or '(?!)'}))(?!\w)")
    return found, frozenset(opening for part in (*exact, *loose) for opening in _openings(part))


def _openings(pattern: str) -> Iterator[str]:
    """Yield the first letters of what a pattern finds, where it opens with letters or with a choice of words."""
    if letters := re.match(r"[^\W\d_]{1,3}(?![?*{])|[^\W\d_](?![?*{])", pattern):
        yield letters[0]
    elif group := re.match(r"\(\?:(?P<words>[^()]*)\)(?P<may>\?)?", pattern):
        for word in group["words"].split("|"):
            yield from _openings(word)
        if group["may"]:
            yield from _openings(pattern[group.end() :].lstrip())


def _as_written(call: str) -> str:
    return r"\W{0,3}".join(map(re.escape, call.split()))


def _split_labels(text: str) -> list[str]:
    return [label for part in re.split(r"[,;]\s*", text) if (label := plain(part))]


def _listed(lines: list[str], opening: str) -> tuple[str, ...]:
    for line in lines:
        if line.casefold().startswith(opening):
            return tuple(part.strip().casefold() for part in line[len(opening) :].split(",") if part.strip())
    return ()


_FOLDED = {
    code: base
    for code in range(0xC0, 0x250)
    if len(base := unicodedata.normalize("NFD", chr(code))[0].lower()) == 1 and base != chr(code)
}


@lru_cache(maxsize=64)
def folded(text: str) -> str:
    """Return a text in lower case and without accents, character for character, so that places in it stay the same."""
    lowered = text.lower()
    if text.isascii():
        return lowered
    return (lowered if len(lowered) == len(text) else text).translate(_FOLDED)


@lru_cache(maxsize=8192)
def plain(label: str) -> str:
    """Return a label as bare words: lower case, no accents, no punctuation ("Facture n°:" is "facture n")."""
    bare = "".join(sign for sign in unicodedata.normalize("NFD", label.casefold()) if not unicodedata.combining(sign))
    return " ".join(re.findall(r"\w+", bare.replace("_", " ")))


def words_in(text: str) -> list[str]:
    """Return the words of at least three letters, lower-cased."""
    return _WORD.findall(text.casefold())


def mail_of(words: str) -> Mail | None:
    """Return the message that stands in a user's words, or None where there is none."""
    found = _MESSAGE.search(words)
    data = _parsed(found)
    if data is None:
        return None
    zones = tuple(
        _zone(str(zone.get("zone", "")), str(zone.get("label", "")), str(zone.get("text", "")))
        for zone in data.get("zones", [])
        if isinstance(zone, dict)
    )
    files = tuple(item for item in data.get("attachments", []) if isinstance(item, dict))
    return Mail(str(data.get("channel", "")), zones, files, str(data.get("form", "")), _parsed(_DRAFT.search(words)))


def _zone(kind: str, label: str, text: str) -> Zone:
    """Return a zone; where a header or a form's answer opens with its own label, the text is what follows it."""
    opening = f"{label}:"
    if kind in {"form", "header"} and label and text.casefold().startswith(opening.casefold()):
        text = text[len(opening) :].lstrip(" \t")
    return Zone(kind, label, text)


def _parsed(found: re.Match[str] | None) -> dict[str, Any] | None:
    try:
        data = json.loads(found[1]) if found else None
    except ValueError:
        return None
    return data if isinstance(data, dict) else None
