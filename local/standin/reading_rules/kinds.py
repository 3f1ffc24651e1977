"""Which kind a message is: the words that set the kinds apart, labels present, addresses and form names.

An address or a form's name is a hint: without words of the kind's own, or a label of its fields, nothing is said.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from local.standin.reading_rules.automatic import is_automatic, is_bulk
from local.standin.reading_rules.labels import Pair, bare_label
from local.standin.reading_rules.prompt import Field, Kind, Mail, folded, plain, words_in
from local.standin.reading_rules.vocabulary import label_of_kind, talk_of

_SCANNED_CHARACTERS = 4_000
_ADDRESS_POINTS, _FORM_POINTS, _LABEL_POINTS, _EXAMPLE_POINTS = 3.0, 2.0, 1.5, 0.3
_NAME_POINTS, _NAME_IN_TITLE_POINTS = 1.0, 4.0
_TALK_POINTS, _TALK_IN_SUBJECT_POINTS, _MOST_TALK = 1.5, 2.5, 9.0
_LEAST_POINTS, _LEAST_POINTS_OF_BULK = 2.0, 9.0
_FOR_SOFTWARE = re.compile(
    r"\bkind\W{1,3}[\w]+|\b[a-z]+_[a-z]+\b(?!@)|\bignor\w+ (?:all|the|any|previous|alle)\b", re.IGNORECASE
)
"""A line that speaks to a program of its fields and kinds: it says nothing of what its sender wants."""
_TOPIC = re.compile(
    r"(?:subject|topic|about|reason|category|type|betreff|worum|anliegen|thema|grund|objet|sujet|motif|asunto|motivo|tema|"
    r"oggetto|argomento|onderwerp|temat)\b"
)
"""A form's question whose answer is as good as a subject."""


def kind_of(kinds: tuple[Kind, ...], allowed: Sequence[str], mail: Mail, pairs: list[Pair]) -> Kind | None:
    """Return the best kind, "other" (or the best) where too little speaks for any; None without kinds."""
    known = [kind for kind in kinds if not allowed or kind.name in allowed]
    if not known:
        return None
    other = next((kind for kind in known if kind.name == "other"), None)
    if other and is_automatic(mail):
        return other
    shared = Counter(word for kind in known for word in kind.vocabulary | kind.example_words)
    seen = _seen(mail, pairs)
    scores = {kind.name: _score(kind, seen, shared, known) for kind in known}
    least = _LEAST_POINTS_OF_BULK if is_bulk(mail) else _LEAST_POINTS
    enough = [kind for kind in known if scores[kind.name] >= least] or ([other] if other else known)
    return max(enough, key=lambda kind: scores[kind.name] + _hints(kind, seen))


@dataclass(frozen=True, slots=True)
class _Seen:
    """What speaks for a kind: recipients, the form's name, words of the text, words of its titles, labels."""

    to: str
    form: str
    words: Counter[str]
    titles: frozenset[str]
    labels: frozenset[str]
    text: str
    title: str


def _seen(mail: Mail, pairs: list[Pair]) -> _Seen:
    own = [zone.text for zone in mail.zones if zone.kind not in {"hidden", "disclaimer", "header", "quoted"}]
    lines = "\n".join(own)[:_SCANNED_CHARACTERS].split("\n")
    text = "\n".join(line for line in lines if not _FOR_SOFTWARE.search(line))
    files = " ".join(str(item.get("name", "")) for item in mail.attachments)
    topics = " ".join(zone.text for zone in mail.zones if zone.kind == "form" and _TOPIC.search(plain(zone.label)))
    title = f"{mail.header('subject')} {topics} {files}".replace("_", " ")
    return _Seen(
        " ".join(mail.header(name) for name in ("to", "cc", "delivered-to", "x-original-to")).casefold(),
        plain(mail.form or mail.header("form")),
        Counter(words_in(text)),
        frozenset(words_in(title)),
        frozenset(bare_label(pair.label) for pair in pairs),
        folded(text),
        folded(title),
    )


def _hints(kind: Kind, seen: _Seen) -> float:
    to_it = _ADDRESS_POINTS * any(_is_to(address, seen.to) for address in kind.addresses)
    return to_it + _FORM_POINTS * _is_form_of(kind, seen)


def _is_form_of(kind: Kind, seen: _Seen) -> bool:
    return bool(seen.form) and seen.form in {plain(name) for name in kind.forms}


def _score(kind: Kind, seen: _Seen, shared: Counter[str], kinds: list[Kind]) -> float:
    score = 0.0
    for word in (kind.vocabulary | kind.example_words) & (seen.words.keys() | seen.titles):
        rarity = (len(kinds) - shared[word] + 1) / len(kinds) if len(kinds) > 1 else 1.0
        worth = rarity * rarity * (0.5 if word in kind.vocabulary else _EXAMPLE_POINTS / 2)
        score += worth * (min(2, seen.words[word]) + 2 * (word in seen.titles))
    named = set(words_in(kind.name.replace("_", " ")))
    score += _NAME_POINTS * len(named & seen.words.keys()) / max(1, len(named))
    score += _NAME_IN_TITLE_POINTS * len(named & seen.titles) / max(1, len(named))
    score += _FORM_POINTS * _is_form_of(kind, seen)
    score += _LABEL_POINTS * sum(_tells(one, kind, kinds) for one in _labelled(kind, seen))
    return score + _talk(kind, seen)


def _labelled(kind: Kind, seen: _Seen) -> list[Field]:
    return [one for one in kind.of_group("") if not seen.labels.isdisjoint(one.calls)]


def _tells(field: Field, kind: Kind, kinds: list[Kind]) -> float:
    """Return how much a labelled field says of its kind: half where other kinds ask for the same kind of value."""
    general = label_of_kind(field.kind)
    if general and any(general.fullmatch(call) for call in field.calls):
        return 0.0
    labels = {call for one in kinds if one is not kind for other in one.fields for call in other.calls}
    return 0.5 if labels.intersection(field.calls) else 1.0


def _talk(kind: Kind, seen: _Seen) -> float:
    """Return what the words say that people use for what the kind's description names, in several languages."""
    score = 0.0
    for said in talk_of(kind.description):
        in_title = len({found[0] for found in said.finditer(seen.title)})
        in_text = len({found[0] for found in said.finditer(seen.text)})
        score += _TALK_IN_SUBJECT_POINTS * min(2, in_title) + _TALK_POINTS * min(3, in_text)
    return min(_MOST_TALK, score)


def _is_to(address: str, to: str) -> bool:
    local = address.split("@", maxsplit=1)[0]
    return bool(local) and re.search(rf"(?<![\w.-]){re.escape(local)}(?:\+[\w.-]*)?@", to) is not None
