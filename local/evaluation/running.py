"""Take labelled messages through the real steps, each in a world of its own, and score what comes out."""

import hashlib
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import PurePosixPath

from local.evaluation.asking import Answering
from local.evaluation.datasets import Labelled
from local.evaluation.memory import Ports
from local.evaluation.proofs import proofs_of
from local.evaluation.recording import ListeningModel
from local.evaluation.results import Result
from local.evaluation.scoring import Proof, score
from mailroom.catalogue import card
from mailroom.domain.delivery import Delivery
from mailroom.domain.doctype import TypeSpec
from mailroom.domain.errors import TransientError
from mailroom.domain.judgement import Policy
from mailroom.domain.message import Channel
from mailroom.domain.record import ClaimCheck, Record, Status
from mailroom.domain.retention import Retention
from mailroom.pipeline.asking import Reader, load
from mailroom.pipeline.extract import ExtractPorts, extract
from mailroom.pipeline.filing import answer_of, results
from mailroom.pipeline.merging import only
from mailroom.pipeline.receive import ReceivePorts, receive
from mailroom.pipeline.review import ReviewPorts, review
from mailroom.ports import CacheLife
from mailroom.prompts.requests import parse_review
from mailroom.prompts.schema_prompt import SystemPrompt, render
from mailroom.prompts.wire import WireError, parse_answer
from mailroom.reading import header_pairs

BUCKET = "evaluation"
HEAD_BYTES = 64 * 1024
TRIES = 4
LONGEST_WAIT_S = 30.0
_DAY = timedelta(days=1)
_KEPT = Retention(_DAY)


@dataclass(frozen=True, slots=True)
class Bench:
    """What every message of a run shares."""

    types: Mapping[str, TypeSpec]
    answering: Answering
    policy: Policy
    prompt: SystemPrompt

    @classmethod
    def of(cls, types: Mapping[str, TypeSpec], answering: Answering, policy: Policy) -> "Bench":
        """Set up a bench with the prompt that these types give."""
        return cls(types, answering, policy, render(types))


def evaluate(message: Labelled, bench: Bench) -> Result:
    """Read, extract, review where the record asks for it, and score.

    Raises:
        TransientError: the model could not be reached after several tries.
        StopTheLineError: the account is at fault, or a recording has no answer.
    """
    ports, model = Ports(), ListeningModel(bench.answering.model)
    started = time.monotonic()
    record = _received(message, ports)
    if record.status is Status.RECEIVED:
        claim = ClaimCheck(record.record_id, BUCKET, record.key, record.channel, record.form, record.content_type)
        record = _tried(lambda: extract(claim, _extracting(bench, ports, model)))
        if record.status is Status.IN_REVIEW:
            record = _tried(lambda: review(claim, _reviewing(bench, ports, model)))
    spent_ms = round((time.monotonic() - started) * 1000)
    return _result(message, record, bench, ports=ports, model=model, spent_ms=spent_ms)


def _tried(step: Callable[[], Record]) -> Record:
    """Do a step, again where the model asks for patience; nothing that was filed is lost in between."""
    for attempt in range(1, TRIES + 1):
        try:
            return step()
        except TransientError as error:
            if attempt == TRIES:
                raise
            time.sleep(min(LONGEST_WAIT_S, max(error.retry_after_s, 0.5 * 2**attempt)))
    raise AssertionError("unreachable: the last try returns or raises")


def _received(message: Labelled, ports: Ports) -> Record:
    """Let a mail in at its door, and a form at its own: only a mail has verdicts to be screened by."""
    digest = hashlib.sha256(message.raw).hexdigest()
    key = str(PurePosixPath("raw") / digest)
    ports.mail.put(key, message.raw, content_type=message.content_type)
    if message.channel is Channel.EMAIL:
        delivery = Delivery(
            ses_message_id=digest[:40],
            bucket=BUCKET,
            key=key,
            headers=header_pairs(message.raw[:HEAD_BYTES]),
            sender="",
            subject="",
            recipients=(),
            verdicts=message.verdicts,
            received_at=ports.clock.now(),
        )
        return receive(delivery, ReceivePorts(ports.records, ports.intake, ports.clock, _KEPT))
    now = ports.clock.now()
    record = Record(
        record_id=f"form-{digest[:24]}",
        status=Status.RECEIVED,
        channel=message.channel,
        received_at=now,
        updated_at=now,
        bucket=BUCKET,
        key=key,
        content_type=message.content_type,
        form=message.form,
    )
    ports.records.create(record)
    return record


def _reader(bench: Bench, model_id: str, cache: CacheLife) -> Reader:
    return Reader(card(model_id), bench.prompt, cache, bench.answering.settings.model_timeout_s)


def _extracting(bench: Bench, ports: Ports, model: ListeningModel) -> ExtractPorts:
    return ExtractPorts(
        mail=ports.mail,
        records=ports.records,
        model=model,
        clock=ports.clock,
        reader=_reader(bench, bench.answering.settings.extract_model, CacheLife.FIVE_MINUTES),
        types=bench.types,
        policy=bench.policy,
        lease=_DAY,
        review_lease=_DAY,
        retention=_KEPT,
    )


def _reviewing(bench: Bench, ports: Ports, model: ListeningModel) -> ReviewPorts:
    return ReviewPorts(
        mail=ports.mail,
        records=ports.records,
        model=model,
        clock=ports.clock,
        reader=_reader(bench, bench.answering.settings.review_model, CacheLife.OFF),
        types=bench.types,
        policy=bench.policy,
        retention=_KEPT,
    )


def _result(
    message: Labelled, record: Record, bench: Bench, *, ports: Ports, model: ListeningModel, spent_ms: int
) -> Result:
    model_ms = sum(attempt.duration_ms for attempt in record.attempts)
    return Result(
        id=message.id,
        status=record.status,
        kind=record.kind,
        kind_truth=message.truth.kind,
        accepted=record.status is Status.ACCEPTED,
        accept_expected=message.truth.accept,
        values=score(record, message.truth, bench.types, _proofs(record, bench, ports, model)),
        confidence=record.confidence,
        cost_usd=record.cost_usd,
        prompt_tokens=record.usage.prompt_tokens,
        output_tokens=record.usage.output_tokens,
        calls=Counter(attempt.step for attempt in record.attempts),
        cache=tuple(attempt.cache for attempt in record.attempts),
        model_ms=model_ms,
        own_ms=max(0, spent_ms - model_ms),
        reasons=record.reasons,
    )


def _proofs(record: Record, bench: Bench, ports: Ports, model: ListeningModel) -> Mapping[str, Proof]:
    """Compute the final values' signals once more, with the draft as the other reading where there was a review."""
    spec = bench.types.get(record.kind)
    if spec is None:
        return {}
    extracting = _extracting(bench, ports, model)
    message = load(record, ports.mail, extracting.reader).message
    drafts = [v for v in ports.records.versions[record.record_id] if v.status is Status.IN_REVIEW and v.kind]
    unsure = tuple(_unsure(model, drafts[-1] if drafts else None, spec, bench.types))
    answer = replace(answer_of(record), unsure=unsure)
    reviewed = {path for path, value in results(record) if value.origin == "review"}
    second = only(answer_of(drafts[-1]), reviewed) if drafts and reviewed else None
    return proofs_of(answer, message, spec, bench.policy, second=second)


def _unsure(
    model: ListeningModel, draft: Record | None, spec: TypeSpec, types: Mapping[str, TypeSpec]
) -> tuple[str, ...]:
    try:
        if draft is not None and model.heard.get("review"):
            return parse_review(model.heard["review"], spec, draft.doubtful).unsure
        text = model.heard.get("review") or model.heard.get("extract")
        return parse_answer(text, types).unsure if text else ()
    except WireError:
        return ()
