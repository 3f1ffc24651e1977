"""An open client for the configured route to Claude, and the secret that opens it."""

from importlib import import_module
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
    """Gives the SDK's client of the configured route; another key takes effect on the connections that are open."""

    def __init__(self, settings: Asking) -> None:
        check_route(settings)
        self._settings = settings
        # A provider of our own: Powertools' shared one has a client without our bounds, and keeps it for good.
        self._secrets = SecretsProvider(boto3_client=client("secretsmanager"))
        self._base: Any = None
        self._open: dict[str, Any] = {}
        self._opening = Lock()

    def __call__(self) -> Any:
        """Return a client that is open; raises StopTheLineError when the secret cannot be read."""
        own_key = self._settings.model_provider == "anthropic"
        key = self._api_key() if own_key else ""
        with self._opening:  # a batch's threads all come here first
            if key not in self._open:
                base = self._opened()
                self._open = {key: base.with_options(api_key=key) if own_key else base}
            return self._open[key]

    def prepare(self) -> None:
        """Open what needs no key, in Lambda's init: the SDK imports with its first call what a call needs."""
        import_module("anthropic.resources.messages.messages")
        if self._settings.model_provider == "anthropic":  # the other routes look for credentials as they open
            with self._opening:
                self._opened()

    def _opened(self) -> Any:
        if self._base is None:
            self._base = open_client(self._settings, "read with the first call")
        return self._base

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
        self._open = {}
        if self._base is not None:
            self._base.close()
            self._base = None
