"""POST to a configured address: bounded in time and size, follows nothing, believes nothing, and never raises.

The standard library's client and not urllib3's pool: the address that is really connected to can be looked at before a
byte is sent, which no check of the name beforehand could replace (a name may resolve to another address next time).
"""

import http.client
import ipaddress
import math
import socket
import ssl
import time
from collections.abc import Mapping
from threading import Timer
from urllib.parse import urlsplit

from mailroom.domain.notice_delivery import Reply

TIMEOUT_S = 10.0
"""How long one try may take in all: name, connection, TLS, request and reply."""

MOST_REPLY_BYTES = 4096
"""As much of a reply's body is read, so that the receiver sees its answer taken; none of it is kept or logged."""


class _ForbiddenAddressError(OSError):
    """The name leads to an address that is not on the public internet."""


def post(url: str, body: bytes, headers: Mapping[str, str], *, internal: bool, timeout_s: float = TIMEOUT_S) -> Reply:
    """Send one POST and return the status; 3xx is a reply like any other, for no redirect is followed.

    ``internal`` allows addresses that are not on the public internet. A reply's ``said`` is one of our own words.
    """
    began = time.monotonic()
    try:
        code, retry_after_s, said = _exchanged(url, body, headers, internal=internal, timeout_s=timeout_s)
    except (OSError, http.client.HTTPException, ValueError) as error:
        code, retry_after_s, said = 0, 0.0, _in_our_words(error, time.monotonic() - began >= timeout_s)
    return Reply(code=code, said=said, took_ms=round((time.monotonic() - began) * 1000), retry_after_s=retry_after_s)


def _exchanged(
    url: str, body: bytes, headers: Mapping[str, str], *, internal: bool, timeout_s: float
) -> tuple[int, float, str]:
    parts = urlsplit(url)
    secure = parts.scheme == "https"
    make = http.client.HTTPSConnection if secure else http.client.HTTPConnection
    connection = make(parts.hostname or "", parts.port, timeout=timeout_s)
    # A socket's timeout is for each read: a receiver that sends a byte a second would hold us for good.
    enough = Timer(timeout_s, lambda: _break(connection))
    enough.daemon = True
    enough.start()
    try:
        connection.connect()
        _check(connection.sock, internal=internal)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("POST", path, body, {"user-agent": "Mailroom", **headers})
        answer = connection.getresponse()
        answer.read(MOST_REPLY_BYTES)
        return answer.status, _seconds(answer.getheader("retry-after", "")), ""
    finally:
        enough.cancel()
        connection.close()


def _break(connection: http.client.HTTPConnection) -> None:
    if isinstance(connection.sock, socket.socket):
        try:
            connection.sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            return  # it has ended by itself


def _check(connected: socket.socket, *, internal: bool) -> None:
    address = ipaddress.ip_address(connected.getpeername()[0].partition("%")[0])
    mapped = getattr(address, "ipv4_mapped", None)
    if not internal and not (mapped or address).is_global:
        raise _ForbiddenAddressError


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        return 0.0  # none, or an HTTP date: our own rhythm serves
    return seconds if math.isfinite(seconds) and seconds > 0 else 0.0


def _in_our_words(error: Exception, late: bool) -> str:
    if isinstance(error, _ForbiddenAddressError):
        return "not a public address"
    if isinstance(error, TimeoutError) or late:
        return "timeout"
    if isinstance(error, ssl.SSLError):
        return "no trusted TLS"
    if isinstance(error, socket.gaierror):
        return "no such host"
    if isinstance(error, ConnectionRefusedError):
        return "connection refused"
    return "connection broken"
