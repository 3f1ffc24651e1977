"""The figures, each against a case that was counted by hand."""

import math
from decimal import Decimal

import pytest

from local.evaluation.metrics import accuracy_at, field_score, summarise
from tests.unit.evaluation.made import result, value


def test_a_value_given_in_place_of_another_counts_against_precision_and_recall():
    score = field_score(
        "total",
        [
            value("total", "1", "1"),
            value("total", "2", "2"),
            value("total", "3", "9"),  # wrong: one claimed in vain, one missed
            value("total", "4", None),  # missed
            value("total", None, "5"),  # invented
        ],
    )

    assert (score.support, score.claimed, score.right) == (4, 4, 2)
    assert score.precision == score.recall == score.f1 == 0.5


def test_precision_and_recall_differ_where_values_are_only_missed():
    score = field_score("total", [value("total", "1", "1"), value("total", "2", None), value("total", "3", None)])

    assert score.precision == 1.0
    assert score.recall == pytest.approx(1 / 3)
    assert score.f1 == pytest.approx(0.5)


def test_what_was_never_there_is_not_a_perfect_score():
    score = field_score("total", [])

    assert math.isnan(score.precision)
    assert math.isnan(score.f1)
    assert score.accepted_error_limit == 1.0


def test_accuracy_at_coverage_takes_the_surest_values_first():
    claimed = [
        value("total", "1", "1", 0.99),
        value("total", "2", "2", 0.95),
        value("total", "3", "8", 0.90),
        value("total", "4", "9", 0.20),
    ]

    assert accuracy_at(claimed, 0.5) == 1.0
    assert accuracy_at(claimed, 0.75) == pytest.approx(2 / 3)
    assert accuracy_at(claimed, 1.0) == 0.5


def test_equal_confidence_does_not_flatter():
    claimed = [value("total", "1", "1", 0.9), value("total", "2", "8", 0.9)]

    assert accuracy_at(claimed, 0.5) == 0.0


def test_errors_among_accepted_count_only_what_nobody_looked_at():
    summary = summarise(
        [
            result("a", value("total", "1", "1"), value("date", "x", "y"), accepted=True),
            result("b", value("total", "2", "9")),
        ]
    )

    assert (summary.total.accepted, summary.total.accepted_wrong) == (2, 1)
    assert summary.total.accepted_error_rate == 0.5
    assert (summary.accepted_messages, summary.accepted_messages_wrong) == (1, 1)


def test_an_accepted_message_with_a_missing_value_is_not_right():
    summary = summarise([result("a", value("total", "1", "1"), value("date", "x", None), accepted=True)])

    assert summary.accepted_messages_wrong == 1
    assert summary.total.accepted_wrong == 0


def test_cost_is_divided_by_messages_and_by_right_values():
    summary = summarise([result("a", value("t", "1", "1"), value("d", "2", "2")), result("b", value("t", "3", "4"))])

    assert summary.cost_per_message_usd == Decimal("0.01")
    assert summary.cost_per_right_value_usd == Decimal("0.01")


def test_nothing_right_has_no_cost_per_right_value():
    assert summarise([result("a", value("t", "1", None))]).cost_per_right_value_usd is None
    assert summarise([]).cost_per_message_usd is None


def test_a_message_that_must_be_seen_and_was_accepted_is_counted():
    summary = summarise(
        [
            result("a", accepted=True, accept_expected=False),
            result("b", accepted=False, accept_expected=False),
            result("c", accepted=True),
        ]
    )

    assert (summary.must_be_seen, summary.must_be_seen_and_was) == (2, 1)


def test_latency_is_a_rank_among_messages_that_were_asked_about():
    times = [0, 10, 20, 30, 1000]
    summary = summarise([result(str(n), model_ms=ms) for n, ms in enumerate(times)])

    assert summary.model_ms_median == 20
    assert summary.model_ms_p95 == 1000
