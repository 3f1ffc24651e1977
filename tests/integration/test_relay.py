"""Containers reach loopback through the bridge's address, and nobody else does. 127.0.0.2 stands for the bridge."""

import contextlib
import socket
import threading
from collections.abc import Iterator

import pytest

from local.containers.engine import Engine
from local.containers.relay import open_relays
from local.twin.emulator import LOOPBACK
from local.twin.errors import TwinError

BRIDGE = "127.0.0.2"


def engine(subnet: str) -> Engine:
    return Engine("0", "x86_64", gateway=BRIDGE, subnet=subnet)


@pytest.fixture
def port() -> Iterator[int]:
    """Serve on loopback: answer each connection with what it sent, in capitals, once it has said all."""
    with socket.create_server((LOOPBACK, 0)) as listening:

        def serve() -> None:
            with contextlib.suppress(OSError):
                while True:
                    connection, _ = listening.accept()
                    with connection, connection.makefile("rb") as said:
                        connection.sendall(said.read().upper())

        threading.Thread(target=serve, daemon=True).start()
        yield listening.getsockname()[1]


def asked(port: int, words: bytes) -> bytes:
    with socket.create_connection((BRIDGE, port), timeout=5) as connection:
        with contextlib.suppress(OSError):
            connection.sendall(words)
            connection.shutdown(socket.SHUT_WR)
        with contextlib.suppress(ConnectionResetError), connection.makefile("rb") as answer:
            return answer.read()
    return b""


def test_a_peer_of_the_bridge_reaches_loopback_and_hears_all_of_its_answer(port: int):
    long = b"words " * 100_000

    with open_relays(engine("127.0.0.0/8"), [port]):
        assert asked(port, b"hello") == b"HELLO"
        assert asked(port, long) == long.upper()


def test_whoever_is_not_of_the_bridge_is_turned_away(port: int):
    with open_relays(engine("172.17.0.0/16"), [port]):
        assert asked(port, b"hello") == b""


def test_nothing_listens_afterwards(port: int):
    with open_relays(engine("127.0.0.0/8"), [port]):
        pass

    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((BRIDGE, port), timeout=5)


def test_a_taken_port_is_named(port: int):
    with (
        socket.create_server((BRIDGE, port)),
        pytest.raises(TwinError, match=f"Port {port} of {BRIDGE} is taken"),
        open_relays(engine("127.0.0.0/8"), [port]),
    ):
        pass


def test_where_the_bridge_is_none_of_this_machines_no_relay_is_needed(port: int):
    with open_relays(Engine("0", "arm64", gateway="192.0.2.77", subnet="192.0.2.0/24"), [port]):
        pass
