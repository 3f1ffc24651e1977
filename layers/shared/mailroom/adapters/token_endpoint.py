"""The user pool's token endpoint: a code for an id token, over TLS and in a bounded time."""

import binascii
import json
from base64 import urlsafe_b64decode
from collections.abc import Callable, Mapping
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any
from urllib.parse import urlencode

from mailroom.domain.errors import TransientError
from mailroom.domain.sign_in import SignInError, SignInService

TIMEOUT_S = 5.0
MOST_BYTES = 64 * 1024
"""Of an answer: three tokens of a few kilobytes each."""


def _over_tls(domain: str) -> HTTPConnection:
    return HTTPSConnection(domain, timeout=TIMEOUT_S)


class TokenEndpoint:
    """Exchanges codes. It follows no redirect: the only host that is ever asked is the user pool's own."""

    def __init__(self, service: SignInService, connect: Callable[[str], HTTPConnection] = _over_tls) -> None:
        self._service = service
        self._connect = connect

    def claims(self, code: str, verifier: str, redirect_uri: str) -> Mapping[str, Any]:
        """Return the claims of the id token that a code stands for.

        Raises SignInError where the code is refused, and TransientError where the service cannot be asked.
        """
        body = urlencode(
            {
                "grant_type": "authorization_code",
                "client_id": self._service.client_id,
                "code": code,
                "redirect_uri": redirect_uri,
                "code_verifier": verifier,
            }
        )
        connection = self._connect(self._service.domain)
        try:
            connection.request("POST", "/oauth2/token", body, {"content-type": "application/x-www-form-urlencoded"})
            response = connection.getresponse()
            answered = response.read(MOST_BYTES)
        except (OSError, HTTPException) as error:
            raise TransientError(f"The sign-in service could not be reached ({type(error).__name__}).") from error
        finally:
            connection.close()
        if response.status >= 500:
            raise TransientError(f"The sign-in service failed ({response.status}).")
        if response.status != 200:
            raise SignInError("The sign-in was too old or was used already. Sign in again.")
        return _claims_in(answered)


def _claims_in(answered: bytes) -> Mapping[str, Any]:
    try:
        payload = str(json.loads(answered)["id_token"]).split(".")[1]
        claims = json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (ValueError, KeyError, IndexError, TypeError, binascii.Error) as error:
        raise SignInError("The sign-in service answered with something that is no id token. Sign in again.") from error
    if not isinstance(claims, dict):
        raise SignInError("The sign-in service answered with something that is no id token. Sign in again.")
    return claims
