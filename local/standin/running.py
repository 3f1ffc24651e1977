"""Run the stand-in: in a thread of this process, or as the process itself. Loopback only, always."""

import socket
import threading
import time
from dataclasses import dataclass
from typing import Self

import uvicorn

from local.standin.api import Clock, MessagesApi
from local.standin.faults import Behaviour
from local.standin.server import create_app

LOOPBACK = "127.0.0.1"
_START_WITHIN_S = 10.0


@dataclass(frozen=True, slots=True)
class Handle:
    """A running stand-in. ``api`` is its inside: ``api.behaviour`` may be set, ``api.ledger.state()`` read."""

    url: str
    api: MessagesApi
    _server: uvicorn.Server
    _thread: threading.Thread

    def stop(self) -> None:
        """Stop serving; calls that still wait are cut. Stopping twice does nothing."""
        self._server.should_exit = True
        self._thread.join(timeout=_START_WITHIN_S)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def serve(port: int = 0, behaviour: Behaviour | None = None, clock: Clock = time.time) -> Handle:
    """Serve in a background thread and return once the port accepts calls; port 0 picks a free one.

    Raises OSError where the port is taken, TimeoutError where the server does not start.
    """
    api = MessagesApi(behaviour, clock)
    listening = _listen(port)
    server = uvicorn.Server(_config(api))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, name="standin", daemon=True)
    thread.start()
    give_up_at = time.monotonic() + _START_WITHIN_S
    while not server.started:
        if time.monotonic() > give_up_at or not thread.is_alive():
            listening.close()
            raise TimeoutError("the stand-in did not start")
        time.sleep(0.005)
    return Handle(f"http://{LOOPBACK}:{listening.getsockname()[1]}", api, server, thread)


def run(port: int, behaviour: Behaviour) -> None:
    """Serve in the foreground until interrupted."""
    listening = _listen(port)
    address = f"http://{LOOPBACK}:{listening.getsockname()[1]}"
    print(f"The stand-in of the Messages API listens on {address}", flush=True)  # noqa: T201 - this is a command's output
    uvicorn.Server(_config(MessagesApi(behaviour))).run(sockets=[listening])


def _listen(port: int) -> socket.socket:
    # asyncio turns Nagle's delay off only for sockets that say they are TCP; without it a call takes 40 ms longer.
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((LOOPBACK, port))
        listening.listen(1024)
    except OSError:
        listening.close()
        raise
    return listening


def _config(api: MessagesApi) -> uvicorn.Config:
    # A cut connection is ordered here, so uvicorn's complaint about it would be noise.
    return uvicorn.Config(
        create_app(api),
        lifespan="off",
        ws="none",
        log_level="critical",
        access_log=False,
        timeout_graceful_shutdown=1,
    )
