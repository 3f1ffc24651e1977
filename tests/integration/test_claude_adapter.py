"""The Claude adapter: the real SDK over real loopback HTTP against the stand-in."""

import json
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise

import anthropic
import httpx2
import pytest

from local.standin import serve
from mailroom.adapters.claude import ClaudeModel
from mailroom.adapters.claude_client import ClaudeClients
from mailroom.catalogue import card
from mailroom.doctypes.registry import document_types
from mailroom.domain.cost import cost_usd
from mailroom.domain.errors import ModelUnavailableError, PermanentError, StopTheLineError, TransientError
from mailroom.domain.record import CacheVerdict
from mailroom.ports import CacheLife, ModelRequest, Outcome
from mailroom.prompts.requests import TextPart
from mailroom.prompts.schema_prompt import render
from mailroom.prompts.wire import answer_schema, kind_heard, parse_answer
from mailroom.settings import Asking

TYPES = document_types()
MAIL = {
    "channel": "email",
    "zones": [
        {"zone": "header", "label": "From", "text": "Ana Diaz <ana@papel.example>"},
        {"zone": "header", "label": "To", "text": "invoices@inbox.example"},
        {"zone": "latest", "label": "", "text": "Invoice no. A-77\nDue date: 2026-04-30\nTotal: EUR 119.00"},
    ],
    "attachments": [],
}


@pytest.fixture
def standin():
    running = serve(0)
    yield running
    running.stop()


def behave(standin, **behaviour):
    httpx2.post(f"{standin.url}/_standin/behaviour", json=behaviour).raise_for_status()


def claude(standin, *, key="sk-test", model="claude-haiku-4-5"):
    settings = Asking(
        records_table="r",
        raw_bucket="b",
        idempotency_table="i",
        anthropic_api_key=key,
        anthropic_base_url=standin.url,
        model_timeout_s=2,
    )
    return ClaudeModel(ClaudeClients(settings), card, "api"), request(model)


def request(model, cache=CacheLife.FIVE_MINUTES, max_tokens=2000):
    text = "<message>\n" + json.dumps(MAIL) + "\n</message>\n\nAnswer with the JSON object only."
    return ModelRequest(
        call_key="k",
        step="extract",
        model=card(model).id,
        system=render(TYPES).text,
        content=(TextPart(text),),
        answer_schema=answer_schema(TYPES),
        max_tokens=max_tokens,
        cache=cache,
        timeout_s=2,
    )


@pytest.mark.parametrize("model", ["claude-haiku-4-5", "claude-haiku-5-5", "claude-sonnet-4-6", "claude-sonnet-5-5"])
def test_every_model_of_the_catalogue_gets_a_request_that_the_api_takes_and_its_answer_parses(standin, model):
    ask, question = claude(standin, model=model)
    answer = ask.ask(question)

    assert answer.outcome is Outcome.COMPLETE
    assert parse_answer(answer.text, TYPES).kind == "invoice"
    assert answer.model == card(model).id
    assert answer.usage.output_tokens > 0


def test_the_shipped_prompt_is_written_to_the_cache_once_and_read_from_it_afterwards(standin):
    ask, question = claude(standin)
    first, second = ask.ask(question), ask.ask(question)

    assert (first.cache, second.cache) == (CacheVerdict.WRITE, CacheVerdict.HIT)
    assert second.usage.cache_read_tokens == first.usage.cache_write_5m_tokens >= 4096
    price = card(question.model).price_for(second.usage)
    assert cost_usd(second.usage, price) < cost_usd(first.usage, price) < Decimal("0.05")


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("unauthorized", StopTheLineError),
        ("forbidden", StopTheLineError),
        ("spend_limit", StopTheLineError),
        ("rate_limit", TransientError),
        ("overloaded", TransientError),
        ("server_error", TransientError),
        ("cut", TransientError),
        ("timeout", TransientError),
        ("garbage", TransientError),
        ("not_json", TransientError),
    ],
)
def test_each_fault_of_the_api_says_who_must_act(standin, fault, error):
    ask, question = claude(standin)
    behave(standin, **{fault: 1.0})

    with pytest.raises(error):
        ask.ask(question)


@pytest.mark.parametrize(("fault", "outcome"), [("refusal", Outcome.REFUSED), ("truncation", Outcome.TRUNCATED)])
def test_a_refused_or_cut_off_answer_is_an_answer_that_keeps_what_it_cost(standin, fault, outcome):
    ask, question = claude(standin)
    behave(standin, **{fault: 1.0})
    answer = ask.ask(question)

    assert answer.outcome is outcome
    assert answer.usage.prompt_tokens > 4096


def test_the_wish_of_a_throttled_api_is_passed_on(standin):
    ask, question = claude(standin)
    behave(standin, rate_limit=1.0, rate_limit_retry_after_s=37)

    with pytest.raises(TransientError) as caught:
        ask.ask(question)
    assert caught.value.retry_after_s == 37


def test_what_the_api_refuses_is_the_messages_fault_and_no_retry_is_made(standin):
    ask, question = claude(standin)
    broken = {**question.answer_schema, "additionalProperties": True}

    with pytest.raises(PermanentError):
        ask.ask(
            ModelRequest(**{name: getattr(question, name) for name in question.__slots__} | {"answer_schema": broken})
        )


def test_an_api_that_cannot_be_reached_is_a_transient_error():
    settings = Asking(
        records_table="r",
        raw_bucket="b",
        idempotency_table="i",
        anthropic_api_key="k",
        anthropic_base_url="http://127.0.0.1:9",
        model_timeout_s=1,
    )

    with pytest.raises(TransientError):
        ClaudeModel(ClaudeClients(settings), card, "api").ask(request("claude-haiku-4-5"))


def test_the_sdk_itself_is_never_asked_to_retry():
    settings = Asking(records_table="r", raw_bucket="b", idempotency_table="i", anthropic_api_key="k")

    assert ClaudeClients(settings)().max_retries == 0
    assert isinstance(ClaudeClients(settings)(), anthropic.Anthropic)


# Answers that are heard while they are written


def listening(question, heard=None):
    return replace(question, heard=(heard if heard is not None else []).append)


@pytest.mark.parametrize("model", ["claude-haiku-4-5", "claude-haiku-5-5"])
def test_an_answer_that_is_heard_is_the_same_answer_at_the_same_price(standin, model):
    ask, question = claude(standin, model=model)
    ask.ask(question)  # writes the cache
    whole, texts = ask.ask(question), []
    heard = ask.ask(listening(question, texts))

    assert (heard.text, heard.usage, heard.cache, heard.outcome) == (
        whole.text,
        whole.usage,
        whole.cache,
        whole.outcome,
    )
    assert heard.request_id
    assert texts[-1] == heard.text
    assert all(later.startswith(earlier) for earlier, later in pairwise(texts))


def test_the_kind_is_heard_before_the_answer_is_whole(standin):
    ask, question = claude(standin)
    texts: list[str] = []
    answer = ask.ask(listening(question, texts))

    first = next(text for text in texts if kind_heard(text, TYPES))
    assert kind_heard(first, TYPES) == parse_answer(answer.text, TYPES).kind == "invoice"
    assert len(first) < len(answer.text) / 2


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("unauthorized", StopTheLineError),
        ("spend_limit", StopTheLineError),
        ("rate_limit", ModelUnavailableError),
        ("overloaded", ModelUnavailableError),
        ("cut", ModelUnavailableError),
        ("timeout", ModelUnavailableError),
        ("garbage", TransientError),
        ("not_json", TransientError),
    ],
)
def test_each_fault_says_the_same_to_who_listens(standin, fault, error):
    ask, question = claude(standin)
    behave(standin, **{fault: 1.0})

    with pytest.raises(error):
        ask.ask(listening(question))


@pytest.mark.parametrize(("fault", "outcome"), [("refusal", Outcome.REFUSED), ("truncation", Outcome.TRUNCATED)])
def test_a_refused_or_cut_off_answer_keeps_what_it_cost_for_who_listens_too(standin, fault, outcome):
    ask, question = claude(standin)
    behave(standin, **{fault: 1.0})
    answer = ask.ask(listening(question))

    assert answer.outcome is outcome
    assert answer.usage.output_tokens > 0


def test_an_answer_that_drips_is_broken_off_at_its_deadline(standin):
    ask, question = claude(standin)
    behave(standin, tokens_per_second=1.0)

    with pytest.raises(ModelUnavailableError):
        ask.ask(listening(question))
