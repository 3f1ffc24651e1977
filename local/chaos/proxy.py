"""A proxy on loopback between the functions and the AWS emulator, in which calls fail on order.

The functions know it as ``AWS_ENDPOINT_URL`` and in no other way. What serves them (event sources, doors, checks)
speaks to the emulator itself, as the parts of AWS do among themselves.
"""

import asyncio
import re
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from local.chaos.aws_faults import AwsFault, AwsFaults, refusal

LOOPBACK = "127.0.0.1"
_START_WITHIN_S = 10.0
_LARGEST = 2**26
"""Bytes of one head or one chunk: more than SES's largest mail."""

_SERVICE = re.compile(rb"\r\nauthorization:[^\r]*credential=[^/\r]+/\d+/[^/\r]+/([a-z0-9-]+)/", re.IGNORECASE)
_INVOCATION = re.compile(rb"\r\namz-sdk-invocation-id: *([^\r]+)", re.IGNORECASE)
_FURTHER_TRY = re.compile(rb"\r\namz-sdk-request:[^\r]*attempt=(?!1\b)\d", re.IGNORECASE)
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_CHUNKED = re.compile(rb"\r\ntransfer-encoding:[^\r]*chunked", re.IGNORECASE)
_EXPECT = re.compile(rb"\r\nexpect:[^\r]*", re.IGNORECASE)


@dataclass
class Proxy:
    """A running proxy. ``calls`` counts tries by service, ``met`` faults by name and by how they ended."""

    target: str
    faults: AwsFaults
    url: str = ""
    calls: Counter[str] = field(default_factory=Counter)
    met: Counter[str] = field(default_factory=Counter)

    async def serve(self, client: asyncio.StreamReader, answers: asyncio.StreamWriter) -> None:
        """Serve one connection until either side closes it."""
        emulator = _Emulator(self.target)
        try:
            while await self._one_call(client, answers, emulator):
                pass
        except (asyncio.IncompleteReadError, OSError):
            pass  # a worker was killed, or the emulator ends
        finally:
            answers.close()
            emulator.close()
            with suppress(OSError):
                await answers.wait_closed()

    async def _one_call(
        self, client: asyncio.StreamReader, answers: asyncio.StreamWriter, emulator: "_Emulator"
    ) -> bool:
        """Pass one call on, or fail it; False where the connection ends with it."""
        head = await client.readuntil(b"\r\n\r\n")
        if _EXPECT.search(head):
            answers.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            head = _EXPECT.sub(b"", head)
        body = await _body(head, client)
        found, named = _SERVICE.search(head), _INVOCATION.search(head)
        service, first = found[1].decode() if found else "", not _FURTHER_TRY.search(head)
        self.calls[service] += 1
        verdict = self.faults.verdict(named[1].decode() if named else "", first=first)
        if verdict and first:
            self.met[verdict.fault] += 1
            self.met["surfaced"] += verdict.stubborn
            self.met["carried_out"] += verdict.carried_out
        answer = b"" if verdict and not verdict.carried_out else await emulator.answer(head, body)
        if verdict:
            answer = b"" if verdict.fault is AwsFault.CUTS else refusal(verdict.fault, service)
        answers.write(answer)
        await answers.drain()
        return not (verdict and verdict.fault is AwsFault.CUTS)


class _Emulator:
    """One connection to the emulator, which closes it whenever it has been idle for some seconds."""

    def __init__(self, target: str) -> None:
        self._address = urlsplit(target)
        self._answers: asyncio.StreamReader | None = None
        self._requests: asyncio.StreamWriter | None = None

    async def answer(self, head: bytes, body: bytes) -> bytes:
        """Return the whole answer to one request; raises OSError or IncompleteReadError where there is none."""
        if self._answers is None or self._requests is None or self._answers.at_eof():
            self.close()
            self._answers, self._requests = await asyncio.open_connection(
                self._address.hostname, self._address.port, limit=_LARGEST
            )
        self._requests.write(head + body)
        answer = await self._answers.readuntil(b"\r\n\r\n")
        bodiless = head.startswith(b"HEAD ") or answer[9:12] in {b"204", b"304"}
        return answer if bodiless else answer + await _body(answer, self._answers)

    def close(self) -> None:
        """Close it; closing twice does nothing."""
        if self._requests:
            self._requests.close()
            self._requests = None


async def _body(head: bytes, stream: asyncio.StreamReader) -> bytes:
    if length := _LENGTH.search(head):
        return await stream.readexactly(int(length[1]))
    parts = []
    if _CHUNKED.search(head):
        size = 1
        while size:
            line = await stream.readuntil(b"\r\n")
            size = int(line.split(b";")[0], 16)
            parts += [line, await stream.readexactly(size + 2)]
    return b"".join(parts)


@contextmanager
def between(target: str, faults: AwsFaults) -> Iterator[Proxy]:
    """Serve in a thread of its own in front of ``target``, on a free port of loopback, for the length of a ``with``.

    Raises TimeoutError where it does not start.
    """
    proxy, ready, over = Proxy(target, faults), threading.Event(), asyncio.Event()
    loop = asyncio.new_event_loop()

    async def serve() -> None:
        server = await asyncio.start_server(proxy.serve, LOOPBACK, 0, limit=_LARGEST)
        proxy.url = f"http://{LOOPBACK}:{server.sockets[0].getsockname()[1]}"
        ready.set()
        await over.wait()
        server.close()
        rest = asyncio.all_tasks() - {asyncio.current_task()}
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()), name="aws-faults", daemon=True)
    thread.start()
    if not ready.wait(_START_WITHIN_S):
        raise TimeoutError("The proxy in front of the emulator did not start.")
    try:
        yield proxy
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join(timeout=_START_WITHIN_S)
        loop.close()
