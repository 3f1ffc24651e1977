"""The built template as ``sam local`` needs it on the twin: every variable literal, with an address for containers.

SAM fills ``!Ref RecordsTable`` with the word RecordsTable, and drops variables that the template does not declare
(AWS_ENDPOINT_URL). So the functions' variables are written out as the twin deployed them.
"""

import json
import os
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
        function.setdefault("Events", {}).update(_routes_to(logical_id, changed))
    return changed


def _routes_to(logical_id: str, template: dict[str, Any]) -> dict[str, Any]:
    """Return the HTTP API's routes to a function as events of it: ``sam local start-api`` looks for no others.

    It follows CloudFormation's own routes only in a template without SAM's functions (SAM CLI 1.170).
    """
    ours = [
        name
        for name, integration in resources_of(template, "AWS::ApiGatewayV2::Integration").items()
        if integration.get("IntegrationUri") == {"Fn::GetAtt": [logical_id, "Arn"]}
    ]
    events: dict[str, Any] = {}
    for name, route in resources_of(template, "AWS::ApiGatewayV2::Route").items():
        if route["Target"] in [{"Fn::Sub": f"integrations/${{{integration}}}"} for integration in ours]:
            method, _, path = route["RouteKey"].partition(" ")
            events[name] = {"Type": "HttpApi"} | ({"Properties": {"Method": method, "Path": path}} if path else {})
    return events


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
    _refuse_a_second()
    # JSON is YAML, and this way no value is taken for a date, a number or a yes.
    changed = local_template(built, variables, architecture) | {"Metadata": {"TwinProcess": os.getpid()}}
    LOCAL_TEMPLATE.write_text(json.dumps(changed, indent=1), encoding="utf-8")
    return LOCAL_TEMPLATE


def _refuse_a_second() -> None:
    """Raise TwinError where the template belongs to a twin that runs: SAM finds one only."""
    if not LOCAL_TEMPLATE.is_file():
        return
    process = json.loads(LOCAL_TEMPLATE.read_text(encoding="utf-8"))["Metadata"]["TwinProcess"]
    if Path(f"/proc/{process}").exists():
        raise TwinError(f"Another twin serves `sam local` from this folder already (process {process}): end it first.")
