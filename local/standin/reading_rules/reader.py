"""One message read by rules: its kind, its values with their words, its rows, and what the reader was not sure of."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from local.standin.faults import Honesty
from local.standin.ledger import Lie
from local.standin.reading_rules import conclusions, contacts, figures, people, places, values
from local.standin.reading_rules.dates import Found
from local.standin.reading_rules.kinds import kind_of
from local.standin.reading_rules.labels import (
    WEIGHT,
    Candidate,
    Pair,
    Stretch,
    from_pairs,
    from_sentences,
    pairs_of,
    stretches_of,
)
from local.standin.reading_rules.lies import Answer, tell
from local.standin.reading_rules.links import is_of_use
from local.standin.reading_rules.plausible import could_be
from local.standin.reading_rules.prompt import Field, Kind, Mail, folded, kinds_of, mail_of, words_in
from local.standin.reading_rules.surroundings import Surroundings, surroundings_of
from local.standin.reading_rules.tables import rows_of
from local.standin.reading_rules.units import with_unit
from local.standin.reading_rules.vocabulary import unit_for

_BY_PATTERN = 4.0
"""What a value without any label is worth: less than the weakest label."""
_RIVAL_WITHIN = 2.0
"""Two different values whose sources differ by less are rivals, and the field is listed as unsure."""
_ALONE = frozenset(
    {"iban", "vat_id", "phone", "url", "email", "date", "datetime", "time", "amount", "country", "identifier"}
)
_NEEDS_TO_BE_ALONE = frozenset({"amount", "country"})
"""Kinds of which an unlabelled value counts only where the message has no second one."""
_OWN_WORDS = frozenset(["subject", "title", "topic", "betreff", "objet", "asunto"])
_BODY_WORDS = frozenset(
    [
        "message",
        "body",
        "description",
        "question",
        "issue",
        "problem",
        "complaint",
        "details",
        "comment",
        "request",
        "feedback",
        "text",
    ]
)
_FAX = re.compile(r"fax\w*[^\w\n]{0,5}$", re.IGNORECASE)
_LIMIT_CHARACTERS = 20_000
_CURRENCY_CHARACTERS = 5_000


def read(
    prompt: str, words: str, allowed: Sequence[str], honesty: Honesty, seed: str
) -> tuple[Answer, tuple[Lie, ...]] | None:
    """Return the answer to a request for a record and the lies in it, or None where no message is found in it.

    ``prompt`` is the system text that describes the kinds, ``words`` the user's text with the message, ``allowed`` the
    kinds that the answer's schema takes.
    """
    mail, kinds = mail_of(words), kinds_of(prompt)
    if mail is None:
        return None
    pairs = pairs_of(mail)
    kind = _drafted(mail, kinds) or kind_of(kinds, allowed, mail, pairs)
    if kind is None:
        return None
    surroundings_of(mail)
    answer = _honest(kind, mail, pairs, surroundings_of(mail))
    answer, lies = tell(honesty, answer, kind, kinds, mail, seed=seed)
    return (_only_doubtful(answer, mail.draft) if mail.draft else answer), lies


def _drafted(mail: Mail, kinds: tuple[Kind, ...]) -> Kind | None:
    name = (mail.draft or {}).get("kind")
    return next((kind for kind in kinds if kind.name == name), None)


def _honest(kind: Kind, mail: Mail, pairs: list[Pair], near: Surroundings) -> Answer:
    fields = kind.of_group("")
    labelled = from_pairs(pairs, kind, near)
    stretches = stretches_of(mail)
    named = {
        field.name: [one for one in _named_values(field, labelled, stretches, near) if could_be(field, one.found, mail)]
        for field in fields
    }
    taken = {(field.kind, _best(found).found.value) for field in fields if (found := named[field.name])}
    told: list[dict[str, str]] = []
    unsure: list[str] = []
    for field in fields:
        candidates = named[field.name] or [
            one
            for one in _without_label(field, kind, mail, near)
            if field.derived or (could_be(field, one.found, mail) and (field.kind, one.found.value) not in taken)
        ]
        if not candidates:
            continue
        chosen = _all_items(field, candidates) if field.many else [_best(candidates).found]
        told += (_value(field.name, found, derived=field.derived) for found in chosen)
        if not field.many and not field.derived and _has_rivals(candidates, 0.0 if mail.draft else _RIVAL_WITHIN):
            unsure.append(field.name)
    rows = [
        {"group": group, "values": [_value(name, found) for name, found in row.items()]}
        for group, row in rows_of(kind, mail, near)
    ]
    return {"kind": kind.name, "values": told, "rows": rows, "unsure": unsure}


def _named_values(
    field: Field, labelled: dict[str, list[Candidate]], stretches: list[Stretch], near: Surroundings
) -> list[Candidate]:
    """Return what stands behind a label of the field, in lines and in sentences."""
    said = (one for stretch in stretches if not field.derived for one in from_sentences(stretch, field, near))
    return [*labelled[field.name], *said]


def _without_label(field: Field, kind: Kind, mail: Mail, near: Surroundings) -> list[Candidate]:
    found: Found | None = None
    match field.kind:
        case "choice":
            found = conclusions.choice_of(field, mail)
        case "boolean" if field.derived:
            found = conclusions.flag_of(field, mail)
        case "language":
            if not field.derived:
                text = conclusions.body_of(mail)
                return [Candidate(one, _BY_PATTERN) for one in places.spoken_languages(text)]
            found = conclusions.language_found(mail)
        case "name":
            found = people.name_of(field, mail)
        case "email":
            found = people.sender_email(mail) or next(iter(contacts.emails(conclusions.body_of(mail))), None)
        case "number" if unit := unit_for(field.name):
            found = with_unit(unit, mail, near)
        case "text" | "prose":
            found = _own_words(field, mail)
        case _:
            return _by_pattern(field, kind, mail, near)
    return [Candidate(found, _BY_PATTERN)] if found else []


def _own_words(field: Field, mail: Mail) -> Found | None:
    name = set(words_in(field.name.replace("_", " ")))
    if field.kind == "prose" and field.derived:
        return conclusions.summary_of(field, mail)
    if name and name <= _OWN_WORDS and (subject := conclusions.bare_subject(mail)):
        words = " ".join(subject.split()[:5]) if field.derived else subject
        return Found(words, words, 0)
    if field.kind == "prose" and (field.essential or name & _BODY_WORDS):
        return conclusions.main_words(mail)
    return None


def _by_pattern(field: Field, kind: Kind, mail: Mail, near: Surroundings) -> list[Candidate]:
    """Return unlabelled values of the field's kind, where the field has a fair claim on them."""
    if field.derived or field.kind not in _ALONE | {"currency"} or not _has_claim(field, kind):
        return []
    if field.kind == "currency":
        return _most_frequent_currency(mail)
    answer: list[Candidate] = []
    for zone in mail.zones:
        if (
            zone.kind in WEIGHT
            and zone.kind not in {"header", "quoted"}
            and (zone.kind != "signature" or field.kind in {"phone", "url", "vat_id", "iban"})
        ):
            text = zone.text[:_LIMIT_CHARACTERS]
            found = _named(field, text) if field.kind == "identifier" else values.all_of(field, text, near)
            if field.kind == "phone":
                found = [one for one in found if not _FAX.search(text[max(0, one.start - 16) : one.start])]
            answer += (Candidate(one, _BY_PATTERN) for one in found)
    if field.kind in _NEEDS_TO_BE_ALONE and len({one.found.value for one in answer}) > 1:
        return _foremost(answer, values.all_of(field, mail.header("subject"), near))
    return [one for one in answer if is_of_use(field, one.found.value, mail)] if field.kind == "url" else answer


def _foremost(found: list[Candidate], in_subject: Sequence[Found]) -> list[Candidate]:
    """Return the value that the subject names, else the one that stands more often than any other, else nothing."""
    if len({one.value for one in in_subject}) == 1:
        return [Candidate(in_subject[0], _BY_PATTERN)]
    (first, often), (_, less) = Counter(one.found.value for one in found).most_common(2)
    return [one for one in found if one.found.value == first] if often > less else []


def _has_claim(field: Field, kind: Kind) -> bool:
    """Say whether a field may take a value that has no label: a date or a country only where it is essential.

    An amount also where the kind has no other.
    """
    alike = [one for one in kind.of_group("") if one.kind == field.kind]
    if field.kind in {"date", "time", "country"}:
        return field.essential
    if field.kind == "datetime":
        return alike[0] is field
    return field.kind != "amount" or field.essential or len(alike) == 1


def _named(field: Field, text: str) -> list[Found]:
    """Return the references that stand soon after a word of the field's name."""
    words = [word[:6] for word in words_in(field.name.replace("_", " ")) if word not in {"number", "code"}]
    answer: dict[int, Found] = {}
    for word in re.finditer("|".join(map(re.escape, words)) or "(?!)", folded(text)):
        stretch = text[word.end() : word.end() + 40].split("\n\n", maxsplit=1)[0]
        for found in values.identifiers(stretch)[:1]:
            start = word.end() + found.start
            answer[start] = replace(found, start=start)
    return list(answer.values())


def _most_frequent_currency(mail: Mail) -> list[Candidate]:
    text = "\n".join(zone.text for zone in mail.zones if zone.kind in WEIGHT)
    found = figures.currencies(text[:_CURRENCY_CHARACTERS])
    counts = Counter(one.value for one in found)
    return [Candidate(one, _BY_PATTERN + counts[one.value]) for one in found]


def _best(candidates: list[Candidate]) -> Candidate:
    return max(candidates, key=lambda one: one.score)


def _has_rivals(candidates: list[Candidate], within: float) -> bool:
    best = _best(candidates)
    rivals = {one.found.value for one in candidates if one.score >= best.score - within}
    return best.found.doubtful or len(rivals) > 1


def _all_items(field: Field, candidates: list[Candidate]) -> list[Found]:
    kept: dict[str, Found] = {}
    floor = _best(candidates).score - 10.0
    for one in candidates:
        if one.score < floor:
            continue
        free = field.kind in values.FREE
        for item in conclusions.list_items(field, one.found) if free else (one.found,):
            kept.setdefault(item.value.casefold(), item)
    return list(kept.values())


def _value(name: str, found: Found, *, derived: bool = False) -> dict[str, str]:
    quote = "" if derived else found.quote.strip()
    return {"field": name, "quote": quote, "value": "" if found.value == quote else found.value}


def _only_doubtful(answer: Answer, draft: dict[str, Any]) -> Answer:
    """Keep what a review asks for, each value named by its path: "total", "skills[1]", "line_items[2].amount"."""
    asked = [str(item.get("field", "")) for item in draft.get("doubtful", []) if isinstance(item, dict)]
    told: list[dict[str, str]] = []
    for path in dict.fromkeys(asked):
        told += (value | {"field": path} for value in _at(answer, path))
    return {
        "kind": answer["kind"],
        "values": told,
        "rows": [],
        "unsure": [one for one in answer["unsure"] if one in asked],
    }


def _at(answer: Answer, path: str) -> list[dict[str, str]]:
    found = re.fullmatch(r"(?P<name>\w+)(?:\[(?P<number>\d+)\])?(?:\.(?P<inner>\w+))?", path)
    if not found:
        return []
    if found["inner"]:
        rows = [row["values"] for row in answer["rows"] if row["group"] == found["name"]]
        values_of_row = rows[int(found["number"] or 0)] if int(found["number"] or 0) < len(rows) else []
        return [value for value in values_of_row if value["field"] == found["inner"]]
    values_of_field = [value for value in answer["values"] if value["field"] == found["name"]]
    return values_of_field if found["number"] is None else values_of_field[int(found["number"]) :][:1]
