"""The handlers in this process: as if deployed for as long as the twin lasts, and no trace of it afterwards."""

import json
import os
import threading
from pathlib import Path

import pytest

from local.twin import Twin
from local.twin.inprocess import InProcess
from local.twin.invoking import FunctionError, context_for
from tests.waiting import eventually

CONFIGURATION = {"FunctionName": "f", "FunctionArn": "arn:f", "MemorySize": 512, "Timeout": 30}
SPAM = b"From: a@acme.example\nMessage-ID: <1@acme.example>\nSubject: secret-word\n\nsecret-word\n"


def test_a_mail_goes_through_the_real_handlers_and_leaves_no_trace_in_this_process(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    before = dict(os.environ)
    threads = set(threading.enumerate())

    with Twin.start(host="inprocess", state_dir=tmp_path, api_key="a-key") as twin:
        assert os.environ["RECORDS_TABLE"] == twin.outputs["RecordsTable"]
        twin.deliver_email(SPAM, mail_from="a@acme.example", recipients=["x@example.com"], verdicts={"spam": "FAIL"})
        items = lambda: twin.client("dynamodb").scan(TableName=twin.outputs["RecordsTable"])["Items"]  # noqa: E731
        assert eventually(lambda: [item["status"]["S"] for item in items()] == ["quarantined"])
        assert eventually(lambda: not any(twin.pending().values()))

    assert dict(os.environ) == before
    assert eventually(lambda: set(threading.enumerate()) <= threads)
    assert capsys.readouterr().out == ""
    log = (tmp_path / "functions.log").read_text()
    assert "quarantined" in log
    assert "secret-word" not in log


def test_two_twins_one_after_the_other_do_not_see_each_other(tmp_path: Path):
    for _ in range(2):
        with Twin.start(host="inprocess", state_dir=tmp_path) as twin:
            twin.deliver_email(SPAM, mail_from="a@b.example", recipients=["x@example.com"], verdicts={"virus": "FAIL"})

            def filed(twin: Twin = twin) -> bool:
                return len(twin.client("dynamodb").scan(TableName=twin.outputs["RecordsTable"])["Items"]) == 1

            assert eventually(filed)


def test_an_error_of_a_handler_is_a_function_error_with_its_cause():
    function = InProcess({"f": CONFIGURATION}, {"f": "dispatch_record"})

    with pytest.raises(FunctionError, match="in dispatch_record") as failed:
        function.invoke("f", {"Records": "nonsense"})

    assert failed.value.__cause__ is not None


def test_the_context_counts_down_to_the_functions_timeout():
    context = context_for(CONFIGURATION)

    assert 0 < context.get_remaining_time_in_millis() <= 30_000
    assert json.dumps(context.function_name) == '"f"'
    assert context.memory_limit_in_mb == 512
