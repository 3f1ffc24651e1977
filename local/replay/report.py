"""What a second reading changes over many records, whether that is more than chance, and whether to go on with it."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from local.evaluation.significance import Counts, Interval, mcnemar_exact, paired_bootstrap
from local.replay.differences import Change, Compared

ALPHA = 0.05
"""How unlikely a difference must be by chance alone."""

LEAST_DECIDED = 30
"""Fields that people have decided about, below which nothing is said: fewer cannot show a difference of a tenth."""

MARGIN = 0.01
"""How much lower F1 may be at the worst: one point, as much as the accepted error rate's default."""


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field over all records; ``better`` and ``worse`` are counted only where a person has decided."""

    field: str
    gained: int
    lost: int
    changed: int
    better: int
    worse: int


@dataclass(frozen=True, slots=True)
class Report:
    """What differs, with the tests that say whether it is more than chance; the ``p_`` are McNemar's."""

    messages: int
    kinds_changed: int
    fields: tuple[FieldChange, ...]
    decided: int
    better: int
    worse: int
    p_value: float
    f1: Interval
    seen_before: int
    seen_after: int
    p_seen: float
    cost_before_usd: Decimal
    cost_after_usd: Decimal

    @property
    def go(self) -> bool:
        """Whether nothing speaks against the change."""
        return not any(_objections(self))

    @property
    def reason(self) -> str:
        """Why, or why not, in a sentence that follows a colon."""
        return next(_objections(self), "") or _approval(self)


def report_on(records: Sequence[Compared], *, seed: int = 0) -> Report:
    """Compare two readings of the same records: McNemar's test over fields, a bootstrap over messages."""
    decided = [record for record in records if record.truth is not None]
    pairs = [
        (record.right(field, after=False), record.right(field, after=True))
        for record in decided
        for field in record.fields
    ]
    worse, better = pairs.count((True, False)), pairs.count((False, True))
    f1 = paired_bootstrap(
        [_counts(record, after=False) for record in decided],
        [_counts(record, after=True) for record in decided],
        seed=seed,
    )
    only_before = sum(record.seen_before and not record.seen_after for record in records)
    only_after = sum(record.seen_after and not record.seen_before for record in records)
    return Report(
        messages=len(records),
        kinds_changed=sum(record.kind != record.kind_after for record in records),
        fields=_by_field(records),
        decided=len(pairs),
        better=better,
        worse=worse,
        p_value=mcnemar_exact(worse, better),
        f1=f1,
        seen_before=sum(record.seen_before for record in records),
        seen_after=sum(record.seen_after for record in records),
        p_seen=mcnemar_exact(only_before, only_after),
        cost_before_usd=sum((record.cost_before_usd for record in records), Decimal(0)),
        cost_after_usd=sum((record.cost_after_usd for record in records), Decimal(0)),
    )


def _objections(found: Report) -> Iterator[str]:
    """Yield what speaks against going on, the weightiest first."""
    if not found.messages:
        yield "there is nothing to compare."
    if found.decided < LEAST_DECIDED:
        yield (
            f"people have decided about {found.decided} fields of these messages, and {LEAST_DECIDED} are needed to "
            "say which reading is right. Decide more (`mailroom records approve|correct`), or replay from earlier on."
        )
    if found.worse > found.better and found.p_value < ALPHA:
        yield f"it is worse: {found.worse} right fields are wrong, {found.better} the other way{_p(found.p_value)}."
    if found.f1.low < -MARGIN:
        yield (
            f"it may be worse: F1 changes by {found.f1.difference:+.3f}, with 95 % between {found.f1.low:+.3f} and "
            f"{found.f1.high:+.3f}."
        )
    more = found.seen_after - found.seen_before
    if more > 0 and found.p_seen < ALPHA and not _improved(found):
        yield f"{more} more messages need to be looked at{_p(found.p_seen)}, and nothing is better for it."


def _approval(found: Report) -> str:
    if _improved(found):
        return f"it is better: {found.better} wrong fields are right, {found.worse} the other way{_p(found.p_value)}."
    return f"it is no worse: F1 changes by {found.f1.difference:+.3f}, at the worst by {found.f1.low:+.3f}."


def _improved(found: Report) -> bool:
    return found.better > found.worse and found.p_value < ALPHA


def _p(value: float) -> str:
    return f" (p = {value:.3f})"


def _counts(record: Compared, *, after: bool) -> Counts:
    claimed = record.after if after else record.before
    right = sum(record.right(field, after=after) for field in claimed)
    return Counts(right, len(claimed), len(record.truth or {}))


def _by_field(records: Sequence[Compared]) -> tuple[FieldChange, ...]:
    counts: dict[str, Counter[str]] = {}
    for record in records:
        for field in record.fields:
            if change := record.change_of(field):
                counted = counts.setdefault(f"{record.kind or 'none'}.{field}", Counter())
                counted[change] += 1
                if record.truth is not None:
                    counted["better"] += record.right(field, after=True) and not record.right(field, after=False)
                    counted["worse"] += record.right(field, after=False) and not record.right(field, after=True)
    return tuple(
        FieldChange(
            name, found[Change.GAINED], found[Change.LOST], found[Change.CHANGED], found["better"], found["worse"]
        )
        for name, found in sorted(counts.items())
    )
