"""The AWS emulator as a process that ends with us: ministack in its own environment, on loopback only."""

import contextlib
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Self

from local.twin.errors import TwinError

ROOT = Path(__file__).resolve().parents[2]
LOOPBACK = "127.0.0.1"
REGION = "us-east-1"  # the emulator's own default; some of its services know no other
ACCESS_KEY, SECRET_KEY = "test", "test"  # the emulator's root user, no secret
_PORTS = range(10_000, 32_000)  # Linux connects from 32,768 on, others from 49,152 (RFC 6335)
_READY_WITHIN_S = 20.0  # it takes 0.3 s on an idle machine


def free_port() -> int:
    """Return a loopback port that nobody listened on a moment ago; raises TwinError where there is none.

    It is not one of those that a system gives to outgoing connections, which would be taken before somebody listens.
    """
    for port in random.SystemRandom().sample(_PORTS, 100):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind((LOOPBACK, port))
            return port
    raise TwinError("A hundred loopback ports were tried and none is free: end what listens there.")


class Emulator:
    """One running ministack. ``state_dir`` takes its log and its temporary files, which go when it stops.

    With ``enforce_iam`` each function may only do what its role in the template allows.
    """

    def __init__(self, state_dir: Path, port: int = 0, *, enforce_iam: bool = False) -> None:
        self.port = port or free_port()
        self.endpoint_url = f"http://{LOOPBACK}:{self.port}"
        self.log_path = state_dir / "emulator.log"
        self._scratch = state_dir / f"run-{os.getpid()}-{self.port}"
        self._state_dir = state_dir
        self._enforce_iam = enforce_iam
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> Self:
        """Start it and return once it answers; raises TwinError where it cannot."""
        python = ROOT / ".twin" / "bin" / "python"
        if not python.exists():
            raise TwinError("The emulator is not installed (.twin is missing): run `make setup`.")
        if _taken(self.port):
            raise TwinError(f"Port {self.port} is taken: end what listens there, or choose another.")
        self._state_dir.mkdir(parents=True, exist_ok=True)
        _drop_leftovers(self._state_dir)
        self._scratch.mkdir()
        with self.log_path.open("wb") as log:
            self._process = subprocess.Popen(  # noqa: S603 -- our own command
                [sys.executable, "-S", str(Path(__file__).with_name("supervise.py")), str(python), "-m", "ministack"],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=self._environment(),
                cwd=self._scratch,
                start_new_session=True,
            )
        try:
            self._wait_until_ready()
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """End it and every process it started; stopping twice does nothing."""
        if self._process is None:
            return
        process, self._process = self._process, None
        if process.stdin:
            process.stdin.close()
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:  # the supervisor itself hangs: do its work from here
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        shutil.rmtree(self._scratch, ignore_errors=True)

    def _environment(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "LC_ALL") if name in os.environ}
        return kept | {
            "BIND_HOST": LOOPBACK,  # its own default is every interface, without authentication
            "GATEWAY_PORT": str(self.port),
            "IOT_MTLS_ENABLED": "0",  # would open a second port
            "MINISTACK_HOST": LOOPBACK,
            "MINISTACK_REGION": REGION,
            "LAMBDA_WARM_TTL_SECONDS": "3600",
            "AUTH": str(self._enforce_iam).lower(),
            "TMPDIR": str(self._scratch),
            "S3_DATA_DIR": str(self._scratch / "s3"),
            # What the functions' processes inherit: the one seam between the twin and AWS.
            "AWS_ENDPOINT_URL": self.endpoint_url,
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
            "AWS_EC2_METADATA_DISABLED": "true",
            "NO_PROXY": f"{LOOPBACK},localhost",
        }

    def _wait_until_ready(self) -> None:
        give_up_at = time.monotonic() + _READY_WITHIN_S
        while time.monotonic() < give_up_at:
            if self._process is None or self._process.poll() is not None:
                raise TwinError(
                    f"The emulator ended while it started. Its last words, from {self.log_path}:\n{self._tail()}"
                )
            try:
                with urllib.request.urlopen(f"{self.endpoint_url}/_ministack/ready", timeout=1):  # noqa: S310 -- loopback
                    return
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                time.sleep(0.02)
        raise TwinError(f"The emulator did not answer within {_READY_WITHIN_S:.0f} s: read {self.log_path}.")

    def _tail(self) -> str:
        return "\n".join(self.log_path.read_text(errors="replace").splitlines()[-8:])


def _taken(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((LOOPBACK, port)) == 0


def _drop_leftovers(state_dir: Path) -> None:
    """Remove the scratch folders of runs that were killed."""
    for folder in state_dir.glob("run-*-*"):
        if not Path(f"/proc/{folder.name.split('-')[1]}").exists() and Path("/proc").exists():
            shutil.rmtree(folder, ignore_errors=True)
