"""What `make sam-build` made is what runs: its layers hold everything, and nothing of this checkout is needed."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.twin import Twin
from local.twin.emulator import ROOT
from tests.containers import NEEDS_BUILD
from tests.waiting import eventually

BUILT = ROOT / ".aws-sam" / "build"
LAYERS = [BUILT / "SharedLayer" / "python", BUILT / "DependenciesLayer" / "python"]
FUNCTIONS = sorted(path.name for path in BUILT.glob("*Function"))


pytestmark = [pytest.mark.sam, NEEDS_BUILD]


@pytest.fixture(scope="module")
def twin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twin]:
    with Twin.start(host="artifacts", state_dir=tmp_path_factory.mktemp("state"), api_key="a-key") as running:
        yield running


def test_the_sweep_runs_from_its_artifact(twin: Twin):
    assert twin.invoke("SweepRecordsFunction", {})["missing"] == 0


def test_a_mail_is_filed_by_the_artifact_of_its_function(twin: Twin):
    name = twin.deliver_email(
        b"From: a@acme.example\nMessage-ID: <1@acme.example>\n\nHello\n",
        mail_from="a@acme.example",
        recipients=["x@example.com"],
        verdicts={"spam": "FAIL"},
    )

    def filed() -> bool:
        items = twin.client("dynamodb").scan(TableName=twin.outputs["RecordsTable"])["Items"]
        return any(name in json.dumps(item, default=str) for item in items)

    assert eventually(filed)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_imports_from_its_artifact_and_the_layers_alone(function: str):
    folders = [str(BUILT / function), *map(str, LAYERS)]
    # -S leaves this checkout's packages out. What is imported lazily is asked for by name.
    wanted = (
        "import handler, mailroom.wiring, anthropic, boto3, phonenumbers, PIL.Image, pypdfium2, rapidfuzz, selectolax"
    )
    done = subprocess.run(
        [sys.executable, "-S", "-c", f"{wanted}; print(handler.__file__); print(mailroom.__file__)"],
        env={"PYTHONPATH": ":".join(folders), "AWS_DEFAULT_REGION": "eu-west-1", "POWERTOOLS_SERVICE_NAME": "mailroom"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert all(Path(line).is_relative_to(BUILT) for line in done.stdout.split())


def test_the_layers_leave_room_under_what_lambda_unpacks():
    unpacked_bytes = sum(path.stat().st_size for layer in LAYERS for path in layer.rglob("*") if path.is_file())

    assert unpacked_bytes < 200 * 1024**2  # Lambda's limit is 250 MB for code and layers together


def test_every_module_ships_compiled_and_knows_no_path_of_the_machine_that_built_it():
    sources = [path for layer in LAYERS for path in layer.rglob("*.py")]
    compiled = {path for layer in LAYERS for path in layer.rglob("*.pyc")}

    assert sources
    for source in sources:
        bytecode = source.parent / "__pycache__" / f"{source.stem}.cpython-313.pyc"
        assert bytecode in compiled
    ours = [path for path in compiled if "mailroom" in path.parts]
    assert ours
    assert not [path for path in ours if str(ROOT).encode() in path.read_bytes()]


@pytest.mark.timeout(900)  # two builds
def test_the_dependencies_layer_is_the_same_bytes_wherever_it_is_built(tmp_path):
    def built(folder: Path) -> dict[str, str]:
        shutil.copytree(ROOT / "layers" / "dependencies", folder / "source")
        variables = {"ARTIFACTS_DIR": str(folder / "out"), "ARCH": "arm64", "PYTHON": sys.executable}
        command = ["make", "-s", "-C", str(folder / "source"), "build-DependenciesLayer"]
        subprocess.run(command, env=os.environ | variables | {"UV": str(ROOT / ".tools/bin/uv")}, check=True)
        out = folder / "out"
        files = [path for path in out.rglob("*") if path.is_file()]
        return {str(path.relative_to(out)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}

    one, two = built(tmp_path / "one"), built(tmp_path / "a" / "longer" / "way")

    assert len(one) > 5_000
    assert one == two
