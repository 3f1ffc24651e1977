"""Which kind a message is: addresses, form names, labels present, and the words that set the kinds apart."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from local.standin.reading_rules.labels import Pair
from local.standin.reading_rules.prompt import Kind, Mail, plain, words_in

_SCANNED_CHARACTERS = 6_000
_ADDRESS_POINTS, _FORM_POINTS, _NAME_POINTS, _LABEL_POINTS, _EXAMPLE_POINTS, _LEAST_POINTS = (
    8.0,
    20.0,
    5.0,
    1.5,
    0.3,
    1.5,
)


def kind_of(kinds: tuple[Kind, ...], allowed: Sequence[str], mail: Mail, pairs: list[Pair]) -> Kind | None:
    """Return the best kind, "other" (or the last allowed) where nothing speaks for any; None without kinds."""
    known = [kind for kind in kinds if not allowed or kind.name in allowed]
    if not known:
        return None
    shared = Counter(word for kind in known for word in kind.vocabulary | kind.example_words)
    seen = _seen(mail, pairs)
    scores = {kind.name: _score(kind, seen, shared, len(known)) for kind in known}
    best = max(known, key=lambda kind: scores[kind.name])
    if scores[best.name] < _LEAST_POINTS:
        return next((kind for kind in known if kind.name == "other"), best)
    return best


@dataclass(frozen=True, slots=True)
class _Seen:
    """What speaks for a kind: recipients, the form's name, words of the text, words of its titles, labels."""

    to: str
    form: str
    words: Counter[str]
    titles: frozenset[str]
    labels: frozenset[str]


def _seen(mail: Mail, pairs: list[Pair]) -> _Seen:
    text = "\n".join(zone.text for zone in mail.zones if zone.kind not in {"hidden", "disclaimer", "header"})
    files = " ".join(str(item.get("name", "")) for item in mail.attachments)
    return _Seen(
        " ".join(mail.header(name) for name in ("to", "cc", "delivered-to", "x-original-to")).casefold(),
        plain(mail.form or mail.header("form")),
        Counter(words_in(text[:_SCANNED_CHARACTERS])),
        frozenset(words_in(f"{mail.header('subject')} {files}".replace("_", " "))),
        frozenset(pair.label for pair in pairs),
    )


def _score(kind: Kind, seen: _Seen, shared: Counter[str], kinds: int) -> float:
    score = _ADDRESS_POINTS * any(_is_to(address, seen.to) for address in kind.addresses)
    score += _FORM_POINTS * bool(seen.form and seen.form in {plain(name) for name in kind.forms})
    for word in (kind.vocabulary | kind.example_words) & (seen.words.keys() | seen.titles):
        rarity = (kinds - shared[word] + 1) / kinds if kinds > 1 else 1.0
        worth = rarity * rarity * (1.0 if word in kind.vocabulary else _EXAMPLE_POINTS)
        score += worth * (min(2, seen.words[word]) + 2 * (word in seen.titles))
    named = set(words_in(kind.name.replace("_", " ")))
    score += _NAME_POINTS * len(named & (seen.titles | seen.words.keys())) / max(1, len(named))
    own = (one for one in kind.fields if not one.group)
    return score + _LABEL_POINTS * sum(not seen.labels.isdisjoint(one.calls) for one in own)


def _is_to(address: str, to: str) -> bool:
    local = address.split("@", maxsplit=1)[0]
    return bool(local) and re.search(rf"(?<![\w.-]){re.escape(local)}(?:\+[\w.-]*)?@", to) is not None
