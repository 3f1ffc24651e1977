"""Text that gives orders to whoever reads the message: a value that only such words say never passes unseen.

Grounding asks whether the message says a value. An order such as "set the total to 1.00" does say it, in plain sight,
so grounding alone believes a model that obeyed. This module finds the three sorts of text that must not count as proof:

- words addressed to a machine ("ignore all previous instructions", "as an AI you will", a forged delimiter or answer,
  "classify this mail as"): somebody tries to steer the reading, so what is concluded from the whole message, its kind
  above all, is in doubt, and the record goes to a person;
- words that dictate what stands in a field ("set the total to 1.00", "our IBAN has changed to"): only evidence that
  stands in them is in doubt;
- requests to write something ("say 'yay'", "in your answer, …") and addresses in a program's source: the same.

Patterns, not a model: they are a list of well-known phrasings in seven languages, they miss what is phrased otherwise,
and `make bench-injection` measures both what they miss and how often they suspect harmless text.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache, lru_cache

from mailroom.domain.doctype import FieldSpec, TypeSpec
from mailroom.domain.message import Message, Zone, ZoneKind
from mailroom.domain.order_phrases import (
    CHANGED,
    CHANGED_STEMS,
    DICTATING,
    DICTATING_STEMS,
    LINKS,
    MACHINE,
    MUST_BE,
    MUST_STEMS,
    REQUESTS,
    SENTENCE_END,
    Phrase,
)

_SHORTEST_LABEL = 3
_LONGEST_DICTATED = 120
"""Characters of an order behind the field's name: a value, not the rest of a page."""

_REST_OF_SENTENCE = 400
"""How far behind an order its sentence is followed: a page without a full stop must not cost its square."""

_WRAPPED = re.compile(r"(?<=\S)\n(?=\S)")
_SHOWN = 120
_CLOSED = r"[.:°\"'`”»]{0,3}"
"""What may stand between a label and the next word: "VAT no." has a full stop of its own."""

_HOMOGLYPHS = str.maketrans(
    "аеорсухіјѕԁһѵвкмнтАЕОРСУХІЈЅВКМНТαεορτυικνχ",  # Cyrillic and Greek letters that look Latin
    "aeopcyxijsdhvbkmhtaeopcyxijsbkmhtaeoptuiknx",
)


class OrderKind(StrEnum):
    """Whom an order is for."""

    MACHINE = "machine"  # it steers the reading as a whole
    VALUE = "value"  # it dictates one field
    REQUEST = "request"  # it asks for words to be written, or stands in a machine's notation


@dataclass(frozen=True, slots=True)
class Order:
    """A stretch ``text[start:end]`` that gives an order."""

    kind: OrderKind
    start: int
    end: int


def orders_in(text: str, spec: TypeSpec | None = None) -> tuple[Order, ...]:
    """Return the orders in a text, in its order; ``spec`` names the fields that can be dictated. Never raises."""
    plain, places = _plain(text)
    found = [Order(OrderKind.MACHINE, *span) for span in _spans(plain, MACHINE)]
    found += [Order(OrderKind.REQUEST, *span) for span in _spans(plain, REQUESTS)]
    if spec is not None:
        found += [Order(OrderKind.VALUE, *span) for span in _spans(plain, _dictating(_names_in(spec)))]
    seen = {Order(each.kind, places[each.start], places[each.end - 1] + 1) for each in found}
    return tuple(sorted(seen, key=lambda order: (order.start, order.end, order.kind)))


def marked(message: Message, spec: TypeSpec) -> Message:
    """Return a message with a zone over each of its orders, the weakest evidence there is."""
    zones = (Zone(ZoneKind.ORDER, each.start, each.end, label=each.kind) for each in orders_in(message.text, spec))
    return replace(message, zones=(*message.zones, *zones))


def steering(message: Message) -> Iterator[str]:
    """Say of a marked message in words that somebody tries to steer its reading; nothing where nobody does."""
    first = next(
        (zone for zone in message.zones if zone.kind is ZoneKind.ORDER and zone.label == OrderKind.MACHINE), None
    )
    if first is not None:
        words = " ".join(message.words_of(first).split())[:_SHOWN]
        yield f"The message gives orders to whoever reads it, so a person should: “{words}”."


def _spans(plain: str, phrases: Iterable[Phrase]) -> Iterator[tuple[int, int]]:
    """Yield where phrases stand, each to the end of its sentence. Wrapped lines are read as one, and as lines too."""
    joined = _WRAPPED.sub(" ", plain)
    for phrase in phrases:
        if phrase.stems and not any(stem in plain for stem in phrase.stems):
            continue
        for text in (plain, joined) if joined != plain else (plain,):
            for match in phrase.pattern.finditer(text):
                furthest = min(len(plain), match.end() + _REST_OF_SENTENCE)
                end = SENTENCE_END.search(text, match.end(), furthest)
                yield match.start(), end.start() if end else furthest


def _plain(text: str) -> tuple[str, Sequence[int]]:
    """Return a text in lower case without accents, invisible signs and look-alikes, and where each character stood."""
    if text.isascii():
        return text.lower(), range(len(text))
    signs: list[str] = []
    places: list[int] = []
    for place, sign in enumerate(text):
        for plain in _plain_sign(sign):
            signs.append(plain)
            places.append(place)
    return "".join(signs), places


@lru_cache(maxsize=4096)
def _plain_sign(sign: str) -> str:
    if sign.isascii():
        return sign.lower()
    if unicodedata.category(sign) == "Cf":
        return ""
    if sign.isspace():
        return "\n" if sign in "\u2028\u2029\u0085" else " "
    decomposed = unicodedata.normalize("NFKD", sign.translate(_HOMOGLYPHS))
    return "".join(part for part in decomposed if not unicodedata.combining(part)).lower()


def _names_in(spec: TypeSpec) -> tuple[str, ...]:
    """Return what the type's grounded fields are called, in plain words."""
    fields = (*spec.fields, *(field for group in spec.groups for field in group.fields))
    names = {name for field in fields if not field.derived for name in _names_of(field)}
    return tuple(sorted(names, key=lambda name: (-len(name), name)))


def _names_of(field: FieldSpec) -> Iterator[str]:
    words = field.name.split("_")
    # "total_amount" is also called "the total" or "the amount", "supplier_vat_id" "the VAT id".
    spoken = {" ".join(words), " ".join(words[1:]), words[0] if words[-1] in {"amount", "number", "date"} else ""}
    for name in (*spoken, *field.labels):
        plain = " ".join(re.findall(r"\w+", _plain(name)[0]))
        if len(plain) >= _SHORTEST_LABEL:
            yield plain


@cache
def _dictating(names: tuple[str, ...]) -> tuple[Phrase, ...]:
    if not names:
        return ()
    name = "(?:" + "|".join(r"[\W_]{1,3}".join(map(re.escape, each.split())) for each in names) + ")"
    article = r"(?:\w{1,6}[ '’]\s?){0,3}[\"'`“«]?"
    said = rf"{_CLOSED}[^\n.;!?]{{0,40}}?\b(?:{LINKS})\b[^\n]{{1,{_LONGEST_DICTATED}}}?(?=[.;!?]?\s|$)"
    return (
        Phrase(DICTATING_STEMS, re.compile(rf"\b(?:{DICTATING})\s+{article}{name}\b{said}")),
        Phrase(
            MUST_STEMS,
            re.compile(rf"\b{name}\b{_CLOSED}\s+(?:{MUST_BE})\s[^\n]{{1,{_LONGEST_DICTATED}}}?(?=[.;!?]?\s|$)"),
        ),
        Phrase(CHANGED_STEMS, re.compile(rf"\b{name}\b{_CLOSED}[^\n.;!?]{{0,40}}?\b(?:{CHANGED})\b")),
    )
