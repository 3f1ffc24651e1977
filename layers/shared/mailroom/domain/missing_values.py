"""Single values that the message labels or lists and the answer lacks."""

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from mailroom.domain.doctype import FieldSpec, TypeSpec, ValueKind
from mailroom.domain.locate.dates import date_mentions
from mailroom.domain.locate.flags import labels_of
from mailroom.domain.locate.folding import fold_words
from mailroom.domain.locate.index import MessageIndex
from mailroom.domain.locate.numbers import number_mentions
from mailroom.domain.message import ZoneKind

if TYPE_CHECKING:
    from mailroom.domain.completeness import Held

_WRITTEN_NOW = frozenset({ZoneKind.LATEST, ZoneKind.FORM, ZoneKind.ATTACHMENT, ZoneKind.STRUCTURED})
_REFERENCE = re.compile(r"[^\W_](?:[\w./#-]*[^\W_])?")
_BETWEEN = re.compile(r"[\s,;/&+|•*-]*(?:and|und|et|y|e|en|or|und|oraz|a)?[\s,;/&+|•*-]*")


def list_goes_on(index: MessageIndex, held: Sequence["Held"]) -> Iterator[str]:
    """Yield a sentence where references of the make of an answered list stand in the message and not in the answer.

    "ORD-1001" has relatives in all that has its letters and as many digits; bare numbers only in the same list.
    """
    answered = {fold_words(value.text) for value in held}
    lists: dict[str, list[Held]] = {}
    for value in held:
        if value.spec.kind is ValueKind.IDENTIFIER and (value.spec.many or value.group):
            lists.setdefault(f"{value.group}.{value.spec.name}".strip("."), []).append(value)
    for name, values in lists.items():
        makes = {_make(fold_words(value.text)) for value in values}
        missed = next((word for word in _relatives(index, values, makes) if not _is_answered(word, answered)), None)
        if missed is not None:
            yield f"The message also has {missed.upper()}, which looks like the others of {name}."


def _make(word: str) -> str:
    return re.sub(r"\d", "9", word)


def _is_answered(word: str, answered: set[str]) -> bool:
    return word in answered or any(word in other for other in answered)


def _relatives(index: MessageIndex, values: Sequence["Held"], makes: set[str]) -> Iterator[str]:
    lettered = {make for make in makes if re.search(r"[^\W\d_]", make) and make.count("9") > 1}
    if lettered:
        for m in _REFERENCE.finditer(index.text):
            if _make(m[0]) in lettered and _is_written_now(index, m.start()):
                yield m[0]
    for value in values:
        if value.start >= 0 and _make(fold_words(value.text)) not in lettered:
            yield from _next_in_list(index, index.folded.folded_span(value.start, value.end)[1], makes)


def _next_in_list(index: MessageIndex, end: int, makes: set[str]) -> Iterator[str]:
    between = _BETWEEN.match(index.text, end)
    following = _REFERENCE.match(index.text, between.end()) if between and between[0].strip() else None
    if following and _make(following[0]) in makes and len(following[0]) > 3:
        yield following[0]


def _is_written_now(index: MessageIndex, offset: int) -> bool:
    at = index.folded.starts[offset]
    zone = index.zone_of(at, at + 1)
    return zone is None or zone.kind in _WRITTEN_NOW


def labelled_but_missing(index: MessageIndex, spec: TypeSpec, held: Sequence["Held"]) -> Iterator[str]:
    """Yield a sentence for each field without an answer whose label stands in the message with a value after it.

    Only "Label: value" counts, in what was written now; a value that another field holds is no omission.
    """
    answered = {value.spec.name for value in held if not value.group}
    claimed = [index.folded.folded_span(value.start, value.end) for value in held if value.start >= 0]
    for field in spec.fields:
        if field.name in answered or field.derived:
            continue
        for label, start, end in labelled_values(index, field):
            if not any(s < end and start < e for s, e in claimed):
                shown = index.text[start:end].strip()[:40]
                yield f"The message has “{label}: {shown}”, and the answer lacks {field.name}."
                break


def labelled_values(index: MessageIndex, field: FieldSpec) -> Iterator[tuple[str, int, int]]:
    """Yield each "Label: value" of a field in what was written now: the label, and the value's span (folded)."""
    for label in labels_of(field):
        yield from ((label, *span) for span in _values_after(index, label, field))


def _values_after(index: MessageIndex, label: str, field: FieldSpec) -> Iterator[tuple[int, int]]:
    text = index.text
    at = text.find(label)
    while at >= 0:
        begin = at + len(label)
        m = re.compile(r"\.?\s?(?:no\.?|n°|nr\.?|#)?\s?[:#=|]\s?([^\n|]{1,80})").match(text, begin)
        starts_line = not text[text.rfind("\n", 0, at) + 1 : at].strip(" -*•|>")
        if m and starts_line and _is_written_now(index, at):
            start, end = m.span(1)
            if _is_of_kind(index, field, start, end):
                yield start, end
        at = text.find(label, begin)


def _is_of_kind(index: MessageIndex, field: FieldSpec, start: int, end: int) -> bool:
    words = index.text[start:end].strip()
    if field.kind in {ValueKind.DATE, ValueKind.DATETIME}:
        return any(start <= day.start < end for day in date_mentions(index))
    if field.kind in {ValueKind.AMOUNT, ValueKind.NUMBER}:
        near = [n for n in number_mentions(index) if start <= n.start < end and not n.percent]
        return any(n.readings[0] and (n.money or field.kind is ValueKind.NUMBER) for n in near)
    if field.kind in {ValueKind.IDENTIFIER, ValueKind.IBAN, ValueKind.VAT_ID, ValueKind.PHONE}:
        return bool(re.match(r"\S{0,12}\d", words))
    if field.kind is ValueKind.EMAIL:
        return "@" in words
    if field.kind is ValueKind.CHOICE:
        return any(fold_words(choice.replace("_", " ")) == words for choice in field.choices)
    return (
        field.kind in {ValueKind.TEXT, ValueKind.NAME, ValueKind.ADDRESS}
        and bool(re.match(r"[^\W\d_]{2}", words))
        and words not in {"n/a", "none", "tbd"}
    )
