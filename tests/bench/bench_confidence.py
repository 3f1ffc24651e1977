"""Does confidence say how often values are right, and do thresholds keep what they promise?

    python -m tests.bench.bench_confidence

Confidence is measured on claims of a reader that errs at a known rate, over the half of the labelled documents that no
weight was fitted on (``halves.measuring_half``); the shipped weights come from the other half. Thresholds are measured
in 1,000 runs: each draws reviewed values from a population whose truth is known exactly (the measured confidences, with
an honest, an over-confident or an under-confident relation to truth), takes the threshold from them, and is held
against the population's true error rate above that threshold. A run with nothing accepted makes no error.
"""

# ruff: noqa: T201 - a bench prints its tables

import json
import math
import random
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable
from itertools import accumulate
from pathlib import Path

from mailroom.domain.calibration import quality
from mailroom.domain.confidence import default_weights, field_confidence, sigmoid
from mailroom.domain.thresholds import default_threshold, risk_controlled_threshold
from tests.bench.halves import measuring_half
from tests.bench.labelled import LABELLED, documents
from tests.bench.readings import examples

RESULT = Path(__file__).parents[2] / "build" / "bench" / "confidence.json"
SEED = 20260304
RUNS = 1000
TARGET = 0.01
SIZES = (100, 500, 1000, 3000)
type Pair = tuple[float, bool]

TRUTHS: dict[str, Callable[[float], float]] = {
    "honest": lambda c: c,
    "over-confident": lambda c: sigmoid(0.8 * math.log(c / (1 - c)) - 0.2),
    "under-confident": lambda c: sigmoid(1.2 * math.log(c / (1 - c)) + 0.5),
}


class Population:
    """Confidences with the true probability of each, sorted so that any threshold's error rate is one look-up."""

    def __init__(self, confidences: list[float], truth: Callable[[float], float]) -> None:
        self.confidences = sorted(confidences)
        self.truth = truth
        wrong = [1 - truth(c) for c in self.confidences]
        self._wrong_below = list(accumulate(wrong, initial=0.0))

    def reviewed(self, count: int, rng: random.Random) -> list[Pair]:
        return [(c, rng.random() < self.truth(c)) for c in rng.choices(self.confidences, k=count)]

    def above(self, threshold: float) -> tuple[float, float]:
        """Return the true error rate among accepted values, and the share of values to review."""
        place = bisect_left(self.confidences, threshold)
        accepted = len(self.confidences) - place
        rate = (self._wrong_below[-1] - self._wrong_below[place]) / accepted if accepted else 0.0
        return rate, place / len(self.confidences)


def runs(
    confidences: list[float], seed: int = SEED, count: int = RUNS
) -> list[tuple[str, int, bool, float, bool, float]]:
    """Return per run: truth, reviewed values, whether the target held, review rate; and both for a fixed 0.8."""
    rng = random.Random(seed)
    populations = {name: Population(confidences, truth) for name, truth in TRUTHS.items()}
    found = []
    for run in range(count):
        name, size = list(TRUTHS)[run % len(TRUTHS)], SIZES[run // len(TRUTHS) % len(SIZES)]
        population = populations[name]
        rate, review = population.above(risk_controlled_threshold(population.reviewed(size, rng), TARGET))
        fixed_rate, fixed_review = population.above(0.8)
        found.append((name, size, rate <= TARGET, review, fixed_rate <= TARGET, fixed_review))
    return found


def _print_runs(results: list[tuple[str, int, bool, float, bool, float]]) -> None:
    print(f"\n{'truth':18}{'reviewed':>9}{'runs':>6}{'held':>7}{'to review':>11}{'0.8 held':>10}{'0.8 to review':>15}")
    for key in sorted({(name, size) for name, size, *_ in results}):
        rows = [row for row in results if row[:2] == key]
        means = [sum(float(row[i]) for row in rows) / len(rows) for i in range(2, 6)]
        print(
            f"{key[0]:18}{key[1]:>9}{len(rows):>6}{means[0]:>7.3f}{means[1]:>11.3f}{means[2]:>10.3f}{means[3]:>15.3f}"
        )


def main() -> None:
    """Print the tables, and write the figures to build/bench/confidence.json."""
    if not LABELLED.exists():
        raise SystemExit("The labelled sets are not beside this folder (../shared/corpora/labelled).")
    measured = list(examples(measuring_half(documents()), SEED, readings=2))
    pairs = [(field_confidence(example.signals), example.right) for example in measured]
    found = quality(pairs)
    print(f"{found.count} claims on documents that nothing was fitted on; {found.share_right:.3f} of them right")
    print(f"{'confidence':>14}{'claims':>8}{'promised':>10}{'right':>8}")
    for bar in found.bins:
        print(f"{bar.low:>7.1f} to {bar.high:.1f}{bar.count:>8}{bar.mean_confidence:>10.3f}{bar.share_right:>8.3f}")
    shipped = default_threshold(TARGET, default_weights().thresholds)
    accepted = [right for confidence, right in pairs if confidence >= shipped]
    results = runs([confidence for confidence, _ in pairs])
    _print_runs(results)
    caught = Counter(
        sort
        for example, (c, _) in zip(measured, pairs, strict=True)
        if not example.right and c < shipped
        for sort in [example.sort]
    )
    wrong = Counter(example.sort for example in measured if not example.right)
    print(
        "\nerrors stopped by the shipped threshold: "
        + ", ".join(f"{sort} {caught[sort]}/{n}" for sort, n in wrong.items())
    )
    figures = {
        "target_holds": round(sum(row[2] for row in results) / len(results), 4),
        "auroc": round(found.auroc, 4),
        "brier": round(found.brier, 4),
        "ece": round(found.ece, 4),
        "errors_caught_at_10pct": round(found.errors_caught_at_10pct, 4),
        "review_rate": round(sum(row[3] for row in results) / len(results), 4),
        "review_rate_fixed_08": round(sum(row[5] for row in results) / len(results), 4),
        "target_holds_fixed_08": round(sum(row[4] for row in results) / len(results), 4),
        "shipped_threshold": shipped,
        "shipped_review_rate": round(1 - len(accepted) / len(pairs), 4),
        "shipped_error_rate": round(1 - sum(accepted) / len(accepted), 4) if accepted else 0.0,
        "runs": RUNS,
        "seed": SEED,
    }
    RESULT.parent.mkdir(parents=True, exist_ok=True)
    RESULT.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
