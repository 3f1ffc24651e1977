"""Results by hand, as short as their tests need them."""

from decimal import Decimal

from local.evaluation.results import Result, Value


def value(field: str, truth: str | None, found: str | None, confidence: float = 0.9, **more) -> Value:
    right = more.pop("right", truth is not None and truth == found)
    sure = confidence if found is not None else None
    return Value(field=field, truth=truth, found=found, right=right, confidence=sure, **more)


def result(name: str, *values: Value, accepted: bool = False, **more) -> Result:
    seen = tuple(each.model_copy(update={"accepted": accepted and each.found is not None}) for each in values)
    status = "accepted" if accepted else "needs_human"
    facts = {"kind": "receipt", "kind_truth": "receipt", "cost_usd": Decimal("0.01")} | more
    return Result(id=name, status=status, accepted=accepted, values=seen, **facts)
