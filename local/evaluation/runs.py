"""A run on disk: what it was asked to do, one line per message, and where the next run of the same sort goes on."""

import json
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from local.evaluation.errors import EvaluationError
from local.evaluation.results import Result

RUNS = Path(".mailroom") / "evaluations"
"""Where runs are kept that name no other place, below the project's folder."""


class RunSettings(BaseModel):
    """What decides a run's results: two runs with equal settings ask the same questions."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    dataset: str
    digest: str
    messages: int
    limit: int | None
    seed: int
    origin: str
    extract_model: str
    review_model: str
    prompt_fingerprint: str
    target_error_rate: float
    confidence: str = ""


class Run:
    """A folder with ``run.json`` and ``results.jsonl``; a line is written as soon as its message is done."""

    def __init__(self, folder: Path, settings: RunSettings) -> None:
        self.folder = folder
        self.settings = settings
        self._results = folder / "results.jsonl"

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.folder.name

    @classmethod
    def begin(cls, settings: RunSettings, folder: Path | None) -> "Run":
        """Go on with an unfinished run of the same settings, or start one.

        Raises EvaluationError where ``folder`` holds a run of other settings.
        """
        if folder is None:
            unfinished = (run for run in kept_runs() if run.settings == settings and not run.is_finished)
            found = next(unfinished, None)
            if found:
                return found
            stamp = f"{datetime.now(UTC):%Y%m%d-%H%M%S}"
            folder = RUNS / f"{stamp}-{re.sub(r'[^A-Za-z0-9.-]', '-', settings.dataset)}-{settings.origin}"
        if (folder / "run.json").is_file():
            run = cls.open(folder)
            if run.settings != settings:
                raise EvaluationError(
                    f"{folder} holds a run with other settings ({_difference(run.settings, settings)});"
                    " give --out another folder, or remove this one."
                )
            return run
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "run.json").write_text(settings.model_dump_json(indent=2) + "\n", encoding="utf-8")
        return cls(folder, settings)

    @classmethod
    def open(cls, folder: Path) -> "Run":
        """Open a run by its folder, or by its name among the kept ones; raises EvaluationError where there is none."""
        for each in (folder, RUNS / folder):
            if (each / "run.json").is_file():
                try:
                    text = (each / "run.json").read_text(encoding="utf-8")
                    return cls(each, RunSettings.model_validate_json(text))
                except ValidationError as error:
                    raise EvaluationError(f"{each / 'run.json'} is not a run of this version of mailroom.") from error
        raise EvaluationError(f"{folder} is no run: `mailroom eval` writes one, with a run.json in it.")

    @property
    def is_finished(self) -> bool:
        """Whether every message has its line."""
        return len(self.results()) >= self.settings.messages

    def results(self) -> list[Result]:
        """Return what is done, in the order of the messages' names, without a line that was cut off while writing."""
        if not self._results.is_file():
            return []
        found: dict[str, Result] = {}
        for line in self._results.read_text(encoding="utf-8").splitlines():
            try:
                result = Result.model_validate_json(line)
            except ValidationError:
                continue  # the run was killed in the middle of this line; its message is done again
            found[result.id] = result
        return [found[each] for each in sorted(found)]

    def add(self, result: Result) -> None:
        """Append one message's line."""
        with self._results.open("a", encoding="utf-8") as file:
            if file.tell() and not self._results.read_bytes().endswith(b"\n"):
                file.write("\n")  # after a cut line, start a new one
            file.write(result.model_dump_json() + "\n")

    def write(self, name: str, content: str) -> Path:
        """Write a report into the folder."""
        path = self.folder / name
        path.write_text(content, encoding="utf-8")
        return path


def kept_runs() -> Iterable[Run]:
    """Yield the runs that are kept in their usual place, newest first."""
    for path in sorted(RUNS.glob("*/run.json"), reverse=True):
        try:
            yield Run.open(path.parent)
        except EvaluationError:
            continue  # another version's run is nobody's harm


def _difference(old: RunSettings, new: RunSettings) -> str:
    before: Mapping[str, Any] = old.model_dump()
    after: Mapping[str, Any] = new.model_dump()
    return ", ".join(f"{name} {json.dumps(before[name])}" for name in before if before[name] != after[name])
