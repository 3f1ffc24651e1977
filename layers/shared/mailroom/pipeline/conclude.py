"""Conclude: from a judgement to the next state of the record."""

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime, timedelta

from mailroom.domain.doctype import TypeSpec
from mailroom.domain.judgement import Judgement
from mailroom.domain.message import Channel
from mailroom.domain.record import Record, Status
from mailroom.domain.sender import SENDER_POLICY, SenderPolicy, sender_doubt
from mailroom.pipeline.asking import Reading
from mailroom.pipeline.filing import judged_fields


def cautions(record: Record, reading: Reading, types: Mapping[str, TypeSpec]) -> Iterator[str]:
    """Yield what keeps a record from being accepted unseen though its values may all be right."""
    if record.verdicts.get(SENDER_POLICY) != SenderPolicy.IGNORE and (doubt := sender_doubt(record.verdicts)):
        yield doubt
    if record.channel is Channel.FORM and not any(record.form in spec.forms for spec in types.values()):
        yield f"No document type claims a form named {record.form[:60]!r}; the model chose the kind."
    if not reading.complete:
        yield "The message is too long: the model did not see all of it."


def concluded(
    record: Record,
    judgement: Judgement,
    reading: Reading,
    types: Mapping[str, TypeSpec],
    *,
    at: datetime,
    review_lease: timedelta | None,
    reviewed: Collection[str] = (),
    origin: str = "extract",
) -> Record:
    """Return the record with its fields filed and its state decided.

    ``review_lease`` is how long the reviewer may take; None when the review has been, and only a person is left.
    """
    held_back = tuple(cautions(record, reading, types))
    if judgement.acceptable and not held_back:
        status = Status.ACCEPTED
    elif judgement.doubtful and review_lease is not None:
        status = Status.IN_REVIEW
    else:
        status = Status.NEEDS_HUMAN
    return record.moved(
        status,
        at=at,
        lease_until=at + review_lease if status is Status.IN_REVIEW and review_lease else None,
        reasons=(*judgement.reasons, *held_back),
        left_out=reading.left_out,
        defects=reading.message.defects,
        **judged_fields(judgement, origin=origin, reviewed=reviewed),
    )
