"""What a function does once, before its first message; each case in a process of its own, as Lambda's init is."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest

VARIABLES = {
    "POWERTOOLS_SERVICE_NAME": "mailroom",
    "POWERTOOLS_METRICS_NAMESPACE": "Mailroom",
    "AWS_DEFAULT_REGION": "eu-west-1",
    "AWS_ACCESS_KEY_ID": "a",
    "AWS_SECRET_ACCESS_KEY": "b",
    "RECORDS_TABLE": "records",
    "IDEMPOTENCY_TABLE": "memory",
    "RAW_BUCKET": "raw",
    "INTAKE_QUEUE_URL": "https://queue.example/intake",
    "REVIEW_QUEUE_URL": "https://queue.example/review",
    "DELIVERY_QUEUE_URL": "https://queue.example/deliver",
    "EVENT_BUS": "bus",
    "ANTHROPIC_SECRET_ID": "the-key",
}
IN_LAMBDA = {"AWS_LAMBDA_RUNTIME_API": "127.0.0.1:9"}


def ran(code: str, variables: dict[str, str]) -> Any:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "ANTHROPIC_"))}
    done = subprocess.run(
        [sys.executable, "-c", code], env=kept | variables, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout.splitlines()[-1])


def test_in_lambda_the_collector_rests_until_everything_is_wired_and_then_leaves_it_alone():
    code = (
        "import gc, json\nfrom mailroom import cold_start\nbefore = gc.isenabled()\nwired = []\n"
        "cold_start.ready(lambda: wired.append(gc.isenabled()))\n"
        "print(json.dumps([before, wired, gc.isenabled(), gc.get_freeze_count() > 1000]))"
    )

    assert ran(code, IN_LAMBDA) == [False, [False], True, True]


def test_elsewhere_nothing_is_wired_and_nothing_changes():
    code = (
        "import gc, json\nfrom mailroom import cold_start\nwired = []\ncold_start.ready(lambda: wired.append(1))\n"
        "print(json.dumps([wired, gc.isenabled(), gc.get_freeze_count()]))"
    )

    assert ran(code, {}) == [[], True, 0]


INIT = """
import json, random, socket, sys
def refused(*_):
    raise AssertionError("init opened a connection")
socket.socket.connect = refused
before = random.getstate()
import functions.{function}.handler
from mailroom import wiring
ready = getattr(wiring, "{wired}").cache_info().currsize
print(json.dumps([random.getstate() == before, ready, "anthropic" in sys.modules]))
"""


@pytest.mark.parametrize(
    ("function", "wired"),
    [
        ("extract_record", "extraction"),
        ("review_record", "reviewing"),
        ("receive_email", "receiving"),
        ("dispatch_record", "dispatching"),
        ("sweep_records", "sweeping"),
    ],
)
def test_init_wires_the_function_without_a_connection_or_a_random_number(function, wired):
    unchanged, ready, knows_claude = ran(INIT.format(function=function, wired=wired), VARIABLES | IN_LAMBDA)

    assert unchanged
    assert ready == 1
    assert knows_claude == (function in {"extract_record", "review_record"})
