"""What a function's process finds around it in the benches: the stack on the emulator, the stand-in, an event."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

from local.twin.deploy import Deployment, client, deploy
from local.twin.emulator import ACCESS_KEY, LOOPBACK, REGION, ROOT, SECRET_KEY, Emulator, free_port
from local.twin.hosts import host_named

BUILT = ROOT / ".aws-sam" / "build"
EVENTS = {
    "ExtractRecordFunction": ROOT / "events" / "extract-record-form.json",
    "ReceiveEmailFunction": ROOT / "events" / "receive-email-ses.json",
}


@contextmanager
def standin(ttft_s: float = 0.0, tokens_per_second: float = 0.0, behaviour: str = "{}") -> Iterator[str]:
    """Run the stand-in model in a process of its own and yield its address; by default it answers at once."""
    port = free_port()
    speed = ["--ttft", str(ttft_s), "--tokens-per-second", str(tokens_per_second), "--behaviour", behaviour]
    process = subprocess.Popen(
        [sys.executable, "-m", "local.standin", "--port", str(port), *speed], cwd=ROOT, stdout=subprocess.DEVNULL
    )
    url = f"http://{LOOPBACK}:{port}"
    try:
        for _ in range(200):
            try:
                httpx2.get(f"{url}/_standin/state").raise_for_status()
                break
            except httpx2.HTTPError:
                time.sleep(0.1)
        yield url
    finally:
        process.terminate()
        process.wait(10)


@dataclass(frozen=True, slots=True)
class World:
    """The deployed stack, and where events are written for a process to read."""

    endpoint_url: str
    deployment: Deployment
    scratch: Path

    @property
    def python(self) -> str:
        """The interpreter without any environment: what a function finds is what is on its path."""
        return os.path.realpath(sys.executable)

    def environment(self, logical_id: str) -> dict[str, str]:
        """Return a function's variables as Lambda would set them, and the emulator's address."""
        name = self.deployment.physical_ids[logical_id]
        configuration = client("lambda", self.endpoint_url).get_function_configuration(FunctionName=name)
        variables: dict[str, str] = configuration["Environment"]["Variables"]
        return {
            **variables,
            "PATH": os.environ["PATH"],
            "AWS_ENDPOINT_URL": self.endpoint_url,
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_LAMBDA_FUNCTION_NAME": name,
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1024",
            "NO_PROXY": f"{LOOPBACK},localhost",
        }

    def event(self, logical_id: str, number: int) -> Path:
        """Write the event of a message that nobody has seen yet; the same number is the same message."""
        event: dict[str, Any] = json.loads(EVENTS[logical_id].read_text())
        (record,) = event["Records"]
        if logical_id == "ExtractRecordFunction":
            body = json.loads(record["body"]) | {"phone": f"+44 20 7946 {number:04d}"}
            record["body"] = json.dumps(body)
            record["messageId"] = f"bench-{number}"
            record["messageAttributes"].pop("idempotency_key", None)
        else:
            record["ses"]["mail"]["messageId"] = f"bench{number}"
        path = self.scratch / f"{logical_id}-{number}.json"
        path.write_text(json.dumps(event))
        return path

    def batches(self, logical_id: str, first: int, count: int, size: int) -> list[dict[str, Any]]:
        """Return events of several messages each, all of them new."""
        numbers = iter(range(first, first + count * size))
        read = [
            [json.loads(self.event(logical_id, next(numbers)).read_text()) for _ in range(size)] for _ in range(count)
        ]
        return [{"Records": [record for event in batch for record in event["Records"]]} for batch in read]


@contextmanager
def world() -> Iterator[World]:
    """Start the emulator with the stack, and the stand-in; both end with the ``with``."""
    if not BUILT.exists():
        raise SystemExit("Nothing is built: run `make sam-build ARCH=<this machine's>`.")
    with tempfile.TemporaryDirectory() as folder, standin() as url:
        emulator = Emulator(Path(folder)).start()
        try:
            deployment = deploy(emulator.endpoint_url, host_named("inprocess"), {"AnthropicBaseUrl": url})
            secret = deployment.outputs["AnthropicApiKey"]
            client("secretsmanager", emulator.endpoint_url).put_secret_value(SecretId=secret, SecretString="a-key")
            yield World(emulator.endpoint_url, deployment, Path(folder))
        finally:
            emulator.stop()
