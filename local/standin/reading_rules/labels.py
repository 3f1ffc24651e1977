"""Labelled values: "Label: value" lines, form fields, aligned columns, values on the next line, labels in sentences."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from local.standin.reading_rules import figures, values
from local.standin.reading_rules.dates import Found
from local.standin.reading_rules.prompt import Field, Kind, Mail, Zone, folded, plain
from local.standin.reading_rules.surroundings import Surroundings
from local.standin.reading_rules.vocabulary import any_label_of, label_for, label_of_kind, unlike

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

EXACT, KNOWN, OPENS, WITHIN, IN_SENTENCE, GENERIC, LOOSELY = 30.0, 24.0, 20.0, 12.0, 16.0, 14.0, 9.0
_LINE = re.compile(
    r"^[\s>*•·▪–-]*(?P<label>[^\W\d_][^:：=\n\t|]{0,58}?)\**\s*(?:\**\s*[:：]\**|\s=\s|\t+|\s{2,}|\s?\.{3,}|"
    r"\s[–—]\s)\s*(?P<value>.*)$"
)
_PARTS = re.compile(
    r"\s{3,}(?=[^\W\d_][^:\n]{0,40}:)|\t+(?=[^\W\d_][^:\n\t]{0,40}:)|\s\|\s|,\s+(?=[^\W\d_][\w .'’°-]{1,25}:\s)"
)
_JSON_KEY = re.compile(r'"(?:@?)(?P<label>[A-Za-z][\w]*)"\s*:\s*"(?P<value>[^"]*)"')
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_FILLER = re.compile(
    r"\s*(?:\(?(?:no|nr|n°|nº|number|nummer|numéro|numero|código|code)\b\.?\)?)?\s*"
    r"(?:(?:(?:is|are|was|will be|on|of|by|for|ist|lautet|beträgt|am|vom|bis zum|zum|von|est|le|au|du|de|es|el|"
    r"para|del|al|della|il|het|op|on the|the)(?!\w)|:|：|#|=|–|-|\|)\s*|\(){0,3}",
    re.IGNORECASE,
)
_CELLS = re.compile(r"\s\|\s?|\s?\|\s|\|$")
_FIGURES = re.compile(r"\s*\b\d+(?: \d+)?\b")
_RATE = re.compile(r"[ (]*@?\s?\d+(?:[.,]\d+)?\s?%\)?")
_ONLY_SIGN = re.compile(r"[:=€$£-]|[A-Z]{2,3}:?")
_SAID = re.compile(
    r"(?:[^.,;:!?()\n\"„“”«»]|\.(?=[^\S\n]?[a-zà-ÿ])|(?<=\w)\.(?=\w)|\n(?=[^\W\d_])(?![^\n]{0,24}:)){2,70}"
)
_CLAUSE = re.compile(
    r"\s+(?:that|which|who|you|your|at|in|with|within|from|as advertised|advertised|posted|starting|"
    r"and (?:would|have|am)|bei|im|in|der|die|das|mit|ab|zum|auf|und|au sein|chez|dans|que|qui|publi\w+|en|con|"
    r"w|od|zu|presso|nel\w*|che|dal|bij|op|na|em)\s"
    r"|\s+[-–—]\s|\s\|\s"
)
_YOUR = re.compile(r"^(?:your|ihr|ihre|dein|deine|votre|vos|ton|su|sus|tu|la sua|il suo|uw|je|seu|sua|twoj)\s(?=\w)")
_LETTERS = re.compile(r"[^\W\d_]{2}")
FORWARDED_FROM = re.compile(
    r"^[>\s*]*(?:from|von|de|da|van|od|fra|från)\s*:\s*\**\s*(.+)$", re.IGNORECASE | re.MULTILINE
)
"""The line of a forwarded message that names its sender."""
_HEADER_LINE = re.compile(r"^[>\s*]*[^\W\d_][\w -]{0,14}\s?:|^[>\s]+\S+@")
_OPENING_LINES = 12
_LIMIT_CHARACTERS = 20_000
_LONGEST_LINE = 500
_MAX_NAME_WORDS = 8
_MAX_LABEL_WORDS = 7
_LONGEST_GENERIC = 24


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
    return [pair for pair in pairs if 0 < len(pair.label.split()) <= _MAX_LABEL_WORDS]


def _in_lines(zone: Zone) -> Iterator[tuple[str, str]]:
    if zone.kind == "structured":
        for key in _JSON_KEY.finditer(zone.text):
            yield _CAMEL.sub(" ", key["label"]), key["value"]
    lines = _without_header_block(zone)
    for number, line in enumerate(lines):
        if _CELLS.search(line) and len(line) < _LONGEST_LINE:
            yield from _in_row(line, lines, number)
            continue
        for part in _parts(line):
            if match := _LINE.match(part):
                value = match["value"].strip()
                yield match["label"], value or _next_value(lines, number)
            elif 2 < len(part.strip()) < 40 and not re.search(r"[:\d]", bare := _RATE.sub("", part)):
                yield bare, _line_below(lines, number)


def _in_row(line: str, lines: list[str], number: int) -> Iterator[tuple[str, str]]:
    """Yield what a row of cells says: "label | value", "label: | value | label: | value", "total | | value".

    A row of more cells without a colon is an item of a table, whose figures belong to no label.
    """
    cells = [cell.strip(" *") for cell in _CELLS.split(line.strip().strip("|"))]
    filled = [cell for cell in cells if cell]
    if len(filled) == 2 and _LETTERS.search(filled[0]):
        first = _LINE.match(filled[0])
        if first is None or not first["value"]:
            following = _address_below(lines, number)
            yield filled[0].rstrip(" :："), "\n".join([filled[1], *following])
            return
    for place, cell in enumerate(cells):
        if match := _LINE.match(cell):
            yield match["label"], match["value"].strip() or next(iter(cells[place + 1 : place + 2]), "")


def _address_below(lines: list[str], number: int) -> list[str]:
    """Return the lines under a row that go on with its value: they have neither cells nor a label."""
    taken: list[str] = []
    for line in lines[number + 1 : number + 4]:
        if not line.strip() or ":" in line or _CELLS.search(line):
            break
        taken.append(line.strip())
    return taken


def _without_header_block(zone: Zone) -> list[str]:
    """Return a zone's lines; of a forwarded or quoted message without the block that names its sender and date."""
    lines = zone.text.split("\n")
    if zone.kind not in {"forwarded", "quoted"}:
        return lines
    start = next((number for number, line in enumerate(lines[:_OPENING_LINES]) if FORWARDED_FROM.match(line)), None)
    if start is None:
        return lines
    stop = next((number for number in range(start, len(lines)) if not _HEADER_LINE.match(lines[number])), len(lines))
    return lines[:start] + lines[stop:]


def _parts(line: str) -> list[str]:
    """Cut a line that holds several labels; a very long line is prose, and has none."""
    if len(line) >= _LONGEST_LINE:
        return []
    return _PARTS.split(line) if ":" in line or "|" in line or "\t" in line else [line]


def _line_below(lines: list[str], number: int) -> str:
    """Return the line under a label, with the next one where it is only a colon or the code of a currency."""
    below = [line.strip() for line in lines[number + 1 : number + 3]]
    if below and _CELLS.search(below[0]):
        return ""
    return " ".join(below) if below and _ONLY_SIGN.fullmatch(below[0]) else "".join(below[:1])


def _next_value(lines: list[str], number: int) -> str:
    following = [line.strip() for line in lines[number + 1 : number + 5]]
    start = 1 if following and not following[0] else 0
    taken: list[str] = []
    for line in following[start:]:
        if not line or (taken and ":" in line):
            break
        taken.append(line)
    return "\n".join(taken)


def bare_label(label: str) -> str:
    """Return a label without the word that says whose it is ("your name", "Ihre Bestellnummer")."""
    return _YOUR.sub("", label)


def match_score(label: str, field: Field) -> float:
    """Return how well a label in the message means the field: exact, opening, or within; 0 where it does not."""
    best = 0.0
    if label in field.calls:
        return EXACT
    if (other := unlike(field.name)) and other.search(label):
        return best
    if (known := label_for(field.name, field.kind)) and known.fullmatch(_FIGURES.sub("", label).strip()):
        best = KNOWN
    for call in field.calls:
        if len(call) < 3 or len(label) > 60:
            continue
        if label.startswith(call + " "):
            best = max(best, OPENS)
        elif f" {call} " in f" {label} ":
            best = max(best, WITHIN + min(4.0, len(call) / 5))
    return best


def from_pairs(pairs: list[Pair], kind: Kind, near: Surroundings) -> dict[str, list[Candidate]]:
    """Return the candidates of each field; a label that means one field best is not used for another."""
    fields = kind.of_group("")
    answer: dict[str, list[Candidate]] = {field.name: [] for field in fields}
    known = any_label_of(tuple((field.name, field.kind) for field in fields))
    for pair in pairs:
        best, scores = 0.0, dict[str, float]()
        label = bare_label(pair.label)
        best, scores = 0.0, dict[str, float]()
        if not kind.label_words.isdisjoint(label.split()) or known.fullmatch(_FIGURES.sub("", label).strip()):
            scores = {field.name: match_score(label, field) for field in fields}
            best = max(scores.values(), default=0.0)
        general = [field.name for field in fields if best < GENERIC and _is_generic(label, field, fields)]
        if general:
            scores, best = dict.fromkeys(general, GENERIC), GENERIC
        for field in fields if best else ():
            if scores.get(field.name) == best:
                found = _labelled(field, _reach(field, pair.text), near)
                answer[field.name] += (Candidate(one, best + pair.weight) for one in found)
    return answer


def _labelled(field: Field, text: str, near: Surroundings) -> Sequence[Found]:
    if field.many and field.kind not in values.FREE:
        return values.all_of(field, text.split("\n", maxsplit=1)[0], near)
    found = values.labelled(field, text, near)
    return [found] if found else []


def _is_generic(label: str, field: Field, fields: tuple[Field, ...]) -> bool:
    """Say whether a label names the kind of the field, and the field is the document's first of that kind."""
    general = label_of_kind(field.kind)
    if general is None or len(label) >= _LONGEST_GENERIC or not general.fullmatch(label):
        return False
    return next(one for one in fields if one.kind == field.kind) is field


def _reach(field: Field, text: str) -> str:
    if field.kind in {"address", "prose"} or field.many:
        return text
    return text.split("\n", maxsplit=1)[0]


@dataclass(frozen=True, slots=True)
class Stretch:
    """A zone's text ready for search: folded, with the first one to three letters of each of its words."""

    text: str
    folded: str
    openings: frozenset[str]
    weight: float


def stretches_of(mail: Mail) -> list[Stretch]:
    """Return the running text of the message; of the headers only the subject."""
    answer = []
    for zone in mail.zones:
        if zone.kind in WEIGHT and (zone.kind != "header" or zone.label.casefold() == "subject"):
            text = "\n".join(_without_header_block(zone))[:_LIMIT_CHARACTERS]
            words = set(re.findall(r"[^\W\d_]{1,3}", low := folded(text)))
            openings = frozenset(word[:length] for word in words for length in (1, 2, 3))
            answer.append(Stretch(text, low, openings, WEIGHT[zone.kind]))
    return answer


def from_sentences(stretch: Stretch, field: Field, near: Surroundings) -> Iterator[Candidate]:
    """Yield values that follow one of the field's labels inside a sentence ("your order number is 4711")."""
    if field.kind in {"prose", "address", "boolean", "choice"} or stretch.openings.isdisjoint(field.openings):
        return
    text, weight = stretch.text, stretch.weight
    for call in field.spoken.finditer(stretch.folded):
        loose = call["loose"] is not None
        if loose and field.kind in values.FREE and field.kind != "text":
            continue
        if (other := unlike(field.name)) and other.search(_around(stretch.folded, call)):
            continue
        said = _behind(text, call.end(), field, near, loose=loose) or _before(text, call.start(), field, near)
        for found in said:
            yield Candidate(found, (LOOSELY if loose else IN_SENTENCE) + weight)


def _around(text: str, call: re.Match[str]) -> str:
    """Return a label in running text with the word before it and the words behind it, up to the first figure."""
    before = re.search(r"[^\W\d_]*[ -]?$", text[max(0, call.start() - 16) : call.start()])
    behind = re.match(r"[^\d\n]{0,24}", text[call.end() : call.end() + 24])
    return (before[0] if before else "") + call[0] + (behind[0] if behind else "")


def _behind(text: str, end: int, field: Field, near: Surroundings, *, loose: bool) -> Sequence[Found]:
    filler = _FILLER.match(text, end)
    start = filler.end() if filler else end
    stretch = text[start : start + 60].split("\n", maxsplit=1)[0]
    if field.kind in values.FREE:
        said = _SAID.match(text[start : start + 80])
        introduced = loose or re.search(r"[^\W\d]|:", filler[0] if filler else "")
        if not said or not introduced or len(said[0].split()) > _MAX_NAME_WORDS:
            return []
        clause = _CLAUSE.split(said[0], maxsplit=1)[0] if loose else said[0]
        found = values.labelled(field, clause.strip(), near)
        return [_on_one_line(found)] if found else []
    if field.many:
        return values.all_of(field, stretch.split(".")[0], near)
    if field.kind == "amount":
        crossed = "\n" in text[end:start] or "|" in text[end:start]
        return [] if crossed else _amount_behind(re.split(r"\s\|", stretch)[0], near)
    found = values.labelled(field, stretch, near)
    limit = 2 if field.kind == "identifier" else (12 if loose else 30)
    return [found] if found and found.start <= limit else []


def _on_one_line(found: Found) -> Found:
    return Found(found.quote, " ".join(found.value.split()), found.start)


def _amount_behind(stretch: str, near: Surroundings) -> list[Found]:
    """Return the first amount: in running text a figure needs a currency or cents to be one."""
    with_cents = (one for one in figures.numbers(stretch, near) if re.search(r"[.,]\d\d$", one.quote))
    found = next(iter(figures.amounts(stretch, near)), None) or next(with_cents, None)
    return [found] if found else []


def _before(text: str, start: int, field: Field, near: Surroundings) -> Sequence[Found]:
    """Return a date that stands before its label ("am 16.03.2026 fällig")."""
    if field.kind != "date":
        return []
    opening = max(0, start - 24)
    found = values.all_of(field, text[opening:start], near)[-1:]
    return found if found and start - opening - found[0].end <= 3 else []
