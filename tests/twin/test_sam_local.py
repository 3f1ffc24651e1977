"""SAM's own commands on the twin: each function in its Lambda container, by the command that events/README.md names."""

import http.client
import json
import re
import subprocess
import time
from collections.abc import Iterator

import pytest

from local.containers.events import lay_out
from local.containers.sam import sam_environment
from local.standin import serve
from local.twin import Twin
from local.twin.console import open_session
from local.twin.emulator import LOOPBACK, ROOT, free_port
from mailroom.console.web import SESSION_COOKIE
from tests.containers import NEEDS_CONTAINERS

pytestmark = [pytest.mark.twin, pytest.mark.sam, pytest.mark.timeout(400), NEEDS_CONTAINERS]

SAM = str(ROOT / ".sam" / "bin" / "sam")
# In this order, for they are steps of one mail's way: what each answers, and what stands in the ledger afterwards.
ANSWERS = {
    "ReceiveEmailFunction": ({"record_ids": ["mail-975c29c3d929551677007d69"]}, {"received"}),
    "ExtractRecordFunction": ({"batchItemFailures": []}, {"accepted"}),
    "ReviewRecordFunction": ({"batchItemFailures": []}, {"needs_human"}),
    "DispatchRecordFunction": ({"batchItemFailures": []}, set()),
}


def commands() -> dict[str, list[str]]:
    """Return events/README.md's first command for each function, as a person would type it."""
    found = re.findall(r"`sam (local invoke (\w+) -e \S+)`", (ROOT / "events" / "README.md").read_text("utf-8"))
    return {name: [SAM, *words.split()] for words, name in reversed(found)}


@pytest.fixture(scope="module")
def twin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twin]:
    state = tmp_path_factory.mktemp("state")
    with serve() as model, Twin.start(host="none", state_dir=state, model_url=model.url, api_key="a-key") as running:
        lay_out(running)
        yield running


def statuses(twin: Twin) -> set[str]:
    items = twin.client("dynamodb").scan(TableName=twin.outputs["RecordsTable"], ConsistentRead=True)["Items"]
    return {item["status"]["S"] for item in items}


@pytest.mark.parametrize("function", [*ANSWERS, *sorted(set(commands()) - set(ANSWERS))])
def test_a_function_answers_in_its_container(twin: Twin, function: str):
    done = subprocess.run(
        commands()[function], cwd=ROOT, env=sam_environment(), capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr[-2000:]
    answer = json.loads(done.stdout.strip().splitlines()[-1])
    assert "errorType" not in answer, done.stderr[-2000:]
    expected, left = ANSWERS.get(function, (answer, set()))
    assert answer == expected
    assert left <= statuses(twin)


def test_the_console_is_served_by_sams_gateway(twin: Twin):
    port = free_port()
    command = [SAM, "local", "start-api", "--port", str(port)]
    with subprocess.Popen(command, cwd=ROOT, env=sam_environment(), stderr=subprocess.PIPE, text=True) as running:
        assert running.stderr is not None
        try:
            said = next((line for line in running.stderr if "Running on" in line), "it ended")
            assert str(port) in said
            time.sleep(0.2)
            stranger, reviewer = (page(port, secret) for secret in ("", open_session(twin.sessions())))
        finally:
            running.terminate()
            running.stderr.read()

    assert stranger[0] == 303
    assert reviewer[0] == 200
    assert "Waiting for a person" in reviewer[1]


def page(port: int, secret: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=180)
    connection.request("GET", "/", headers={"Cookie": f"{SESSION_COOKIE}={secret}"} if secret else {})
    response = connection.getresponse()
    found = response.status, response.read().decode()
    connection.close()
    return found
