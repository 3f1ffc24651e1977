"""The files that calibration writes, as the settings point to them."""

import json
from pathlib import Path

import pytest

from mailroom.domain.calibration import weights_json
from mailroom.domain.confidence import default_weights
from mailroom.policies import policy_of
from mailroom.settings import Asking, SettingsError


def settings(**more) -> Asking:
    return Asking(records_table="t", raw_bucket="b", idempotency_table="i", **more)


def test_without_files_the_shipped_weights_and_thresholds_hold():
    policy = policy_of(settings(target_error_rate=0.02))

    assert (policy.target_error_rate, dict(policy.thresholds), policy.weights) == (0.02, {}, None)


def test_files_replace_them(tmp_path: Path):
    (tmp_path / "w.json").write_text(weights_json(default_weights()))
    (tmp_path / "t.json").write_text(json.dumps({"target_error_rate": 0.01, "thresholds": {"invoice.iban": 0.97}}))

    policy = policy_of(settings(weights_file=str(tmp_path / "w.json"), thresholds_file=str(tmp_path / "t.json")))

    assert policy.weights == default_weights()
    assert policy.threshold_of("invoice", "iban") == 0.97


def test_thresholds_for_another_promise_are_refused(tmp_path: Path):
    (tmp_path / "t.json").write_text(json.dumps({"target_error_rate": 0.05, "thresholds": {}}))

    with pytest.raises(SettingsError, match="calibrate for that rate"):
        policy_of(settings(thresholds_file=str(tmp_path / "t.json")))


@pytest.mark.parametrize("content", ["", "[]", '{"thresholds": {}}', '{"target_error_rate": 0.01, "thresholds": []}'])
def test_a_file_that_is_something_else_is_named(tmp_path: Path, content: str):
    path = tmp_path / "t.json"
    path.write_text(content)

    with pytest.raises(SettingsError, match="THRESHOLDS_FILE"):
        policy_of(settings(thresholds_file=str(path)))


def test_a_missing_weights_file_is_named(tmp_path: Path):
    with pytest.raises(SettingsError, match="WEIGHTS_FILE"):
        policy_of(settings(weights_file=str(tmp_path / "none.json")))
