"""What a run came to: as data, and as a page that a person reads without anything else."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from local.evaluation import page, svg
from local.evaluation.comparison import Comparison, acceptance, as_json
from local.evaluation.metrics import COVERAGES, FieldScore, Summary, accuracy_at
from local.evaluation.results import Result
from local.evaluation.runs import RunSettings

MOST_ERRORS = 500
"""Rows of the list of errors on the page; the run's own lines have them all."""

_LONGEST_CELL = 300


@dataclass(frozen=True, slots=True)
class Report:
    """A run's settings, figures and results, and the comparison where one was asked for."""

    settings: RunSettings
    summary: Summary
    results: Sequence[Result]
    comparison: Comparison | None = None

    @property
    def origin(self) -> str:
        """Say where the answers came from."""
        return {
            "simulated": "simulated: a rule-based stand-in answered, not Claude",
            "live": "live: Claude answered",
            "replayed": "replayed from a recording",
        }[self.settings.origin]


def percent(share: float) -> str:
    """Write a share as a person reads it; NaN as a dash."""
    return "–" if math.isnan(share) else f"{100 * share:.1f} %"


def dollars(amount: Decimal | None) -> str:
    """Write dollars to the hundredth of a cent; None as a dash."""
    return "–" if amount is None else f"${amount:.5f}"


def sentences(summary: Summary) -> list[str]:
    """Return what the figures say, in words."""
    total = summary.total
    statuses = ", ".join(f"{count} {status.replace('_', ' ')}" for status, count in summary.statuses.items())
    said = [
        f"{summary.messages} messages: {statuses}; kind right in {summary.kinds_right} of {summary.kinds_judged}.",
        (
            f"Accepted unseen: {summary.accepted_messages} of {summary.messages} messages"
            f" ({summary.accepted_messages_wrong} of them with something wrong or missing), {total.accepted} of"
            f" {total.claimed} values; {total.accepted_wrong} of those values are wrong"
            f" ({percent(total.accepted_error_rate)}, 95 % limit {percent(total.accepted_error_limit)})."
        ),
        (
            f"Cost {dollars(summary.cost_per_message_usd)} a message, {dollars(summary.cost_per_right_value_usd)} a"
            f" right value; {summary.calls} calls, {summary.prompt_tokens:,} tokens in and"
            f" {summary.output_tokens:,} out."
        ),
        (
            f"The model took {_ms(summary.model_ms_median)} a message (95 % under {_ms(summary.model_ms_p95)}); reading"
            f" and judging {_ms(summary.own_ms_median)} (95 % under {_ms(summary.own_ms_p95)})."
        ),
    ]
    if summary.must_be_seen:
        said.append(
            f"Of {summary.must_be_seen} messages that a person must see, {summary.must_be_seen_and_was} were held back."
        )
    return said


def _ms(number: float) -> str:
    return "–" if math.isnan(number) else f"{number:,.0f} ms"


COLUMNS = (
    "field", "true", "given", "precision", "recall", "F1", "acc @50 %", "acc @80 %", "acc @90 %", "acc @100 %",
    "passed unseen", "wrong among them",
)  # fmt: skip


def row_of(score: FieldScore) -> tuple[str, ...]:
    """Return a field's line, in the order of ``COLUMNS``."""
    return (
        score.field,
        str(score.support),
        str(score.claimed),
        percent(score.precision),
        percent(score.recall),
        percent(score.f1),
        *(percent(score.accuracy_at[coverage]) for coverage in COVERAGES),
        percent(score.accepted_share),
        f"{score.accepted_wrong} of {score.accepted}",
    )


def report_json(report: Report) -> Mapping[str, Any]:
    """Return the report as data; a figure that nothing was there to measure is null."""
    summary = report.summary
    data: dict[str, Any] = {
        "settings": report.settings.model_dump(),
        "messages": summary.messages,
        "statuses": dict(summary.statuses),
        "kind_accuracy": _number(summary.kinds_right / summary.kinds_judged if summary.kinds_judged else math.nan),
        "accepted_messages": summary.accepted_messages,
        "accepted_messages_wrong": summary.accepted_messages_wrong,
        "auto_accept_rate": _number(summary.accepted_messages / summary.messages if summary.messages else math.nan),
        "must_be_seen": summary.must_be_seen,
        "must_be_seen_and_was": summary.must_be_seen_and_was,
        "macro_f1": _number(summary.macro_f1),
        "all": _score_json(summary.total),
        "fields": {score.field: _score_json(score) for score in summary.fields},
        "cost_usd": str(summary.cost_usd),
        "cost_per_message_usd": _money(summary.cost_per_message_usd),
        "cost_per_right_value_usd": _money(summary.cost_per_right_value_usd),
        "calls": summary.calls,
        "prompt_tokens": summary.prompt_tokens,
        "output_tokens": summary.output_tokens,
        "latency_ms": {
            "model_median": _number(summary.model_ms_median),
            "model_p95": _number(summary.model_ms_p95),
            "own_median": _number(summary.own_ms_median),
            "own_p95": _number(summary.own_ms_p95),
        },
    }
    if report.comparison:
        data["comparison"] = as_json(report.comparison)
    return data


def _score_json(score: FieldScore) -> dict[str, Any]:
    return {
        "support": score.support,
        "claimed": score.claimed,
        "right": score.right,
        "precision": _number(score.precision),
        "recall": _number(score.recall),
        "f1": _number(score.f1),
        "accuracy_at_coverage": {str(coverage): _number(share) for coverage, share in score.accuracy_at.items()},
        "accepted": score.accepted,
        "accepted_wrong": score.accepted_wrong,
        "accepted_share": _number(score.accepted_share),
        "accepted_error_rate": _number(score.accepted_error_rate),
        "accepted_error_limit_95": _number(score.accepted_error_limit),
    }


def _number(value: float) -> float | None:
    return None if math.isnan(value) else round(value, 6)


def _money(value: Decimal | None) -> str | None:
    return None if value is None else f"{value:.8f}"


def report_html(report: Report) -> str:
    """Return the page. What came from messages or models is escaped, and nothing is fetched or run."""
    settings, summary = report.settings, report.summary
    sections = [
        page.paragraph(
            f"{report.origin}. {settings.extract_model} reads, {settings.review_model} reviews; accepted error rate"
            f" {settings.target_error_rate:.2%}; prompt {settings.prompt_fingerprint}.",
            "note",
        ),
        *(page.paragraph(each) for each in sentences(summary)),
        page.heading("Field by field"),
        svg.bars("F1 of each field", [(s.field, s.f1, _bar_words(s)) for s in summary.fields]),
        page.table(COLUMNS, [row_of(score) for score in (*summary.fields, summary.total)]),
        page.heading("How far confidence can be trusted"),
        _coverage_chart(report),
        page.paragraph("Values in the order of their confidence: how many of the surest are right.", "note"),
        *_comparison(report.comparison),
        page.heading("Messages"),
        _messages(report.results),
        page.heading("What was wrong or missing"),
        _errors(report.results),
    ]
    return page.page(f"Evaluation of {settings.dataset}", sections)


def _bar_words(score: FieldScore) -> str:
    return f"{percent(score.f1)} of {score.support}"


def _coverage_chart(report: Report) -> str:
    claimed = [value for result in report.results for value in result.values if value.found is not None]
    points = [(step / 50, accuracy_at(claimed, step / 50)) for step in range(1, 51)] if claimed else []
    series = [svg.Series("share right", points)]
    return svg.unit_chart("Accuracy at coverage", "share of values, surest first", "share right", series)


def _comparison(comparison: Comparison | None) -> list[str]:
    if comparison is None:
        return []
    rows = [
        (
            row.field,
            percent(row.f1_before),
            percent(row.f1_after),
            str(row.only_after),
            str(row.only_before),
            f"{row.p:.3g}",
        )
        for row in comparison.fields
    ]
    return [
        page.heading(f"Beside {comparison.before}"),
        page.paragraph(comparison.sentence, "verdict"),
        page.paragraph(acceptance(comparison)),
        page.table(("field", "F1 before", "F1 now", "gained", "lost", "p (Holm)"), rows),
    ]


def _messages(results: Sequence[Result]) -> str:
    rows = [
        (
            result.id,
            result.kind or "none",
            result.status.replace("_", " "),
            f"{sum(value.right for value in result.values)} of {len(result.values)}",
            "–" if result.confidence is None else f"{result.confidence:.2f}",
            f"${result.cost_usd:.5f}",
            f"{result.model_ms}",
            _short(" ".join(result.reasons)),
        )
        for result in results
    ]
    columns = ("message", "kind", "status", "right", "confidence", "cost", "model ms", "reasons")
    return page.table(columns, rows, words=frozenset({0, 1, 2, 7}))


def _errors(results: Sequence[Result]) -> str:
    rows = [
        (
            result.id,
            value.field,
            _short(value.truth or "nothing"),
            _short(value.found or "nothing"),
            "–" if value.confidence is None else f"{value.confidence:.3f}",
            value.method,
            "yes" if value.accepted else "no",
        )
        for result in results
        for value in result.values
        if not value.right
    ]
    columns = ("message", "field", "true", "given", "confidence", "evidence", "passed unseen")
    shown = page.table(columns, rows[:MOST_ERRORS], words=frozenset({0, 1, 2, 3, 5}))
    more = len(rows) - MOST_ERRORS
    return shown + (page.paragraph(f"{more} more are in results.jsonl.", "note") if more > 0 else "")


def _short(words: str) -> str:
    return words if len(words) <= _LONGEST_CELL else words[: _LONGEST_CELL - 1] + "…"
