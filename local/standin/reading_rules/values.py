"""What a text holds of one value kind: the single door to all patterns."""

import re

from local.standin.reading_rules import contacts, dates, numbers, places
from local.standin.reading_rules.dates import Found
from local.standin.reading_rules.prompt import Field, plain
from local.standin.reading_rules.surroundings import Surroundings

FREE = frozenset({"text", "prose", "name", "address"})
"""Kinds without a pattern: only a label, a header or a place in the mail tells what they are."""

_IDENTIFIER = re.compile(
    r"(?<![\w@.])#?(?P<id>[A-Z]{0,6}[-/]?(?:[A-Z0-9]+[-/._])*[A-Z0-9]*\d[A-Z0-9]*(?:[-/._][A-Z0-9]+)*)(?![\w@])",
    re.IGNORECASE,
)
_LETTERS_ONLY_CODE = re.compile(r"\b[A-Z]{5,8}\b")
_YES = frozenset(
    [
        "yes",
        "y",
        "true",
        "ja",
        "oui",
        "si",
        "sí",
        "sim",
        "on",
        "x",
        "✓",
        "✔",
        "checked",
        "wahr",
        "vrai",
        "checked",
        "agreed",
    ]
)
_NO = frozenset(["no", "n", "false", "nein", "non", "não", "off", "unchecked", "falsch", "faux"])


def all_of(field: Field, text: str, near: Surroundings) -> list[Found]:
    """Return every value of the field's kind in a text, in order; nothing for free text."""
    match field.kind:
        case "date":
            return dates.dates(text, near)
        case "time":
            return dates.times(text)
        case "datetime":
            return dates.datetimes(text, near)
        case "amount":
            return numbers.amounts(text, near)
        case "number":
            return numbers.numbers(text, near)
        case "currency":
            return numbers.currencies(text)
        case _:
            return _of_other_kind(field, text, near)


def _of_other_kind(field: Field, text: str, near: Surroundings) -> list[Found]:
    match field.kind:
        case "email":
            return contacts.emails(text)
        case "phone":
            return contacts.phones(text, near)
        case "url":
            return contacts.urls(text)
        case "iban":
            return contacts.ibans(text)
        case "vat_id":
            return contacts.vat_ids(text)
        case "country":
            return places.countries(text)
        case "language":
            return places.languages(text)
        case "identifier":
            return [Found(one["id"], one["id"], one.start("id")) for one in _IDENTIFIER.finditer(text)]
        case "choice":
            return chosen(field, text)
        case _:
            return []


def labelled(field: Field, text: str, near: Surroundings) -> Found | None:
    """Return the value of a text that stands behind the field's label, or None where it is of another kind."""
    match field.kind:
        case "boolean":
            return _yes_or_no(text)
        case "identifier":
            found = next(iter(all_of(field, text[:60], near)), None) or _code(text)
            return found if found and found.start <= 12 else None
        case "amount":
            bare = numbers.numbers(text[:40], near)
            found = next(iter(numbers.amounts(text, near)), None)
            return found or next(iter(bare), None)
        case "datetime":
            return next(iter(all_of(field, text, near)), None) or next(iter(dates.dates(text, near)), None)
        case kind if kind in FREE:
            return _free(field, text)
        case _:
            return next(iter(all_of(field, text, near)), None)


def chosen(field: Field, text: str) -> list[Found]:
    """Return the field's choices that are named in a text as whole words."""
    answer = []
    lowered = text.lower()
    for choice in field.choices:
        words = re.escape(choice.lower()).replace("_", "[ _-]?").replace(r"\-", "[ _-]?")
        if found := re.search(rf"(?<!\w){words}(?!\w)", lowered):
            answer.append(Found(text[found.start() : found.end()], choice, found.start()))
    return sorted(answer, key=lambda one: (one.start, -len(one.quote)))


def _free(field: Field, text: str) -> Found | None:
    whole = text.strip().strip("*_").strip()
    if field.kind == "name":
        whole = re.split(r"\s*[<(|;]|\s{3,}|\t", whole)[0].strip(" ,")
    elif field.kind == "text":
        whole = re.split(r"\s{3,}|\t", whole)[0].strip(" ,")
    if not re.search(r"\w", whole) or plain(whole) in field.calls:
        return None
    start = text.find(whole)
    return Found(whole, whole, max(0, start))


def _code(text: str) -> Found | None:
    found = _LETTERS_ONLY_CODE.match(text.strip())
    return Found(found[0], found[0], text.find(found[0])) if found else None


def _yes_or_no(text: str) -> Found | None:
    found = re.search(r"[\w✓✔]+", text)
    word = found[0].casefold() if found else ""
    if not found or word not in _YES | _NO:
        return None
    return Found(found[0], "true" if word in _YES else "false", found.start())
