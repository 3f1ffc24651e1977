"""What can be checked of a claimed value beyond its evidence: check digits, headers, doubts and a second reading."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from mailroom.domain.answer import Answer
from mailroom.domain.claims import Claim
from mailroom.domain.confidence import Signals
from mailroom.domain.doctype import ValueKind
from mailroom.domain.evidence import Evidence
from mailroom.domain.message import AttachmentOutcome, Message


@dataclass(frozen=True, slots=True)
class Reading:
    """A message, one answer to it, the paths its validation found fault with, and the claims of a second reading."""

    message: Message
    answer: Answer
    faulted: frozenset[str] = frozenset()
    second: Sequence[Claim] | None = None


def signals_of(claim: Claim, evidence: Evidence, reading: Reading, *, in_row: bool = False) -> Signals:
    """Return all that is known of one claim."""
    return replace(
        Signals.of_evidence(evidence),
        valid=claim.path not in reading.faulted,
        checksum=_checksum(claim),
        unsure=bool(_names_of(claim) & set(reading.answer.unsure)),
        agrees_with_headers=_agrees_with_headers(claim, reading.message),
        second_reading=_second_says_so(claim, reading.second),
        attachment_skipped=any(a.outcome is AttachmentOutcome.SKIPPED for a in reading.message.attachments),
        kind=str(claim.spec.kind),
        in_row=in_row,
    )


def _names_of(claim: Claim) -> set[str]:
    """Return by which names an answer may say that it is unsure of a claim."""
    return {claim.said_as or claim.path, claim.spec.name, f"{claim.group}.{claim.spec.name}", claim.group}


def _checksum(claim: Claim) -> bool | None:
    if claim.spec.kind is ValueKind.IBAN:
        from stdnum import iban  # noqa: PLC0415 - 20 ms that most messages never need

        return bool(iban.is_valid(claim.text, check_country=False))
    if claim.spec.kind is ValueKind.VAT_ID:
        from stdnum.eu import vat  # noqa: PLC0415 - the same

        is_european = claim.text[:2].lower() in vat.MEMBER_STATES or claim.text[:2].lower() == "el"
        return bool(vat.is_valid(claim.text)) if is_european else None
    return None


def _agrees_with_headers(claim: Claim, message: Message) -> bool | None:
    """Say yes where a header has the very value; a value that differs from the headers proves nothing."""
    text = claim.text.casefold()
    people = (message.sender, message.reply_to)
    if claim.spec.kind is ValueKind.EMAIL:
        return True if text in {p.email.casefold() for p in people if p.email} else None
    if claim.spec.kind is ValueKind.NAME:
        return True if text in {p.name.casefold() for p in people if p.name} else None
    if claim.spec.kind is ValueKind.DATE and message.sent_at:
        return True if message.sent_at.date().isoformat() == claim.text else None
    return None


def _second_says_so(claim: Claim, second: Sequence[Claim] | None) -> bool | None:
    """Say whether another reading has the same value; None where it says nothing of the field."""
    said = [o for o in second or () if o.spec.name == claim.spec.name and o.group == claim.group]
    return any(other.value == claim.value for other in said) if said else None
