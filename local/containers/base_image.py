"""Build a base image for Lambda's python3.13 from Debian packages, where the public one cannot be pulled.

    python -m local.containers.base_image [--force]

SAM starts functions in ``public.ecr.aws/lambda/python:3.13-<architecture>``. Where that image is present or can be
pulled, it is the better one: it is Lambda's own. This one is for machines without that registry. It holds a minimal
Debian with CPython 3.13, Lambda's own runtime client (awslambdaric, at the emulator's pin) and the runtime interface
emulator that the SAM CLI ships, laid out as Lambda lays them out. It differs where it cannot be the same: a newer C
library than Amazon Linux 2023, root instead of Lambda's user, no boto3 of the runtime's (the layer brings its own).

Packages are fetched and verified by apt with a state of its own, from the mirror that this machine is set up with, and
unpacked, not installed: that needs neither root nor debootstrap. No package's script runs, so what those would have
made is made here: the certificates' bundle, and bytecode for the standard library.
"""

import hashlib
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from local.containers.engine import Engine, find_engine
from local.twin.emulator import ROOT
from local.twin.errors import TwinError

SUITE = "trixie"  # the first Debian with CPython 3.13
PACKAGES = (
    *("base-files", "dash", "coreutils"),  # SAM builds its own image on top of this one with RUN mv, chmod and cp
    *("python3.13-minimal", "libpython3.13-stdlib", "libstdc++6", "ca-certificates", "tzdata"),
)
# What the packages above ask for and nothing in the image uses: their scripts, and openssl's command.
UNWANTED = ("debconf", "openssl", "mawk", "media-types", "netbase", "openssl-provider-legacy", "readline-common")
# Also unused: character sets of the C library (Python has its own), manuals, translations, Python's own tools.
DROPPED = (
    "usr/share/doc",
    "usr/share/man",
    "usr/share/info",
    "usr/share/locale",
    "usr/share/lintian",
    "usr/lib/*/gconv",
    "usr/lib/python3.13/pydoc_data",
    "usr/lib/python3.13/ensurepip",
    "usr/lib/python3.13/lib2to3",
)
RUNTIME = ("awslambdaric", "simplejson", "snapshot_restore_py.py", "runtime_client.*.so")

BOOTSTRAP = """\
#!/bin/sh
# What Lambda starts: its runtime client, or a wrapper around it.
export LAMBDA_TASK_ROOT=/var/task LAMBDA_RUNTIME_DIR=/var/runtime AWS_EXECUTION_ENV=AWS_Lambda_python3.13
export PYTHONPATH="/var/task:/opt/python/lib/python3.13/site-packages:/opt/python:/var/runtime"
exec ${AWS_LAMBDA_EXEC_WRAPPER:+"$AWS_LAMBDA_EXEC_WRAPPER"} /var/lang/bin/python3.13 -m awslambdaric "$_HANDLER"
"""
ENTRYPOINT = """\
#!/bin/sh
# Outside Lambda the emulator of its runtime interface stands between us and whoever calls on port 8080.
if [ -z "$AWS_LAMBDA_RUNTIME_API" ]; then
  exec /usr/local/bin/aws-lambda-rie /var/runtime/bootstrap "$@"
fi
exec /var/runtime/bootstrap "$@"
"""
CHANGES = (
    "ENV PATH=/var/lang/bin:/usr/local/bin:/usr/bin:/bin:/opt/bin",
    "ENV LD_LIBRARY_PATH=/var/runtime:/var/runtime/lib:/var/task:/var/task/lib:/opt/lib",
    "ENV LANG=C.UTF-8",
    "ENV LAMBDA_TASK_ROOT=/var/task",
    "ENV LAMBDA_RUNTIME_DIR=/var/runtime",
    "WORKDIR /var/task",
    'ENTRYPOINT ["/lambda-entrypoint.sh"]',
)
_RECIPE_LABEL = "mailroom.recipe"
_PASSWD = "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/bin/sh\n"  # noqa: S105 -- no secret


def own_name(architecture: str) -> str:
    """Return the image's honest name."""
    return f"mailroom/lambda-python:3.13-{architecture}"


def public_name(architecture: str) -> str:
    """Return the name of Lambda's public image, which SAM asks for."""
    return f"public.ecr.aws/lambda/python:3.13-{architecture}"


def provide(engine: Engine, *, force: bool = False) -> str:
    """Make sure that SAM finds an image and return one sentence on which; raises TwinError with what is missing.

    An image under the public name that this recipe did not make is left alone.
    """
    own, public = own_name(engine.architecture), public_name(engine.architecture)
    if engine.has_image(public) and not engine.label_of(public, _RECIPE_LABEL):
        return f"{public} is here already; nothing was built."
    recipe = _recipe()
    if not force and engine.label_of(public, _RECIPE_LABEL) == engine.label_of(own, _RECIPE_LABEL) == recipe:
        return f"{own} is up to date."
    if platform.machine().replace("aarch64", "arm64") != engine.architecture:
        raise TwinError(f"The engine runs {engine.architecture}, this machine does not: pull the public image.")
    with tempfile.TemporaryDirectory(prefix="mailroom-image-") as scratch:
        root = Path(scratch) / "root"
        _unpack(_fetch(Path(scratch)), root)
        _complete(root, engine.architecture)
        _import(root, engine, own, recipe)
    engine.tag(own, public)
    return f"{own} is built from Debian {SUITE} and also answers to {public}."


def _recipe() -> str:
    """Return what tells one build from another: this file and the pins of what comes from Python's index."""
    parts = (Path(__file__), ROOT / "requirements-twin.txt", ROOT / "requirements-sam.txt")
    return hashlib.sha256(b"".join(part.read_bytes() for part in parts)).hexdigest()[:16]


def _fetch(scratch: Path) -> list[Path]:
    """Download the packages and all they depend on, verified by apt; raises TwinError."""
    if not all(map(shutil.which, ("apt-get", "dpkg-deb"))):
        raise TwinError(
            "An image can be built on Debian or Ubuntu only (apt-get, dpkg-deb); elsewhere pull the public one."
        )
    keyring = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
    if not keyring.exists():
        raise TwinError("Debian's keys are missing, so nothing could be verified: install debian-archive-keyring.")
    for folder in ("state/lists/partial", "cache/archives/partial"):
        (scratch / folder).mkdir(parents=True)
    (scratch / "status").touch()  # nothing is installed there, so that apt resolves everything
    (scratch / "sources.list").write_text(f"deb [signed-by={keyring}] {_mirror()} {SUITE} main\n", encoding="utf-8")
    options = {
        "Dir::State": scratch / "state",
        "Dir::State::status": scratch / "status",
        "Dir::Cache": scratch / "cache",
        "Dir::Etc::sourcelist": scratch / "sources.list",
        "Dir::Etc::sourceparts": "-",
        "APT::Install-Recommends": "false",
        "APT::Sandbox::User": "root",  # the scratch folder is ours alone
        "Acquire::Languages": "none",
        "Acquire::Retries": "3",
        "Debug::NoLocking": "true",
    }
    apt = ["apt-get", "-qq", *(word for name, value in options.items() for word in ("-o", f"{name}={value}"))]
    _run([*apt, "update"], "apt could not read the mirror")
    _run([*apt, "--yes", "--download-only", "install", *PACKAGES], "apt could not fetch the packages")
    found = sorted((scratch / "cache" / "archives").glob("*.deb"))
    return [package for package in found if package.name.partition("_")[0] not in UNWANTED]


def _mirror() -> str:
    """Return the Debian mirror that this machine's apt uses; raises TwinError."""
    given = os.environ.get("DEBIAN_MIRROR", "")
    listed = _run(["apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages"], "apt failed")
    main = [uri for uri in listed.split() if uri.rstrip("/").endswith("/debian")]
    if not (given or main):
        raise TwinError("This machine's apt knows no Debian mirror: set DEBIAN_MIRROR to the address of one.")
    return given or main[0]


def _unpack(packages: Sequence[Path], root: Path) -> None:
    root.mkdir()
    # base-files first: it brings the links (/bin, /lib) that the others' files must go through.
    for package in sorted(packages, key=lambda path: not path.name.startswith("base-files_")):
        _run(["dpkg-deb", "--extract", str(package), str(root)], f"{package.name} could not be unpacked")
    for pattern in DROPPED:
        for found in root.glob(pattern):
            shutil.rmtree(found)


def _complete(root: Path, architecture: str) -> None:
    """Add what packages' scripts would have made, and what makes a Lambda runtime of it."""
    certificates = sorted((root / "usr/share/ca-certificates").rglob("*.crt"))
    _write(root / "etc/ssl/certs/ca-certificates.crt", "".join(path.read_text("utf-8") for path in certificates))
    _write(root / "etc/passwd", _PASSWD)
    _write(root / "etc/group", "root:x:0:\nnogroup:x:65534:\n")
    compiling = [sys.executable, "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash"]
    library = [*("-s", str(root), "-p", "/"), str(root / "usr/lib/python3.13")]
    _run([*compiling, *library], "the standard library could not be compiled")
    for folder in ("var/lang/bin", "var/task", "opt", "tmp", "usr/local/bin"):
        (root / folder).mkdir(parents=True, exist_ok=True)
    (root / "tmp").chmod(0o1777)
    for name in ("python3.13", "python3", "python"):
        (root / "var/lang/bin" / name).symlink_to("/usr/bin/python3.13")
    _copy_runtime(root / "var/runtime")
    _write(root / "var/runtime/bootstrap", BOOTSTRAP, mode=0o755)
    _write(root / "lambda-entrypoint.sh", ENTRYPOINT, mode=0o755)
    emulator = site_packages(".sam", "make sam-setup") / "samcli/local/rapid" / f"aws-lambda-rie-{architecture}"
    shutil.copy(emulator, root / "usr/local/bin/aws-lambda-rie")


def _copy_runtime(folder: Path) -> None:
    source = site_packages(".twin", "make setup")
    folder.mkdir(parents=True)
    for pattern in RUNTIME:
        for found in source.glob(pattern):
            if found.is_dir():
                shutil.copytree(found, folder / found.name, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(found, folder)


def site_packages(environment: str, remedy: str) -> Path:
    """Return where an environment beside the project keeps its packages; raises TwinError with how to make it."""
    found = next((ROOT / environment / "lib").glob("python3.*/site-packages"), None)
    if not found:
        raise TwinError(f"{environment} is missing: run `{remedy}`.")
    return found


def _import(root: Path, engine: Engine, name: str, recipe: str) -> None:
    owner = ["--owner=0", "--group=0", "--numeric-owner"]
    with subprocess.Popen(["tar", "-C", str(root), *owner, "-c", "."], stdout=subprocess.PIPE) as packing:  # noqa: S603, S607 -- a fixed command
        assert packing.stdout is not None
        engine.import_image(packing.stdout, name, [*CHANGES, f"LABEL {_RECIPE_LABEL}={recipe}"])


def _write(path: Path, text: str, *, mode: int = 0o644) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)


def _run(command: Sequence[str], failure: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)  # noqa: S603 -- our own commands
    if done.returncode:
        raise TwinError(f"{failure[0].upper()}{failure[1:]}: {done.stderr.strip()[-500:]}")
    return done.stdout


def main() -> int:
    """Provide the image; returns the exit code."""
    try:
        print(provide(find_engine(), force="--force" in sys.argv))  # noqa: T201 -- what was done
    except TwinError as error:
        print(f"mailroom: {error}", file=sys.stderr)  # noqa: T201 -- why it was not
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
