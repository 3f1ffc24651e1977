"""Which kind a message is: addresses, form names, labels present, and the words that set the kinds apart."""

import re
from collections import Counter
from collections.abc import Sequence

from local.standin.reading_rules.labels import Pair
from local.standin.reading_rules.prompt import Kind, Mail, plain, words_in

_SCANNED_CHARACTERS = 8_000
_ADDRESS_POINTS, _FORM_POINTS, _NAME_POINTS, _LABEL_POINTS, _WORD_POINTS = 8.0, 20.0, 5.0, 1.5, 1.0


def kind_of(kinds: tuple[Kind, ...], allowed: Sequence[str], mail: Mail, pairs: list[Pair]) -> Kind | None:
    """Return the best kind, "other" (or the last allowed) where nothing speaks for any; None without kinds."""
    known = [kind for kind in kinds if not allowed or kind.name in allowed]
    if not known:
        return None
    shared = Counter(word for kind in known for word in kind.vocabulary | kind.example_words)
    scores = {kind.name: _score(kind, mail, pairs, shared, len(known)) for kind in known}
    best = max(known, key=lambda kind: scores[kind.name])
    if scores[best.name] < 1.5:
        return next((kind for kind in known if kind.name == "other"), best)
    return best


def _score(kind: Kind, mail: Mail, pairs: list[Pair], shared: Counter[str], kinds: int) -> float:
    to = " ".join(mail.header(name) for name in ("to", "cc", "delivered-to", "x-original-to")).casefold()
    score = _ADDRESS_POINTS * any(_is_to(address, to) for address in kind.addresses)
    form = plain(mail.form or mail.header("form"))
    score += _FORM_POINTS * bool(form and form in {plain(name) for name in kind.forms})
    subject = mail.header("subject")
    text = "\n".join(zone.text for zone in mail.zones if zone.kind not in {"hidden", "disclaimer", "header"})
    found = Counter(words_in(text[:_SCANNED_CHARACTERS]))
    titles = set(words_in(subject)) | set(words_in(" ".join(str(item.get("name", "")) for item in mail.attachments)))
    for word in kind.vocabulary | kind.example_words:
        rarity = (kinds - shared[word] + 1) / kinds if kinds > 1 else 1.0
        worth = _WORD_POINTS * rarity * rarity * (1.0 if word in kind.vocabulary else 0.3)
        score += worth * (min(2, found[word]) + 2 * (word in titles))
    named = set(words_in(kind.name.replace("_", " ")))
    score += _NAME_POINTS * len(named & (titles | set(found))) / max(1, len(named))
    document = [one for one in kind.fields if not one.group]
    said = {pair.label for pair in pairs}
    labels = sum(not said.isdisjoint(one.calls) for one in document)
    return score + _LABEL_POINTS * labels


def _is_to(address: str, to: str) -> bool:
    local = address.split("@", maxsplit=1)[0]
    return bool(local) and re.search(rf"(?<![\w.-]){re.escape(local)}(?:\+[\w.-]*)?@", to) is not None
