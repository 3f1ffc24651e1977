"""When a value is the value a person wrote down: one rule per kind of value (docs/how-to/evaluate.md lists them)."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any

from mailroom.domain.doctype import ValueKind
from mailroom.domain.locate.folding import words_of

_COURTESY = frozenset(
    """mr mrs ms miss mx dr prof professor herr frau hr fr monsieur madame mme m sr sra srta sig signor signora pan pani
    dott dottssa ing mag""".split()  # noqa: SIM905 - a list of thirty quoted words would be harder to read
)
_FEWEST_DIGITS = 6


def same(kind: ValueKind, truth: Any, found: Any) -> bool:
    """Say whether two values mean the same thing. Never raises: what is no value of its kind is compared as words."""
    left, right = _written(truth), _written(found)
    if left == right:
        return True
    try:
        return _RULES.get(kind, _same_words)(left, right)
    except (ValueError, InvalidOperation):
        return False


def _written(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value).strip()


def _same_words(left: str, right: str) -> bool:
    """Compare letters and digits alone: case, width, punctuation and white space do not count."""
    letters = "".join(words_of(left))
    return bool(letters) and letters == "".join(words_of(right))


def _same_name(left: str, right: str) -> bool:
    """Compare words in any order ("Grünwald, Jörg" is "Jörg Grünwald"), without titles of courtesy."""
    if _same_words(left, right):
        return True
    names = [sorted(word for word in words_of(each) if word not in _COURTESY) for each in (left, right)]
    return bool(names[0]) and names[0] == names[1]


def _same_number(left: str, right: str) -> bool:
    return Decimal(left) == Decimal(right)


def _same_phone(left: str, right: str) -> bool:
    """Compare digits; a national number is an international one without its country's code."""
    if left.partition(";ext=")[2] != right.partition(";ext=")[2]:
        return False
    numbers = [each.partition(";ext=")[0] for each in (left, right)]
    digits = [re.sub(r"\D", "", each) for each in numbers]
    abroad = [each.startswith("+") for each in numbers]
    if abroad[0] == abroad[1]:
        return bool(digits[0]) and digits[0] == digits[1]
    national, international = (digits[1], digits[0]) if abroad[0] else digits
    national = national.lstrip("0")
    return len(national) >= _FEWEST_DIGITS and international.endswith(national)


def _same_time(left: str, right: str) -> bool:
    moments = [time.fromisoformat(each) for each in (left, right)]
    return moments[0].replace(second=0, microsecond=0) == moments[1].replace(second=0, microsecond=0)


def _same_moment(left: str, right: str) -> bool:
    """Compare the clock on the wall to the minute; offsets only where both name one."""
    moments = [datetime.fromisoformat(each).replace(second=0, microsecond=0) for each in (left, right)]
    if moments[0].tzinfo and moments[1].tzinfo:
        return moments[0] == moments[1]
    return moments[0].replace(tzinfo=None) == moments[1].replace(tzinfo=None)


def _same_identifier(left: str, right: str) -> bool:
    """Compare without regard to case and white space; every other sign counts."""
    marks = [re.sub(r"\s", "", unicodedata.normalize("NFKC", each)).casefold() for each in (left, right)]
    return marks[0] == marks[1]


def _same_address_on_the_web(left: str, right: str) -> bool:
    bare = [re.sub(r"^https?://(www\.)?", "", each.casefold()).rstrip("/") for each in (left, right)]
    return bare[0] == bare[1]


def _same_letters(left: str, right: str) -> bool:
    return left.casefold() == right.casefold()


_RULES: Mapping[ValueKind, Callable[[str, str], bool]] = {
    ValueKind.NAME: _same_name,
    ValueKind.EMAIL: _same_letters,
    ValueKind.CHOICE: _same_letters,
    ValueKind.CURRENCY: _same_letters,
    ValueKind.COUNTRY: _same_letters,
    ValueKind.LANGUAGE: _same_letters,
    ValueKind.BOOLEAN: _same_letters,
    ValueKind.DATE: _same_letters,
    ValueKind.PHONE: _same_phone,
    ValueKind.URL: _same_address_on_the_web,
    ValueKind.TIME: _same_time,
    ValueKind.DATETIME: _same_moment,
    ValueKind.AMOUNT: _same_number,
    ValueKind.NUMBER: _same_number,
    ValueKind.IDENTIFIER: _same_identifier,
    ValueKind.IBAN: _same_identifier,
    ValueKind.VAT_ID: _same_identifier,
}
