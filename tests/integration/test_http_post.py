"""A POST to a configured address over real HTTP: bounded, follows nothing, believes nothing, never raises."""

import socket
import threading
import time
from collections.abc import Iterator

import pytest

from mailroom.adapters.http_post import MOST_REPLY_BYTES, post
from tests.receiver import Receiver, receiving


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as running:
        yield running


def test_the_body_arrives_as_it_was_sent(receiver):
    reply = post(receiver.url + "/in?a=b", "ä".encode(), {"content-type": "application/json"}, internal=True)

    (heard,) = receiver.heard
    assert (reply.code, reply.said) == (200, "")
    assert (heard.path, heard.body, heard.headers["content-type"]) == ("/in?a=b", "ä".encode(), "application/json")


def test_a_redirect_is_a_reply_and_is_not_followed(receiver):
    receiver.ever = (302, {"location": receiver.url + "/elsewhere"}, b"")

    assert post(receiver.url, b"", {}, internal=True).code == 302
    assert len(receiver.heard) == 1


def test_an_address_that_is_not_public_is_not_spoken_to(receiver):
    reply = post(receiver.url, b"", {}, internal=False)

    assert (reply.code, reply.said) == (0, "not a public address")
    assert receiver.heard == []


def test_of_a_long_reply_only_the_beginning_is_read(receiver):
    receiver.ever = (200, {}, b"x" * (MOST_REPLY_BYTES * 1000))

    assert post(receiver.url, b"", {}, internal=True).code == 200


@pytest.mark.parametrize(("said", "seconds"), [("120", 120.0), ("soon", 0.0), ("-1", 0.0), ("inf", 0.0), ("nan", 0.0)])
def test_a_wish_for_patience_is_read_if_it_is_a_number_of_seconds(receiver, said, seconds):
    receiver.ever = (503, {"retry-after": said}, b"")

    reply = post(receiver.url, b"", {}, internal=True)

    assert (reply.code, reply.retry_after_s) == (503, seconds)


def test_a_receiver_that_says_nothing_is_left():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        reply = post(f"http://127.0.0.1:{silent.getsockname()[1]}", b"", {}, internal=True, timeout_s=0.3)

    assert (reply.code, reply.said) == (0, "timeout")


def test_a_receiver_that_drips_its_answer_does_not_hold_us():
    with socket.create_server(("127.0.0.1", 0)) as dripping:
        ended = threading.Event()

        def drip() -> None:
            connection, _ = dripping.accept()
            with connection:
                try:
                    while not ended.is_set():
                        connection.sendall(b"H")
                        time.sleep(0.05)
                except OSError:
                    return

        thread = threading.Thread(target=drip, daemon=True)
        thread.start()
        reply = post(f"http://127.0.0.1:{dripping.getsockname()[1]}", b"", {}, internal=True, timeout_s=0.5)
        ended.set()
        thread.join()

    assert (reply.code, reply.said) == (0, "timeout")


def test_nobody_there_and_nonsense_are_replies_too():
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]

    assert post(f"http://127.0.0.1:{port}", b"", {}, internal=True).said == "connection refused"
    assert post("https://no-such-host.invalid/", b"", {}, internal=True).code == 0


def test_a_receiver_without_a_certificate_is_not_trusted(receiver):
    reply = post(receiver.url.replace("http:", "https:"), b"", {}, internal=True)

    assert (reply.code, reply.said) == (0, "no trusted TLS")
    assert receiver.heard == []
