"""Compute again what confidence was computed from: a record keeps the verdict, calibration needs the signals."""

from collections.abc import Mapping

from local.evaluation.scoring import Proof
from mailroom.domain.answer import Answer
from mailroom.domain.claims import claims_of
from mailroom.domain.doctype import TypeSpec
from mailroom.domain.doubts import must_be_seen
from mailroom.domain.evidence_location import locate_in
from mailroom.domain.locate.index import MessageIndex
from mailroom.domain.message import Message
from mailroom.domain.signals import Reading, signals_of


def proofs_of(answer: Answer, message: Message, spec: TypeSpec, *, second: Answer | None = None) -> Mapping[str, Proof]:
    """Return each claim's signals by its path; ``second`` is the reading that the answer is held against."""
    index = MessageIndex(message)
    claimed = claims_of(answer, spec)
    reading = Reading(message, answer, claimed.faulted, claims_of(second, spec).claims if second else None)
    found: dict[str, Proof] = {}
    for claim in claimed.claims:
        evidence = locate_in(index, value=claim.text, quote=claim.quote, spec=claim.spec)
        found[claim.path] = Proof(signals_of(claim, evidence, reading), must_be_seen(claim.spec, evidence))
    return found
