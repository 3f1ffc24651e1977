"""Ask a model about a message, and account for the call whatever comes of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from mailroom.catalogue import ModelCard
from mailroom.domain.answer import Answer
from mailroom.domain.cost import cost_usd
from mailroom.domain.doctype import TypeSpec
from mailroom.domain.errors import PermanentError
from mailroom.domain.message import Message, Zone, ZoneKind
from mailroom.domain.record import Attempt, Lane, Record
from mailroom.ports import CacheLife, Clock, MailStore, ModelAnswer, ModelRequest, Outcome, ReaderModel
from mailroom.prompts.requests import PicturePart, TextPart, extraction_content
from mailroom.prompts.schema_prompt import SystemPrompt
from mailroom.prompts.wire import WireError, answer_schema, parse_answer
from mailroom.reading import select
from mailroom.reading.stored import read_stored

ANSWER_TOKENS = 8_000
"""Room for an answer: a 100-line invoice at some 60 tokens a line, with a third to spare."""

BUDGET_SHARE = 0.75
"""Of the context left after the prompt and the answer, how much a message may fill: the token count is an estimate."""

SAID_OF_OUTCOME = {
    Outcome.REFUSED: "The model declined to read this message.",
    Outcome.TRUNCATED: "The model's answer ran out of room and was cut off.",
    Outcome.TOO_LONG: "The message did not fit the model's context window.",
}


@dataclass(frozen=True, slots=True)
class Reader:
    """A model with the prompt it is asked under and the care taken in asking."""

    card: ModelCard
    prompt: SystemPrompt
    cache: CacheLife
    timeout_s: float


@dataclass(frozen=True, slots=True)
class Reading:
    """A message as the model is shown it.

    ``left_out`` says in words what it is not shown; ``complete`` is false where a person would see more than the model.
    """

    message: Message
    zones: tuple[Zone, ...]
    left_out: tuple[str, ...]
    complete: bool


def load(record: Record, mail: MailStore, reader: Reader) -> Reading:
    """Fetch and read a record's message and choose what the model sees; raises PermanentError where it is empty."""
    message = read_stored(mail.get(record.key), record.channel, content_type=record.content_type, form=record.form)
    if not message.pictures and not message.subject and not _has_words(message):
        raise PermanentError(" ".join(("There is nothing to read in this message.", *message.defects)))
    room = reader.card.context_tokens - reader.prompt.estimated_tokens - ANSWER_TOKENS
    chosen = select(message, budget_tokens=int(room * BUDGET_SHARE))
    shown = replace(message, pictures=chosen.pictures)
    return Reading(shown, chosen.zones, chosen.reasons, chosen.complete)


def _has_words(message: Message) -> bool:
    return any(zone.kind is not ZoneKind.HEADER and message.words_of(zone).strip() for zone in message.zones)


def request_of(
    record: Record,
    step: str,
    reader: Reader,
    *,
    content: tuple[TextPart | PicturePart, ...],
    schema: Mapping[str, Any],
) -> ModelRequest:
    """Build the question.

    Its key counts the record's finished attempts: a redelivery asks the same question again (and is not paid again), a
    requeue by a person asks a new one.
    """
    call_key = "/".join((record.record_id, step, reader.card.id, reader.prompt.fingerprint, str(len(record.attempts))))
    return ModelRequest(
        call_key=call_key,
        step=step,
        model=reader.card.id,
        system=reader.prompt.text,
        content=content,
        answer_schema=schema,
        max_tokens=min(ANSWER_TOKENS, reader.card.max_output_tokens),
        cache=reader.cache,
        timeout_s=reader.timeout_s,
        kind=record.kind,
    )


def attempt_of(answer: ModelAnswer, step: str, card: ModelCard, at: datetime) -> Attempt:
    """Price one call for the record's ledger."""
    price = card.batch_price_for(answer.usage) if answer.lane is Lane.BATCH else card.price_for(answer.usage)
    return Attempt(
        step=step,
        model=answer.model,
        outcome=answer.outcome,
        usage=answer.usage,
        cost_usd=cost_usd(answer.usage, price),
        cache=answer.cache,
        duration_ms=answer.duration_ms,
        at=at,
        lane=answer.lane,
    )


def whole_request(
    record: Record,
    step: str,
    reading: Reading,
    *,
    reader: Reader,
    types: Mapping[str, TypeSpec],
    content: tuple[TextPart | PicturePart, ...] = (),
) -> ModelRequest:
    """Return the question for the whole message; ``content`` asks in other words than usual."""
    content = content or extraction_content(reading.message, reading.zones)
    return request_of(record, step, reader, content=content, schema=answer_schema(tuple(types)))


def ask_whole(
    record: Record,
    step: str,
    reading: Reading,
    *,
    reader: Reader,
    model: ReaderModel,
    types: Mapping[str, TypeSpec],
    clock: Clock,
    content: tuple[TextPart | PicturePart, ...] = (),
    heard: Callable[[str], None] | None = None,
) -> tuple[Answer | None, Attempt, str]:
    """Ask for the whole message; returns the answer, or None with the problem in words, and always the paid attempt.

    ``heard`` is called with what is written of the answer, as it is written.
    """
    request = whole_request(record, step, reading, reader=reader, types=types, content=content)
    reply = model.ask(replace(request, heard=heard))
    attempt = attempt_of(reply, step, reader.card, clock.now())
    if reply.outcome is not Outcome.COMPLETE:
        return None, attempt, SAID_OF_OUTCOME[reply.outcome]
    try:
        return parse_answer(reply.text, types), attempt, ""
    except WireError as error:
        return None, garbled(attempt), f"The model's answer could not be used: {error}"


def garbled(attempt: Attempt) -> Attempt:
    """Mark a paid call whose answer could not be parsed."""
    return attempt.model_copy(update={"outcome": "garbled"})
