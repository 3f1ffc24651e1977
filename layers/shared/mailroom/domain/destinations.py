"""Where notices go: configuration alone says so, never a message."""

import base64
import binascii
import hashlib
from collections.abc import Mapping
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from mailroom.domain.notice import EVENTS, Notice

SECRET_PREFIX = "whsec_"  # noqa: S105 -- the convention's mark of a secret, not one
LEAST_SECRET_BYTES, MOST_SECRET_BYTES = 24, 64
"""What Standard Webhooks asks of a secret's length."""

ACKNOWLEDGEMENT = "acknowledgement"
"""The name under which acknowledgements stand among the endpoints."""


def _usual_events() -> frozenset[str]:
    return frozenset({"record.accepted", "record.needs_human", "record.corrected", "record.failed"})


def _known_events(events: frozenset[str]) -> frozenset[str]:
    if unknown := sorted(events - EVENTS):
        raise ValueError(f"no event is called {', '.join(unknown)}; there are {', '.join(sorted(EVENTS))}")
    return events


def secret_key(secret: str) -> bytes:
    """Return the bytes of a secret (``whsec_`` and base64); raises ValueError that does not quote it."""
    try:
        key = base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    except binascii.Error:
        raise ValueError("a secret is whsec_ and base64") from None
    if not secret.startswith(SECRET_PREFIX) or not LEAST_SECRET_BYTES <= len(key) <= MOST_SECRET_BYTES:
        raise ValueError("a secret is whsec_ and the base64 of 24 to 64 bytes")
    return key


def _usable(secret: str) -> str:
    secret_key(secret)
    return secret


class _Endpoint(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    name: str = Field(pattern=r"^[a-z][a-z0-9-]{0,39}$")
    url: str
    events: Annotated[frozenset[str], AfterValidator(_known_events)] = Field(default_factory=_usual_events)
    kinds: frozenset[str] = frozenset()
    """The kinds of document that are told; empty means all."""
    internal: bool = False
    """Whether the address may be one of a private network; plain HTTP is allowed there on loopback alone."""

    @model_validator(mode="after")
    def _is_safe(self) -> Self:
        parts = urlsplit(self.url)
        loopback = self.internal and parts.hostname in {"localhost", "127.0.0.1", "::1"}
        if not parts.hostname or (parts.scheme != "https" and not (parts.scheme == "http" and loopback)):
            raise ValueError("an endpoint's url begins with https://")
        if parts.username is not None or parts.fragment or not self.url.isascii() or not self.url.isprintable():
            raise ValueError("an endpoint's url has no user, no fragment, and no character that must be escaped")
        if self.name == ACKNOWLEDGEMENT:
            raise ValueError(f"{ACKNOWLEDGEMENT} is the name of what goes to senders")
        return self

    def wants(self, notice: Notice) -> bool:
        """Say whether this endpoint hears of a notice."""
        return notice.event in self.events and (not self.kinds or notice.kind in self.kinds)

    @property
    def fingerprint(self) -> str:
        """What stands for the url where the url itself, which may be a secret, must not."""
        return hashlib.sha256(self.url.encode()).hexdigest()[:16]


class Webhook(_Endpoint):
    """A receiver of signed webhooks. While secrets are exchanged there are several: each signs, the first is newest."""

    type: Literal["webhook"]
    secrets: tuple[Annotated[str, AfterValidator(_usable)], ...] = Field(min_length=1, max_length=5, repr=False)
    payload: Literal["ids", "record"] = "ids"
    """Whether only ids, state and figures are told, or the record's fields as well."""


class SlackChannel(_Endpoint):
    """A channel of Slack, by the URL of its incoming webhook, which is itself the secret."""

    type: Literal["slack"]
    url: str = Field(repr=False)


class Acknowledgement(BaseModel):
    """What senders are told: a fixed text per kind of document; a kind without one is never acknowledged."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    texts: Mapping[str, Annotated[str, Field(min_length=1, max_length=4000)]]
    per_sender_per_day: int = Field(default=2, ge=1, le=20)


class Destinations(BaseModel):
    """Everything that may be told of a record: what the secret ``DeliveriesSecret`` holds as JSON."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    endpoints: tuple[Annotated[Webhook | SlackChannel, Field(discriminator="type")], ...] = ()
    acknowledgement: Acknowledgement | None = None

    @model_validator(mode="after")
    def _names_are_unique(self) -> Self:
        names = [endpoint.name for endpoint in self.endpoints]
        if len(names) != len(set(names)):
            raise ValueError("two endpoints have the same name")
        return self

    def named(self, name: str) -> Webhook | SlackChannel | None:
        """Return an endpoint by its name."""
        return next((endpoint for endpoint in self.endpoints if endpoint.name == name), None)
