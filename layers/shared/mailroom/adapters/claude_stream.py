"""An answer heard while it is written: the events of one streamed call, gathered to what an unstreamed one returns.

The SDK says nothing of a stream that breaks off: it ends as if the answer were whole. What has not said
``message_stop`` is therefore no answer, whatever has been heard of it. Nor does its timeout bound a stream, for it is
each read's: at the deadline the connection is broken from here.
"""

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Timer
from typing import Any

import anthropic
import httpx2

from mailroom.domain.cost import Usage
from mailroom.domain.errors import ModelUnavailableError


@dataclass(frozen=True, slots=True)
class Said:
    """One whole answer: why it stopped, its text, what it used, and the API's name of the request."""

    stop_reason: str
    text: str
    usage: Usage
    request_id: str


def heard_out(
    client: Any, body: dict[str, Any], timeout_s: float, heard: Callable[[str], None], usage_of: Callable[[Any], Usage]
) -> Said:
    """Ask, call ``heard`` with the text so far each time there is more of it, and return the whole answer.

    Raises what the SDK raises before the first byte, and ModelUnavailableError for a stream that ends before the
    answer does. What ``heard`` raises ends the call.
    """
    began = time.monotonic()
    with client.messages.create(**body, stream=True, timeout=timeout_s) as stream:
        left_s = timeout_s - (time.monotonic() - began)
        with _broken_off_after(stream.response, left_s):
            try:
                return _gathered(stream, heard, usage_of)
            except httpx2.HTTPError as error:
                raise ModelUnavailableError("The model's answer broke off.") from error


def _gathered(stream: Any, heard: Callable[[str], None], usage_of: Callable[[Any], Usage]) -> Said:
    text, stop_reason, whole = "", "", False
    usage: dict[str, Any] = {}
    for event in stream:
        if event.type == "message_start":
            usage = event.message.usage.model_dump(exclude_none=True)
        elif event.type == "content_block_delta" and event.delta.type == "text_delta":
            text += event.delta.text
            heard(text)
        elif event.type == "message_delta":
            stop_reason = event.delta.stop_reason or stop_reason
            # Cumulative: what it names replaces what was said before.
            usage |= event.usage.model_dump(exclude_none=True)
        elif event.type == "message_stop":
            whole = True
    if not whole or not usage:
        raise ModelUnavailableError("The model's answer broke off.")
    request_id = stream.response.headers.get("request-id", "")
    return Said(stop_reason, text, usage_of(anthropic.types.Usage.model_validate(usage)), request_id)


@contextmanager
def _broken_off_after(response: httpx2.Response, seconds: float) -> Iterator[None]:
    timer = Timer(max(0.0, seconds), _break, [response])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _break(response: httpx2.Response) -> None:
    network = response.extensions.get("network_stream")
    connection = network.get_extra_info("socket") if network else None
    if isinstance(connection, socket.socket):
        try:
            connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            return  # it has ended by itself
