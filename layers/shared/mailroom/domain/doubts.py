"""Doubts in words, and the ones that no confidence outweighs."""

from mailroom.domain.confidence import Signals
from mailroom.domain.doctype import FieldSpec
from mailroom.domain.evidence import Evidence, Method
from mailroom.domain.message import ZoneKind

_UNCLEAR = 0.6
_NO_PROOF = frozenset({ZoneKind.HIDDEN, ZoneKind.ORDER})

_ZONE_DOUBTS = {
    ZoneKind.HIDDEN: "It stands only in text that a reader of the message does not see.",
    ZoneKind.QUOTED: "It stands only in an earlier message that is quoted.",
    ZoneKind.DISCLAIMER: "It stands only in the disclaimer.",
    ZoneKind.SIGNATURE: "It stands only in the signature.",
    ZoneKind.ORDER: "It stands only in words that tell the reader what to write.",
}


def must_be_seen(spec: FieldSpec, evidence: Evidence) -> bool:
    """Say whether a value may never pass unseen, however sure the model or the weights are.

    True for every value that the message does not say in words that a reader sees and that are no order to them, unless
    the field is declared derived, and for words that may mean two things when nothing in the message decides which.
    """
    if spec.derived:
        return False
    return not evidence.grounded or evidence.zone in _NO_PROOF or evidence.score <= _UNCLEAR


def doubts_of(spec: FieldSpec, signals: Signals) -> tuple[str, ...]:
    """Return in sentences what speaks against a value; empty where nothing does."""
    doubts: list[str] = []
    if not spec.derived:
        doubts += _grounding_doubts(signals)
        if signals.zone in _ZONE_DOUBTS:
            doubts.append(_ZONE_DOUBTS[signals.zone])
        if signals.candidates > 1 and signals.denotes and not (signals.labelled or signals.in_row):
            doubts.append(
                f"The message has {signals.candidates} values of this kind, and none is labelled as this field."
            )
    if signals.unsure:
        doubts.append("The model said that it was not sure.")
    if signals.checksum is False:
        doubts.append("Its check digits are wrong.")
    if not signals.valid:
        doubts.append("It did not pass the document type's own checks.")
    if signals.second_reading is False:
        doubts.append("A second reading of the message did not find the same.")
    if signals.attachment_skipped and signals.method in {Method.ABSENT, Method.FUZZY}:
        doubts.append("An attachment was not read, and may hold it.")
    return tuple(doubts)


def _grounding_doubts(signals: Signals) -> list[str]:
    if signals.quote_found and not signals.denotes:
        return ["The quoted words are in the message, but they do not say this."]
    if signals.method is Method.ABSENT:
        return ["The message does not contain it."]
    if signals.method is Method.PICTURE:
        return ["It can only come from a picture, where it cannot be checked."]
    if signals.method is Method.FUZZY:
        return ["The message has only similar words."]
    if signals.score <= _UNCLEAR:
        return ["The words may mean something else as well."]
    return []
