"""Review: the stronger model looks at the doubtful values alone, and its answer is judged like any other."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace

from mailroom.domain.answer import Answer, RawRow, RawValue
from mailroom.domain.doctype import TypeSpec
from mailroom.domain.errors import PermanentError
from mailroom.domain.judgement import Policy, judge
from mailroom.domain.record import ClaimCheck, FieldResult, Record, Status
from mailroom.pipeline import lease
from mailroom.pipeline.asking import SAID_OF_OUTCOME, Reader, ask_whole, attempt_of, garbled, load, request_of
from mailroom.pipeline.conclude import concluded
from mailroom.pipeline.filing import answer_of, results
from mailroom.ports import Clock, MailStore, ReaderModel, RecordStore
from mailroom.prompts.requests import Doubt, Review, parse_review, review_content
from mailroom.prompts.schema_prompt import review_prompt
from mailroom.prompts.wire import WireError, answer_schema


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
        if last_try:
            lease.give_back(record, error, ports.records, ports.clock, last_try=True)
        raise
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
    answer = merged(draft, second)
    reviewed = {value.field for value in second.values}
    judgement = judge(answer, reading.message, spec, ports.policy, second=only(draft, reviewed))
    return concluded(
        record, judgement, reading, ports.types, at=ports.clock.now(), review_lease=None, reviewed=reviewed
    )


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
    for path in record.doubtful:
        drafts = found.get(path, [])
        value = "; ".join(str(result.value) for result in drafts)
        reasons = [doubt for result in drafts for doubt in result.doubts]
        yield Doubt(path, value, " ".join(reasons) or "It is missing, and this kind of document should have it.")


def only(draft: Answer, paths: Collection[str]) -> Answer:
    """Return what a draft says at these paths: the first reading, to be held against the second."""
    seen: Counter[str] = Counter()
    values = []
    for value in draft.values:
        if {value.field, f"{value.field}[{seen[value.field]}]"} & set(paths):
            values.append(value)
        seen[value.field] += 1
    rows = []
    for row in draft.rows:
        prefix = f"{row.group}[{seen[row.group]}]."
        seen[row.group] += 1
        rows.append(RawRow(row.group, tuple(value for value in row.values if prefix + value.field in paths)))
    return Answer(draft.kind, tuple(values), tuple(rows))


def merged(draft: Answer, second: Review) -> Answer:
    """Return the draft with the reviewer's answers in place of what it was asked about.

    Paths are those of ``prompts.requests``: "total_amount", "skills" (the whole list), "skills[1]",
    "line_items[2].amount".
    """
    asked = {*second.withdrawn, *(value.field for value in second.values)}
    answers: dict[str, list[RawValue]] = {}
    for value in second.values:
        answers.setdefault(value.field, []).append(value)

    def kept_or_answered(value: RawValue, path: str) -> Iterator[RawValue]:
        if path in asked:
            yield from (replace(answer, field=value.field) for answer in answers.pop(path, ()))
        else:
            yield value

    values: list[RawValue] = []
    seen: Counter[str] = Counter()
    for value in draft.values:
        indexed = f"{value.field}[{seen[value.field]}]"
        seen[value.field] += 1
        values += kept_or_answered(value, indexed if indexed in asked else value.field)
    rows: list[RawRow] = []
    for row in draft.rows:
        prefix = f"{row.group}[{seen[row.group]}]."
        seen[row.group] += 1
        cells = [cell for value in row.values for cell in kept_or_answered(value, prefix + value.field)]
        cells += [
            replace(cell, field=path.removeprefix(prefix))
            for path in list(answers)
            if path.startswith(prefix)
            for cell in answers.pop(path)
        ]
        rows.append(RawRow(row.group, tuple(cells)))
    values += [replace(value, field=path.partition("[")[0]) for path, found in answers.items() for value in found]
    return Answer(draft.kind, tuple(values), tuple(rows), second.unsure, second.problems)
