"""The Docker engine, if one answers. It is asked through its own command line, which knows DOCKER_HOST and contexts."""

import contextlib
import ipaddress
import json
import os
import shutil
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import IO

from local.twin.errors import TwinError

_ANSWERS_WITHIN_S = 10.0
_WORKS_WITHIN_S = 300.0  # an import copies a hundred megabytes, on the slowest storage driver twice


class NoEngineError(TwinError):
    """No Docker engine answers; the sentence says why and what would help."""


@dataclass(frozen=True, slots=True)
class Engine:
    """An engine that answered. ``architecture`` is Lambda's word, x86_64 or arm64.

    ``gateway`` and ``subnet`` are of the bridge on which containers run: the host's address there, and theirs.
    """

    version: str
    architecture: str
    gateway: str
    subnet: str

    def has_image(self, name: str) -> bool:
        """Return whether the engine holds an image of this name."""
        return _docker(["image", "inspect", name], check=False).returncode == 0

    def label_of(self, name: str, label: str) -> str:
        """Return one label of an image; "" where the image or the label is missing."""
        done = _docker(["image", "inspect", "--format", "{{json .Config.Labels}}", name], check=False)
        found = json.loads(done.stdout or "null") or {} if done.returncode == 0 else {}
        return str(found.get(label, ""))

    def tag(self, name: str, alias: str) -> None:
        """Give an image a further name."""
        _docker(["tag", name, alias])

    def id_of(self, name: str) -> str:
        """Return an image's id, which changes with anything in it."""
        return _docker(["image", "inspect", "--format", "{{.Id}}", name]).stdout.strip()

    def tags_of(self, repository: str) -> list[str]:
        """Return every tag of one repository."""
        return _docker(["images", "--format", "{{.Tag}}", repository]).stdout.split()

    def untag(self, name: str) -> None:
        """Take a name from an image, which goes with its last one, unless a container still uses it."""
        _docker(["rmi", "--no-prune", name], check=False)

    def remove_containers(self, ids: Sequence[str]) -> None:
        """End containers at once and remove them; those that are gone already are passed over."""
        if ids:
            _docker(["rm", "--force", *ids], check=False)

    def build_image(self, name: str, write_context: Callable[[IO[bytes]], None]) -> None:
        """Build an image from the context (a tar with a Dockerfile) that a function writes; raises TwinError."""
        command = ["docker", "build", "--quiet", "--tag", name, "-"]
        with subprocess.Popen(  # noqa: S603 -- a fixed command; no shell
            command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        ) as building:
            assert building.stdin is not None
            assert building.stderr is not None
            with contextlib.suppress(BrokenPipeError), building.stdin as context:  # the reason is in what it says
                write_context(context)
            said = building.stderr.read().decode(errors="replace")
        if building.returncode:
            raise TwinError(f"Docker could not build {name}: {said.strip()[-500:]}")

    def import_image(self, tarball: IO[bytes], name: str, changes: Sequence[str]) -> None:
        """Make an image of one layer from a file system in a tar stream; ``changes`` are lines of a Dockerfile."""
        options = [option for change in changes for option in ("--change", change)]
        _docker(["import", *options, "-", name], stdin=tarball)


def find_engine() -> Engine:
    """Return the engine that answers here; raises NoEngineError."""
    if not shutil.which("docker"):
        raise NoEngineError("No Docker engine: there is no `docker` command on the PATH. Install Docker and start it.")
    try:
        told = json.loads(_ask("version", "--format", "{{json .Server}}") or "null")
        if not told:
            raise NoEngineError("No Docker engine answers: start it, or set DOCKER_HOST to where it listens.")
        (bridge,) = json.loads(_ask("network", "inspect", "bridge"))
    except (OSError, subprocess.SubprocessError, json.JSONDecodeError) as error:
        where = os.environ.get("DOCKER_HOST") or "its usual socket"
        raise NoEngineError(f"No Docker engine answers on {where}: start it, or set DOCKER_HOST.") from error
    network = bridge["IPAM"]["Config"][0]
    # An engine that has not started a container yet may name no gateway: it is the subnet's first address.
    gateway = network.get("Gateway") or str(ipaddress.ip_network(network["Subnet"])[1])
    return Engine(told["Version"], {"amd64": "x86_64"}.get(told["Arch"], told["Arch"]), gateway, network["Subnet"])


def _ask(*arguments: str) -> str:
    return _docker(arguments, within_s=_ANSWERS_WITHIN_S).stdout


def _docker(
    arguments: Sequence[str],
    *,
    stdin: IO[bytes] | None = None,
    check: bool = True,
    within_s: float = _WORKS_WITHIN_S,
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 -- a fixed command; no shell
        ["docker", *arguments],  # noqa: S607 -- whichever Docker the user has
        stdin=stdin or subprocess.DEVNULL,
        capture_output=True,
        check=check,
        timeout=within_s,
        text=True,
    )
