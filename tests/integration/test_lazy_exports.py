"""The layer's SDK, whose names are imported when they are asked for, is the SDK as published in everything else."""

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import anthropic
import pytest

from local.twin.emulator import ROOT

DEPENDENCIES = ROOT / "layers" / "dependencies"
PUBLISHED = Path(anthropic.__file__).parent


def build_step() -> Any:
    specification = importlib.util.spec_from_file_location("lazy_exports", DEPENDENCIES / "lazy_exports.py")
    assert specification
    assert specification.loader
    module = importlib.util.module_from_spec(specification)
    sys.modules["lazy_exports"] = module
    specification.loader.exec_module(module)
    return module


lazy_exports = build_step()


@pytest.fixture(scope="module")
def rewritten(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("layer")
    shutil.copytree(PUBLISHED, folder / "anthropic", ignore=shutil.ignore_patterns("__pycache__"))
    lazy_exports.rewrite(folder / "anthropic")
    return folder


def ran(code: str, *, first: Path | None = None, given: str = "") -> Any:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    if first is not None:
        environment["PYTHONPATH"] = str(first)
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, input=given, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


NAMES = """
import importlib, json, pkgutil, sys, types, anthropic
asked = json.loads(sys.stdin.read() or "{}")
found = {}
def kind(value):
    if isinstance(value, types.ModuleType):
        return "module " + value.__name__
    place = f"{getattr(value, '__module__', '')}.{getattr(value, '__qualname__', '')}"
    return f"{type(value).__name__} {place if place != '.' else repr(value)[:200]}"
below = pkgutil.walk_packages(anthropic.__path__, "anthropic.")
for folder in ["anthropic", *(each.name for each in below if each.ispkg)]:
    if folder.startswith("anthropic._"):
        continue
    package = importlib.import_module(folder)
    # pydantic leaves "Name[object]" behind, and __future__ its own: neither is anybody's name.
    own = [name for name in vars(package) if name[0] != "_" and name.isidentifier() and name != "annotations"]
    names = asked[folder] if asked else own
    found[folder] = {}
    for name in names:
        try:
            found[folder][name] = kind(getattr(package, name))
        except Exception as error:  # a module of a route whose package is not installed
            found[folder][name] = type(error).__name__
print(json.dumps(found))
"""


STARS = """
import json
found = {}
for name in ("anthropic", "anthropic.types", "anthropic.types.beta", "anthropic.lib.streaming", "anthropic.tools"):
    space = {}
    exec(f"from {name} import *", space)
    found[name] = sorted(name for name in set(space) - {"__builtins__", "annotations"} if name.isidentifier())
print(json.dumps(found))
"""


def without_modules(names: Mapping[str, str]) -> dict[str, str]:
    # A class that anthropic's own __init__ renames ("anthropic.APIError") is renamed when it is asked for there.
    return {name: re.sub(r" anthropic\.[\w.]*?\.?([\w\[\]]+)$", r" \1", kind) for name, kind in names.items()}


def test_every_public_name_of_every_package_resolves_to_the_same_kind_of_thing(rewritten):
    published = ran(NAMES)
    asked = {package: list(names) for package, names in published.items()}
    lazy = ran(NAMES, first=rewritten, given=json.dumps(asked))

    assert sum(len(names) for names in published.values()) > 3_000
    assert set(lazy) == set(published)
    for package, names in published.items():
        assert without_modules(lazy[package]) == without_modules(names), package


def test_a_star_brings_the_same_names(rewritten):
    published, lazy = ran(STARS), ran(STARS, first=rewritten)

    for package, names in published.items():
        # Without an __all__ a star also brings the submodules that happen to have been imported: not a promise.
        extra = {name for name in names if (PUBLISHED.parent / Path(*package.split(".")) / f"{name}.py").exists()}
        folders = {name for name in names if (PUBLISHED.parent / Path(*package.split(".")) / name).is_dir()}
        assert set(names) - extra - folders <= set(lazy[package]), package


def test_a_message_needs_a_fraction_of_the_modules(rewritten):
    code = (
        "import json, sys, anthropic\nfrom pathlib import Path\nanthropic.Anthropic(api_key='k').messages\n"
        "print(json.dumps([len([n for n in sys.modules if n.startswith('anthropic')]), anthropic.__file__]))"
    )
    (all_of_it, _), (some, file) = ran(code), ran(code, first=rewritten)

    assert Path(file).is_relative_to(rewritten)
    assert some < all_of_it / 3


def test_calls_streams_errors_batches_and_routes_behave_the_same(rewritten):
    tests = ["test_standin_speaks_the_api.py", "test_claude_adapter.py", "test_routes_to_claude.py"]
    paths = [f"tests/integration/{name}" for name in tests]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *paths],
        env=os.environ | {"PYTHONPATH": str(rewritten)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout[-3000:]
    where = ran("import anthropic, json; print(json.dumps(anthropic.__file__))", first=rewritten)
    assert where.startswith(str(rewritten))


def test_another_version_of_the_sdk_stops_the_build(tmp_path):
    package = tmp_path / "anthropic"
    package.mkdir()
    (package / "_version.py").write_text('__title__ = "anthropic"\n__version__ = "2.13.0"\n')

    with pytest.raises(lazy_exports.UnknownShapeError, match="test_lazy_exports"):
        lazy_exports.rewrite(package)


def test_the_version_that_was_proven_is_the_one_that_is_pinned_and_installed():
    pins = (DEPENDENCIES / "requirements.txt").read_text()

    assert f"anthropic=={lazy_exports.PROVEN} " in pins
    assert anthropic.__version__ == lazy_exports.PROVEN


@pytest.mark.parametrize("said", ["X = compute()", "if True:\n    from .a import A", "def f(): ..."])
def test_a_statement_of_a_new_kind_stops_the_build(tmp_path, said):
    (tmp_path / "__init__.py").write_text(f"from .message import Message as Message\n{said}\n")

    with pytest.raises(lazy_exports.UnknownShapeError, match="not known"):
        lazy_exports.exports_of(tmp_path / "__init__.py")
