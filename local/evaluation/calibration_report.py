"""What calibration found, as data and as a page: reliability, AUROC, Brier, ECE, and the errors a review catches."""

import json
import math
from collections.abc import Mapping
from typing import Any

from local.evaluation import page, svg
from local.evaluation.calibrating import Calibration
from mailroom.domain.calibration import Quality, errors_caught
from mailroom.domain.thresholds import NONE_ACCEPTED

BUDGETS = (0.05, 0.1, 0.2, 0.3)
"""Shares of all values that people may look at, least sure first."""


def thresholds_json(calibration: Calibration, source: str) -> str:
    """Return the file that THRESHOLDS_FILE points to."""
    data = {
        "source": source,
        "target_error_rate": calibration.target_error_rate,
        "thresholds": dict(sorted(calibration.thresholds.items())),
    }
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


def calibration_json(calibration: Calibration, source: str) -> Mapping[str, Any]:
    """Return the report as data; "" among the fields is everything; what cannot be measured is null."""
    return {
        "source": source,
        "values": calibration.values,
        "wrong": calibration.wrong,
        "messages": calibration.messages,
        "held_out": calibration.held_out,
        "target_error_rate": calibration.target_error_rate,
        "chosen": calibration.chosen,
        "words": list(calibration.words),
        "thresholds": dict(calibration.thresholds),
        "fields": {field: _field_json(field, calibration) for field in calibration.pairs_before},
    }


def _field_json(field: str, calibration: Calibration) -> dict[str, Any]:
    before, after = calibration.quality_of(field)
    pairs = calibration.pairs_after[field]
    caught = {str(budget): round(errors_caught(pairs, budget=budget), 6) for budget in BUDGETS}
    return {"before": _quality_json(before), "after": _quality_json(after), "errors_caught_at_review_budget": caught}


def _quality_json(found: Quality) -> dict[str, Any]:
    return {
        "count": found.count,
        "share_right": round(found.share_right, 6),
        "auroc": None if math.isnan(found.auroc) else round(found.auroc, 6),
        "brier": round(found.brier, 6),
        "ece": round(found.ece, 6),
        "errors_caught_at_10pct": round(found.errors_caught_at_10pct, 6),
        "bins": [[bar.low, bar.high, bar.count, bar.mean_confidence, bar.share_right] for bar in found.bins],
    }


def calibration_html(calibration: Calibration, source: str) -> str:
    """Return the page; what came from data is escaped."""
    sections = [
        page.paragraph(
            f"{source}. {calibration.values} reviewed values of {calibration.messages} messages, {calibration.wrong}"
            f" wrong; the figures below are of {calibration.held_out} values. Accepted error rate"
            f" {calibration.target_error_rate:.2%}; in use: {calibration.chosen}.",
            "note",
        ),
        *(page.paragraph(each) for each in calibration.words),
        page.heading("Reliability"),
        _reliability(calibration),
        _budget_chart(calibration),
        page.paragraph(
            "Dots on the dotted line keep their word: of the values with a confidence of 0.9, nine in ten are right. A"
            " larger dot stands for more values.",
            "note",
        ),
        page.heading("Field by field"),
        _table(calibration),
        page.heading("Thresholds"),
        page.table(
            ("for", "accepted unseen from"),
            [(name or "everything else", _threshold(value)) for name, value in sorted(calibration.thresholds.items())],
        ),
    ]
    return page.page("Calibration of confidence", sections)


def _threshold(value: float) -> str:
    return "never" if value >= NONE_ACCEPTED else f"{value:.4f}"


def _reliability(calibration: Calibration) -> str:
    series = []
    for name, found in zip(("before", "after"), calibration.quality_of(""), strict=True):
        points = [(bar.mean_confidence, bar.share_right) for bar in found.bins]
        series.append(svg.Series(name, points, "dots", [bar.count for bar in found.bins]))
    if calibration.weights is None:
        series = series[:1]
    return svg.unit_chart("Reliability diagram", "confidence", "share right", series, diagonal=True)


def _budget_chart(calibration: Calibration) -> str:
    pairs = calibration.pairs_after[""]
    points = [(step / 40, errors_caught(pairs, budget=step / 40)) for step in range(41)]
    series = [svg.Series("errors caught", points)]
    return svg.unit_chart(
        "Errors caught at a review budget", "share of values reviewed, least sure first", "share of errors", series,
        diagonal=True,
    )  # fmt: skip


def _table(calibration: Calibration) -> str:
    rows = []
    for field in calibration.pairs_before:
        before, after = calibration.quality_of(field)
        caught = [f"{100 * errors_caught(calibration.pairs_after[field], budget=budget):.0f} %" for budget in BUDGETS]
        rows.append(
            (
                field or "all fields",
                str(after.count),
                f"{100 * after.share_right:.1f} %",
                *(_both(getattr(before, name), getattr(after, name)) for name in ("auroc", "brier", "ece")),
                *caught,
            )
        )
    budgets = [f"errors caught at {budget:.0%}" for budget in BUDGETS]
    return page.table(("field", "values", "right", "AUROC", "Brier", "ECE", *budgets), rows)


def _both(before: float, after: float) -> str:
    shown = ["–" if math.isnan(each) else f"{each:.3f}" for each in (before, after)]
    return shown[0] if shown[0] == shown[1] else f"{shown[0]} → {shown[1]}"
