"""A receiver of webhooks on loopback: a real HTTP server that answers as told and keeps what it was sent."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

type Answer = tuple[int, dict[str, str], bytes]
OK: Answer = (200, {}, b"ok")


@dataclass(frozen=True, slots=True)
class Heard:
    """One request: when it was whole (monotonic seconds), where it went, its headers by lower-case name, its body."""

    at: float
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """``line`` is answered first, one each; then ``ever``. ``before`` runs ahead of every answer."""

    url: str = ""
    ever: Answer = OK
    line: list[Answer] = field(default_factory=list)
    heard: list[Heard] = field(default_factory=list)
    before: Callable[[Any], None] = lambda _: None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, heard: Heard) -> Answer:
        with self._lock:
            self.heard.append(heard)
            return self.line.pop(0) if self.line else self.ever


@contextmanager
def receiving() -> Iterator[Receiver]:
    """Serve a receiver for the length of a ``with``."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, more, text = receiver.take(Heard(time.monotonic(), self.path, headers, body))
            receiver.before(self)
            self.send_response(status)
            for name, value in ({"content-length": str(len(text))} | more).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_POST  # noqa: N815 -- the library's name

        def log_message(self, *_: Any) -> None:
            return  # a test's output is its own

        def handle(self) -> None:
            try:
                super().handle()
            except OSError:
                return  # the caller has had enough

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    receiver.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)
