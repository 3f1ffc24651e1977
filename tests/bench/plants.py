"""Wrong values, as a model that invents or slips would give them."""

import random
import re
from collections.abc import Iterator, Sequence
from datetime import date, datetime

from mailroom.domain.doctype import ValueKind
from tests.bench.labelled import Document, Gold

_CURRENCIES = ("EUR", "USD", "GBP", "CHF", "CAD", "JPY", "CZK", "MYR", "SEK", "AUD")
_WORDY = {ValueKind.NAME, ValueKind.TEXT, ValueKind.ADDRESS, ValueKind.EMAIL, ValueKind.URL}


def plants(gold: Gold, others: Sequence[Document], rng: random.Random) -> Iterator[tuple[str, str]]:
    """Yield (sort of plant, wrong value) for one gold value; some may by chance be in the message after all."""
    candidates = [
        g.value
        for d in rng.sample(others, min(6, len(others)))
        for g in d.gold
        if g.kind is gold.kind and g.value != gold.value
    ]
    if candidates:
        yield "another document's", rng.choice(candidates)
    if any(c.isdigit() for c in gold.value):
        changed = next(v for v in iter(lambda: one_digit_changed(gold.value, rng), "") if is_possible(v, gold.kind))
        yield "one digit changed", changed
    if gold.kind in {ValueKind.DATE, ValueKind.DATETIME}:
        swapped = day_and_month_swapped(gold.value)
        if swapped:
            yield "day and month swapped", swapped
    if gold.kind is ValueKind.CURRENCY:
        yield "currency swapped", rng.choice([c for c in _CURRENCIES if c != gold.value])
    if gold.kind in _WORDY and re.search(r"[^\W\d_]{4}", gold.value):
        yield "near name", near_name(gold.value, rng)


def one_digit_changed(value: str, rng: random.Random) -> str:
    """Return the value with one of its digits replaced by another."""
    at = rng.choice([i for i, c in enumerate(value) if c.isdigit()])
    return value[:at] + rng.choice([d for d in "0123456789" if d != value[at]]) + value[at + 1 :]


def is_possible(value: str, kind: ValueKind) -> bool:
    """Say whether validation would let a date or a time pass; a plant that never gets there is none."""
    form = {ValueKind.DATE: "%Y-%m-%d", ValueKind.TIME: "%H:%M", ValueKind.DATETIME: "%Y-%m-%dT%H:%M"}.get(kind)
    try:
        return form is None or bool(datetime.strptime(value, form))  # noqa: DTZ007 - only its form matters
    except ValueError:
        return False


def day_and_month_swapped(value: str) -> str | None:
    """Return the date with day and month exchanged, None where that is no other date."""
    day = date.fromisoformat(value[:10])
    if day.day > 12 or day.day == day.month:
        return None
    return date(day.year, day.day, day.month).isoformat() + value[10:]


def near_name(value: str, rng: random.Random) -> str:
    """Return the words with one letter of one long word replaced by another letter."""
    words = list(re.finditer(r"[^\W\d_]{4,}", value))
    word = rng.choice(words)
    at = rng.randrange(word.start() + 1, word.end())
    letter = rng.choice([c for c in "aeinorstlu" if c != value[at].lower()])
    return value[:at] + (letter.upper() if value[at].isupper() else letter) + value[at + 1 :]
