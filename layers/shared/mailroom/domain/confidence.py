"""How likely a value is right, computed from what can be checked: never asked of a model."""

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise
from pathlib import Path
from types import MappingProxyType

from mailroom.domain.doctype import ValueKind
from mailroom.domain.evidence import Evidence, Method
from mailroom.domain.message import ZoneKind

_WEIGHTS_FILE = Path(__file__).parent / "confidence_weights.json"
_LEAST = 1e-4
# Kinds whose rivals nothing counts: any word may be a text, and names are not told from other words.
_UNCOUNTED = frozenset({ValueKind.TEXT, ValueKind.PROSE, ValueKind.NAME, ValueKind.ADDRESS})


@dataclass(frozen=True, slots=True)
class Signals:
    """What is known of one value. None means that nothing could be checked.

    ``score`` is the evidence's own (0 to 1); ``valid`` whether the document type's validators took the value;
    ``checksum`` whether its check digits hold; ``agrees_with_headers`` and ``second_reading`` whether the header or
    another reading of the same message says the same. ``in_row`` says that it stands with the rest of its row.
    """

    method: Method
    zone: ZoneKind | None = None
    denotes: bool = False
    quote_found: bool = False
    score: float = 0.0
    candidates: int = 0
    labelled: bool = False
    valid: bool = True
    checksum: bool | None = None
    unsure: bool = False
    agrees_with_headers: bool | None = None
    second_reading: bool | None = None
    attachment_skipped: bool = False
    kind: str = ""
    in_row: bool = False

    @classmethod
    def of_evidence(cls, evidence: Evidence) -> "Signals":
        """Return the signals that a value's evidence alone gives."""
        return cls(
            method=evidence.method,
            zone=evidence.zone,
            denotes=evidence.denotes,
            quote_found=evidence.quote_found,
            score=evidence.score,
            candidates=evidence.candidates,
            labelled=evidence.labelled,
        )


@dataclass(frozen=True, slots=True)
class Weights:
    """A logistic model: log-odds by feature, an exponent for records, and points that bend the result if fitted.

    ``curve`` holds (raw, calibrated) probabilities in rising order, joined by straight lines; empty means no change.
    ``record_exponent`` tells how far the fields of one record err together: 1 if independent, near 0 if as one.
    """

    coefficients: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    record_exponent: float = 1.0
    curve: tuple[tuple[float, float], ...] = ()
    thresholds: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    source: str = ""


def load_weights(text: str) -> Weights:
    """Return weights from their JSON, as ``mailroom calibrate`` writes it."""
    data = json.loads(text)
    return Weights(
        coefficients=MappingProxyType({str(k): float(v) for k, v in data["coefficients"].items()}),
        record_exponent=float(data.get("record_exponent", 1.0)),
        curve=tuple((float(x), float(y)) for x, y in data.get("curve", [])),
        thresholds=MappingProxyType({str(k): float(v) for k, v in data.get("thresholds", {}).items()}),
        source=str(data.get("source", "")),
    )


@cache
def default_weights() -> Weights:
    """Return the weights that ship with Mailroom; the file says what they were fitted on."""
    return load_weights(_WEIGHTS_FILE.read_text(encoding="utf-8"))


def features(signals: Signals) -> dict[str, float]:
    """Return the numbers the model weighs, by name; all but the score and the rivals are 0 or 1."""
    grounded = signals.denotes and signals.method in {Method.EXACT, Method.NORMALISED, Method.FORMAT}
    # A value that stands with its row's others has no rivals in other rows.
    rivals = 0.0 if signals.in_row else math.log2(max(1, min(signals.candidates, 32)))
    named = {
        "bias": 1.0,
        f"method_{signals.method}": 1.0,
        f"zone_{signals.zone or 'none'}": 1.0,
        "denotes_not": float(signals.quote_found and not signals.denotes),
        "quote_missing": float(grounded and not signals.quote_found),
        "score_lost": (1.0 - signals.score) if grounded else 0.0,
        "rivals": rivals,
        "in_row": float(signals.in_row),
        "rivals_unknown": float(grounded and signals.kind in _UNCOUNTED),
        "labelled": float(signals.labelled),
        "labelled_rivals": rivals if signals.labelled else 0.0,
        "invalid": float(not signals.valid),
        "checksum_holds": float(signals.checksum is True),
        "checksum_fails": float(signals.checksum is False),
        "unsure": float(signals.unsure),
        "header_agrees": float(signals.agrees_with_headers is True),
        "header_differs": float(signals.agrees_with_headers is False),
        "second_agrees": float(signals.second_reading is True),
        "second_differs": float(signals.second_reading is False),
        "attachment_skipped": float(signals.attachment_skipped),
    }
    return {name: number for name, number in named.items() if number}


def field_confidence(signals: Signals, weights: Weights | None = None) -> float:
    """Return the probability that a value is right, between 0.0001 and 0.9999."""
    weights = weights or default_weights()
    log_odds = sum(weights.coefficients.get(name, 0.0) * number for name, number in features(signals).items())
    return _clamped(_bent(sigmoid(log_odds), weights.curve))


def record_confidence(fields: Iterable[float], weights: Weights | None = None) -> float:
    """Return the probability that all fields of a record are right: their product, raised to the fitted exponent.

    A record without fields is as sure as anything: 0.9999.
    """
    weights = weights or default_weights()
    log_product = sum(math.log(_clamped(probability)) for probability in fields)
    return _clamped(math.exp(log_product * weights.record_exponent))


def sigmoid(log_odds: float) -> float:
    """Return the probability of log-odds, without overflow."""
    if log_odds >= 0:
        return 1.0 / (1.0 + math.exp(-min(log_odds, 700.0)))
    power = math.exp(max(log_odds, -700.0))
    return power / (1.0 + power)


def _bent(probability: float, curve: tuple[tuple[float, float], ...]) -> float:
    if not curve:
        return probability
    if probability <= curve[0][0]:
        return curve[0][1]
    for (x0, y0), (x1, y1) in pairwise(curve):
        if probability <= x1:
            return y1 if x1 == x0 else y0 + (y1 - y0) * (probability - x0) / (x1 - x0)
    return curve[-1][1]


def _clamped(probability: float) -> float:
    return min(1.0 - _LEAST, max(_LEAST, probability))
