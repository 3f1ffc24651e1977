"""What a text holds of one value kind: the single door to all patterns."""

import re
from collections.abc import Callable, Sequence

from local.standin.reading_rules import contacts, dates, figures, places
from local.standin.reading_rules.dates import Found
from local.standin.reading_rules.plausible import LEGAL_FORM
from local.standin.reading_rules.prompt import Field, plain
from local.standin.reading_rules.surroundings import Surroundings

FREE = frozenset({"text", "prose", "name", "address"})
"""Kinds without a pattern: only a label, a header or a place in the mail tells what they are."""

_IDENTIFIER = re.compile(
    r"(?<![\w@.])#?(?P<id>[A-Z]{0,6}[-/]?(?:[A-Z0-9]+[-/._])*[A-Z0-9]*\d[A-Z0-9]*(?:[-/._][A-Z0-9]+)*)(?![\w@])",
    re.IGNORECASE,
)
_CENTS = re.compile(r"[.,]\d\d$")
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


def all_of(field: Field, text: str, near: Surroundings) -> Sequence[Found]:
    """Return every value of the field's kind in a text, in order; nothing for free text."""
    if field.kind == "choice":
        return chosen(field, text)
    if find := _WITH_SURROUNDINGS.get(field.kind):
        return find(text, near)
    find_anywhere = _ANYWHERE.get(field.kind)
    return find_anywhere(text) if find_anywhere else []


def identifiers(text: str) -> Sequence[Found]:
    """Return what has the shape of a reference: letters, figures and signs with at least one figure."""
    return [Found(one["id"], one["id"], one.start("id")) for one in _IDENTIFIER.finditer(text)]


_WITH_SURROUNDINGS: dict[str, Callable[[str, Surroundings], Sequence[Found]]] = {
    "date": dates.dates,
    "datetime": dates.datetimes,
    "amount": figures.amounts,
    "number": figures.numbers,
    "phone": contacts.phones,
}
_ANYWHERE: dict[str, Callable[[str], Sequence[Found]]] = {
    "time": dates.times,
    "currency": figures.currencies,
    "email": contacts.emails,
    "url": contacts.urls,
    "iban": contacts.ibans,
    "vat_id": contacts.vat_ids,
    "country": places.countries,
    "language": places.languages,
    "identifier": identifiers,
}


def labelled(field: Field, text: str, near: Surroundings) -> Found | None:
    """Return the value of a text that stands behind the field's label, or None where it is of another kind."""
    match field.kind:
        case "boolean":
            return _yes_or_no(text)
        case "identifier":
            found = next(iter(all_of(field, text[:60], near)), None) or _code(text)
            return found if found and found.start <= 12 else None
        case "amount":
            return _amount(text, near)
        case "datetime":
            return next(iter(all_of(field, text, near)), None) or next(iter(dates.dates(text, near)), None)
        case kind if kind in FREE:
            return _free(field, text)
        case _:
            return next(iter(all_of(field, text, near)), None)


def chosen(field: Field, text: str) -> Sequence[Found]:
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
        form = LEGAL_FORM.search(whole)
        whole = whole[: form.end()] if form else whole
    elif field.kind == "text":
        whole = re.split(r"\s{3,}|\t", whole)[0].strip(" ,")
    if not re.search(r"\w", whole) or plain(whole) in field.calls:
        return None
    value = ", ".join(line.strip(" ,") for line in whole.split("\n")) if field.kind == "address" else whole
    return Found(whole, value, max(0, text.find(whole)))


def _amount(text: str, near: Surroundings) -> Found | None:
    """Return the first amount; a figure without a currency is one where it has cents, or where nothing else stands."""
    if found := next(iter(figures.amounts(text, near)), None):
        return found
    line = text.split("\n", maxsplit=1)[0][:40]
    for bare in figures.numbers(line, near):
        alone = not re.search(r"\w", line[: bare.start] + line[bare.end :])
        if (alone or _CENTS.search(bare.quote)) and not line[bare.end :].lstrip().startswith("%"):
            return Found(bare.quote, figures.two_places(bare.value), bare.start)
    return None


def _code(text: str) -> Found | None:
    found = _LETTERS_ONLY_CODE.match(text.strip())
    return Found(found[0], found[0], text.find(found[0])) if found else None


def _yes_or_no(text: str) -> Found | None:
    found = re.search(r"[\w✓✔]+", text)
    word = found[0].casefold() if found else ""
    if not found or word not in _YES | _NO:
        return None
    return Found(found[0], "true" if word in _YES else "false", found.start())
