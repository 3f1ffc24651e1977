"""Learn from reviewed values: how far confidence can be trusted, better weights, and thresholds that keep a promise.

Messages, not values, are split: the values of one message err together. The fitting half chooses and fits the weights;
the held-out half measures them, refuses them where they are no better, and sets the thresholds.
"""

import math
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from local.evaluation.reviewed import Reviewed
from mailroom.domain.calibration import Quality, brier, fit_logistic, quality, refit, scored
from mailroom.domain.confidence import Signals, Weights, field_confidence
from mailroom.domain.thresholds import NONE_ACCEPTED, binomial_tail, default_threshold, risk_controlled_threshold

type Labelled = tuple[Signals, bool]
type Pair = tuple[float, bool]

FEWEST_VALUES = 200
FEWEST_OF_EACH = 20
"""With fewer wrong or right values thirty weights, fitted to a half and cross-checked, would learn luck."""

FEWEST_ERRORS = 2
"""One error alone never condemns a field: among a hundred fields some have one by chance."""

FOLDS = 5
SURE = 0.05
RATES = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1)
_ODD = 1e-4
MOST_NAMED = 12


@dataclass(frozen=True, slots=True)
class Calibration:
    """What was learnt. ``weights`` None: the present ones stay. ``words`` say why, and what is too thin to promise.

    ``pairs_before`` and ``pairs_after`` are the held-out values with the present and the new confidence, by
    "kind.field" and "" for all; they are the same where the weights stay.
    """

    values: int
    wrong: int
    messages: int
    held_out: int
    target_error_rate: float
    chosen: str
    weights: Weights | None
    thresholds: Mapping[str, float]
    words: tuple[str, ...]
    pairs_before: Mapping[str, tuple[Pair, ...]]
    pairs_after: Mapping[str, tuple[Pair, ...]]

    def quality_of(self, field: str) -> tuple[Quality, Quality]:
        """Return a field's figures before and after; "" is everything."""
        return quality(self.pairs_before[field]), quality(self.pairs_after[field])


def calibrate(reviewed: Sequence[Reviewed], base: Weights, *, target_error_rate: float, seed: int) -> Calibration:
    """Return what these values teach; with too few of them the defaults stay, and the words say how many it takes."""
    held, words = list(reviewed), []
    chosen, weights = "present weights", None
    problem = _too_little(reviewed)
    if problem:
        words.append(f"The weights stay as they are: {problem}")
    else:
        fitting, held = _halves(reviewed, seed)
        name, candidate = _best(fitting, base, seed)
        before, after = (brier(_scored(held, each)) for each in (base, candidate))
        if name != "present weights" and after < before:
            chosen, weights = name, candidate
            words.append(
                f"New weights ({name}): Brier score {before:.4f} before, {after:.4f} after, on held-out values."
            )
        else:
            words.append(f"The weights stay as they are: none did better on held-out values (Brier {before:.4f}).")
    after_values = [replace(each, confidence=_confidence(each, weights)) for each in held]
    if weights is not None:
        pairs = [(each.confidence, each.right) for each in after_values if each.may_pass]
        source = (
            f"Fitted by mailroom calibrate ({chosen}, seed {seed}) on {len(reviewed) - len(held)} reviewed values,"
            f" measured on {len(held)} others."
        )
        weights = replace(weights, thresholds=MappingProxyType(_table(pairs, base)), source=source)
    thresholds, said = thresholds_of(after_values, target_error_rate, weights or base)
    words += said
    return Calibration(
        values=len(reviewed),
        wrong=sum(not each.right for each in reviewed),
        messages=len({each.message for each in reviewed}),
        held_out=len(held),
        target_error_rate=target_error_rate,
        chosen=chosen,
        weights=weights,
        thresholds=thresholds,
        words=tuple(words),
        pairs_before=_by_field(held),
        pairs_after=_by_field(after_values),
    )


def _too_little(reviewed: Sequence[Reviewed]) -> str:
    usable = _usable(reviewed)
    wrong = sum(not right for _, right in usable)
    if reviewed and not usable:
        return "what was reviewed keeps its confidence, but not the signals that it is computed from."
    if len(usable) < FEWEST_VALUES or min(wrong, len(usable) - wrong) < FEWEST_OF_EACH:
        return (
            f"there are {len(usable)} reviewed values, {wrong} of them wrong; it takes {FEWEST_VALUES}, with at least"
            f" {FEWEST_OF_EACH} right and {FEWEST_OF_EACH} wrong ones."
        )
    return ""


def _usable(reviewed: Sequence[Reviewed]) -> list[Labelled]:
    """Return what weights can be fitted to: a value of a wrongly named record says nothing about evidence."""
    return [(each.signals, each.right) for each in reviewed if each.signals is not None and each.kind_right]


def _halves(reviewed: Sequence[Reviewed], seed: int) -> tuple[list[Reviewed], list[Reviewed]]:
    messages = sorted({each.message for each in reviewed})
    random.Random(seed).shuffle(messages)  # noqa: S311 - repeatable on purpose
    fitting = set(messages[: len(messages) // 2])
    return [e for e in reviewed if e.message in fitting], [e for e in reviewed if e.message not in fitting]


type Fit = Callable[[Sequence[Labelled], Weights], Weights]


def _best(fitting: Sequence[Reviewed], base: Weights, seed: int) -> tuple[str, Weights]:
    """Return the way of fitting with the least Brier score over folds of messages, done with all of the half."""
    ways: Mapping[str, Fit] = {"present weights": _as_it_is, "Platt scaling": platt, "refitted": refit}
    messages = sorted({each.message for each in fitting})
    random.Random(seed + 1).shuffle(messages)  # noqa: S311 - repeatable on purpose
    fold_of = {message: place % FOLDS for place, message in enumerate(messages)}
    scores = dict.fromkeys(ways, 0.0)
    for fold in range(FOLDS):
        seen = _usable([each for each in fitting if fold_of[each.message] != fold])
        unseen = _usable([each for each in fitting if fold_of[each.message] == fold])
        for name, way in ways.items():
            scores[name] += brier(scored(unseen, way(seen, base))) * len(unseen)
    name = min(scores, key=lambda each: scores[each])
    return name, ways[name](_usable(fitting), base)


def _as_it_is(_: Sequence[Labelled], base: Weights) -> Weights:
    return base


def platt(examples: Sequence[Labelled], base: Weights) -> Weights:
    """Return the weights with their log-odds stretched and shifted to fit (Platt, 1999), which takes little data."""
    straight = replace(base, curve=())
    rows = [
        ({"bias": 1.0, "log_odds": _log_odds(field_confidence(signals, straight))}, right)
        for signals, right in examples
    ]
    fitted = fit_logistic(rows, {"bias": 0.0, "log_odds": 1.0})
    stretched = {name: weight * fitted["log_odds"] for name, weight in base.coefficients.items()}
    stretched["bias"] = stretched.get("bias", 0.0) + fitted["bias"]
    return replace(straight, coefficients=MappingProxyType(stretched))


def _log_odds(probability: float) -> float:
    inside = min(1 - _ODD, max(_ODD, probability))
    return math.log(inside / (1 - inside))


def _confidence(each: Reviewed, weights: Weights | None) -> float:
    return field_confidence(each.signals, weights) if weights and each.signals else each.confidence


def _scored(held: Sequence[Reviewed], weights: Weights) -> list[Pair]:
    return scored(_usable(held), weights)


def thresholds_of(
    reviewed: Sequence[Reviewed], target_error_rate: float, weights: Weights
) -> tuple[dict[str, float], list[str]]:
    """Return thresholds by "kind.field", "kind" and "" for everything, and in words what is too thin or too wrong.

    A pool whose evidence is thin gets no threshold of its own, so the next wider one or the default serves. Where the
    default is shown to break the promise and no threshold keeps it, nothing is accepted unseen.
    """
    default = default_threshold(target_error_rate, weights.thresholds)
    passing = [each for each in reviewed if each.may_pass]
    found: dict[str, float] = {}
    thin: list[str] = []
    refused: list[str] = []
    # From the narrow pools to the wide: what is never accepted on its own account does not condemn its neighbours.
    for key in (_field_of, _kind_of, _everything):
        for pool in sorted({key(each) for each in passing}):
            pairs = [(e.confidence, e.right) for e in passing if key(e) == pool and e.field not in refused]
            threshold = risk_controlled_threshold(pairs, target_error_rate)
            if threshold < NONE_ACCEPTED:
                found[pool] = round(threshold, 6)
            elif _breaks_the_promise(pairs, default, target_error_rate):
                found[pool] = NONE_ACCEPTED
                refused.append(pool)
            else:
                thin.append(pool)
    words = []
    if refused:
        words.append(f"Too often wrong at any confidence, so never accepted unseen: {_named(refused)}.")
    if thin:
        needed = math.ceil(math.log(SURE) / math.log1p(-target_error_rate))
        words.append(
            f"Too little evidence for a threshold of their own (an errorless one takes {needed} values and more):"
            f" {_named(thin)}."
        )
    return found, words


def _field_of(each: Reviewed) -> str:
    return each.field


def _kind_of(each: Reviewed) -> str:
    return each.field.partition(".")[0]


def _everything(_: Reviewed) -> str:
    return ""


def _named(pools: Sequence[str]) -> str:
    more = len(pools) - MOST_NAMED
    return ", ".join(pool or "everything" for pool in pools[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def _breaks_the_promise(pairs: Sequence[Pair], threshold: float, target: float) -> bool:
    """Say whether what the threshold lets pass is wrong so often that chance at the target rate hardly explains it."""
    passed = [right for confidence, right in pairs if confidence >= threshold]
    wrong = sum(not right for right in passed)
    return wrong >= FEWEST_ERRORS and 1.0 - binomial_tail(wrong - 1, len(passed), target) < SURE


def _table(pairs: Sequence[Pair], base: Weights) -> dict[str, float]:
    """Return the default threshold for each target rate: from held-out values, or the present one where they are few.

    Where they show that the present one breaks its promise, nothing is accepted.
    """
    found = {}
    for rate in sorted({*map(float, base.thresholds), *RATES}):
        own, present = risk_controlled_threshold(pairs, rate), default_threshold(rate, base.thresholds)
        if own >= NONE_ACCEPTED:
            own = NONE_ACCEPTED if _breaks_the_promise(pairs, present, rate) else present
        # The shipped weights' floor: no single value passes that is five times as likely wrong as is allowed.
        found[str(rate)] = round(max(own, 1 - 5 * rate), 4)
    return found


def _by_field(reviewed: Sequence[Reviewed]) -> dict[str, tuple[Pair, ...]]:
    pools: dict[str, list[Pair]] = {"": []}
    for each in reviewed:
        for pool in ("", each.field):
            pools.setdefault(pool, []).append((each.confidence, each.right))
    return {pool: tuple(pairs) for pool, pairs in sorted(pools.items())}
