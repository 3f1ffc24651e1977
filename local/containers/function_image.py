"""The image in which ``sam local`` runs our functions: Lambda's base, the runtime interface emulator, and our layers.

SAM would make the same image itself, at every call: it packs and sends the layers (130 MB) each time only to learn that
nothing changed (docs/adr/0070). Named with ``--invoke-image``, this one is taken as it is, and made anew when the base
or a layer has changed.
"""

import hashlib
import io
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from local.containers.base_image import public_name, site_packages
from local.containers.engine import Engine
from local.twin.errors import TwinError

IMAGE = "mailroom/functions"
"""What ``--invoke-image`` is given. SAM looks for its own tag of that, ``rapid-<architecture>``, and builds no more."""


def provide(engine: Engine, layers: list[Path]) -> bool:
    """Make sure that the engine holds the image with these layers, later ones over earlier; whether it was made anew.

    Raises TwinError where Lambda's base image is not here.
    """
    base = public_name(engine.architecture)
    if not engine.has_image(base):
        raise TwinError(f"{base} is not here: `docker pull` it, or run `make sam-image` where it is out of reach.")
    emulator = site_packages(".sam", "make sam-setup") / "samcli/local/rapid" / f"aws-lambda-rie-{engine.architecture}"
    files = [(emulator, "root/var/rapid/aws-lambda-rie"), *_placed(layers)]
    # A tag and not a label: with the storage driver that copies, a label would cost a whole copy more.
    content = f"content-{_fingerprint(engine.id_of(base), files)}"
    fresh = not engine.has_image(f"{IMAGE}:{content}")
    if fresh:
        for old in engine.tags_of(IMAGE):
            engine.untag(f"{IMAGE}:{old}")
        engine.build_image(f"{IMAGE}:{content}", lambda stream: _pack(stream, f"FROM {base}\nCOPY root/ /\n", files))
    engine.tag(f"{IMAGE}:{content}", f"{IMAGE}:rapid-{engine.architecture}")
    return fresh


def _placed(layers: list[Path]) -> Iterator[tuple[Path, str]]:
    for layer in layers:
        for path in sorted(layer.rglob("*")):
            if path.is_file():
                yield path, f"root/opt/{path.relative_to(layer)}"


def _fingerprint(base_id: str, files: list[tuple[Path, str]]) -> str:
    digest = hashlib.sha256(base_id.encode())
    for path, place in files:
        digest.update(f"\0{place}\0{path.stat().st_mode}\0".encode())
        with path.open("rb") as content:
            digest.update(hashlib.file_digest(content, "sha256").digest())
    return digest.hexdigest()[:32]


def _pack(stream: IO[bytes], dockerfile: str, files: list[tuple[Path, str]]) -> None:
    """Write a build context as a tar stream."""
    with tarfile.open(fileobj=stream, mode="w|") as archive:
        entry = tarfile.TarInfo("Dockerfile")
        entry.size = len(dockerfile)
        archive.addfile(entry, io.BytesIO(dockerfile.encode()))
        for path, place in files:
            archive.add(path, place, recursive=False)
