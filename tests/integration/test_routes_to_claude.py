"""Each route's own client of the SDK, over real loopback HTTP, against the stand-in's equivalent of its endpoint."""

import sys

import anthropic
import httpx2
import pytest

from local.standin import serve
from mailroom.adapters.claude import ClaudeModel, payload
from mailroom.adapters.claude_client import ClaudeClients
from mailroom.adapters.claude_routes import CATALOGUE_NAMES, name_on
from mailroom.catalogue import card, load
from mailroom.domain.errors import PermanentError, StopTheLineError, TransientError
from mailroom.domain.record import CacheVerdict
from mailroom.ports import CacheLife, Outcome
from mailroom.prompts.wire import parse_answer
from mailroom.settings import Asking, SettingsError
from tests.integration.test_claude_adapter import TYPES, request

CLIENTS = {
    "anthropic": anthropic.Anthropic,
    "aws": anthropic.AnthropicAWS,
    "bedrock": anthropic.AnthropicBedrock,
    "vertex": anthropic.AnthropicVertex,
}
MODELS = ["claude-haiku-4-5", "claude-haiku-5-5", "claude-sonnet-4-6", "claude-sonnet-5-5"]


@pytest.fixture(scope="module")
def standin():
    with serve(0) as running:
        yield running


@pytest.fixture(autouse=True)
def aws_identity(monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a-secret")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    for name in ("AWS_SESSION_TOKEN", "AWS_PROFILE", "AWS_BEARER_TOKEN_BEDROCK", "ANTHROPIC_AWS_API_KEY"):
        monkeypatch.delenv(name, raising=False)


def settings(provider, url="http://127.0.0.1:9", **changes):
    given = {
        "records_table": "r",
        "raw_bucket": "b",
        "idempotency_table": "i",
        "model_provider": provider,
        "anthropic_api_key": "sk-test" if provider == "anthropic" else "",
        "anthropic_base_url": f"{url}/v1" if provider == "vertex" else url,
        "aws_region": "eu-central-1",
        "anthropic_aws_workspace_id": "wrkspc_01",
        "anthropic_vertex_project_id": "a-project",
        "cloud_ml_region": "europe-west1",
        "vertex_access_token": "ya29.token",
        "model_timeout_s": 5,
    }
    return Asking(**(given | changes))


def model(provider, url, **changes):
    asking = settings(provider, url, **changes)
    return ClaudeModel(ClaudeClients(asking), card, CATALOGUE_NAMES[provider], asking.bedrock_geography)


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("provider", CLIENTS)
def test_every_model_answers_on_every_route_in_a_form_that_the_one_parser_reads(standin, provider, name):
    answer = model(provider, standin.url).ask(request(name))

    assert answer.outcome is Outcome.COMPLETE
    assert parse_answer(answer.text, TYPES).kind == "invoice"
    assert answer.usage.output_tokens > 0


@pytest.mark.parametrize("provider", CLIENTS)
def test_the_prefix_is_cached_on_every_route(standin, provider):
    asked = request("claude-haiku-4-5", cache=CacheLife.ONE_HOUR)
    httpx2.post(f"{standin.url}/_standin/reset").raise_for_status()
    first, second = (model(provider, standin.url).ask(asked) for _ in range(2))

    assert (first.cache, second.cache) == (CacheVerdict.WRITE, CacheVerdict.HIT)
    assert first.usage.cache_write_1h_tokens == second.usage.cache_read_tokens > 0


@pytest.mark.parametrize("provider", CLIENTS)
def test_the_right_client_is_opened_and_never_retries(provider):
    opened = ClaudeClients(settings(provider))()

    assert type(opened) is CLIENTS[provider]
    assert opened.max_retries == 0


def test_the_region_and_the_workspace_of_the_settings_reach_the_client():
    on_aws, on_bedrock = (ClaudeClients(settings(each, anthropic_base_url=""))() for each in ("aws", "bedrock"))
    on_vertex = ClaudeClients(settings("vertex", anthropic_base_url=""))()

    assert str(on_aws.base_url) == "https://aws-external-anthropic.eu-central-1.api.aws"
    assert on_aws.workspace_id == "wrkspc_01"
    assert str(on_bedrock.base_url) == "https://bedrock-runtime.eu-central-1.amazonaws.com"
    assert str(on_vertex.base_url).startswith("https://europe-west1-aiplatform.googleapis.com/v1")


@pytest.mark.parametrize("provider", CLIENTS)
def test_without_structured_outputs_the_schema_stands_behind_the_cached_prefix(provider):
    route = CATALOGUE_NAMES[provider]
    for each in load().values():
        asked = request(each.id)
        body = payload(asked, each, route)
        words = body["messages"][0]["content"][-1]["text"]
        if route in each.structured_outputs:
            assert body["output_config"]["format"]["schema"] == asked.answer_schema
            assert '"additionalProperties"' not in words
        else:
            assert "format" not in body.get("output_config", {})
            assert '"additionalProperties":false' in words
        assert [block["text"] for block in body["system"]] == [asked.system]


def test_a_geography_picks_another_inference_profile_and_touches_no_other_route():
    haiku = card("claude-haiku-4-5")

    assert name_on("bedrock", haiku, "eu") == "eu.anthropic.claude-haiku-4-5-20251001-v1:0"
    assert name_on("bedrock", haiku) == haiku.ids["bedrock"]
    assert name_on("vertex", haiku, "eu") == haiku.ids["vertex"]


def test_a_profile_of_another_geography_is_answered_too(standin):
    assert model("bedrock", standin.url, bedrock_geography="eu").ask(request("claude-haiku-4-5")).text


@pytest.mark.parametrize(
    ("provider", "changes", "names"),
    [
        ("aws", {"anthropic_aws_workspace_id": ""}, "ANTHROPIC_AWS_WORKSPACE_ID"),
        ("vertex", {"anthropic_vertex_project_id": ""}, "ANTHROPIC_VERTEX_PROJECT_ID"),
        ("bedrock", {"bedrock_geography": "mars"}, "BEDROCK_GEOGRAPHY"),
        ("anthropic", {"anthropic_api_key": ""}, "ANTHROPIC_SECRET_ID"),
        ("carrier-pigeon", {}, "MODEL_PROVIDER"),
    ],
)
def test_a_setting_that_a_route_lacks_is_named(provider, changes, names):
    with pytest.raises(SettingsError, match=names):
        ClaudeClients(settings(provider, **changes))()


@pytest.mark.parametrize("provider", ["aws", "bedrock"])
def test_a_route_without_a_region_says_so(provider, monkeypatch):
    clients = ClaudeClients(settings(provider, aws_region="", anthropic_base_url=""))
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    monkeypatch.delenv("AWS_REGION", raising=False)

    with pytest.raises(SettingsError, match="region"):
        clients()


@pytest.mark.parametrize(
    ("provider", "module", "extra"),
    [
        ("aws", "botocore", r"anthropic\[aws\]"),
        ("bedrock", "botocore", r"anthropic\[bedrock\]"),
        ("vertex", "google.auth", r"anthropic\[vertex\]"),
    ],
)
def test_a_package_that_is_not_installed_is_named_with_its_install(provider, module, extra, monkeypatch):
    clients = ClaudeClients(settings(provider, vertex_access_token=""))
    monkeypatch.setitem(sys.modules, module, None)

    with pytest.raises(SettingsError, match=extra):
        clients()


@pytest.mark.parametrize("provider", ["aws", "bedrock"])
def test_missing_aws_credentials_stop_the_line_and_keep_the_message(standin, provider, monkeypatch):
    from anthropic.lib.aws import _auth

    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    _auth._get_session.cache_clear()
    try:
        with pytest.raises(StopTheLineError):
            model(provider, standin.url).ask(request("claude-haiku-4-5"))
    finally:
        _auth._get_session.cache_clear()


@pytest.mark.parametrize(
    ("fault", "error"),
    [("forbidden", StopTheLineError), ("rate_limit", TransientError), ("overloaded", TransientError)],
)
@pytest.mark.parametrize("provider", CLIENTS)
def test_a_fault_means_the_same_on_every_route(standin, provider, fault, error):
    httpx2.post(f"{standin.url}/_standin/behaviour", json={fault: 1.0}).raise_for_status()
    try:
        with pytest.raises(error):
            model(provider, standin.url).ask(request("claude-haiku-4-5"))
    finally:
        httpx2.post(f"{standin.url}/_standin/reset").raise_for_status()


BODY = {"anthropic_version": "2026-10-21", "max_tokens": 10, "messages": [{"role": "user", "content": "Hello"}]}
VERTEX = "/v1/projects/p/locations/global/publishers/anthropic/models"


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/model/global.anthropic.claude-haiku-4-5-20251001-v1:0/invoke", {}, 403),
        ("/model/global.anthropic.claude-haiku-4-5-20251001-v1:0/invoke", {"authorization": "Bearer key"}, 200),
        ("/model/anthropic.claude-haiku-4-5-20251001-v1:0/invoke", {"authorization": "Bearer key"}, 400),
        (f"{VERTEX}/claude-haiku-4-5@20251001:rawPredict", {}, 401),
        (f"{VERTEX}/claude-haiku-4-5@20251001:rawPredict", {"authorization": "Bearer token"}, 200),
        (f"{VERTEX}/claude-haiku-4-5-20251001:rawPredict", {"authorization": "Bearer token"}, 404),
    ],
)
def test_each_endpoint_asks_for_its_own_identity_and_its_own_form_of_the_models_name(standin, path, headers, status):
    assert httpx2.post(standin.url + path, json=BODY, headers=headers).status_code == status


def test_a_signature_for_another_service_opens_no_door(standin):
    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    signed = AWSRequest("POST", f"{standin.url}/v1/messages", headers={"anthropic-workspace-id": "w"}, data=b"{}")
    SigV4Auth(Credentials("AKID", "secret"), "bedrock", "eu-central-1").add_auth(signed)

    assert httpx2.post(f"{standin.url}/v1/messages", content=b"{}", headers=dict(signed.headers)).status_code == 403


def test_top_level_cache_control_is_refused_by_bedrock_and_never_sent(standin):
    path = f"{standin.url}/model/global.anthropic.claude-haiku-4-5-20251001-v1:0/invoke"
    body = BODY | {"cache_control": {"type": "ephemeral"}}

    assert httpx2.post(path, json=body, headers={"authorization": "Bearer key"}).status_code == 400
    assert "cache_control" not in payload(request("claude-haiku-4-5"), card("claude-haiku-4-5"), "bedrock")


def test_a_request_that_bedrock_refuses_is_the_messages_fault(standin):
    with pytest.raises(PermanentError):
        model("bedrock", standin.url).ask(request("claude-haiku-4-5", max_tokens=10_000_000))
