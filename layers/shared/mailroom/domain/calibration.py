"""Fitting confidence to reviewed records, and measuring how honest it is. Pure Python: the layer has no numpy."""

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from mailroom.domain.confidence import Signals, Weights, features, field_confidence, sigmoid

type Pair = tuple[float, bool]
"""A confidence, and whether the value was right."""

_FEWEST_FOR_CURVE = 300
"""Below this many reviewed values a bend in the curve would be noise."""


@dataclass(frozen=True, slots=True)
class Bin:
    """One bar of a reliability diagram: what confidence promised between two bounds, and what came true."""

    low: float
    high: float
    count: int
    mean_confidence: float
    share_right: float


@dataclass(frozen=True, slots=True)
class Quality:
    """How good confidence is on reviewed values. ``auroc`` is NaN where all were right or all were wrong."""

    count: int
    share_right: float
    auroc: float
    brier: float
    ece: float
    errors_caught_at_10pct: float
    bins: tuple[Bin, ...]


def quality(pairs: Sequence[Pair]) -> Quality:
    """Return all figures of a report for one field, one kind or everything."""
    return Quality(
        count=len(pairs),
        share_right=_mean(right for _, right in pairs),
        auroc=auroc(pairs),
        brier=brier(pairs),
        ece=expected_calibration_error(pairs),
        errors_caught_at_10pct=errors_caught(pairs, budget=0.1),
        bins=reliability(pairs),
    )


def auroc(pairs: Sequence[Pair]) -> float:
    """Return the chance that a right value has more confidence than a wrong one, ties counting half (Mann-Whitney)."""
    ordered = sorted(pairs)
    rights = sum(right for _, right in ordered)
    wrongs = len(ordered) - rights
    if not rights or not wrongs:
        return math.nan
    rank_sum, position = 0.0, 0
    while position < len(ordered):
        end = position
        while end < len(ordered) and ordered[end][0] == ordered[position][0]:
            end += 1
        mean_rank = (position + 1 + end) / 2
        rank_sum += mean_rank * sum(right for _, right in ordered[position:end])
        position = end
    return (rank_sum - rights * (rights + 1) / 2) / (rights * wrongs)


def brier(pairs: Sequence[Pair]) -> float:
    """Return the mean squared distance between confidence and truth (0 is perfect, 0.25 a coin's)."""
    return _mean((confidence - right) ** 2 for confidence, right in pairs)


def reliability(pairs: Sequence[Pair], bins: int = 10) -> tuple[Bin, ...]:
    """Return the bars of a reliability diagram in bins of equal width; empty ones are left out."""
    grouped: dict[int, list[Pair]] = {}
    for confidence, right in pairs:
        grouped.setdefault(min(int(confidence * bins), bins - 1), []).append((confidence, right))
    return tuple(
        Bin(i / bins, (i + 1) / bins, len(group), _mean(c for c, _ in group), _mean(r for _, r in group))
        for i, group in sorted(grouped.items())
    )


def expected_calibration_error(pairs: Sequence[Pair], bins: int = 10) -> float:
    """Return the mean gap between confidence and share of right values over the bins (Naeini et al., AAAI 2015)."""
    gaps = (bar.count * abs(bar.mean_confidence - bar.share_right) for bar in reliability(pairs, bins))
    return sum(gaps) / len(pairs) if pairs else 0.0


def errors_caught(pairs: Sequence[Pair], *, budget: float) -> float:
    """Return the share of all errors found by reviewing the ``budget`` share of values with the least confidence."""
    errors = sum(not right for _, right in pairs)
    if not errors:
        return 1.0
    reviewed = sorted(pairs)[: round(len(pairs) * budget)]
    return sum(not right for _, right in reviewed) / errors


def refit(examples: Sequence[tuple[Signals, bool]], base: Weights, *, strength: float = 4.0) -> Weights:
    """Return weights fitted to reviewed values, pulled towards ``base`` where there is little to learn from.

    ``strength`` is how many values' worth of evidence the base weights count for, per weight. Where there are enough
    values an isotonic curve is added if it lowers the Brier score on every fourth value, unseen by that fit.
    """
    fitted = _fitted(examples, base, strength)
    if len(examples) < _FEWEST_FOR_CURVE:
        return fitted
    held_out = list(examples[::4])
    seen = [example for i, example in enumerate(examples) if i % 4]
    part = _fitted(seen, base, strength)
    bent = replace(part, curve=isotonic(scored(seen, part)))
    if brier(scored(held_out, bent)) < brier(scored(held_out, part)):
        return replace(fitted, curve=isotonic(scored(examples, fitted)))
    return fitted


def _fitted(examples: Sequence[tuple[Signals, bool]], base: Weights, strength: float) -> Weights:
    rows = []
    for signals, right in examples:
        known = {name: x for name, x in features(signals).items() if name in base.coefficients}
        rows.append((known, right))
    coefficients = fit_logistic(rows, base.coefficients, strength=strength)
    return replace(base, coefficients=MappingProxyType(coefficients), curve=())


def scored(examples: Iterable[tuple[Signals, bool]], weights: Weights) -> list[Pair]:
    """Return examples with the confidence that weights give them."""
    return [(field_confidence(signals, weights), right) for signals, right in examples]


def fit_logistic(
    examples: Sequence[tuple[Mapping[str, float], bool]], prior: Mapping[str, float], *, strength: float = 4.0
) -> dict[str, float]:
    """Return the weights of a logistic model by Newton's method, with a Gaussian prior around ``prior``.

    Each example is (features by name, right or wrong). The penalty is ``strength / 2`` times the squared distance of
    each weight from its prior; without examples the prior comes back.
    """
    names = sorted(set(prior) | {name for row, _ in examples for name in row})
    place = {name: i for i, name in enumerate(names)}
    centre = [prior.get(name, 0.0) for name in names]
    rows = [([(place[name], x) for name, x in row.items()], right) for row, right in examples]
    weights = list(centre)
    for _ in range(50):
        step = _newton_step(rows, weights, centre, strength)
        # A full step may overshoot where classes separate; two units of log-odds at a time are safe.
        largest = max((abs(s) for s in step), default=0.0)
        shrink = min(1.0, 2.0 / largest) if largest else 1.0
        weights = [w - shrink * s for w, s in zip(weights, step, strict=True)]
        if largest < 1e-6:
            break
    return dict(zip(names, weights, strict=True))


def _newton_step(
    rows: Sequence[tuple[Sequence[tuple[int, float]], bool]],
    weights: Sequence[float],
    centre: Sequence[float],
    strength: float,
) -> list[float]:
    size = len(weights)
    gradient = [strength * (w - c) for w, c in zip(weights, centre, strict=True)]
    curvature = [[strength if i == j else 0.0 for j in range(size)] for i in range(size)]
    for row, right in rows:
        p = sigmoid(sum(weights[i] * x for i, x in row))
        for i, x in row:
            gradient[i] += (p - right) * x
            for j, y in row:
                curvature[i][j] += p * (1 - p) * x * y
    return _solved(curvature, gradient)


def _solved(matrix: list[list[float]], right: list[float]) -> list[float]:
    """Return the solution of a positive definite system by Gaussian elimination."""
    rows = [[*row, r] for row, r in zip(matrix, right, strict=True)]
    size = len(rows)
    for i in range(size):
        pivot = rows[i]
        for below in rows[i + 1 :]:
            factor = below[i] / pivot[i]
            if factor:
                for j in range(i, size + 1):
                    below[j] -= factor * pivot[j]
    solution = [0.0] * size
    for i in range(size - 1, -1, -1):
        known = sum(rows[i][j] * solution[j] for j in range(i + 1, size))
        solution[i] = (rows[i][size] - known) / rows[i][i]
    return solution


def isotonic(pairs: Sequence[Pair]) -> tuple[tuple[float, float], ...]:
    """Return the rising curve closest to the truth, as points, by pooling adjacent violators.

    Every block is smoothed by one right and one wrong value (Laplace), so that no block promises certainty.
    """
    blocks: list[tuple[float, float, int]] = []  # sum of confidences, number of right ones, count
    for confidence, right in sorted(pairs):
        blocks.append((confidence, float(right), 1))
        while len(blocks) > 1 and _level(blocks[-2]) >= _level(blocks[-1]):
            last, before = blocks.pop(), blocks.pop()
            blocks.append((before[0] + last[0], before[1] + last[1], before[2] + last[2]))
    points = [(total / count, (rights + 1) / (count + 2)) for total, rights, count in blocks if count >= 10]
    rising: list[tuple[float, float]] = []
    for x, y in points:
        if not rising or (x > rising[-1][0] and y >= rising[-1][1]):
            rising.append((x, y))
    return tuple(rising)


def _level(block: tuple[float, float, int]) -> float:
    return block[1] / block[2]


def fit_record_exponent(records: Sequence[tuple[Sequence[float], bool]]) -> float:
    """Return the exponent with which the product of field confidences best predicts that a whole record is right."""
    candidates = [step / 20 for step in range(1, 31)]

    def surprise(exponent: float) -> float:
        total = 0.0
        for fields, right in records:
            p = min(1 - 1e-6, max(1e-6, math.exp(exponent * sum(map(math.log, fields)))))
            total -= math.log(p if right else 1 - p)
        return total

    return min(candidates, key=surprise) if records else 1.0


def weights_json(weights: Weights) -> str:
    """Return weights as the JSON that ``confidence.load_weights`` reads, in a fixed order."""
    data = {
        "source": weights.source,
        "coefficients": {name: round(value, 4) for name, value in sorted(weights.coefficients.items())},
        "record_exponent": weights.record_exponent,
        "curve": [[round(x, 5), round(y, 5)] for x, y in weights.curve],
        "thresholds": dict(weights.thresholds),
    }
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


def _mean(numbers: Iterable[float]) -> float:
    values = list(numbers)
    return sum(values) / len(values) if values else 0.0
