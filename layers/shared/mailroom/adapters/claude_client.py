"""The SDK's client for each route to Claude, and the secret that opens it."""

from collections.abc import Callable
from functools import cache
from typing import Any

import anthropic
from aws_lambda_powertools.utilities import parameters
from aws_lambda_powertools.utilities.parameters.exceptions import GetParameterError

from mailroom.domain.errors import StopTheLineError
from mailroom.settings import Asking, SettingsError

SECRET_AGE_S = 300
"""How long a secret is kept before it is asked for again: a rotated key works within five minutes, without a deploy."""


def client_for(settings: Asking) -> Callable[[], Any]:
    """Return a function that gives the client of the configured route; raises SettingsError for an unknown route.

    The SDK does not retry: it would sleep a Retry-After in full inside a paid Lambda; the queue redelivers for free.
    """
    common: dict[str, Any] = {"max_retries": 0, "timeout": settings.model_timeout_s}
    if settings.anthropic_base_url:
        common["base_url"] = settings.anthropic_base_url
    match settings.model_provider:
        case "anthropic":
            with_key = cache(lambda key: anthropic.Anthropic(api_key=key, **common))
            return lambda: with_key(_api_key(settings))
        case "aws":
            return cache(lambda: anthropic.AnthropicAWS(**common))
        case "bedrock":
            return cache(lambda: anthropic.AnthropicBedrock(**common))
        case "vertex":
            return cache(lambda: anthropic.AnthropicVertex(**common))
        case other:
            raise SettingsError(f"MODEL_PROVIDER is {other!r}; it can be anthropic, aws, bedrock or vertex.")


def _api_key(settings: Asking) -> str:
    """Return the key: from Secrets Manager in the cloud, from the environment on a developer's machine."""
    if not settings.anthropic_secret_id:
        if settings.anthropic_api_key:
            return settings.anthropic_api_key
        raise SettingsError("Set ANTHROPIC_SECRET_ID (the secret's name) or ANTHROPIC_API_KEY.")
    try:
        return str(parameters.get_secret(settings.anthropic_secret_id, max_age=SECRET_AGE_S))
    except GetParameterError as error:
        raise StopTheLineError("The API key could not be read from Secrets Manager.") from error
