"""Review: the stronger model looks at the doubtful values alone, and its answer is judged like any other."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from mailroom.domain.doctype import TypeSpec
from mailroom.domain.errors import OverBudgetError, PermanentError
from mailroom.domain.judgement import Policy, judge
from mailroom.domain.paths import list_of
from mailroom.domain.record import ClaimCheck, FieldResult, Record, Status
from mailroom.domain.retention import Retention
from mailroom.pipeline import lease
from mailroom.pipeline.asking import SAID_OF_OUTCOME, Reader, ask_whole, attempt_of, garbled, load, request_of
from mailroom.pipeline.conclude import concluded
from mailroom.pipeline.filing import answer_of, results
from mailroom.pipeline.flips import flips_of
from mailroom.pipeline.merging import merged, only
from mailroom.ports import Clock, MailStore, ReaderModel, RecordStore
from mailroom.prompts.requests import Doubt, Review, parse_review, review_content
from mailroom.prompts.schema_prompt import review_prompt
from mailroom.prompts.wire import WireError, answer_schema

_UNSAID = {
    False: "It is missing, and this kind of document should have it.",
    True: "What speaks for it is too little to pass it unseen.",
}
"""What is said of a doubt without a reason of its own, by whether there is a value."""


@dataclass(frozen=True, slots=True)
class ReviewPorts:
    """What reviewing needs. ``reader`` asks for whole messages, where the first reading gave no answer at all."""

    mail: MailStore
    records: RecordStore
    model: ReaderModel
    clock: Clock
    reader: Reader
    types: Mapping[str, TypeSpec]
    policy: Policy
    retention: Retention


def review(claim: ClaimCheck, ports: ReviewPorts, *, last_try: bool = False) -> Record:
    """Take one record from in review to accepted or needs a person; any other record is returned as it stands.

    Raises:
        TransientError: the message stays on its queue (on its last try the record is failed with the reason).
        StopTheLineError: the account, not the message, is at fault.
    """
    record = ports.records.get(claim.record_id)
    if record is None:
        raise PermanentError(f"No record {claim.record_id} to review.")
    if record.status is not Status.IN_REVIEW:
        return record
    try:
        verdict = _reviewed(record, ports)
    except PermanentError as error:
        verdict = record.moved(Status.FAILED, at=ports.clock.now(), reasons=(*record.reasons, str(error)))
    except Exception as error:
        if last_try or isinstance(error, OverBudgetError):
            lease.give_back(record, error, ports.records, ports.clock, last_try=last_try)
        raise
    verdict = ports.retention.applied(verdict, ports.clock.now())
    lease.file(verdict, record, ports.records)
    return verdict


def _reviewed(record: Record, ports: ReviewPorts) -> Record:
    if not record.kind:
        return _read_whole(record, ports)
    spec = ports.types[record.kind]
    narrow = replace(ports.reader, prompt=review_prompt(spec))
    reading = load(record, ports.mail, narrow)
    draft = answer_of(record)
    content = review_content(reading.message, reading.zones, draft, tuple(doubts_of(record)))
    schema = answer_schema((spec.kind,))
    reply = ports.model.ask(request_of(record, "review", narrow, content=content, schema=schema))
    attempt = attempt_of(reply, "review", narrow.card, ports.clock.now())
    problem = SAID_OF_OUTCOME.get(reply.outcome, "")
    second = Review()
    if not problem:
        try:
            second = parse_review(reply.text, spec, record.doubtful)
        except WireError as error:
            attempt, problem = garbled(attempt), f"The reviewer's answer could not be used: {error}"
    record = record.model_copy(update={"attempts": (*record.attempts, attempt)})
    if problem:
        return record.moved(Status.NEEDS_HUMAN, at=ports.clock.now(), reasons=(*record.reasons, problem))
    answer, moved = merged(draft, second)
    judgement = judge(answer, reading.message, spec, ports.policy, second=only(draft, moved))
    after = concluded(
        record, judgement, reading, ports.types, at=ports.clock.now(), review_lease=None, reviewed=moved.values()
    )
    return after.model_copy(update={"flips": (*record.flips, *flips_of(record, after, second, moved))})


def _read_whole(record: Record, ports: ReviewPorts) -> Record:
    """Read the message from the start: the first model gave nothing that could be used."""
    reading = load(record, ports.mail, ports.reader)
    answer, attempt, problem = ask_whole(
        record, "review", reading, reader=ports.reader, model=ports.model, types=ports.types, clock=ports.clock
    )
    record = record.model_copy(
        update={"attempts": (*record.attempts, attempt), "prompt_fingerprint": ports.reader.prompt.fingerprint}
    )
    if answer is None:
        return record.moved(Status.NEEDS_HUMAN, at=ports.clock.now(), reasons=(*record.reasons, problem))
    judgement = judge(answer, reading.message, ports.types[answer.kind], ports.policy)
    return concluded(record, judgement, reading, ports.types, at=ports.clock.now(), review_lease=None, origin="review")


def doubts_of(record: Record) -> Iterator[Doubt]:
    """Yield what the reviewer is asked: each doubtful path with the draft's value and the reason in words."""
    found: dict[str, list[FieldResult]] = {}
    for path, result in results(record):
        found.setdefault(path, []).append(result)
        if name := list_of(path):
            found.setdefault(name, []).append(result)
    for path in record.doubtful:
        drafts = found.get(path, [])
        value = "; ".join(str(result.value) for result in drafts)
        reasons = [doubt for result in drafts for doubt in result.doubts] + list(_said_of(path, record))
        yield Doubt(path, value, " ".join(dict.fromkeys(reasons)) or _UNSAID[bool(drafts)])


def _said_of(path: str, record: Record) -> Iterator[str]:
    """Yield why validation found fault with a path; of a list, with any item of it."""
    for reason in record.reasons:
        place, _, sentence = reason.partition(": ")
        if sentence and path in {place, list_of(place)}:
            yield sentence
