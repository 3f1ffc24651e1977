"""The built template as ``sam local`` needs it on the twin: every variable literal, with an address for containers.

SAM fills ``!Ref RecordsTable`` with the word RecordsTable, and drops variables that the template does not declare
(AWS_ENDPOINT_URL). So the functions' variables are written out as the twin deployed them.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from local.containers.relay import HOST_NAME
from local.twin.emulator import LOOPBACK, ROOT
from local.twin.errors import TwinError
from local.twin.template import load_template, resources_of

BUILT = ROOT / ".aws-sam" / "build"
LAYERS = ("DependenciesLayer", "SharedLayer")
"""What `make sam-build` makes of the template's layers, in the order in which Lambda lays them over each other."""

LOCAL_TEMPLATE = BUILT / "template.local.yaml"


def local_template(
    built: Mapping[str, Any], variables: Mapping[str, Mapping[str, str]], architecture: str
) -> dict[str, Any]:
    """Return the built template with each function's variables, by logical id, in place of the template's own."""
    changed: dict[str, Any] = json.loads(json.dumps(built))
    shared = changed.get("Globals", {}).get("Function", {})
    shared.pop("Environment", None)
    shared["Architectures"] = [architecture]
    shared.pop("Layers", None)  # they are in the image: function_image.py
    for layer in resources_of(changed, "AWS::Serverless::LayerVersion"):
        del changed["Resources"][layer]
    for logical_id, function in resources_of(changed, "AWS::Serverless::Function").items():
        function["Environment"] = {"Variables": dict(variables[logical_id])}
    return changed


def for_containers(variables: Mapping[str, str], endpoint_url: str) -> dict[str, str]:
    """Return a function's variables with the emulator's address added, and loopback under its name in a container."""
    given = {**variables, "AWS_ENDPOINT_URL": endpoint_url}
    return {name: value.replace(f"//{LOOPBACK}:", f"//{HOST_NAME}:") for name, value in given.items()}


def ports_of(variables: Mapping[str, str]) -> set[int]:
    """Return the host's ports that a function's variables name."""
    before, found = f"//{HOST_NAME}:", [value for value in variables.values() if f"//{HOST_NAME}:" in value]
    return {int(value.partition(before)[2].partition("/")[0]) for value in found}


def write_local_template(variables: Mapping[str, Mapping[str, str]], architecture: str) -> Path:
    """Write the template beside the built one; raises TwinError where nothing is built for this architecture."""
    remedy = f"run `make sam-build ARCH={architecture}`."
    if not (BUILT / "template.yaml").is_file():
        raise TwinError(f"Nothing is built for SAM: {remedy}")
    library = {"x86_64": "x86_64-linux-gnu.so", "arm64": "aarch64-linux-gnu.so"}[architecture]
    if not next((BUILT / "DependenciesLayer").rglob(f"*{library}"), None):
        raise TwinError(f"What is built is not for this machine's {architecture}: {remedy}")
    built = load_template(BUILT / "template.yaml")
    missing = sorted(set(variables) - set(resources_of(built, "AWS::Serverless::Function")))
    if missing:
        raise TwinError(f"What is built does not know {', '.join(missing)}: {remedy}")
    # JSON is YAML, and this way no value is taken for a date, a number or a yes.
    LOCAL_TEMPLATE.write_text(json.dumps(local_template(built, variables, architecture), indent=1), encoding="utf-8")
    return LOCAL_TEMPLATE
