"""What tests of packages and containers need, and the sentence that they skip with where it is missing."""

import os
import platform

import pytest

from local.containers.base_image import public_name
from local.containers.engine import NoEngineError, find_engine
from local.containers.template import BUILT


def _no_build() -> str:
    library = platform.machine().replace("arm64", "aarch64") + "-linux-gnu.so"
    built = any((BUILT / "DependenciesLayer").rglob(f"*{library}"))
    return "" if built else "nothing is built for this machine: make sam-local-check"


def _no_containers() -> str:
    if not os.environ.get("MAILROOM_CONTAINERS"):
        return "containers take minutes: make sam-local-check"
    if missing := _no_build():
        return missing
    try:
        engine = find_engine()
    except NoEngineError as error:
        return str(error)
    image = public_name(engine.architecture)
    return "" if engine.has_image(image) else f"{image} is neither here nor could it be built: make sam-image says why"


def _skip_for(reason: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(bool(reason), reason=reason)


NEEDS_BUILD = _skip_for(_no_build())
NEEDS_CONTAINERS = _skip_for(_no_containers())
