"""One message's way through the real extract and review steps, and everything that leaves them."""

import json
import logging
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from typing import Any

from mailroom.adapters.eventbridge import EventBridgeBus
from mailroom.adapters.sqs import SqsQueue
from mailroom.catalogue import card
from mailroom.doctypes.registry import document_types
from mailroom.domain.judgement import Policy
from mailroom.domain.message import Channel
from mailroom.domain.record import ClaimCheck, Record, Status
from mailroom.domain.retention import Retention
from mailroom.pipeline.asking import Reader
from mailroom.pipeline.dispatch import DispatchPorts, claim_of, dispatch
from mailroom.pipeline.extract import ExtractPorts, extract
from mailroom.pipeline.review import ReviewPorts, review
from mailroom.ports import CacheLife
from mailroom.prompts.schema_prompt import SystemPrompt, render, review_prompt
from tests.bench.injection_hosts import Sent
from tests.bench.injection_readers import StandIn
from tests.fakes import FakeClock, FakeMailStore, FakeRecordStore

REVIEWS, BUS = "https://queue.example/reviews", "mailroom"
_DAY = timedelta(days=1)
KEPT = Retention(_DAY)
TYPES = document_types()


@cache
def prompt() -> SystemPrompt:
    return render(TYPES)


@cache
def known_prompts() -> frozenset[str]:
    return frozenset({prompt().text, *(review_prompt(spec).text for spec in TYPES.values())})


@dataclass
class Wire:
    """Stands for AWS behind the real adapters, and keeps the words that they send."""

    said: list[str] = field(default_factory=list)

    def put_events(self, **sent: Any) -> dict[str, int]:
        self.said.append(json.dumps(sent))
        return {"FailedEntryCount": 0}

    def send_message(self, **sent: Any) -> None:
        self.said.append(json.dumps(sent))


class Listening(logging.Handler):
    """Keeps every log line of every logger."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage() + str(record.exc_info or ""))


@dataclass(frozen=True, slots=True)
class Outcome:
    """The record at the end, and all words that left its place: logs, queue bodies, keys, the bus."""

    record: Record
    left: str
    as_configured: bool


def run(sent: Sent, model: StandIn) -> Outcome:
    """Take one message through extraction, review where it is asked for, and dispatch."""
    mail, records, clock, wire = FakeMailStore(), FakeRecordStore(), FakeClock(), Wire()
    told = DispatchPorts(SqsQueue(wire, REVIEWS), EventBridgeBus(wire, BUS), mail, "bucket")
    ears, root = Listening(), logging.getLogger()
    channel = Channel.FORM if sent.form else Channel.EMAIL
    claim = ClaimCheck("mail-1", "bucket", "raw/1", channel, sent.form, sent.content_type)
    mail.put("raw/1", sent.raw, content_type=sent.content_type)
    root.addHandler(ears)
    try:
        reader = Reader(card("claude-haiku-4-5"), prompt(), CacheLife.OFF, 60.0)
        record = extract(
            claim,
            ExtractPorts(mail, records, model, clock, reader, TYPES, Policy(), _DAY, _DAY, KEPT),
            last_try=True,
        )
        dispatch(None, record, told)
        if record.status is Status.IN_REVIEW:
            reviewer = Reader(card("claude-sonnet-4-6"), prompt(), CacheLife.OFF, 60.0)
            record = review(claim_of(record), ReviewPorts(mail, records, model, clock, reviewer, TYPES, Policy(), KEPT))
            dispatch(None, record, told)
    finally:
        root.removeHandler(ears)
    keys = [request.call_key for request in model.asked] + list(mail.objects) + list(records.rows)
    return Outcome(
        record,
        "\n".join([*ears.lines, *keys, *wire.said]),
        _as_configured(wire, model),
    )


def _as_configured(wire: Wire, model: StandIn) -> bool:
    """Say whether every word went where the configuration says, under a system prompt that holds no message."""
    sent = [json.loads(said) for said in wire.said]
    queues = {one["QueueUrl"] for one in sent if "QueueUrl" in one}
    buses = {entry["EventBusName"] for one in sent for entry in one.get("Entries", [])}
    ours = all(request.system in known_prompts() for request in model.asked)
    return ours and queues <= {REVIEWS} and buses <= {BUS}
