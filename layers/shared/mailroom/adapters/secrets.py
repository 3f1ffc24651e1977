"""Secrets from Secrets Manager, kept for minutes: a rotated one works without a deploy."""

import json
from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools.utilities.parameters import SecretsProvider
from aws_lambda_powertools.utilities.parameters.exceptions import GetParameterError
from pydantic import ValidationError

from mailroom.domain.destinations import Destinations
from mailroom.domain.errors import StopTheLineError, TransientError

SECRET_AGE_S = 300
"""How long a secret is kept before it is asked for again."""


class FormSecrets:
    """The secrets by which forms are signed: one JSON object, form name to secret."""

    def __init__(self, secrets_manager: Any, secret_id: str, age_s: int = SECRET_AGE_S) -> None:
        self._provider = SecretsProvider(boto3_client=secrets_manager)
        self._secret_id = secret_id
        self._age_s = age_s

    def __call__(self) -> Mapping[str, str]:
        """Return the secrets; raises StopTheLineError when they cannot be read, for then no form can be believed."""
        try:
            found = json.loads(str(self._provider.get(self._secret_id, max_age=self._age_s)))
        except (GetParameterError, ValueError) as error:
            raise StopTheLineError("The forms' secrets could not be read from Secrets Manager.") from error
        if not isinstance(found, dict):
            raise StopTheLineError("The forms' secrets are not a JSON object of form names and secrets.")
        return {str(form): str(secret) for form, secret in found.items()}


class DestinationsSecret:
    """Where notices go, as the secret ``DeliveriesSecret`` says it."""

    def __init__(self, secrets_manager: Any, secret_id: str, age_s: int = SECRET_AGE_S) -> None:
        self._provider = SecretsProvider(boto3_client=secrets_manager)
        self._secret_id = secret_id
        self._age_s = age_s
        self._read: tuple[str, Destinations] | None = None

    def __call__(self) -> Destinations:
        """Return the configuration; raises TransientError, naming what is wrong and no value, where it is unusable."""
        try:
            text = str(self._provider.get(self._secret_id, max_age=self._age_s))
        except GetParameterError as error:
            raise TransientError("DeliveriesSecret could not be read: put its JSON there.") from error
        if self._read is None or self._read[0] != text:
            self._read = text, destinations_in(text)
        return self._read[1]


def destinations_in(text: str) -> Destinations:
    """Read the secret's JSON; raises TransientError with where it is wrong, for a mended secret works by itself."""
    try:
        return Destinations.model_validate_json(text)
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, item['loc'])) or 'it'}: {item['msg']}" for item in error.errors())
        raise TransientError(f"DeliveriesSecret cannot be used: {wrong}.") from None
