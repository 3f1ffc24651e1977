"""Who is signed in: one item a session, under the hash of the secret that the browser's cookie holds."""

import hashlib
import secrets
from typing import Any

from mailroom.adapters.aws import aws_errors
from mailroom.domain.session import SESSION_LIFE, Person, Role, Session
from mailroom.domain.sign_in import ATTEMPT_LIFE, SignInAttempt
from mailroom.ports import Clock

_SECRET_BYTES = 32


class DynamoDBSessions:
    """Sessions in one table. Whoever reads it cannot sign in with what it holds: the secrets themselves are nowhere."""

    def __init__(self, dynamodb: Any, table: str, clock: Clock) -> None:
        self._dynamodb = dynamodb
        self._table = table
        self._clock = clock

    def open(self, session: Session) -> str:
        """Keep a new session and return its secret, which is kept nowhere."""
        secret = secrets.token_urlsafe(_SECRET_BYTES)
        ends = self._clock.now() + SESSION_LIFE
        item = {
            **_key(secret),
            "name": {"S": session.person.name},
            "role": {"S": session.person.role.value},
            "csrf": {"S": session.csrf},
            "expires_at": {"N": str(int(ends.timestamp()))},
        }
        with aws_errors("opening a session"):
            self._dynamodb.put_item(TableName=self._table, Item=item)
        return secret

    def find(self, secret: str) -> Session | None:
        """Return the session of a secret; None where there is none or it is over (DynamoDB deletes hours late)."""
        with aws_errors("looking for a session"):
            answer = self._dynamodb.get_item(TableName=self._table, Key=_key(secret), ConsistentRead=True)
        item = answer.get("Item")
        if not item or "csrf" not in item or float(item["expires_at"]["N"]) <= self._clock.now().timestamp():
            return None
        return Session(Person(item["name"]["S"], Role(item["role"]["S"])), item["csrf"]["S"])

    def close(self, secret: str) -> None:
        """Forget a session."""
        with aws_errors("closing a session"):
            self._dynamodb.delete_item(TableName=self._table, Key=_key(secret))

    def keep_attempt(self, attempt: SignInAttempt) -> str:
        """Keep what must come back from a sign-in and return its secret."""
        secret = secrets.token_urlsafe(_SECRET_BYTES)
        ends = self._clock.now() + ATTEMPT_LIFE
        texts = {"state": attempt.state, "nonce": attempt.nonce, "verifier": attempt.verifier, "back": attempt.back}
        item = {name: {"S": text} for name, text in texts.items()}
        with aws_errors("beginning a sign-in"):
            self._dynamodb.put_item(
                TableName=self._table, Item={**_key(secret), **item, "expires_at": {"N": str(int(ends.timestamp()))}}
            )
        return secret

    def take_attempt(self, secret: str) -> SignInAttempt | None:
        """Return an attempt and forget it, so that it is used once; None where there is none or it took too long."""
        with aws_errors("ending a sign-in"):
            answer = self._dynamodb.delete_item(TableName=self._table, Key=_key(secret), ReturnValues="ALL_OLD")
        item = answer.get("Attributes")
        if not item or "verifier" not in item or float(item["expires_at"]["N"]) <= self._clock.now().timestamp():
            return None
        return SignInAttempt(item["state"]["S"], item["nonce"]["S"], item["verifier"]["S"], item["back"]["S"])


def new_session(person: Person) -> Session:
    """Return a session for somebody who has just signed in, with a token of its own for posts."""
    return Session(person, secrets.token_urlsafe(_SECRET_BYTES))


def _key(secret: str) -> dict[str, dict[str, str]]:
    return {"session": {"S": hashlib.sha256(secret.encode()).hexdigest()}}
