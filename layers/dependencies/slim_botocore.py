"""Cuts botocore down to the services that the functions call: its data, its table of endpoints, its certificates.

    python slim_botocore.py LAYER SERVICE…

Run by the Makefile on the layer's own copy, after it is installed. Three cuts, each the same bytes for the same pins:

- ``botocore/data`` describes 440 services in 28 MB. Only the named ones stay.
- ``endpoints.json`` (1.2 MB) is parsed with the first client. The other services' endpoints go.
- botocore reads its file of certificate authorities again for every new connection. ``amazon-roots.pem`` has only the
  five with which AWS's own endpoints are signed, all of which Amazon asks a trust store of one's own to have
  (https://www.amazontrust.com/repository); template.yaml points AWS_CA_BUNDLE at it.
"""

import gzip
import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

ROOTS = (
    "Amazon Root CA 1",
    "Amazon Root CA 2",
    "Amazon Root CA 3",
    "Amazon Root CA 4",
    "Starfield Services Root Certificate Authority - G2",
)


class UnknownShapeError(Exception):
    """botocore is not as it was when this was written: look at what is named and extend this file."""


def slim(layer: Path, services: list[str]) -> None:
    """Cut the botocore in a layer's folder; raises UnknownShapeError where something is not where it was."""
    botocore = layer / "python" / "botocore"
    missing = [name for name in services if not (botocore / "data" / name).is_dir()]
    if missing:
        raise UnknownShapeError(f"botocore has no data for {', '.join(missing)}.")
    for folder in (botocore / "data").iterdir():
        if folder.is_dir() and folder.name not in services:
            shutil.rmtree(folder)
    endpoints = botocore / "data" / "endpoints.json"
    table = json.loads(endpoints.read_text())
    for partition in table["partitions"]:
        partition["services"] = {
            name: partition["services"][name] for name in services if name in partition["services"]
        }
    endpoints.write_text(json.dumps(table, separators=(",", ":")))
    (layer / "amazon-roots.pem").write_text(roots((botocore / "cacert.pem").read_text()))


def _prefixes(service: Path) -> Iterator[str]:
    """Yield what the table of endpoints calls a service: its own name for it, which may be another (ses is email)."""
    for model in service.glob("*/service-2.json.gz"):
        yield json.loads(gzip.decompress(model.read_bytes()))["metadata"]["endpointPrefix"]


def roots(bundle: str) -> str:
    """Return Amazon's certificates out of botocore's bundle, each under its name."""
    found = {}
    for part in bundle.split("# Label: ")[1:]:
        label = part.splitlines()[0].strip('"')
        begin, end = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"
        found[label] = part[part.index(begin) : part.index(end) + len(end)]
    if missing := set(ROOTS) - set(found):
        raise UnknownShapeError(f"botocore/cacert.pem has no certificate {', '.join(sorted(missing))}.")
    return "".join(f"# {label}\n{found[label]}\n" for label in ROOTS)


if __name__ == "__main__":
    slim(Path(sys.argv[1]), sys.argv[2:])
