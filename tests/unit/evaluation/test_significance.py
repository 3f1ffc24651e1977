"""Tests of the tests: against tables, against chance, and against themselves."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.evaluation.comparison import acceptance, compare
from local.evaluation.errors import EvaluationError
from local.evaluation.significance import Counts, f1_of, mcnemar_exact, paired_bootstrap
from mailroom.domain.significance import holm
from tests.unit.evaluation.made import result, value


@pytest.mark.parametrize(
    ("only_first", "only_second", "p"),
    [
        (0, 0, 1.0),
        (1, 0, 1.0),  # 2 * 1/2
        (5, 0, 0.0625),  # 2 * 1/32
        (1, 9, 0.021484375),  # 2 * (1 + 10) / 1024
        (3, 3, 1.0),
    ],
)
def test_mcnemar_gives_the_exact_binomial_probability(only_first: int, only_second: int, p: float):
    assert mcnemar_exact(only_first, only_second) == pytest.approx(p)


@given(st.integers(0, 200), st.integers(0, 200))
def test_mcnemar_does_not_care_which_run_is_first(a: int, b: int):
    assert mcnemar_exact(a, b) == mcnemar_exact(b, a)
    assert 0.0 < mcnemar_exact(a, b) <= 1.0


def test_f1_over_messages_is_that_of_their_sum():
    assert f1_of([Counts(1, 2, 2), Counts(1, 1, 3)]) == 2 * 2 / (3 + 5)
    assert f1_of([Counts(0, 0, 0)]) == 1.0


def test_the_same_seed_gives_the_same_interval():
    rng = random.Random(1)
    first = [Counts(rng.randint(0, 3), 4, 4) for _ in range(40)]
    second = [Counts(min(4, each.right + 1), 4, 4) for each in first]

    interval = paired_bootstrap(first, second, seed=3)

    assert interval == paired_bootstrap(first, second, seed=3)
    assert interval.low <= interval.difference <= interval.high
    assert interval.excludes_zero


def test_equal_runs_have_no_interval_beside_zero():
    counts = [Counts(1, 2, 2)] * 10

    assert not paired_bootstrap(counts, counts, seed=0).excludes_zero


def test_runs_over_different_messages_are_refused():
    with pytest.raises(ValueError, match="same messages"):
        paired_bootstrap([Counts(1, 1, 1)], [], seed=0)


def test_holm_multiplies_the_smallest_by_the_number_of_tests_and_never_falls():
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([]) == []


def _run(rights: list[bool]):
    return [result(f"m{n:03}", value("total", "1", "1" if right else "2")) for n, right in enumerate(rights)]


def test_a_large_difference_is_called_real_and_named_better():
    compared = compare(_run([False] * 30), _run([True] * 25 + [False] * 5), names=("old", "new"), seed=0)

    assert compared.is_real
    assert "is real" in compared.sentence
    assert "better" in compared.sentence


def test_a_difference_of_one_message_is_called_chance():
    compared = compare(_run([True] * 19 + [False]), _run([True] * 20), names=("old", "new"), seed=0)

    assert not compared.is_real
    assert "may be chance" in compared.sentence


def test_many_values_of_one_message_are_not_taken_for_many_messages():
    changed = [result("a", *(value(f"f{n}", "1", "1") for n in range(12))), result("b", value("f0", "1", "1"))]
    before = [result("a", *(value(f"f{n}", "1", "2") for n in range(12))), result("b", value("f0", "1", "1"))]

    compared = compare(before, changed, names=("old", "new"), seed=0)

    assert compared.p < 0.05  # twelve places changed
    assert not compared.is_real  # but in one message only


def test_only_shared_messages_are_compared():
    compared = compare(_run([True] * 3), _run([True] * 5), names=("old", "new"), seed=0)

    assert compared.messages == 3
    with pytest.raises(EvaluationError, match="no message in common"):
        compare(_run([True]), [result("other")], names=("old", "new"), seed=0)


def test_what_passed_unseen_is_compared_as_well():
    before = [result("a", value("total", "1", "2"), accepted=True)]
    after = [result("a", value("total", "1", "2"))]

    said = acceptance(compare(before, after, names=("old", "new"), seed=0))

    assert "1 values before, 1 wrong" in said
    assert "0 values now" in said
