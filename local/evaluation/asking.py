"""Which model answers an evaluation: the stand-in over loopback, Claude, or a recording."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from local.evaluation.errors import EvaluationError
from local.evaluation.recording import RecordingModel, ReplayingModel
from mailroom.catalogue import UnknownModelError, card
from mailroom.domain.errors import MailroomError
from mailroom.ports import ReaderModel
from mailroom.settings import Asking

STANDIN_KEY = "sk-local-stand-in"
_NOWHERE = {"RECORDS_TABLE": "none", "RAW_BUCKET": "none", "IDEMPOTENCY_TABLE": "none"}
"""An evaluation stores nothing in AWS; the settings only ask for the names."""

LIVE = "live"
SIMULATED = "simulated"
REPLAYED = "replayed"


@dataclass(frozen=True, slots=True)
class Answering:
    """A model that is ready, the settings it was made with, and where its answers come from."""

    model: ReaderModel
    settings: Asking
    origin: str


def settings_for(*, live: bool) -> Asking:
    """Return the settings of the environment; of the stand-in, where Claude is not asked."""
    mine = {} if live else {"MODEL_PROVIDER": "anthropic", "ANTHROPIC_SECRET_ID": "", "ANTHROPIC_API_KEY": STANDIN_KEY}
    try:
        return Asking.from_environment({**os.environ, **_NOWHERE, **mine})
    except MailroomError as error:
        raise EvaluationError(str(error)) from error


@contextmanager
def answering(*, live: bool, record: Path | None = None, replay: Path | None = None) -> Iterator[Answering]:
    """Give the model; raises EvaluationError with what to do where there is none.

    Replaying opens no socket. Recording asks as usual and keeps every answer.
    """
    if replay:
        if live or record:
            raise EvaluationError("--replay answers from a file alone; leave --live and --record out.")
        yield Answering(ReplayingModel.of(replay), settings_for(live=False), REPLAYED)
        return
    settings = settings_for(live=live)
    if (
        live
        and settings.model_provider == "anthropic"
        and not (settings.anthropic_api_key or settings.anthropic_secret_id)
    ):
        raise EvaluationError("--live asks Claude itself: set ANTHROPIC_API_KEY, or leave --live out.")
    for name in (settings.extract_model, settings.review_model):
        try:
            card(name)
        except UnknownModelError as error:
            raise EvaluationError(str(error)) from error
    if live:
        with _claude(settings, record) as model:
            yield Answering(model, settings, LIVE)
        return
    from local.standin import serve  # noqa: PLC0415 - a live or replayed run needs no server

    with serve(0) as standin:
        settings = settings.model_copy(update={"anthropic_base_url": standin.url})
        with _claude(settings, record) as model:
            yield Answering(model, settings, SIMULATED)


@contextmanager
def _claude(settings: Asking, record: Path | None) -> Iterator[ReaderModel]:
    from mailroom.adapters.claude import ClaudeModel  # noqa: PLC0415 - the SDK takes a second to import
    from mailroom.adapters.claude_client import ClaudeClients  # noqa: PLC0415 - the same
    from mailroom.adapters.claude_routes import CATALOGUE_NAMES  # noqa: PLC0415 - the same

    # The client for secrets wants a region even where the key comes from the environment and no secret is read.
    os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")
    clients = ClaudeClients(settings)
    model = ClaudeModel(clients, card, CATALOGUE_NAMES[settings.model_provider], settings.bedrock_geography)
    try:
        if record:
            record.parent.mkdir(parents=True, exist_ok=True)
        yield RecordingModel(model, record) if record else model
    finally:
        clients.close()
