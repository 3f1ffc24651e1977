import base64
import io
import json

import pytest
from PIL import Image

OPEN_SCHEMA = {"type": "object", "properties": {}, "required": []}
CLOSED_SCHEMA = OPEN_SCHEMA | {"additionalProperties": False}


def in_format(schema):
    return {"format": {"type": "json_schema", "schema": schema}}


def an_object(properties, required=()):
    return {"type": "object", "properties": properties, "required": list(required), "additionalProperties": False}


def picture(width, height):
    file = io.BytesIO()
    Image.new("1", (width, height)).save(file, "PNG")
    data = base64.b64encode(file.getvalue()).decode()
    return {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": data}}


def test_a_call_without_a_key_is_401(desk, asking):
    assert desk.refusal(asking(), authorization="") == (401, "x-api-key header is required")


def test_a_key_may_come_as_x_api_key(desk, asking):
    assert desk.message(asking(), authorization="", x_api_key="sk")["type"] == "message"


@pytest.mark.parametrize("version", ["", "2031-01-01"])
def test_a_version_that_does_not_exist_is_400(desk, asking, version):
    assert desk.refusal(asking(), anthropic_version=version)[0] == 400


def test_every_refusal_has_the_apis_shape_and_a_request_id(desk, asking):
    reply = desk.send(asking(max_tokens=None))
    body = json.loads(reply.body)
    assert body["type"] == "error"
    assert body["error"]["type"] == "invalid_request_error"
    assert body["request_id"] == reply.headers["request-id"]


def test_an_unknown_model_is_404(desk, asking):
    assert desk.refusal(asking(model="claude-nonsense-9")) == (404, "model: claude-nonsense-9")


def test_a_retired_model_is_404_from_its_last_day_on(desk, asking):
    old = asking(model="claude-sonnet-4-5")
    desk.now = 1_795_910_400.0  # 2026-11-29
    assert desk.message(old)["type"] == "message"
    desk.now += 86_400.0
    assert desk.refusal(old)[0] == 404


@pytest.mark.parametrize("name", ["temperature", "top_p", "top_k"])
def test_sampling_parameters_are_400_under_the_newest_version_even_at_their_defaults(desk, asking, name):
    assert desk.refusal(asking(**{name: 1}))[0] == 400
    assert desk.message(asking(**{name: 1}), anthropic_version="2023-06-01")["type"] == "message"


@pytest.mark.parametrize(
    ("model", "changes"),
    [
        ("claude-haiku-4-5", {"output_config": {"effort": "low"}}),
        ("claude-sonnet-4-5", {"output_config": {"effort": "low"}}),
        ("claude-haiku-4-5", {"thinking": {"type": "adaptive"}}),
        ("claude-sonnet-5-5", {"thinking": {"type": "disabled"}}),
        ("claude-sonnet-5-5", {"thinking": {"type": "between_tools"}, "output_config": {"effort": "max"}}),
        ("claude-haiku-5-5", {"thinking": {"type": "enabled", "budget_tokens": 1024}, "max_tokens": 4096}),
        ("claude-haiku-5-5", {"thinking": {"type": "disabled"}, "output_config": {"effort": "max"}}),
        ("claude-haiku-4-5", {"thinking": {"type": "enabled", "budget_tokens": 1024}, "max_tokens": 1024}),
        ("claude-haiku-4-5", {"max_tokens": 64_001}),
        ("claude-haiku-4-5", {"max_tokens": -1}),
        ("claude-haiku-4-5", {"output_format": {}}),
        ("claude-haiku-4-5", {"inference_geo": "us"}),
        ("claude-haiku-4-5", {"messages": []}),
        ("claude-haiku-4-5", {"messages": [{"role": "assistant", "content": "x"}, {"role": "user", "content": "y"}]}),
        ("claude-haiku-4-5", {"system": [{"type": "text", "text": ""}]}),
        ("claude-haiku-4-5", {"max_tokens": 0, "output_config": in_format(CLOSED_SCHEMA)}),
        ("claude-haiku-4-5", {"max_tokens": 0, "stream": True}),
    ],
)
def test_what_a_model_does_not_take_is_400(desk, asking, model, changes):
    assert desk.refusal(asking(model=model, **changes))[0] == 400


@pytest.mark.parametrize(
    ("model", "changes"),
    [
        ("claude-haiku-5-5", {"output_config": {"effort": "low"}}),
        ("claude-haiku-5-5", {"thinking": {"type": "disabled"}, "output_config": {"effort": "high"}}),
        ("claude-sonnet-5-5", {"thinking": {"type": "between_tools"}}),
        ("claude-sonnet-4-6", {"thinking": {"type": "adaptive"}}),
        ("claude-haiku-4-5", {"max_tokens": 0}),
    ],
)
def test_what_a_model_takes_is_answered(desk, asking, model, changes):
    assert desk.message(asking(model=model, **changes))["role"] == "assistant"


def test_prefill_is_400_with_a_format_and_on_models_without_it(desk, asking):
    turns = [{"role": "user", "content": "x"}, {"role": "assistant", "content": "{"}]
    assert desk.message(asking(messages=turns))["type"] == "message"
    assert desk.refusal(asking(messages=turns, output_config=in_format(CLOSED_SCHEMA)))[0] == 400
    assert desk.refusal(asking(messages=turns, model="claude-haiku-5-5"))[0] == 400


def test_forced_tools_are_400_where_the_model_refuses_them(desk, asking):
    tools = [{"name": "note", "input_schema": CLOSED_SCHEMA}]
    forced = {"tools": tools, "tool_choice": {"type": "tool", "name": "note"}}
    assert desk.message(asking(model="claude-haiku-5-5", **forced))["stop_reason"] == "tool_use"
    assert desk.refusal(asking(model="claude-sonnet-5-5", **forced))[0] == 400


def test_citations_and_a_format_exclude_each_other(desk, asking):
    document = {"type": "document", "source": {"type": "text", "data": "x"}, "citations": {"enabled": True}}
    asked = asking(messages=[{"role": "user", "content": [document]}], output_config=in_format(CLOSED_SCHEMA))
    assert "citations" in desk.refusal(asked)[1]


def test_more_than_four_breakpoints_are_400(desk, asking):
    block = {"type": "text", "text": "x", "cache_control": {"type": "ephemeral"}}
    assert desk.message(asking(system=[block] * 4))["type"] == "message"
    assert desk.refusal(asking(system=[block] * 5))[0] == 400


def test_an_hour_must_not_follow_five_minutes(desk, asking):
    blocks = [{"type": "text", "text": "x", "cache_control": {"type": "ephemeral", "ttl": ttl}} for ttl in ("5m", "1h")]
    assert desk.refusal(asking(system=blocks))[0] == 400
    assert desk.message(asking(system=blocks[::-1]))["type"] == "message"


@pytest.mark.parametrize(
    "schema",
    [
        OPEN_SCHEMA,
        an_object({"a": {"type": "string", "minLength": 1}}),
        an_object({"a": {"type": "integer", "minimum": 0}}),
        an_object({"a": {"type": "array", "items": {"type": "string"}, "minItems": 2}}),
        an_object({"a": {"type": "array", "items": {"type": "string"}, "maxItems": 2}}),
        an_object({"a": {"type": "string", "format": "phone"}}),
        an_object({"a": {"type": "string", "pattern": r"(?=x)y"}}),
        an_object({"a": {"type": "string", "pattern": r"\bword"}}),
        an_object({"a": {"enum": [{"b": 1}]}}),
        an_object({"a": {"oneOf": [{"type": "string"}]}}),
        an_object({"a": {}}),
        an_object({"a": {"$ref": "https://example.com/schema"}}),
        an_object({"a": {"allOf": [{"$ref": "#/$defs/b"}]}}) | {"$defs": {"b": {"type": "string"}}},
        an_object({"a": {"$ref": "#/$defs/b"}}) | {"$defs": {"b": an_object({"again": {"$ref": "#/$defs/b"}})}},
        an_object({f"f{number}": {"type": "string"} for number in range(25)}),
        an_object({f"f{number}": {"type": ["string", "null"]} for number in range(17)}, [f"f{n}" for n in range(17)]),
    ],
)
def test_a_schema_beyond_the_supported_subset_is_400(desk, asking, schema):
    assert desk.refusal(asking(output_config=in_format(schema)))[0] == 400


@pytest.mark.parametrize(
    "schema",
    [
        an_object({f"f{number}": {"type": "string"} for number in range(24)}),
        an_object({f"f{number}": {"type": ["string", "null"]} for number in range(16)}, [f"f{n}" for n in range(16)]),
        an_object({"a": {"$ref": "#/$defs/b"}, "c": {"$ref": "#/$defs/b"}}, ["a", "c"])
        | {"$defs": {"b": {"type": "string", "pattern": "^[A-Z]{2}[0-9]+$"}}},
    ],
)
def test_a_schema_within_the_limits_is_answered_by_an_instance_of_it(desk, asking, schema):
    text = desk.message(asking(output_config=in_format(schema)))["content"][0]["text"]
    assert set(json.loads(text)) == set(schema["required"])


def test_a_broken_picture_is_400_and_a_sound_one_costs_its_patches(desk, asking):
    def holding(block):
        return asking(messages=[{"role": "user", "content": [block, {"type": "text", "text": "Read this."}]}])

    broken = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "AAAA"}}
    assert desk.refusal(holding(broken)) == (400, "Could not process image")
    assert desk.refusal(holding(picture(8001, 1)))[0] == 400
    small, large = (desk.message(holding(picture(side, side)))["usage"]["input_tokens"] for side in (28, 280))
    assert large - small == 99


def test_a_prompt_beyond_the_context_is_400(desk, asking):
    long = "word " * 210_000
    refused = desk.refusal(asking(messages=[{"role": "user", "content": long}]))
    assert "prompt is too long" in refused[1]
    assert desk.message(asking(model="claude-sonnet-4-6", messages=[{"role": "user", "content": long}]))["id"]


def test_counting_tokens_says_what_a_call_is_billed_and_costs_nothing(desk, asking):
    asked = asking(system="Be brief.", output_config=in_format(CLOSED_SCHEMA))
    counted = json.loads(desk.count(asked).body)["input_tokens"]
    assert desk.api.ledger.state()["paid"]["payments"] == 0
    assert desk.message(asked)["usage"]["input_tokens"] == counted


def test_newer_models_cut_the_same_text_into_more_tokens(desk, asking):
    words = asking(messages=[{"role": "user", "content": "ordinary words " * 100}])
    old, new = (
        desk.message(words | {"model": model})["usage"]["input_tokens"]
        for model in ("claude-haiku-4-5", "claude-haiku-5-5")
    )
    assert 1.2 < new / old < 1.4


def test_a_model_that_thinks_by_default_puts_its_thought_first_and_bills_it(desk, asking):
    thoughtful = desk.message(asking(model="claude-haiku-5-5", max_tokens=2000))
    assert [block["type"] for block in thoughtful["content"]] == ["thinking", "text"]
    hushed = desk.message(asking(model="claude-haiku-5-5", max_tokens=2000, thinking={"type": "disabled"}))
    assert [block["type"] for block in hushed["content"]] == ["text"]
    assert thoughtful["usage"]["output_tokens"] > hushed["usage"]["output_tokens"]
    assert thoughtful["usage"]["output_tokens_details"]["thinking_tokens"] > 0


def test_an_answer_longer_than_max_tokens_is_cut_there(desk, asking):
    cut = desk.message(asking(max_tokens=3))
    assert (cut["stop_reason"], cut["usage"]["output_tokens"]) == ("max_tokens", 3)
