"""Which labelled set a name or a path means."""

from pathlib import Path

from local.evaluation.corpora import SOURCES, shared_set
from local.evaluation.datasets import Dataset
from local.evaluation.errors import EvaluationError
from local.evaluation.labels import LABELS, folder_of
from mailroom.doctypes.registry import document_types

EVENTS = Path(__file__).parents[2] / "events"


def dataset_of(name: str) -> Dataset:
    """Return the demo's mails ("events"), a shared set, or a folder with labels; raises EvaluationError for others."""
    if name in SOURCES:
        return shared_set(name)
    folder = Path(name)
    if folder.is_dir():
        return folder_of(folder, document_types())
    if name == "events":
        return folder_of(EVENTS, document_types(), name)
    sets = ", ".join(("events", *SOURCES))
    raise EvaluationError(f"{name} is neither a folder with a {LABELS} nor one of {sets}.")
