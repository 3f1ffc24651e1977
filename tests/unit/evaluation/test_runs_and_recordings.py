"""What is kept on disk: runs that go on, answers that are played again."""

from pathlib import Path

import pytest

from local.evaluation.errors import EvaluationError
from local.evaluation.recording import RecordingModel, ReplayingModel, fingerprint
from local.evaluation.runs import Run, RunSettings
from mailroom.domain.errors import StopTheLineError
from mailroom.ports import CacheLife, ModelRequest
from mailroom.prompts.requests import TextPart
from tests.fakes import FakeModel
from tests.unit.evaluation.made import result, value

SETTINGS = RunSettings(
    dataset="events",
    digest="d",
    messages=2,
    limit=None,
    seed=0,
    origin="simulated",
    extract_model="h",
    review_model="s",
    prompt_fingerprint="p",
    target_error_rate=0.01,
)


def request(text: str = "Hello", **more) -> ModelRequest:
    facts = {
        "call_key": "k",
        "step": "extract",
        "model": "m",
        "system": "Read.",
        "content": (TextPart(text),),
        "answer_schema": {"type": "object"},
        "max_tokens": 10,
        "cache": CacheLife.OFF,
        "timeout_s": 1.0,
    }
    return ModelRequest(**(facts | more))


def test_a_run_goes_on_where_it_was_cut_off(tmp_path: Path):
    run = Run.begin(SETTINGS, tmp_path / "run")
    run.add(result("a", value("total", "1", "1")))
    with (tmp_path / "run" / "results.jsonl").open("a") as file:
        file.write('{"id": "b", "status": "acc')  # the power went here

    again = Run.begin(SETTINGS, tmp_path / "run")

    assert [each.id for each in again.results()] == ["a"]
    assert not again.is_finished
    again.add(result("b"))
    assert [each.id for each in again.results()] == ["a", "b"]
    assert again.is_finished


def test_a_folder_with_a_run_of_other_settings_is_not_mixed_with_it(tmp_path: Path):
    Run.begin(SETTINGS, tmp_path / "run")

    with pytest.raises(EvaluationError, match="seed 0"):
        Run.begin(SETTINGS.model_copy(update={"seed": 1}), tmp_path / "run")


def test_without_a_folder_an_unfinished_run_is_taken_up_and_a_finished_one_left(tmp_path: Path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run = Run.begin(SETTINGS, None)
    run.add(result("a"))

    assert Run.begin(SETTINGS, None).folder == run.folder
    assert Run.open(Path(run.name)).results() == run.results()
    run.add(result("b"))
    monkeypatch.setattr("local.evaluation.runs.datetime", _Later)
    assert Run.begin(SETTINGS, None).folder != run.folder


class _Later:
    @staticmethod
    def now(_zone):
        from datetime import datetime

        return datetime(2031, 1, 1)  # noqa: DTZ001 - only its digits are used


def test_what_is_no_run_is_named(tmp_path: Path):
    with pytest.raises(EvaluationError, match="is no run"):
        Run.open(tmp_path)


def test_a_recorded_answer_is_played_again_whole(tmp_path: Path):
    model = FakeModel()
    model.enqueue("{}")
    asked = RecordingModel(model, tmp_path / "answers.jsonl").ask(request())

    assert ReplayingModel.of(tmp_path / "answers.jsonl").ask(request(call_key="another message")) == asked


def test_a_question_that_was_not_recorded_stops_the_line_and_says_what_to_do(tmp_path: Path):
    model = FakeModel()
    model.enqueue("{}")
    RecordingModel(model, tmp_path / "answers.jsonl").ask(request())

    with pytest.raises(StopTheLineError, match="Record again with --record"):
        ReplayingModel.of(tmp_path / "answers.jsonl").ask(request("Goodbye"))


@pytest.mark.parametrize(
    "other", [{"system": "Read well."}, {"model": "n"}, {"answer_schema": {}}, {"content": (TextPart("Hello!"),)}]
)
def test_whatever_decides_an_answer_changes_the_fingerprint(other: dict):
    assert fingerprint(request(**other)) != fingerprint(request())


def test_who_asks_does_not_change_the_fingerprint():
    assert fingerprint(request(call_key="x", timeout_s=9.0)) == fingerprint(request())


def test_a_file_that_is_no_recording_is_refused(tmp_path: Path):
    (tmp_path / "x.jsonl").write_text('{"a": 1}\n')

    with pytest.raises(EvaluationError, match="line 1"):
        ReplayingModel.of(tmp_path / "x.jsonl")
    with pytest.raises(EvaluationError, match="cannot be read"):
        ReplayingModel.of(tmp_path / "none.jsonl")
