"""A stand-in without a server: calls go straight to its API, on a clock that the test turns."""

import json
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

import pytest

from local.standin.api import MessagesApi
from local.standin.replies import Reply

HEADERS = {"authorization": "Bearer key-of-one", "anthropic-version": "2026-10-21"}


def finished[T](call: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine that never really waits, without an event loop."""
    try:
        call.send(None)
    except StopIteration as stop:
        return stop.value
    raise AssertionError("the call waits for something")


@dataclass
class Desk:
    """A stand-in with a clock: ``now`` in seconds since 1970, moved by every simulated sleep."""

    now: float = 1_795_000_000.0
    slept: list[float] = field(default_factory=list)
    api: MessagesApi = field(init=False)

    def __post_init__(self) -> None:
        self.api = MessagesApi(clock=lambda: self.now, sleep=self._sleep)

    async def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def send(self, body: dict[str, Any], **headers: str) -> Reply:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return finished(self.api.messages(HEADERS | named, json.dumps(body).encode()))

    def count(self, body: dict[str, Any]) -> Reply:
        return finished(self.api.count_tokens(HEADERS, json.dumps(body).encode()))

    def message(self, body: dict[str, Any], **headers: str) -> dict[str, Any]:
        reply = self.send(body, **headers)
        assert reply.status == 200, reply.body
        return json.loads(reply.body)

    def refusal(self, body: dict[str, Any], **headers: str) -> tuple[int, str]:
        reply = self.send(body, **headers)
        assert reply.status >= 400, reply.body
        return reply.status, json.loads(reply.body)["error"]["message"]


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def asking() -> Callable[..., dict[str, Any]]:
    """A plain request, with what the test changes."""

    def build(**changes: Any) -> dict[str, Any]:
        plain = {
            "model": "claude-haiku-4-5",
            "max_tokens": 200,
            "messages": [{"role": "user", "content": "Hello"}],
        }
        return {name: value for name, value in (plain | changes).items() if value is not None}

    return build
