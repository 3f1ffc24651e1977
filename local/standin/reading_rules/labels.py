"""Labelled values: "Label: value" lines, form fields, aligned columns, values on the next line, labels in sentences."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from local.standin.reading_rules import values
from local.standin.reading_rules.dates import Found
from local.standin.reading_rules.prompt import Field, Mail, Zone, plain
from local.standin.reading_rules.surroundings import Surroundings

WEIGHT = {
    "form": 5.0,
    "structured": 5.0,
    "latest": 4.0,
    "attachment": 4.0,
    "forwarded": 3.0,
    "header": 2.0,
    "signature": 2.0,
    "quoted": 1.0,
}
"""How much a zone is worth as a source; zones that are not named here (hidden, disclaimer) are not read."""

EXACT, OPENS, WITHIN, IN_SENTENCE = 30.0, 20.0, 12.0, 16.0
_LINE = re.compile(
    r"^[\s>*•·▪–-]*(?P<label>[^\W\d_][^:：=\n\t|]{0,58}?)\**\s*(?:\**\s*[:：]\**|\s=\s|\t+|\s{2,}|\s?\.{3,}|\s[–—]\s)\s*(?P<value>.*)$"
)
_PARTS = re.compile(
    r"\s{3,}(?=[^\W\d_][^:\n]{0,40}:)|\t+(?=[^\W\d_][^:\n\t]{0,40}:)|\s\|\s|,\s+(?=[^\W\d_][\w .'’°-]{1,25}:\s)"
)
_JSON_KEY = re.compile(r'"(?:@?)(?P<label>[A-Za-z][\w]*)"\s*:\s*"(?P<value>[^"]*)"')
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_FILLER = re.compile(
    r"\s*(?:\(?(?:no|nr|n°|nº|number|nummer|numéro|numero|código|code)\b\.?\)?)?\s*"
    r"(?:(?:is|are|was|will be|on|of|by|for|ist|lautet|beträgt|am|vom|bis zum|zum|von|est|le|au|du|de|es|el|para|del|on the|the|:|：|#|=|–|-|\()\s*){0,3}",
    re.IGNORECASE,
)
_MAX_NAME_WORDS = 8


@dataclass(frozen=True, slots=True)
class Pair:
    """A label as bare words and the text behind it, with the worth of its zone."""

    label: str
    text: str
    weight: float


@dataclass(frozen=True, slots=True)
class Candidate:
    """A possible value of a field, and how good its source is."""

    found: Found
    score: float


def pairs_of(mail: Mail) -> list[Pair]:
    """Return everything in the message that looks like a label with a value behind it."""
    pairs: list[Pair] = []
    for zone in mail.zones:
        weight = WEIGHT.get(zone.kind)
        if weight is None:
            continue
        if zone.kind == "form" and zone.label and zone.text.strip():
            pairs.append(Pair(plain(zone.label), zone.text.strip(), weight))
        elif zone.kind == "header" and zone.label:
            continue
        else:
            pairs += (Pair(plain(label), value, weight) for label, value in _in_lines(zone))
    return [pair for pair in pairs if pair.label]


def _in_lines(zone: Zone) -> Iterator[tuple[str, str]]:
    if zone.kind == "structured":
        for key in _JSON_KEY.finditer(zone.text):
            yield _CAMEL.sub(" ", key["label"]), key["value"]
    lines = zone.text.split("\n")
    for number, line in enumerate(lines):
        for part in _PARTS.split(line) if len(line) < 500 else ():
            if match := _LINE.match(part):
                value = match["value"].strip()
                yield match["label"], value or _next_value(lines, number)
            elif ":" not in part and 2 < len(part.strip()) < 40 and number + 1 < len(lines):
                yield part, lines[number + 1].strip()


def _next_value(lines: list[str], number: int) -> str:
    following = [line.strip() for line in lines[number + 1 : number + 5]]
    start = 1 if following and not following[0] else 0
    taken: list[str] = []
    for line in following[start:]:
        if not line or (taken and ":" in line):
            break
        taken.append(line)
    return "\n".join(taken)


def match_score(label: str, field: Field) -> float:
    """Return how well a label in the message means the field: exact, opening, or within; 0 where it does not."""
    best = 0.0
    for call in field.calls:
        if label == call:
            return EXACT
        if len(call) < 3 or len(label) > 60:
            continue
        if label.startswith(call + " "):
            best = max(best, OPENS)
        elif f" {call} " in f" {label} ":
            best = max(best, WITHIN + min(4.0, len(call) / 5))
    return best


def from_pairs(pairs: list[Pair], fields: tuple[Field, ...], near: Surroundings) -> dict[str, list[Candidate]]:
    """Return the candidates of each field; a label that means one field best is not used for another."""
    answer: dict[str, list[Candidate]] = {field.name: [] for field in fields}
    for pair in pairs:
        scores = {field.name: match_score(pair.label, field) for field in fields}
        best = max(scores.values(), default=0.0)
        if not best:
            continue
        for field in fields:
            if scores[field.name] == best and (found := values.labelled(field, _reach(field, pair.text), near)):
                answer[field.name].append(Candidate(found, best + pair.weight))
    return answer


def _reach(field: Field, text: str) -> str:
    if field.kind in {"address", "prose"} or field.many:
        return text
    return text.split("\n", maxsplit=1)[0]


def from_sentences(text: str, weight: float, field: Field, near: Surroundings) -> Iterator[Candidate]:
    """Yield values that follow one of the field's labels inside a sentence ("your order number is 4711")."""
    lowered = text.lower()
    if len(lowered) != len(text) or field.kind in {"prose", "address", "boolean", "choice"}:
        return
    for call in field.calls:
        if len(call) < 4:
            continue
        start = lowered.find(call)
        while start >= 0:
            end = start + len(call)
            if _whole(lowered, start, end) and (found := _behind(text, end, field, near)):
                yield Candidate(found, IN_SENTENCE + weight)
                break
            start = lowered.find(call, end)


def _whole(text: str, start: int, end: int) -> bool:
    return not (start and text[start - 1].isalnum()) and not (end < len(text) and text[end].isalnum())


def _behind(text: str, end: int, field: Field, near: Surroundings) -> Found | None:
    filler = _FILLER.match(text, end)
    start = filler.end() if filler else end
    stretch = text[start : start + 60].split("\n", maxsplit=1)[0]
    if field.kind in values.FREE:
        said = re.match(r"(?:[^.,;!?\n]){2,60}", stretch)
        spoken = filler and re.search(r"\w|:", filler[0])
        if not said or not spoken or len(said[0].split()) > _MAX_NAME_WORDS:
            return None
        return values.labelled(field, said[0], near)
    found = values.labelled(field, stretch, near)
    limit = 2 if field.kind == "identifier" else 30
    return found if found and found.start <= limit else None
