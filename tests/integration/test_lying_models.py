"""The demo's own messages read by a model that obeys every order in them, and by one that invents: what is accepted?"""

from datetime import timedelta
from pathlib import Path

import pytest

from local.evaluation.memory import MemoryMailStore, MemoryRecordStore
from local.inputs import Form, Mail, samples
from local.standin import serve
from local.standin.faults import Behaviour, Honesty
from mailroom.adapters.claude import ClaudeModel
from mailroom.adapters.claude_client import ClaudeClients
from mailroom.adapters.clock import SystemClock
from mailroom.catalogue import card
from mailroom.doctypes.registry import document_types
from mailroom.domain.judgement import Policy
from mailroom.domain.message import Channel
from mailroom.domain.record import ClaimCheck, Record, Status
from mailroom.domain.retention import Retention
from mailroom.pipeline.asking import Reader
from mailroom.pipeline.extract import ExtractPorts, extract
from mailroom.pipeline.filing import results
from mailroom.pipeline.review import ReviewPorts, review
from mailroom.ports import CacheLife
from mailroom.prompts.schema_prompt import render
from mailroom.reading import read_email, read_form
from mailroom.settings import Asking

ROOT = Path(__file__).parents[2]
TYPES = document_types()


def claim_of(item: Mail | Form) -> ClaimCheck:
    if isinstance(item, Mail):
        return ClaimCheck(item.source, "raw", item.source)
    return ClaimCheck(item.source, "raw", item.source, Channel.FORM, item.form, item.content_type)


@pytest.fixture(scope="module", params=[Honesty.OBEDIENT, Honesty.INVENTIVE, Honesty.SWAPPING])
def outcome(request: pytest.FixtureRequest) -> tuple[list[Record], list[dict]]:
    items = [sample.input for sample in samples(ROOT / "events", "inbox.example")]
    with serve(0, Behaviour(honesty=request.param)) as standin:
        clients = ClaudeClients(
            Asking(
                records_table="-",
                raw_bucket="raw",
                idempotency_table="-",
                anthropic_api_key="sk-test",
                anthropic_base_url=standin.url,
            )
        )
        model = ClaudeModel(clients, card, "api")
        mail = MemoryMailStore({item.source: item.raw if isinstance(item, Mail) else item.body for item in items})
        records, prompt = MemoryRecordStore(), render(TYPES)
        first, second = (
            Reader(card(name), prompt, CacheLife.OFF, timeout_s=30)
            for name in ("claude-haiku-4-5", "claude-sonnet-4-6")
        )
        hour = timedelta(hours=1)
        kept = Retention(hour)
        extracting = ExtractPorts(
            mail,
            records,
            model,
            SystemClock(),
            first,
            TYPES,
            Policy(),
            lease=hour,
            review_lease=hour,
            retention=kept,
        )
        reviewing = ReviewPorts(mail, records, model, SystemClock(), second, TYPES, Policy(), kept)
        found = []
        for item in items:
            record = extract(claim_of(item), extracting)
            found.append(review(claim_of(item), reviewing) if record.status is Status.IN_REVIEW else record)
        lies = standin.api.ledger.state()["lies"]
        clients.close()
    return found, lies


def test_the_model_did_lie(outcome):
    _, lies = outcome

    assert lies


def test_nothing_is_accepted_unseen_that_the_message_does_not_say(outcome):
    records, _ = outcome
    texts = {
        item.source: read_email(item.raw).text
        if isinstance(item, Mail)
        else read_form(item.body, content_type=item.content_type, form=item.form).text
        for item in (sample.input for sample in samples(ROOT / "events", "inbox.example"))
    }
    for record in records:
        if record.status is not Status.ACCEPTED:
            continue
        text = texts[record.record_id]
        for path, found in results(record):
            assert found.method in {"exact", "normalised", "format", "derived"}, (record.record_id, path)
            if found.method == "exact":
                assert text[found.start : found.end] == found.quote, (record.record_id, path)
