"""The functions' processes live and die as Lambda's environments do: reused, ended at their timeout, started anew."""

import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local.twin import Twin
from local.twin.emulator import ROOT
from local.twin.invoking import FunctionError
from local.twin.template import load_template, resources_of
from tests.waiting import eventually

pytestmark = pytest.mark.twin
FUNCTIONS = resources_of(load_template(ROOT / "template.yaml"), "AWS::Serverless::Function")
# Answers who it is and how often it was called; dies or dawdles where it is asked to.
ANSWERS = """
import os, time
calls = 0

def handle(event, context):
    global calls
    calls += 1
    if event.get("note"):
        with open(event["note"], "w") as note:
            note.write(str(os.getpid()))
    if event.get("die"):
        os.kill(os.getpid(), 9)
    if event.get("leave"):
        os._exit(3)
    time.sleep(event.get("sleep_s", 0))
    return {"pid": os.getpid(), "calls": calls}
"""
DIES_OF_WHAT_IS_NEW = """
import os

def handle(event, context):
    for record in event["Records"]:
        if record["attributes"]["ApproximateReceiveCount"] == "1":
            os.kill(os.getpid(), 9)
        with open(os.path.join(os.path.dirname(__file__), record["messageId"]), "w") as note:
            note.write(record["attributes"]["ApproximateReceiveCount"])
    return {"batchItemFailures": []}
"""


@pytest.fixture(scope="module")
def code(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("code")
    for function in FUNCTIONS.values():
        place = folder / function["CodeUri"]
        place.mkdir(parents=True)
        (place / "handler.py").write_text(DIES_OF_WHAT_IS_NEW if place.name == "extract_record" else ANSWERS)
    return folder


@pytest.fixture(scope="module")
def twin(tmp_path_factory: pytest.TempPathFactory, code: Path) -> Iterator[Twin]:
    state = tmp_path_factory.mktemp("state")
    with Twin.start(host="processes", state_dir=state, api_key="a-key", code_root=code) as running:
        yield running


def answer(twin: Twin, **event: Any) -> dict[str, int]:
    found: dict[str, int] = twin.invoke("DispatchRecordFunction", event)
    return found


def is_gone(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return True
    return state == "Z"


def test_a_process_is_kept_for_the_next_call(twin: Twin):
    first, second = answer(twin), answer(twin)

    assert second == {"pid": first["pid"], "calls": first["calls"] + 1}


@pytest.mark.parametrize("end", ["die", "leave"])
def test_a_process_that_ends_is_an_error_and_the_next_call_has_a_new_one(twin: Twin, end: str):
    before = answer(twin)

    with pytest.raises(FunctionError, match=r"ExitError|exited|ended"):
        answer(twin, **{end: True})

    after = answer(twin)
    assert after["calls"] == 1
    assert after["pid"] != before["pid"]


def test_a_process_that_is_killed_from_outside_is_replaced(twin: Twin, tmp_path: Path):
    note = tmp_path / "pid"
    failed: list[FunctionError] = []

    def call() -> None:
        try:
            answer(twin, note=str(note), sleep_s=60)
        except FunctionError as error:
            failed.append(error)

    calling = threading.Thread(target=call)
    calling.start()
    assert eventually(lambda: note.exists() and bool(note.read_text()))
    os.kill(int(note.read_text()), signal.SIGKILL)
    calling.join(timeout=30)

    assert failed
    assert answer(twin)["calls"] == 1


def test_a_call_past_its_timeout_is_ended_with_its_process(twin: Twin):
    name = twin.outputs["SweepRecordsFunction"]
    twin.client("lambda").update_function_configuration(FunctionName=name, Timeout=1)
    before = twin.invoke("SweepRecordsFunction", {})["pid"]

    with pytest.raises(FunctionError, match=r"timed out after 1\.00 seconds"):
        twin.invoke("SweepRecordsFunction", {"sleep_s": 60})

    assert eventually(lambda: is_gone(before))
    assert twin.invoke("SweepRecordsFunction", {})["calls"] == 1


def test_a_message_whose_reader_died_is_delivered_again(twin: Twin, code: Path):
    sqs, url = twin.client("sqs"), twin.outputs["IntakeQueueUrl"]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "2"})
    name = sqs.send_message(QueueUrl=url, MessageBody="anything")["MessageId"]
    note = code / "functions" / "extract_record" / name

    assert eventually(lambda: note.exists() and note.read_text() == "2", within_s=60)
    assert eventually(lambda: twin.pending()["IntakeQueue"] == 0)
