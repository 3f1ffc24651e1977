"""Extract: read a message, ask the fast model once, judge its answer, and file the verdict in one conditional write."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from mailroom.domain.answer import Answer, RawRow, RawValue
from mailroom.domain.doctype import OTHER, TypeSpec
from mailroom.domain.errors import PermanentError, TransientError
from mailroom.domain.judgement import Policy, judge
from mailroom.domain.message import Channel, Message
from mailroom.domain.record import Attempt, ClaimCheck, Record, Status
from mailroom.domain.retention import Retention
from mailroom.pipeline import lease
from mailroom.pipeline.asking import Reader, Reading, ask_whole, load, whole_request
from mailroom.pipeline.conclude import concluded
from mailroom.pipeline.first_notice import Listener
from mailroom.ports import Clock, MailStore, ModelRequest, ReaderModel, RecordStore
from mailroom.prompts.requests import second_content
from mailroom.reading import match_form


@dataclass(frozen=True, slots=True)
class ExtractPorts:
    """What extracting needs.

    ``lease`` is how long one worker owns a record (the function's timeout), ``review_lease`` how long a record may wait
    for its review before the sweep asks again. ``read_twice`` are the kinds that get a second reading before a review.
    ``first_notice`` is whether the kind is written down, and so told, while the answer is still being written.
    """

    mail: MailStore
    records: RecordStore
    model: ReaderModel
    clock: Clock
    reader: Reader
    types: Mapping[str, TypeSpec]
    policy: Policy
    lease: timedelta
    review_lease: timedelta
    retention: Retention
    read_twice: frozenset[str] = frozenset()
    first_notice: bool = False


def extract(claim: ClaimCheck, ports: ExtractPorts, *, last_try: bool = False) -> Record:
    """Take one message from received to accepted, in review, needs a person, or failed.

    A record that is past this step is returned as it stands: a late or doubled claim changes nothing.

    Raises:
        TransientError: the message stays on its queue (on its last try the record is failed with the reason).
        StopTheLineError: the account, not the message, is at fault.
    """
    record = _opened(claim, ports)
    if record.status not in {Status.RECEIVED, Status.EXTRACTING}:
        return record
    taken = lease.take(record, ports.records, ports.clock, ports.lease)
    listener = Listener(taken, ports.records, ports.types, ports.clock)
    try:
        verdict = read(taken, ports, heard=listener.hear if ports.first_notice else None)
    except PermanentError as error:
        verdict = taken.moved(Status.FAILED, at=ports.clock.now(), reasons=(*taken.reasons, str(error)))
    except Exception as error:
        lease.give_back(listener.standing, error, ports.records, ports.clock, last_try=last_try)
        raise
    verdict = listener.filed(ports.retention.applied(verdict, ports.clock.now()))
    lease.file(verdict, listener.standing, ports.records)
    return verdict


def _opened(claim: ClaimCheck, ports: ExtractPorts) -> Record:
    """Find the ledger row, or open one: forms and other producers come without."""
    found = ports.records.get(claim.record_id)
    if found:
        return found
    now = ports.clock.now()
    record = Record(
        record_id=claim.record_id,
        status=Status.RECEIVED,
        channel=claim.channel,
        received_at=now,
        updated_at=now,
        lease_until=now + ports.lease,
        bucket=claim.bucket,
        key=claim.key,
        raw_keys=(claim.key,),
        content_type=claim.content_type,
        form=claim.form,
    )
    record = ports.retention.applied(record, now)
    if ports.records.create(record):
        return record
    return ports.records.get(claim.record_id) or record


def question(record: Record, ports: ExtractPorts) -> ModelRequest | None:
    """Return what ``read`` asks the model first; None where a form answers for itself, and no model is needed.

    Raises PermanentError where there is nothing to read.
    """
    reading = load(record, ports.mail, ports.reader)
    if _filled_form(reading.message, ports.types):
        return None
    return whole_request(record, "extract", reading, reader=ports.reader, types=ports.types)


def read(record: Record, ports: ExtractPorts, heard: Callable[[str], None] | None = None) -> Record:
    """Return what becomes of a record once its message is read and judged; nothing is written.

    ``heard`` is called with what there is of the first answer, as it is written. Raises what reading and the model
    raise.
    """
    reading = load(record, ports.mail, ports.reader)
    record = _described(record, reading.message)
    answer = _filled_form(reading.message, ports.types)
    if answer:
        return _judged(record, answer, reading, ports, origin="form")
    answer, attempt, problem = ask_whole(
        record,
        "extract",
        reading,
        reader=ports.reader,
        model=ports.model,
        types=ports.types,
        clock=ports.clock,
        heard=heard,
    )
    record = record.model_copy(
        update={"attempts": (*record.attempts, attempt), "prompt_fingerprint": ports.reader.prompt.fingerprint}
    )
    problem = problem or _set_aside_wrongly(record, reading.message, answer, ports.types)
    if answer is None or problem:
        now = ports.clock.now()
        return record.moved(Status.IN_REVIEW, at=now, lease_until=now + ports.review_lease, reasons=(problem,))
    return _judged(record, answer, reading, ports, origin="extract")


def _set_aside_wrongly(record: Record, message: Message, answer: Answer | None, types: Mapping[str, TypeSpec]) -> str:
    """Say why a message that was called nothing in particular is read anew; "" where it is not.

    Such a message has no fields that could be doubted: a lead that is mistaken for a newsletter would be lost unseen.
    Its sender, though, chose an address or a form that a kind of document claims.
    """
    if answer is None or answer.kind != OTHER:
        return ""
    written_to = [*record.recipients, *(recipient.email for recipient in message.recipients)]
    for spec in types.values():
        by_form = message.form and message.form in spec.forms
        if by_form or any(address.startswith(spec.addresses) for address in written_to if spec.addresses):
            return f"It came by an address or a form for {spec.kind}, and the first reader saw nothing of that kind."
    return ""


def _judged(record: Record, answer: Answer, reading: Reading, ports: ExtractPorts, *, origin: str) -> Record:
    verdict = _verdict(record, answer, reading, ports, origin=origin)
    if origin == "form" or answer.kind not in ports.read_twice or verdict.status is not Status.IN_REVIEW:
        return verdict
    if _verdict(record, answer, reading, ports, origin=origin, second=answer).status is not Status.ACCEPTED:
        return verdict  # even a reading that agrees in everything would not settle every doubt
    asked = _read_again(record, reading, ports)
    if asked is None:
        return verdict
    second, attempt = asked
    record = record.model_copy(update={"attempts": (*record.attempts, attempt)})
    if second is not None and second.kind == answer.kind:
        return _verdict(record, answer, reading, ports, origin=origin, second=second)
    verdict = _verdict(record, answer, reading, ports, origin=origin)
    other = f"A second reading took the message for {second.kind}." if second else "A second reading came to nothing."
    return verdict.model_copy(update={"reasons": (*verdict.reasons, other)})


def _read_again(record: Record, reading: Reading, ports: ExtractPorts) -> tuple[Answer | None, Attempt] | None:
    """Read the message in another way; None where that fails, for no message waits for what it can do without."""
    content = second_content(reading.message, reading.zones)
    try:
        second, attempt, _ = ask_whole(
            record,
            "second",
            reading,
            reader=ports.reader,
            model=ports.model,
            types=ports.types,
            clock=ports.clock,
            content=content,
        )
    except (PermanentError, TransientError):
        return None
    return second, attempt


def _verdict(
    record: Record, answer: Answer, reading: Reading, ports: ExtractPorts, *, origin: str, second: Answer | None = None
) -> Record:
    return concluded(
        record,
        judge(answer, reading.message, ports.types[answer.kind], ports.policy, second=second),
        reading,
        ports.types,
        at=ports.clock.now(),
        review_lease=ports.review_lease,
        origin=origin,
    )


def _described(record: Record, message: Message) -> Record:
    """Fill in what the envelope did not say: forms and foreign producers name no sender."""
    sender = record.sender or message.sender.email
    subject = record.subject or message.subject or (f"Form {message.form}" if message.channel is Channel.FORM else "")
    return record.model_copy(update={"sender": sender, "subject": subject})


def _filled_form(message: Message, types: Mapping[str, TypeSpec]) -> Answer | None:
    """Return the answer that a form gives by itself when a document type claims it and its names match exactly."""
    if message.channel is not Channel.FORM:
        return None
    for spec in types.values():
        given = match_form(message, spec) if message.form in spec.forms else None
        if given is None:
            continue
        values: list[RawValue] = []
        rows: list[RawRow] = []
        for name, found in given.items():
            for item in found if isinstance(found, list | tuple) else (found,):
                if isinstance(item, Mapping):
                    rows.append(RawRow(name, tuple(RawValue(key, str(cell), str(cell)) for key, cell in item.items())))
                else:
                    values.append(RawValue(name, str(item), str(item)))
        return Answer(spec.kind, tuple(values), tuple(rows))
    return None
