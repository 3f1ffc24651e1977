"""The vendor's own client against the stand-in's batches: limits, pages, a day to work, a month to fetch, faults."""

from collections.abc import Iterator
from datetime import timedelta

import anthropic
import pytest

from local.standin import Handle, batches, serve
from local.standin.faults import Behaviour
from tests.fakes import FakeClock
from tests.waiting import eventually

PARAMS = {"model": "claude-haiku-4-5", "max_tokens": 10, "messages": [{"role": "user", "content": "Hello"}]}


@pytest.fixture(scope="module")
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture(scope="module")
def standin(clock: FakeClock) -> Iterator[Handle]:
    with serve(clock=lambda: clock.now().timestamp()) as handle:
        yield handle


@pytest.fixture
def client(standin: Handle, request: pytest.FixtureRequest) -> Iterator[anthropic.Anthropic]:
    standin.api.behaviour = Behaviour()
    with anthropic.Anthropic(base_url=standin.url, api_key=request.node.name, max_retries=0, timeout=10.0) as client:
        yield client


def made(client: anthropic.Anthropic, count: int = 1) -> str:
    return client.messages.batches.create(requests=requests(count)).id


def requests(count: int) -> list[dict]:
    return [{"custom_id": f"r{number}", "params": PARAMS} for number in range(count)]


def ended(client: anthropic.Anthropic, batch_id: str) -> bool:
    return eventually(lambda: client.messages.batches.retrieve(batch_id).processing_status == "ended")


def endings(client: anthropic.Anthropic, batch_id: str) -> list[str]:
    return [line.result.type for line in client.messages.batches.results(batch_id)]


def test_batches_are_listed_newest_first_page_by_page_and_only_to_their_workspace(standin, client):
    names = [made(client) for _ in range(5)]

    assert [batch.id for batch in client.messages.batches.list(limit=2)] == names[::-1]
    with anthropic.Anthropic(base_url=standin.url, api_key="another", max_retries=0) as other:
        assert list(other.messages.batches.list()) == []


def test_what_is_not_done_after_a_day_expires_and_is_not_billed(standin, client, clock):
    standin.api.behaviour = Behaviour(batch_delay_s=3600)
    paid = standin.api.ledger.state()["paid"]["payments"]
    batch_id = made(client, 3)
    clock.pass_by(timedelta(hours=23, minutes=59))
    assert client.messages.batches.retrieve(batch_id).processing_status == "in_progress"

    clock.pass_by(timedelta(minutes=2))
    assert client.messages.batches.retrieve(batch_id).request_counts.expired == 3
    assert endings(client, batch_id) == ["expired"] * 3
    assert standin.api.ledger.state()["paid"]["payments"] == paid


def test_results_are_kept_for_29_days_from_the_batchs_creation(client, clock):
    batch_id = made(client)
    assert ended(client, batch_id)
    clock.pass_by(timedelta(days=28, hours=23))
    assert endings(client, batch_id) == ["succeeded"]

    clock.pass_by(timedelta(hours=2))
    assert client.messages.batches.retrieve(batch_id).archived_at is not None
    with pytest.raises(anthropic.AnthropicError):
        client.messages.batches.results(batch_id)


def test_results_come_in_another_order_than_the_requests_went(client):
    batch_id = made(client, 20)
    assert ended(client, batch_id)
    names = [line.custom_id for line in client.messages.batches.results(batch_id)]

    assert sorted(names) == sorted(f"r{number}" for number in range(20))
    assert names != [f"r{number}" for number in range(20)]


@pytest.mark.parametrize("names", [["a", "a"], ["with space"], ["x" * 65], [""]])
def test_custom_ids_are_unique_and_of_the_published_form(client, names):
    with pytest.raises(anthropic.BadRequestError, match="custom_id"):
        client.messages.batches.create(requests=[{"custom_id": name, "params": PARAMS} for name in names])


def test_a_batch_above_the_limits_is_refused_as_a_whole(client, monkeypatch):
    monkeypatch.setattr(batches, "MAX_REQUESTS", 3)
    with pytest.raises(anthropic.BadRequestError):
        made(client, 4)
    monkeypatch.setattr(batches, "MAX_BYTES", 100)
    with pytest.raises(anthropic.APIStatusError) as refused:
        made(client, 3)
    assert refused.value.status_code == 413


def test_faults_come_as_the_behaviour_asks(standin, client):
    standin.api.behaviour = Behaviour(batch_refused=1.0, at_most=1, rate_limit_retry_after_s=7.0)
    with pytest.raises(anthropic.RateLimitError) as refused:
        made(client)
    assert refused.value.response.headers["retry-after"] == "7"

    standin.api.reset()
    standin.api.behaviour = Behaviour(batch_unheard=1.0, at_most=1)
    with pytest.raises(anthropic.APIConnectionError):
        made(client)
    (unheard,) = client.messages.batches.list()
    assert ended(client, unheard.id)

    standin.api.behaviour = Behaviour(batch_errored=0.5, batch_expired=0.5)
    batch_id = made(client, 10)
    assert ended(client, batch_id)
    assert set(endings(client, batch_id)) == {"errored", "expired"}
