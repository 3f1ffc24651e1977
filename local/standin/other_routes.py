"""The same model behind other doors: Claude Platform on AWS, Bedrock's InvokeModel, Vertex's rawPredict.

Each door turns its request into one of the first-party API: it reads who is calling by that route's own scheme, takes
the model's name out of the path, and refuses what the vendor's pages say that the route refuses. A signature is looked
at for its scheme, service and scope, and never checked: the stand-in knows no secret. Shapes as the SDK's clients
send them (anthropic 2.12.0, lib/aws, lib/bedrock, lib/vertex).
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from local.standin.errors import ApiError, invalid
from local.standin.rules_of_the_api import VERSIONS

_SIGNED = re.compile(
    r"AWS4-HMAC-SHA256 Credential=(?P<key>[^/,]+)/\d{8}/(?P<region>[a-z0-9-]+)/(?P<service>[a-z-]+)/aws4_request, "
    r"SignedHeaders=[a-z0-9;-]+, Signature=[0-9a-f]{64}"
)
_PROFILE = re.compile(r"(?:global|us|eu|apac|jp|au)\.anthropic\.(?P<model>claude-[a-z0-9-]+?)(?:-v\d+(?::\d+)?)?")
_DATED_AT = re.compile(r"(?P<name>claude-[a-z0-9-]+)@(?P<date>\d{8})")
_BEDROCK_SCHEMAS = re.compile(r"claude-(haiku-4-5|sonnet-4-5|sonnet-4-6|opus-4-5|opus-4-6)(-\d{8})?")
"""The models that take structured outputs on bedrock-runtime (vendor's page of 2026-09)."""
_OLD_VERSIONS = {"bedrock-2023-05-31": "2023-06-01", "vertex-2023-10-16": "2023-06-01"}

type Door = tuple[dict[str, str], bytes]
"""The headers and the body that the first-party API would get."""


def signed_for(headers: Mapping[str, str], service: str) -> str:
    """Return the access key that signed a call for a service; ApiError 403 where none did."""
    match = _SIGNED.fullmatch(headers.get("authorization", ""))
    if not match or not headers.get("x-amz-date"):
        raise ApiError(403, "permission_error", "Missing Authentication Token")
    if match["service"] != service:
        raise ApiError(403, "permission_error", f"Credential should be scoped to correct service: '{service}'.")
    return match["key"]


def on_aws(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the headers of a call to Claude Platform on AWS as the first-party API would get them."""
    workspace = headers.get("anthropic-workspace-id", "")
    if not workspace:
        raise invalid("anthropic-workspace-id: header is required")
    key = signed_for(headers, "aws-external-anthropic")
    return dict(headers) | {"x-api-key": f"{key}/{workspace}"}


def on_bedrock(headers: Mapping[str, str], model_id: str, raw: bytes) -> Door:
    """Turn an InvokeModel call into one of the first-party API."""
    bearer = headers.get("authorization", "")
    caller = bearer if bearer.startswith("Bearer ") else signed_for(headers, "bedrock")
    body = _body_with_version(raw)
    if "model" in body:
        raise invalid("model: Extra inputs are not permitted")
    if "cache_control" in body:
        raise invalid("cache_control: Extra inputs are not permitted")
    match = _PROFILE.fullmatch(model_id)
    if not match:
        raise invalid(
            f"Invocation of model ID {model_id} with on-demand throughput isn't supported. Retry your request with the "
            "ID or ARN of an inference profile that contains this model."
        )
    if (body.get("output_config") or {}).get("format") and not _BEDROCK_SCHEMAS.fullmatch(match["model"]):
        raise invalid("output_config.format: Extra inputs are not permitted")
    return _first_party(caller, match["model"], body)


def on_vertex(headers: Mapping[str, str], model_id: str, raw: bytes) -> Door:
    """Turn a rawPredict call into one of the first-party API."""
    bearer = headers.get("authorization", "")
    if not bearer.removeprefix("Bearer ").strip() or not bearer.startswith("Bearer "):
        raise ApiError(401, "authentication_error", "Request is missing required authentication credential.")
    body = _body_with_version(raw)
    if "model" in body:
        raise invalid("model: Extra inputs are not permitted")
    dated = _DATED_AT.fullmatch(model_id)
    if not dated and re.search(r"-\d{8}$", model_id):
        raise ApiError(404, "not_found_error", f"Publisher Model {model_id} was not found.")
    return _first_party(bearer, f"{dated['name']}-{dated['date']}" if dated else model_id, body)


def _body_with_version(raw: bytes) -> dict[str, Any]:
    try:
        body = json.loads(raw)
    except ValueError:
        raise invalid("The request body is not valid JSON") from None
    if not isinstance(body, dict) or _version(body) not in VERSIONS:
        raise invalid("anthropic_version: Field required")
    return body


def _version(body: dict[str, Any]) -> str:
    asked = str(body.get("anthropic_version", ""))
    return _OLD_VERSIONS.get(asked, asked)


def _first_party(caller: str, model: str, body: dict[str, Any]) -> Door:
    rest = {name: value for name, value in body.items() if name not in {"anthropic_version", "anthropic_beta"}}
    headers = {"x-api-key": caller, "anthropic-version": _version(body)}
    return headers, json.dumps(rest | {"model": model}).encode()
