"""The labelled documents cut into a half for fitting and a half for measuring, by their names."""

import hashlib
from collections.abc import Iterable

from tests.bench.labelled import Document


def fitting_half(found: Iterable[Document]) -> list[Document]:
    """Return the documents that default weights are fitted on."""
    return [document for document in found if _is_fitting(document)]


def measuring_half(found: Iterable[Document]) -> list[Document]:
    """Return the documents that nothing was fitted on."""
    return [document for document in found if not _is_fitting(document)]


def _is_fitting(document: Document) -> bool:
    digest = hashlib.sha256(f"{document.collection}/{document.id}".encode()).digest()
    return digest[0] % 2 == 0
