"""Signing in by OpenID Connect's authorization code flow with PKCE: what is asked, and whom an id token names.

Sources: OpenID Connect Core 1.0, sections 3.1.2.1 and 3.1.3.7; RFC 7636 (PKCE); Amazon Cognito's developer guide,
"Understanding the identity (ID) token".
"""

import hashlib
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from mailroom.domain.errors import MailroomError
from mailroom.domain.session import Person, Role

ATTEMPT_LIFE = timedelta(minutes=10)
"""How long signing in may take: a second factor, and a temporary password that must be replaced."""

REVIEWERS = "reviewers"
"""The group of the user pool whose members decide; everybody else only looks."""


class SignInError(MailroomError):
    """Somebody could not be signed in; the sentence says what that person can do."""


@dataclass(frozen=True, slots=True)
class SignInService:
    """The deployed user pool's sign-in: its own host, our client's id there, and who signs its tokens."""

    domain: str
    client_id: str
    issuer: str


@dataclass(frozen=True, slots=True)
class SignInAttempt:
    """What must come back unchanged: three secrets of one browser's attempt, and where in the console it was going."""

    state: str
    nonce: str
    verifier: str
    back: str


def sign_in_address(service: SignInService, attempt: SignInAttempt, redirect_uri: str) -> str:
    """Return where the browser is sent to sign in."""
    challenge = urlsafe_b64encode(hashlib.sha256(attempt.verifier.encode()).digest()).rstrip(b"=").decode()
    query = {
        "response_type": "code",
        "client_id": service.client_id,
        "redirect_uri": redirect_uri,
        "scope": "openid email",
        "state": attempt.state,
        "nonce": attempt.nonce,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    return f"https://{service.domain}/oauth2/authorize?{urlencode(query)}"


def sign_out_address(service: SignInService, back_to: str) -> str:
    """Return where the browser ends its session at the sign-in service as well."""
    return f"https://{service.domain}/logout?{urlencode({'client_id': service.client_id, 'logout_uri': back_to})}"


def person_of(claims: Mapping[str, Any], service: SignInService, attempt: SignInAttempt, now: datetime) -> Person:
    """Return whom an id token names.

    Its signature is not checked: the token comes straight from the token endpoint over TLS, which section 3.1.3.7 (6)
    accepts in its place. Raises SignInError for a token that is not for us, not for this attempt, or over.
    """
    expected = {
        "iss": service.issuer,
        "aud": service.client_id,
        "token_use": "id",
        "nonce": attempt.nonce,
    }
    wrong = [name for name, value in expected.items() if claims.get(name) != value]
    expires = claims.get("exp")
    if not isinstance(expires, int) or expires <= now.timestamp():
        wrong.append("exp")
    name = claims.get("email") or claims.get("cognito:username")
    if wrong or not isinstance(name, str) or not name:
        raise SignInError("The sign-in service answered with something that is not meant for this. Sign in again.")
    groups = claims.get("cognito:groups", ())
    decides = isinstance(groups, list) and REVIEWERS in groups
    return Person(name, Role.REVIEWER if decides else Role.READER)
