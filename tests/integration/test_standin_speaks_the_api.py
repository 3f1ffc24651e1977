"""The vendor's own client against the stand-in: what the client understands is what the API says."""

import asyncio
import json
from collections.abc import Iterator

import anthropic
import httpx2
import pytest

from local.standin import Handle, serve

SCHEMA = {
    "type": "object",
    "properties": {"answer": {"type": "string", "enum": ["yes", "no"]}},
    "required": ["answer"],
    "additionalProperties": False,
}
HEADERS = {"authorization": "Bearer key", "anthropic-version": "2026-10-21"}


@pytest.fixture(scope="module")
def served() -> Iterator[Handle]:
    with serve() as handle:
        yield handle


@pytest.fixture
def standin(served: Handle) -> Handle:
    assert httpx2.post(f"{served.url}/_standin/reset", trust_env=False).status_code == 200
    return served


@pytest.fixture
def client(standin: Handle) -> Iterator[anthropic.Anthropic]:
    with anthropic.Anthropic(base_url=standin.url, api_key="key", max_retries=0, timeout=10.0) as client:
        yield client


def behave(standin: Handle, **behaviour: object) -> None:
    answer = httpx2.post(f"{standin.url}/_standin/behaviour", json=behaviour, trust_env=False)
    assert answer.status_code == 200, answer.text


def state(standin: Handle) -> dict[str, object]:
    return httpx2.get(f"{standin.url}/_standin/state", trust_env=False).json()


def ask(client: anthropic.Anthropic, **changes: object) -> anthropic.types.Message:
    plain = {"model": "claude-haiku-4-5", "max_tokens": 100, "messages": [{"role": "user", "content": "Hello"}]}
    return client.messages.create(**(plain | changes))


def test_the_client_reads_a_structured_answer_its_usage_and_its_request_id(client):
    message = ask(client, output_config={"format": {"type": "json_schema", "schema": SCHEMA}})
    assert json.loads(message.content[0].text) == {"answer": "yes"}
    assert message.stop_reason == "end_turn"
    assert message.usage.input_tokens > 0
    assert message._request_id.startswith("req_")


def test_the_client_sees_cache_writes_and_reads(client):
    system = [{"type": "text", "text": "Some rules. " * 3000, "cache_control": {"type": "ephemeral", "ttl": "1h"}}]
    first, second = ask(client, system=system).usage, ask(client, system=system).usage
    assert first.cache_creation.ephemeral_1h_input_tokens == first.cache_creation_input_tokens > 4096
    assert second.cache_read_input_tokens == first.cache_creation_input_tokens


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("rate_limit", anthropic.RateLimitError),
        ("spend_limit", anthropic.RateLimitError),
        ("server_error", anthropic.InternalServerError),
        ("overloaded", anthropic.InternalServerError),
        ("unauthorized", anthropic.AuthenticationError),
        ("forbidden", anthropic.PermissionDeniedError),
        ("cut", anthropic.APIConnectionError),
        ("garbage", json.JSONDecodeError),
    ],
)
def test_the_client_raises_its_own_error_for_each_fault(standin, client, fault, error):
    behave(standin, **{fault: 1.0})
    with pytest.raises(error):
        ask(client)


def test_the_clients_errors_carry_code_and_wait(standin, client):
    behave(standin, spend_limit=1.0)
    with pytest.raises(anthropic.RateLimitError) as caught:
        ask(client)
    assert caught.value.error_code == "enforced_spend_limit_reached"
    assert "retry-after" not in caught.value.response.headers
    behave(standin, spend_limit=0.0, rate_limit=1.0, rate_limit_retry_after_s=3.0)
    with pytest.raises(anthropic.RateLimitError) as caught:
        ask(client)
    assert caught.value.response.headers["retry-after"] == "3"


def test_a_request_the_api_refuses_is_a_bad_request_with_its_sentence(client):
    with pytest.raises(anthropic.BadRequestError, match="additionalProperties"):
        ask(client, output_config={"format": {"type": "json_schema", "schema": {"type": "object", "properties": {}}}})
    with pytest.raises(anthropic.BadRequestError, match="temperature"):
        ask(client, extra_body={"temperature": 1.0})
    with pytest.raises(anthropic.NotFoundError):
        ask(client, model="claude-nonsense-9")


def test_a_call_that_times_out_was_paid_for_and_retrying_it_pays_twice(standin, client):
    behave(standin, timeout=1.0, timeout_s=30.0, at_most=1)
    with pytest.raises(anthropic.APITimeoutError):
        ask(client.with_options(timeout=0.3))
    assert ask(client).stop_reason == "end_turn"
    assert list(state(standin)["paid"]["repeated"].values()) == [2]


def test_the_client_assembles_a_stream(client):
    with client.messages.stream(
        model="claude-haiku-5-5", max_tokens=2000, messages=[{"role": "user", "content": "Hello"}]
    ) as stream:
        text = "".join(stream.text_stream)
        message = stream.get_final_message()
    assert [block.type for block in message.content] == ["thinking", "text"]
    assert message.content[1].text == text
    assert message.stop_reason == "end_turn"


def test_the_client_counts_tokens(client):
    counted = client.messages.count_tokens(model="claude-haiku-4-5", messages=[{"role": "user", "content": "Hello"}])
    assert counted.input_tokens == ask(client).usage.input_tokens


def test_a_batch_ends_and_gives_every_result_back_once(client):
    params = {"model": "claude-haiku-4-5", "max_tokens": 10, "messages": [{"role": "user", "content": "Hello"}]}
    requests = [{"custom_id": f"r{number}", "params": params} for number in range(5)]
    requests.append({"custom_id": "wrong", "params": params | {"max_tokens": 10**6}})
    batch = client.messages.batches.create(requests=requests)
    for _ in range(200):
        if client.messages.batches.retrieve(batch.id).processing_status == "ended":
            break
    results = {result.custom_id: result.result.type for result in client.messages.batches.results(batch.id)}
    assert results == {**{f"r{number}": "succeeded" for number in range(5)}, "wrong": "errored"}


def test_an_unknown_path_is_a_404_in_the_apis_shape(standin):
    answer = httpx2.get(f"{standin.url}/v1/nothing", headers=HEADERS, trust_env=False)
    assert (answer.status_code, answer.json()["error"]["type"]) == (404, "not_found_error")


def test_hundreds_of_slow_calls_are_answered_side_by_side(standin):
    behave(standin, ttft_s=0.5)
    body = {"model": "claude-haiku-4-5", "max_tokens": 50, "messages": [{"role": "user", "content": "Hello"}]}

    async def all_at_once() -> list[int]:
        limits = httpx2.Limits(max_connections=200)
        async with httpx2.AsyncClient(headers=HEADERS, limits=limits, timeout=30.0, trust_env=False) as client:
            calls = (client.post(f"{standin.url}/v1/messages", json=body) for _ in range(200))
            return [answer.status_code for answer in await asyncio.gather(*calls)]

    assert asyncio.run(all_at_once()) == [200] * 200
    assert state(standin)["peak_in_flight"] > 50


def test_stopping_does_not_wait_for_calls_that_hang():
    handle = serve()
    behave(handle, timeout=1.0)
    with anthropic.Anthropic(base_url=handle.url, api_key="key", max_retries=0) as client:
        with pytest.raises(anthropic.APITimeoutError):
            ask(client.with_options(timeout=0.2))
        handle.stop()
        with pytest.raises(anthropic.APIConnectionError):
            ask(client)
