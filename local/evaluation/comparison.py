"""Set two runs over the same messages side by side, and say in one sentence whether the difference is real."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from local.evaluation.errors import EvaluationError
from local.evaluation.results import Result, Value
from local.evaluation.significance import Counts, Interval, f1_of, mcnemar_exact, paired_bootstrap
from mailroom.domain.significance import holm

SIGNIFICANT = 0.05


@dataclass(frozen=True, slots=True)
class FieldDifference:
    """One field in two runs. ``p`` is McNemar's over the messages, adjusted for the number of fields (Holm)."""

    field: str
    f1_before: float
    f1_after: float
    only_before: int
    only_after: int
    p: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two runs over the messages they share. ``p`` is McNemar's over all places of all messages.

    ``accepted_before`` and ``accepted_after`` count the values that passed unseen, and those of them that are wrong.
    """

    before: str
    after: str
    messages: int
    f1_before: float
    f1_after: float
    interval: Interval
    only_before: int
    only_after: int
    p: float
    accepted_before: tuple[int, int]
    accepted_after: tuple[int, int]
    fields: tuple[FieldDifference, ...]

    @property
    def is_real(self) -> bool:
        """Whether both tests say so: over places, and over whole messages, whose values stand and fall together."""
        return self.p < SIGNIFICANT and self.interval.excludes_zero

    @property
    def sentence(self) -> str:
        """Say what came of it."""
        figures = (
            f"F1 {self.f1_before:.3f} before, {self.f1_after:.3f} now ({self.interval.difference:+.3f}, 95 % interval"
            f" {self.interval.low:+.3f} to {self.interval.high:+.3f}; {self.only_after} places gained,"
            f" {self.only_before} lost, McNemar p = {self.p:.3g}; {self.messages} messages)"
        )
        if not self.only_before and not self.only_after:
            same = not self.interval.difference
            return f"{'The two runs agree everywhere' if same else 'Nothing became right or wrong'}: {figures}."
        if not self.is_real:
            return f"The difference may be chance: {figures}."
        verdict = "better" if self.interval.difference > 0 else "worse"
        return f"The difference is real, this run is {verdict}: {figures}."


def acceptance(comparison: Comparison) -> str:
    """Say what passed unseen in either run, and how much of it was wrong: F1 does not show it."""
    (before, before_wrong), (after, after_wrong) = comparison.accepted_before, comparison.accepted_after
    return f"Passed unseen: {before} values before, {before_wrong} wrong; {after} values now, {after_wrong} wrong."


def compare(before: Iterable[Result], after: Iterable[Result], *, names: tuple[str, str], seed: int) -> Comparison:
    """Compare the messages that both runs have; raises EvaluationError where they share none."""
    old, new = ({result.id: result for result in results} for results in (before, after))
    shared = sorted(old.keys() & new.keys())
    if not shared:
        raise EvaluationError(f"{names[0]} and {names[1]} have no message in common; compare runs over one set.")
    pairs = [(old[each], new[each]) for each in shared]
    fields = sorted({value.field for pair in pairs for result in pair for value in result.values})
    rows = [_field(name, pairs) for name in fields]
    adjusted = holm([row.p for row in rows])
    first, second = ([_counts(pair[i].values) for pair in pairs] for i in (0, 1))
    lost, gained = sum(row.only_before for row in rows), sum(row.only_after for row in rows)
    return Comparison(
        before=names[0],
        after=names[1],
        messages=len(shared),
        f1_before=f1_of(first),
        f1_after=f1_of(second),
        interval=paired_bootstrap(first, second, seed=seed),
        only_before=lost,
        only_after=gained,
        p=mcnemar_exact(lost, gained),
        accepted_before=_accepted([pair[0] for pair in pairs]),
        accepted_after=_accepted([pair[1] for pair in pairs]),
        fields=tuple(
            FieldDifference(row.field, row.f1_before, row.f1_after, row.only_before, row.only_after, p)
            for row, p in zip(rows, adjusted, strict=True)
        ),
    )


def _field(name: str, pairs: Sequence[tuple[Result, Result]]) -> FieldDifference:
    cells: list[tuple[list[Value], list[Value]]] = [
        (_of(name, before.values), _of(name, after.values)) for before, after in pairs
    ]
    verdicts = [(all(v.right for v in before), all(v.right for v in after)) for before, after in cells]
    lost, gained = sum(b and not a for b, a in verdicts), sum(a and not b for b, a in verdicts)
    return FieldDifference(
        name,
        f1_of([_counts(before) for before, _ in cells]),
        f1_of([_counts(after) for _, after in cells]),
        lost,
        gained,
        mcnemar_exact(lost, gained),
    )


def _accepted(results: Sequence[Result]) -> tuple[int, int]:
    passed = [value for result in results for value in result.values if value.accepted and value.found is not None]
    return len(passed), sum(not value.right for value in passed)


def _of(name: str, values: Sequence[Value]) -> list[Value]:
    return [value for value in values if value.field == name]


def _counts(values: Sequence[Value]) -> Counts:
    return Counts(
        right=sum(value.right for value in values if value.found is not None),
        claimed=sum(value.found is not None for value in values),
        support=sum(value.truth is not None for value in values),
    )


def as_json(comparison: Comparison) -> Mapping[str, object]:
    """Return a comparison as data."""
    return {
        "before": comparison.before,
        "after": comparison.after,
        "messages": comparison.messages,
        "f1_before": comparison.f1_before,
        "f1_after": comparison.f1_after,
        "difference": comparison.interval.difference,
        "interval": [comparison.interval.low, comparison.interval.high],
        "gained": comparison.only_after,
        "lost": comparison.only_before,
        "p": comparison.p,
        "is_real": comparison.is_real,
        "sentence": comparison.sentence,
        "accepted_before": list(comparison.accepted_before),
        "accepted_after": list(comparison.accepted_after),
        "fields": [
            {
                "field": row.field,
                "f1_before": row.f1_before,
                "f1_after": row.f1_after,
                "gained": row.only_after,
                "lost": row.only_before,
                "p": row.p,
            }
            for row in comparison.fields
        ],
    }
