"""Fit the default weights and thresholds of confidence on the fitting half of the labelled sets.

    python -m tools.fit_confidence_weights

The other half is what ``make bench-confidence`` measures on: documents are told apart by a hash of their name.
Run it after the evidence code changes what it sees; the result is committed.
"""

# ruff: noqa: INP001, S311, T201 - a script of the workshop: no package, seeded chance, and it prints

import random
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

from mailroom.domain import confidence
from mailroom.domain.calibration import fit_record_exponent, quality, refit, scored, weights_json
from mailroom.domain.confidence import field_confidence, load_weights
from mailroom.domain.thresholds import risk_controlled_threshold
from tests.bench.halves import fitting_half
from tests.bench.labelled import documents
from tests.bench.readings import examples

PRIOR = Path(__file__).parent / "confidence_prior.json"
TARGET = Path(confidence.__file__).parent / "confidence_weights.json"
SEED = 20260303
# A shipped threshold is never below 1 - 5 * rate: the simulated reader is not the model that will read, and no single
# value should pass that is by its own confidence five times as likely wrong as what the user accepts on average.
TARGET_RATES = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1)


def main() -> None:
    """Write the weights file and print how well it fits what it was fitted on."""
    found = list(examples(fitting_half(documents()), SEED, readings=8))
    random.Random(SEED).shuffle(found)
    labelled = [(example.signals, example.right) for example in found]
    weights = refit(labelled, load_weights(PRIOR.read_text(encoding="utf-8")))
    records = defaultdict(list)
    for example in found:
        records[example.document].append((field_confidence(example.signals, weights), example.right))
    exponent = fit_record_exponent([([c for c, _ in pairs], all(r for _, r in pairs)) for pairs in records.values()])
    pairs = scored(labelled, weights)
    thresholds = {
        str(rate): round(max(risk_controlled_threshold(pairs, rate), 1 - 5 * rate), 4) for rate in TARGET_RATES
    }
    source = (
        f"Fitted by tools/fit_confidence_weights.py (seed {SEED}) on {len(found)} claims of a simulated reader over"
        " the fitting half of eight labelled sets; weights without examples there keep their estimate from "
        "tools/confidence_prior.json."
    )
    weights = replace(weights, record_exponent=exponent, thresholds=thresholds, source=source)
    TARGET.write_text(weights_json(weights), encoding="utf-8")
    print(quality(pairs))
    print(thresholds, "record exponent", exponent)


if __name__ == "__main__":
    main()
