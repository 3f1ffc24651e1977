"""Models that remember: what was answered is kept by the question's fingerprint, and answered again without a call."""

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

from pydantic import BaseModel, ConfigDict, ValidationError

from local.evaluation.errors import EvaluationError
from mailroom.domain.cost import Usage
from mailroom.domain.errors import StopTheLineError
from mailroom.domain.record import CacheVerdict
from mailroom.ports import ModelAnswer, ModelRequest, Outcome, ReaderModel
from mailroom.prompts.requests import TextPart


class Recorded(BaseModel):
    """One answer as it came, with the fingerprint of its question."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    fingerprint: str
    step: str
    model: str
    outcome: Outcome
    text: str
    usage: Usage
    cache: CacheVerdict
    duration_ms: int

    def answer(self) -> ModelAnswer:
        """Return the answer as the model gave it."""
        return ModelAnswer(self.model, self.outcome, self.text, self.usage, self.cache, self.duration_ms)


def fingerprint(request: ModelRequest) -> str:
    """Return the SHA-256 of what decides an answer: model, prompt, content and schema; not whose message it is."""
    content = [
        part.text if isinstance(part, TextPart) else [part.media_type, hashlib.sha256(part.data).hexdigest()]
        for part in request.content
    ]
    asked = [request.model, request.system, content, request.answer_schema, request.max_tokens]
    return hashlib.sha256(json.dumps(asked, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


@dataclass(frozen=True)
class RecordingModel:
    """Asks another model and appends each answer to a file before anything is made of it."""

    model: ReaderModel
    path: Path
    _writing: Lock = field(default_factory=Lock)

    def ask(self, request: ModelRequest) -> ModelAnswer:
        """Answer as the other model does."""
        answer = self.model.ask(request)
        kept = Recorded(
            fingerprint=fingerprint(request),
            step=request.step,
            model=answer.model,
            outcome=answer.outcome,
            text=answer.text,
            usage=answer.usage,
            cache=answer.cache,
            duration_ms=answer.duration_ms,
        )
        with self._writing, self.path.open("a", encoding="utf-8") as file:
            file.write(kept.model_dump_json() + "\n")
        return answer


@dataclass(frozen=True)
class ReplayingModel:
    """Answers from a recording alone; nothing is called and nothing is paid."""

    answers: dict[str, Recorded]
    source: str

    @classmethod
    def of(cls, path: Path) -> "ReplayingModel":
        """Read a recording; raises EvaluationError where it is none."""
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except OSError as error:
            raise EvaluationError(
                f"{path} cannot be read: {error.strerror}. Make a recording with --record."
            ) from error
        answers: dict[str, Recorded] = {}
        for number, line in enumerate(lines, start=1):
            try:
                kept = Recorded.model_validate_json(line)
            except ValidationError as error:
                raise EvaluationError(f"{path}, line {number}, is not a recorded answer.") from error
            answers[kept.fingerprint] = kept
        return cls(answers, path.name)

    def ask(self, request: ModelRequest) -> ModelAnswer:
        """Answer, or raise StopTheLineError when this question was never recorded."""
        kept = self.answers.get(fingerprint(request))
        if kept is None:
            raise StopTheLineError(
                f"{self.source} has no answer to a question of the step {request.step} to {request.model}: it was"
                " recorded with other messages, document types, prompts or models. Record again with --record."
            )
        return kept.answer()


@dataclass
class ListeningModel:
    """Passes one message's questions on and keeps the answers' texts by step."""

    model: ReaderModel
    heard: dict[str, str] = field(default_factory=dict)

    def ask(self, request: ModelRequest) -> ModelAnswer:
        """Answer as the other model does."""
        answer = self.model.ask(request)
        self.heard[request.step] = answer.text if answer.outcome is Outcome.COMPLETE else ""
        return answer
