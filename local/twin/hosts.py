"""Where the functions run: what the emulator starts for a function, and which event sources our pumps serve.

``processes``   each function is a process of the emulator that runs this source tree through awslambdaric, Lambda's own
                runtime client. The emulator serves the queues; our pump serves the table's stream.
``artifacts``   the same with what ``make sam-build`` put into .aws-sam/build, which proves the packaging.
``inprocess``   the handlers run in this process, one at a time per function as in one Lambda environment: it is
                fast, and a debugger works. Our pumps serve every source.
``workers``     the handlers run in processes of ours that may be killed, one message each, on a compressed clock: for
                ``mailroom chaos``. Our pumps serve every source but the schedule, which chaos keeps itself.
``sam``         the handlers run in SAM's Lambda containers (``sam local start-lambda``), on what ``make sam-build``
                made. Our pumps serve every source.
``none``        no function runs: what comes in stays where it is put, and you call functions one by one, with
                ``sam local invoke`` or from a debugger.

The stream is always ours: the emulator (1.5.33) takes a batch as done whatever ``batchItemFailures`` it returns,
never bisects, and never gives up.
"""

import io
import os
import stat
import zipfile
from dataclasses import dataclass
from pathlib import Path

from local.twin.emulator import ROOT
from local.twin.errors import TwinError

ALL_SOURCES = frozenset({"SQS", "DynamoDB", "Schedule"})


@dataclass(frozen=True, slots=True)
class Host:
    """One way to run functions; ``pumped`` names the event sources (SAM's names) that the emulator leaves to us."""

    name: str
    pumped: frozenset[str]
    idle: bool = False
    """Whether those sources are left alone as well."""

    containers: bool = False
    """Whether ``sam local`` must be able to reach this twin from containers."""

    concurrency: int = 2
    batch_size: int = 0
    """Messages per batch from a queue; 0 is what the template says."""

    def code_of(self, logical_id: str, code: Path) -> bytes:
        """Return a function's deployment package: a bootstrap that runs it from the folder in which its code lies.

        Raises TwinError where the artifacts have not been built for this machine.
        """
        if self.name == "artifacts":
            built = ROOT / ".aws-sam" / "build"
            paths = [built / logical_id, built / "SharedLayer" / "python", built / "DependenciesLayer" / "python"]
            if not all(path.is_dir() for path in paths):
                raise TwinError(f"Nothing is built for {logical_id}: run `make sam-build ARCH={_this_machine()}`.")
        else:
            paths = [code, ROOT / "layers" / "shared", _site_packages(ROOT / ".venv")]
        return _package(paths)


HOSTS = {
    host.name: host
    for host in (
        Host("processes", frozenset({"DynamoDB"})),
        Host("artifacts", frozenset({"DynamoDB"})),
        Host("inprocess", ALL_SOURCES),
        Host("workers", frozenset({"SQS", "DynamoDB"}), concurrency=4, batch_size=1),
        Host("sam", ALL_SOURCES, containers=True),
        Host("none", ALL_SOURCES, idle=True, containers=True),
    )
}


def host_named(name: str) -> Host:
    """Find a host; raises TwinError for a name that is none."""
    if name not in HOSTS:
        raise TwinError(f"There is no host {name!r}: choose one of {', '.join(HOSTS)}.")
    return HOSTS[name]


def _package(paths: list[Path]) -> bytes:
    python = ROOT / ".twin" / "bin" / "python"  # awslambdaric lives there; what is on `paths` comes before its packages
    bootstrap = (
        f'#!/bin/sh\nPYTHONPATH="{os.pathsep.join(map(str, paths))}" exec "{python}" -m awslambdaric "$_HANDLER"\n'
    )
    entry = zipfile.ZipInfo("bootstrap")
    entry.external_attr = (stat.S_IFREG | 0o755) << 16
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(entry, bootstrap)
    return packed.getvalue()


def _site_packages(environment: Path) -> Path:
    return next((environment / "lib").glob("python3.*")) / "site-packages"


def _this_machine() -> str:
    return "arm64" if os.uname().machine in {"arm64", "aarch64"} else "x86_64"
