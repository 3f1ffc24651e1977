"""``sam local`` on the twin: a template that containers can use, and SAM's Lambda endpoint for the pumps to call."""

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
from botocore import UNSIGNED
from botocore.config import Config

from local.containers.engine import Engine, find_engine
from local.containers.function_image import IMAGE, provide
from local.containers.relay import HOST_NAME, open_relays
from local.containers.template import BUILT, LAYERS, LOCAL_TEMPLATE, for_containers, ports_of, write_local_template
from local.twin import supervise
from local.twin.emulator import LOOPBACK, REGION, ROOT, free_port
from local.twin.errors import TwinError
from local.twin.invoking import FunctionError

_READY_WITHIN_S = 60.0  # SAM imports for some seconds before it listens
_ENDS_WITHIN_S = 60.0  # it removes its containers, one after another
_STARTED = re.compile(r"^SAM_CONTAINER_ID: (\w+)", re.MULTILINE)
_LONGEST_CALL_S = 900.0  # Lambda's own limit; the functions' timeouts end them long before


OPTIONS = (
    *("--template", str(LOCAL_TEMPLATE), "--region", REGION),
    *("--add-host", f"{HOST_NAME}:host-gateway", "--skip-pull-image", "--invoke-image", IMAGE),
)
"""What every ``sam local`` command is told; samconfig.toml tells the same to those typed by hand."""


def sam_environment() -> dict[str, str]:
    """Return the environment in which SAM runs.

    No variable of a function may stand in it: SAM prefers the shell's value to the template's. No credentials either:
    with them it asks the real STS who we are.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "ANTHROPIC_"))}
    return kept | {"SAM_CLI_TELEMETRY": "0", "AWS_EC2_METADATA_DISABLED": "true"}


@contextmanager
def within_reach(configurations: Mapping[str, Mapping[str, Any]], endpoint_url: str) -> Iterator[Engine]:
    """Write the template for ``sam local`` and let containers reach the twin, for the length of a ``with``.

    ``configurations`` are what GetFunctionConfiguration says, by logical id. Raises TwinError with what is missing: an
    engine, the build, or Lambda's image.
    """
    engine = find_engine()
    variables = {
        logical_id: for_containers(configuration["Environment"]["Variables"], endpoint_url)
        for logical_id, configuration in configurations.items()
    }
    template = write_local_template(variables, engine.architecture)
    provide(engine, [BUILT / layer for layer in LAYERS])
    ports = set[int]().union(*map(ports_of, variables.values()))
    try:
        with open_relays(engine, sorted(ports)):
            yield engine
    finally:
        template.unlink(missing_ok=True)


class SamLambda:
    """A running ``sam local start-lambda``: one warm container per function, made at its first call."""

    def __init__(self, engine: Engine, logical_ids: Mapping[str, str], state_dir: Path) -> None:
        self._engine = engine
        self._logical_ids = logical_ids
        self._log_path = state_dir / "sam.log"
        self._port = free_port()
        command = [
            str(ROOT / ".sam" / "bin" / "sam"),
            "local",
            "start-lambda",
            "--warm-containers",
            "LAZY",
            "--no-watch",
        ]
        with self._log_path.open("wb") as log:
            self._process = subprocess.Popen(  # noqa: S603 -- our own command
                [
                    *(sys.executable, "-S", str(supervise.__file__), "--gently"),
                    *(*command, "--host", LOOPBACK, "--port", str(self._port), *OPTIONS),
                ],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=sam_environment(),
                cwd=ROOT,
                start_new_session=True,
            )
        self._lambda = boto3.client(
            "lambda",
            endpoint_url=f"http://{LOOPBACK}:{self._port}",
            region_name=REGION,
            config=Config(
                signature_version=UNSIGNED,
                read_timeout=_LONGEST_CALL_S,
                retries={"total_max_attempts": 1},  # a call that was lost may have run
                max_pool_connections=50,
                proxies={},
            ),
        )
        try:
            self._wait_until_ready()
        except BaseException:
            self.stop()
            raise

    def invoke(self, function_name: str, event: Mapping[str, Any]) -> Any:
        """Run a function in its container; raises FunctionError when the handler fails, or its time is over."""
        answer = self._lambda.invoke(FunctionName=self._logical_ids[function_name], Payload=json.dumps(event))
        return answer_of(answer["Payload"].read().decode(errors="replace"))

    def stop(self) -> None:
        """End SAM and its containers; stopping twice does nothing.

        SAM removes them as well, wherever this does not get to run, but one after another and three seconds each.
        """
        self._engine.remove_containers(_STARTED.findall(self._log_path.read_text(errors="replace")))
        if self._process.stdin and not self._process.stdin.closed:
            self._process.stdin.close()
        try:
            self._process.wait(timeout=_ENDS_WITHIN_S)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def _wait_until_ready(self) -> None:
        give_up_at = time.monotonic() + _READY_WITHIN_S
        while time.monotonic() < give_up_at:
            if self._process.poll() is not None:
                said = self._log_path.read_text(errors="replace").strip().splitlines()[-8:]
                raise TwinError("SAM ended while it started. Its last words:\n" + "\n".join(said))
            try:
                urllib.request.urlopen(f"http://{LOOPBACK}:{self._port}/", timeout=1)
            except urllib.error.HTTPError:  # it answers, if only that it has no such page
                return
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                time.sleep(0.1)
        raise TwinError(f"SAM did not answer within {_READY_WITHIN_S:.0f} s: read {self._log_path}.")


def answer_of(payload: str) -> Any:
    """Return a function's answer from what SAM's endpoint passed on; raises FunctionError.

    SAM answers 200 whatever happened: an error is an object with ``errorType``, a timeout is a sentence, no JSON.
    """
    try:
        answer = json.loads(payload) if payload else None
    except json.JSONDecodeError:
        raise FunctionError(payload.strip()[:500] or "The container gave no answer.") from None
    if isinstance(answer, Mapping) and "errorType" in answer:
        raise FunctionError(payload[:500])
    return answer
