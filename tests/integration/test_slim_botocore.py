"""The layer's botocore knows fewer services and trusts fewer roots, and does with them what it did before."""

import json
import os
import re
import shutil
import ssl
import subprocess
import sys
from pathlib import Path
from typing import Any

import botocore
import pytest

from local.twin.emulator import ROOT

DEPENDENCIES = ROOT / "layers" / "dependencies"
(SERVICES,) = re.findall(r"^SERVICES := (.+)$", (DEPENDENCIES / "Makefile").read_text(), re.MULTILINE)

CLIENTS = """
import json, sys, botocore.session
found = {}
for service in sys.argv[1:]:
    client = botocore.session.Session().create_client(
        service, "eu-west-1", aws_access_key_id="a", aws_secret_access_key="b"
    )
    found[service] = [client.meta.endpoint_url, sorted(client.meta.service_model.operation_names)]
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def layer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("layer")
    shutil.copytree(Path(botocore.__file__).parent, folder / "python" / "botocore")
    command = [sys.executable, str(DEPENDENCIES / "slim_botocore.py"), str(folder), *SERVICES.split()]
    subprocess.run(command, check=True)
    return folder


def clients(first: Path | None, *services: str) -> Any:
    environment = os.environ | {"PYTHONPATH": str(first or "")}
    done = subprocess.run(
        [sys.executable, "-c", CLIENTS, *services], env=environment, capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)


def test_every_service_that_the_functions_call_is_left_and_no_other():
    code = "\n".join(
        path.read_text() for folder in ("layers/shared/mailroom", "functions") for path in (ROOT / folder).rglob("*.py")
    )
    called = set(re.findall(r'\bclient\w*\(\s*"([a-z0-9-]+)"', code))

    assert called | {"sts"} == set(SERVICES.split())  # by sts a profile's role is assumed


def test_the_services_left_have_their_endpoints_and_operations(layer):
    services = SERVICES.split()

    assert clients(layer / "python", *services) == clients(None, *services)


def test_the_services_left_out_are_gone(layer):
    left = {path.name for path in (layer / "python" / "botocore" / "data").iterdir() if path.is_dir()}

    assert left == set(SERVICES.split())
    assert (layer / "python" / "botocore" / "data" / "endpoints.json").stat().st_size < 200_000


def test_amazons_five_roots_are_in_the_bundle_that_the_template_names(layer):
    trusted = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    trusted.load_verify_locations(layer / "amazon-roots.pem")

    names = {dict(part for (part,) in each["subject"])["commonName"] for each in trusted.get_ca_certs()}
    assert names == {
        *(f"Amazon Root CA {number}" for number in (1, 2, 3, 4)),
        "Starfield Services Root Certificate Authority - G2",
    }
    assert "AWS_CA_BUNDLE: /opt/amazon-roots.pem" in (ROOT / "template.yaml").read_text()
