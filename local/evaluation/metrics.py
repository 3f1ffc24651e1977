"""The figures of a run: how much was found, how much of it is right, and what that cost."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from local.evaluation.results import Result, Value
from mailroom.domain.thresholds import upper_error_bound

COVERAGES = (0.5, 0.8, 0.9, 1.0)
"""Accuracy is given for the surest half of the values, the surest 80 %, 90 %, and all of them."""

ALL = "all fields"


@dataclass(frozen=True, slots=True)
class FieldScore:
    """One field's figures.

    ``support`` counts the true values, ``claimed`` those given, ``right`` those that are both. A value given in place
    of another counts against precision and recall alike. ``accuracy_at`` maps a coverage to the share of right ones
    among that share of the claimed values, surest first. ``accepted`` and ``accepted_wrong`` count the values in
    records that nobody looked at. A figure that nothing was there to measure is NaN.
    """

    field: str
    support: int
    claimed: int
    right: int
    accuracy_at: Mapping[float, float]
    accepted: int
    accepted_wrong: int

    @property
    def precision(self) -> float:
        """The share of right values among those given."""
        return _share(self.right, self.claimed)

    @property
    def recall(self) -> float:
        """The share of true values that were given."""
        return _share(self.right, self.support)

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall."""
        return _share(2 * self.right, self.claimed + self.support)

    @property
    def accepted_share(self) -> float:
        """The share of given values that went through unseen."""
        return _share(self.accepted, self.claimed)

    @property
    def accepted_error_rate(self) -> float:
        """The share of wrong values among those that went through unseen."""
        return _share(self.accepted_wrong, self.accepted)

    @property
    def accepted_error_limit(self) -> float:
        """Below this the true error rate lies with 95 % probability (Clopper-Pearson); 1 where nothing was accepted."""
        return upper_error_bound(self.accepted_wrong, self.accepted)


@dataclass(frozen=True, slots=True)
class Summary:
    """A run's figures. Costs in US dollars, times in milliseconds.

    ``accepted_messages_wrong`` counts the messages accepted unseen with a wrong or missing value or a wrong kind.
    ``must_be_seen`` counts those that a person has to look at, ``must_be_seen_and_was`` those that were not accepted.
    """

    messages: int
    statuses: Mapping[str, int]
    kinds_judged: int
    kinds_right: int
    accepted_messages: int
    accepted_messages_wrong: int
    must_be_seen: int
    must_be_seen_and_was: int
    fields: tuple[FieldScore, ...]
    total: FieldScore
    macro_f1: float
    cost_usd: Decimal
    calls: int
    prompt_tokens: int
    output_tokens: int
    model_ms_median: float
    model_ms_p95: float
    own_ms_median: float
    own_ms_p95: float

    @property
    def cost_per_message_usd(self) -> Decimal | None:
        """What a message costs on average; None where there was none."""
        return self.cost_usd / self.messages if self.messages else None

    @property
    def cost_per_right_value_usd(self) -> Decimal | None:
        """What a right value costs; None where none was right."""
        return self.cost_usd / self.total.right if self.total.right else None


def field_score(field: str, values: Sequence[Value]) -> FieldScore:
    """Count one field's values."""
    claimed = [value for value in values if value.found is not None]
    accepted = [value for value in claimed if value.accepted]
    return FieldScore(
        field=field,
        support=sum(value.truth is not None for value in values),
        claimed=len(claimed),
        right=sum(value.right for value in claimed),
        accuracy_at={coverage: accuracy_at(claimed, coverage) for coverage in COVERAGES},
        accepted=len(accepted),
        accepted_wrong=sum(not value.right for value in accepted),
    )


def accuracy_at(claimed: Sequence[Value], coverage: float) -> float:
    """Return the share of right values among the surest ``coverage`` share; ties go to the wrong ones first.

    NaN where nothing was claimed. At least one value is looked at.
    """
    ordered = sorted(claimed, key=lambda value: (-(value.confidence or 0.0), value.right))
    taken = ordered[: max(1, math.ceil(len(ordered) * coverage - 1e-9))] if ordered else []
    return _share(sum(value.right for value in taken), len(taken))


def summarise(results: Iterable[Result]) -> Summary:
    """Return all figures of a run."""
    found = list(results)
    by_field: dict[str, list[Value]] = {}
    for value in (value for result in found for value in result.values):
        by_field.setdefault(value.field, []).append(value)
    fields = tuple(field_score(name, values) for name, values in sorted(by_field.items()))
    judged = [result for result in found if result.kind_right is not None]
    accepted = [result for result in found if result.accepted]
    held_back = [result for result in found if result.accept_expected is False]
    supported = [score.f1 for score in fields if score.support]
    return Summary(
        messages=len(found),
        statuses=_counted(result.status for result in found),
        kinds_judged=len(judged),
        kinds_right=sum(result.kind_right is True for result in judged),
        accepted_messages=len(accepted),
        accepted_messages_wrong=sum(
            result.kind_right is False or any(not value.right for value in result.values) for result in accepted
        ),
        must_be_seen=len(held_back),
        must_be_seen_and_was=sum(not result.accepted for result in held_back),
        fields=fields,
        total=field_score(ALL, [value for result in found for value in result.values]),
        macro_f1=_share(sum(supported), len(supported)),
        cost_usd=sum((result.cost_usd for result in found), Decimal(0)),
        calls=sum(sum(result.calls.values()) for result in found),
        prompt_tokens=sum(result.prompt_tokens for result in found),
        output_tokens=sum(result.output_tokens for result in found),
        model_ms_median=_quantile(found, lambda result: result.model_ms, 0.5),
        model_ms_p95=_quantile(found, lambda result: result.model_ms, 0.95),
        own_ms_median=_quantile(found, lambda result: result.own_ms, 0.5),
        own_ms_p95=_quantile(found, lambda result: result.own_ms, 0.95),
    )


def _counted(names: Iterable[str]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for name in names:
        counts[name] = counts.get(name, 0) + 1
    return dict(sorted(counts.items()))


def _quantile(found: Sequence[Result], number: Callable[[Result], int], share: float) -> float:
    """Return the nearest-rank quantile over the messages that took any time at all."""
    ordered = sorted(each for each in map(number, found) if each)
    return float(ordered[max(0, math.ceil(share * len(ordered)) - 1)]) if ordered else math.nan


def _share(part: float, whole: float) -> float:
    return part / whole if whole else math.nan
