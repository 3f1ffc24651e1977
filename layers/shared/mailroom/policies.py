"""How sure is sure enough, from the settings and from the files that ``mailroom calibrate`` writes."""

import json
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from mailroom.domain.confidence import Weights, load_weights
from mailroom.domain.judgement import Policy
from mailroom.settings import Asking, SettingsError

_SAME_RATE = 1e-9


def policy_of(settings: Asking) -> Policy:
    """Return the policy that the settings ask for; raises SettingsError for a file that cannot be used."""
    rate = settings.target_error_rate
    weights = weights_of(settings)
    if not settings.thresholds_file:
        return Policy(target_error_rate=rate, weights=weights)
    data = _json(settings.thresholds_file, "THRESHOLDS_FILE")
    try:
        made_for = float(data["target_error_rate"])
        thresholds = {str(key): float(value) for key, value in data["thresholds"].items()}
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise SettingsError(
            f"THRESHOLDS_FILE {settings.thresholds_file} is not written by `mailroom calibrate`."
        ) from error
    if abs(made_for - rate) > _SAME_RATE:
        raise SettingsError(
            f"THRESHOLDS_FILE {settings.thresholds_file} keeps an error rate of {made_for}, and TARGET_ERROR_RATE asks"
            f" for {rate}: calibrate for that rate, or set it to {made_for}."
        )
    return Policy(target_error_rate=rate, thresholds=MappingProxyType(thresholds), weights=weights)


def weights_of(settings: Asking) -> Weights | None:
    """Return the weights that WEIGHTS_FILE names, None for the shipped ones; raises SettingsError for a bad file."""
    return _weights(settings.weights_file) if settings.weights_file else None


@cache
def _weights(name: str) -> Weights:
    try:
        return load_weights(Path(name).read_text(encoding="utf-8"))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise SettingsError(f"WEIGHTS_FILE {name} cannot be used: {type(error).__name__}.") from error


@cache
def _json(name: str, variable: str) -> Any:
    try:
        return json.loads(Path(name).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SettingsError(f"{variable} {name} cannot be used: {type(error).__name__}.") from error
