import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from local.standin.faults import Behaviour, Fault

FACES = [
    ("rate_limit", 429, "rate_limit_error"),
    ("overloaded", 529, "overloaded_error"),
    ("server_error", 500, "api_error"),
    ("unauthorized", 401, "authentication_error"),
    ("forbidden", 403, "permission_error"),
    ("spend_limit", 429, "rate_limit_error"),
]


@pytest.mark.parametrize(("fault", "status", "kind"), FACES)
def test_a_fault_shows_the_apis_own_face_and_costs_nothing(desk, asking, fault, status, kind):
    desk.api.behaviour = Behaviour.model_validate({fault: 1.0})
    reply = desk.send(asking())
    assert (reply.status, json.loads(reply.body)["error"]["type"]) == (status, kind)
    assert desk.api.ledger.state()["paid"]["payments"] == 0


def test_a_rate_limit_says_when_to_come_back_only_where_it_is_told_to(desk, asking):
    desk.api.behaviour = Behaviour(rate_limit=1.0, rate_limit_retry_after_s=7.0)
    assert desk.send(asking()).headers["retry-after"] == "7"
    desk.api.behaviour = Behaviour(rate_limit=1.0, rate_limit_retry_after_s=None)
    assert "retry-after" not in desk.send(asking()).headers


def test_the_spend_limit_has_its_code_and_no_retry_after(desk, asking):
    desk.api.behaviour = Behaviour(spend_limit=1.0)
    reply = desk.send(asking())
    assert json.loads(reply.body)["error"]["details"] == {"error_code": "enforced_spend_limit_reached"}
    assert "retry-after" not in reply.headers


def test_a_refusal_is_a_200_that_is_billed(desk, asking):
    desk.api.behaviour = Behaviour(refusal=1.0)
    message = desk.message(asking())
    assert (message["stop_reason"], message["content"]) == ("refusal", [])
    assert desk.api.ledger.state()["tokens"]["output_tokens"] > 0


def test_a_truncated_answer_ends_in_the_middle(desk, asking):
    whole = desk.message(asking())["content"][0]["text"]
    desk.api.behaviour = Behaviour(truncation=1.0)
    message = desk.message(asking())
    assert message["stop_reason"] == "max_tokens"
    assert whole.startswith(message["content"][0]["text"])
    assert len(message["content"][0]["text"]) < len(whole)


def test_garbage_is_a_200_whose_json_breaks_off(desk, asking):
    desk.api.behaviour = Behaviour(garbage=1.0)
    reply = desk.send(asking())
    assert (reply.status, reply.media_type) == (200, "application/json")
    with pytest.raises(json.JSONDecodeError):
        json.loads(reply.body)


def test_what_is_no_json_says_so_in_its_type(desk, asking):
    desk.api.behaviour = Behaviour(not_json=1.0)
    assert desk.send(asking()).media_type == "text/html"


def test_a_timeout_waits_and_is_paid_for(desk, asking):
    desk.api.behaviour = Behaviour(timeout=1.0, timeout_s=42.0)
    assert desk.send(asking()).cut
    assert 42.0 in desk.slept
    assert desk.api.ledger.state()["paid"]["payments"] == 1


def test_faults_stop_after_as_many_as_were_asked_for(desk, asking):
    desk.api.behaviour = Behaviour(overloaded=1.0, at_most=2)
    assert [desk.send(asking()).status for _ in range(4)] == [529, 529, 200, 200]


def test_faults_can_be_kept_to_one_model(desk, asking):
    desk.api.behaviour = Behaviour(overloaded=1.0, only_models=("claude-sonnet",))
    assert desk.send(asking()).status == 200
    assert desk.send(asking(model="claude-sonnet-4-6")).status == 529


def test_the_published_speed_is_kept_to_the_token(desk, asking):
    desk.api.behaviour = Behaviour(ttft_s=0.6, tokens_per_second=97.0)
    message = desk.message(asking())
    assert desk.slept == [0.6, message["usage"]["output_tokens"] / 97.0]


@given(st.integers(), st.text(), st.integers(0, 9))
def test_a_draw_depends_on_seed_request_and_attempt_alone(seed, fingerprint, attempt):
    behaviour = Behaviour(seed=seed, rate_limit=0.3, cut=0.3)
    assert behaviour.draw(fingerprint, attempt) == behaviour.draw(fingerprint, attempt)


def test_rates_are_met_over_many_requests():
    behaviour = Behaviour(rate_limit=0.2, refusal=0.1)
    drawn = [behaviour.draw(f"request {number}", 0) for number in range(4000)]
    assert 0.17 < drawn.count(Fault.RATE_LIMIT) / 4000 < 0.23
    assert 0.08 < drawn.count(Fault.REFUSAL) / 4000 < 0.12


def test_a_misspelt_fault_is_an_error():
    with pytest.raises(ValidationError):
        Behaviour.model_validate({"ratelimit": 1.0})


def test_paying_twice_for_the_same_request_is_visible(desk, asking):
    for words in ("one", "two", "two"):
        desk.message(asking(messages=[{"role": "user", "content": words}]), x_standin_counter="extract")
    state = desk.api.ledger.state()
    assert state["paid"]["requests"] == 2
    assert list(state["paid"]["repeated"].values()) == [2]
    assert state["counters"] == {"extract": 3}
    assert state["by_outcome"] == {"answered": 3}
    desk.api.reset()
    assert desk.api.ledger.state()["paid"] == {"requests": 0, "payments": 0, "repeated": {}}
