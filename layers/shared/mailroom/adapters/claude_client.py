"""An open client for the configured route to Claude, and the secret that opens it."""

from threading import Lock
from typing import Any

from aws_lambda_powertools.utilities.parameters import SecretsProvider
from aws_lambda_powertools.utilities.parameters.exceptions import GetParameterError

from mailroom.adapters.aws import client
from mailroom.adapters.claude_routes import check_route, open_client
from mailroom.domain.errors import StopTheLineError
from mailroom.settings import Asking, SettingsError

SECRET_AGE_S = 300
"""How long a secret is kept before it is asked for again: a rotated key works within five minutes, without a deploy."""


class ClaudeClients:
    """Gives the SDK's client of the configured route, and a new one when the key has changed."""

    def __init__(self, settings: Asking) -> None:
        check_route(settings)
        self._settings = settings
        # A provider of our own: Powertools' shared one has a client without our bounds, and keeps it for good.
        self._secrets = SecretsProvider(boto3_client=client("secretsmanager"))
        self._open: dict[str, Any] = {}
        self._opening = Lock()

    def __call__(self) -> Any:
        """Return a client that is open; raises StopTheLineError when the secret cannot be read."""
        own_key = self._settings.model_provider == "anthropic"
        key = self._api_key() if own_key else ""
        with self._opening:  # a batch's threads all come here first
            if key not in self._open:
                self.close()
                self._open[key] = open_client(self._settings, key)
            return self._open[key]

    def _api_key(self) -> str:
        """Return the key: from Secrets Manager in the cloud, from the environment on a developer's machine."""
        name = self._settings.anthropic_secret_id
        if not name:
            if self._settings.anthropic_api_key:
                return self._settings.anthropic_api_key
            raise SettingsError("Set ANTHROPIC_SECRET_ID (the secret's name) or ANTHROPIC_API_KEY.")
        try:
            return str(self._secrets.get(name, max_age=SECRET_AGE_S))
        except GetParameterError as error:
            raise StopTheLineError("The API key could not be read from Secrets Manager.") from error

    def close(self) -> None:
        """Close what is open."""
        while self._open:
            self._open.popitem()[1].close()
