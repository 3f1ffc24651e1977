"""The routes to Claude: which client of the SDK each needs, with what, and what a model is called there.

==========  ====================  ==================================================  ===========================
Route       Client                Where                                               Who it is
==========  ====================  ==================================================  ===========================
anthropic   Anthropic             api.anthropic.com                                   an API key
aws         AnthropicAWS          aws-external-anthropic.{region}.api.aws             the function's role, workspace
bedrock     AnthropicBedrock      bedrock-runtime.{region}.amazonaws.com              the function's role
vertex      AnthropicVertex       {region}-aiplatform.googleapis.com                  Google's default credentials
==========  ====================  ==================================================  ===========================

From the clients of anthropic 2.12.0 (lib/aws, lib/bedrock, lib/vertex). No client retries: it would sleep a Retry-After
in full inside a paid Lambda; the queue redelivers for free (docs/adr/0006).
"""

import re
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

import anthropic

from mailroom.catalogue import ModelCard
from mailroom.settings import Asking, SettingsError

CATALOGUE_NAMES: Mapping[str, str] = {"anthropic": "api", "aws": "aws", "bedrock": "bedrock", "vertex": "vertex"}
"""What the catalogue calls each route that MODEL_PROVIDER can name."""

GEOGRAPHIES = ("global", "us", "eu", "apac", "jp", "au")
"""The first word of an inference profile: where Bedrock may answer. All but global cost a tenth more."""


def open_client(settings: Asking, api_key: str) -> Any:
    """Return the SDK's client of the configured route.

    Raises:
        SettingsError: a setting of this route is missing or wrong, or a package that it needs is not installed.
    """
    options: dict[str, Any] = {"max_retries": 0, "timeout": settings.model_timeout_s}
    if settings.anthropic_base_url:
        options["base_url"] = settings.anthropic_base_url
    try:
        return _OPENED_BY[settings.model_provider](settings, api_key, options)
    except (anthropic.AnthropicError, ValueError) as error:  # the SDK's own words name what is missing, never a secret
        raise SettingsError(f"MODEL_PROVIDER={settings.model_provider}: {error}") from error


def check_route(settings: Asking) -> None:
    """Raise SettingsError unless MODEL_PROVIDER and what goes with it can be right."""
    if settings.model_provider not in _OPENED_BY:
        routes = ", ".join(_OPENED_BY)
        raise SettingsError(f"MODEL_PROVIDER is {settings.model_provider!r}; it can be one of {routes}.")
    if settings.bedrock_geography and settings.bedrock_geography not in GEOGRAPHIES:
        known = ", ".join(GEOGRAPHIES)
        raise SettingsError(f"BEDROCK_GEOGRAPHY is {settings.bedrock_geography!r}; it can be one of {known}.")


def name_on(route: str, card: ModelCard, geography: str = "") -> str:
    """Return what a model is called on a route; ``geography`` picks another of Bedrock's inference profiles.

    Raises ``UnknownModelError`` where the route does not offer the model.
    """
    name = card.id_on(route)
    if route != "bedrock" or not geography:
        return name
    return re.sub(rf"^({'|'.join(GEOGRAPHIES)})\.", f"{geography}.", name)


def _own_key(_: Asking, api_key: str, options: dict[str, Any]) -> Any:
    return anthropic.Anthropic(api_key=api_key, **options)


def _claude_on_aws(settings: Asking, _: str, options: dict[str, Any]) -> Any:
    _need("botocore", "anthropic[aws]", settings)
    if not settings.anthropic_aws_workspace_id:
        raise SettingsError("MODEL_PROVIDER=aws: set ANTHROPIC_AWS_WORKSPACE_ID (Claude on AWS shows it).")
    return anthropic.AnthropicAWS(
        aws_region=settings.aws_region or None, workspace_id=settings.anthropic_aws_workspace_id, **options
    )


def _bedrock(settings: Asking, _: str, options: dict[str, Any]) -> Any:
    _need("botocore", "anthropic[bedrock]", settings)
    return anthropic.AnthropicBedrock(aws_region=settings.aws_region or None, **options)


def _vertex(settings: Asking, _: str, options: dict[str, Any]) -> Any:
    if settings.vertex_access_token:
        options["access_token"] = settings.vertex_access_token
    else:
        _need("google.auth", "anthropic[vertex]", settings)
    if not settings.anthropic_vertex_project_id:
        raise SettingsError("MODEL_PROVIDER=vertex: set ANTHROPIC_VERTEX_PROJECT_ID (the Google Cloud project).")
    return anthropic.AnthropicVertex(
        region=settings.cloud_ml_region, project_id=settings.anthropic_vertex_project_id, **options
    )


def _need(module: str, extra: str, settings: Asking) -> None:
    try:
        import_module(module)
    except ImportError as error:
        raise SettingsError(
            f"MODEL_PROVIDER={settings.model_provider} needs the package {module}: add {extra} to "
            "layers/dependencies/requirements.in, then `make lock sam-build` (locally requirements-dev.in too)."
        ) from error


_OPENED_BY: Mapping[str, Callable[[Asking, str, dict[str, Any]], Any]] = {
    "anthropic": _own_key,
    "aws": _claude_on_aws,
    "bedrock": _bedrock,
    "vertex": _vertex,
}
