"""Unit tests cannot reach any network."""

from collections.abc import Iterator

import pytest
from pytest_socket import disable_socket, enable_socket


@pytest.fixture(autouse=True)
def _sockets_are_off() -> Iterator[None]:
    disable_socket(allow_unix_socket=True)
    yield
    enable_socket()
