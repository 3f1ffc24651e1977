"""How containers reach what listens on this machine's loopback: by one name, through the engine's bridge.

On Linux a container reaches its host by the bridge's address only, where the twin does not listen: the emulator has no
authentication and runs what it is given. So a relay listens there, on the same ports, and lets in peers of that bridge
alone. Where the engine runs in a virtual machine (Docker Desktop), the bridge is none of this machine's, the name leads
to loopback by itself, and no relay is needed.
"""

import errno
import ipaddress
import socket
import socketserver
import threading
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from local.containers.engine import Engine
from local.twin.emulator import LOOPBACK
from local.twin.errors import TwinError

HOST_NAME = "host.docker.internal"
"""What the host is called in a container that was started with ``--add-host host.docker.internal:host-gateway``."""

_CHUNK_BYTES = 64 * 1024
_CONNECTS_WITHIN_S = 5.0


@contextmanager
def open_relays(engine: Engine, ports: Iterable[int]) -> Iterator[None]:
    """Let containers of the engine's bridge reach these loopback ports for the length of a ``with``.

    Raises TwinError where another program listens on a port of the bridge.
    """
    with ExitStack() as undo:
        for port in ports:
            try:
                relay = _Relay(engine.gateway, port, engine.subnet)
            except OSError as error:
                if error.errno == errno.EADDRNOTAVAIL:  # the bridge is in a virtual machine: see above
                    break
                raise TwinError(f"Port {port} of {engine.gateway} is taken: end what listens there.") from error
            undo.callback(relay.stop)
            relay.start()
        yield


class _Relay(socketserver.ThreadingTCPServer):
    """Hands every connection from the bridge on to the same port of loopback."""

    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True

    def __init__(self, address: str, port: int, allowed: str) -> None:
        self.port = port
        self._allowed = ipaddress.ip_network(allowed)
        super().__init__((address, port), _Connection)

    def verify_request(self, request: Any, client_address: Any) -> bool:  # noqa: ARG002 -- socketserver names both
        """Let in peers of the bridge only: a neighbour of this machine could route packets to the bridge's address."""
        return ipaddress.ip_address(client_address[0]) in self._allowed

    def start(self) -> None:
        threading.Thread(target=self.serve_forever, args=(0.1,), name=f"relay-{self.port}", daemon=True).start()

    def stop(self) -> None:
        self.shutdown()
        self.server_close()


class _Connection(socketserver.BaseRequestHandler):
    """One connection, copied both ways until both sides are done."""

    server: _Relay

    def handle(self) -> None:
        try:
            inside = socket.create_connection((LOOPBACK, self.server.port), timeout=_CONNECTS_WITHIN_S)
        except OSError:
            return  # nobody listens there: the caller sees its connection closed
        with inside:
            inside.settimeout(None)
            back = threading.Thread(target=_copy, args=(inside, self.request), daemon=True)
            back.start()
            _copy(self.request, inside)
            back.join()


def _copy(source: socket.socket, target: socket.socket) -> None:
    try:
        while chunk := source.recv(_CHUNK_BYTES):
            target.sendall(chunk)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        return  # one side is gone, and the other learns it by its own socket
