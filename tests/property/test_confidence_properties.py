"""What must hold of confidence and thresholds whatever was seen or reviewed."""

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailroom.domain.calibration import errors_caught, fit_logistic, isotonic, quality, refit, scored, weights_json
from mailroom.domain.confidence import Signals, default_weights, field_confidence, load_weights, record_confidence
from mailroom.domain.evidence import Method
from mailroom.domain.message import ZoneKind
from mailroom.domain.thresholds import (
    NONE_ACCEPTED,
    binomial_tail,
    default_threshold,
    risk_controlled_threshold,
    thresholds_by_field,
    upper_error_bound,
)

MAYBE = st.one_of(st.none(), st.booleans())
SIGNALS = st.builds(
    Signals,
    method=st.sampled_from(list(Method)),
    zone=st.one_of(st.none(), st.sampled_from(list(ZoneKind))),
    denotes=st.booleans(),
    quote_found=st.booleans(),
    score=st.floats(0, 1),
    candidates=st.integers(0, 10_000),
    labelled=st.booleans(),
    valid=st.booleans(),
    checksum=MAYBE,
    unsure=st.booleans(),
    agrees_with_headers=MAYBE,
    second_reading=MAYBE,
    attachment_skipped=st.booleans(),
)
PAIRS = st.lists(st.tuples(st.floats(0.001, 0.999), st.booleans()), min_size=1, max_size=60)


@settings(deadline=None)
@given(SIGNALS)
def test_confidence_is_a_probability_short_of_certainty(signals):
    assert 0.0 < field_confidence(signals) < 1.0


@settings(deadline=None)
@given(SIGNALS)
def test_every_doubt_lowers_confidence(signals):
    plain = replace(signals, unsure=False, checksum=None, second_reading=None, valid=True)
    for worse in (
        replace(plain, unsure=True),
        replace(plain, checksum=False),
        replace(plain, second_reading=False),
        replace(plain, valid=False),
    ):
        assert field_confidence(worse) <= field_confidence(plain)


@settings(deadline=None)
@given(st.integers(1, 1000))
def test_absence_is_far_below_evidence(candidates):
    absent = Signals(Method.ABSENT, candidates=candidates)
    found = Signals(Method.FORMAT, ZoneKind.QUOTED, denotes=True, quote_found=True, score=0.9, candidates=candidates)
    assert field_confidence(absent) < 0.1 < field_confidence(found)


@settings(deadline=None)
@given(st.lists(st.floats(0, 1), max_size=40), st.floats(0, 1))
def test_one_more_field_never_makes_a_record_surer(fields, more):
    assert record_confidence([*fields, more]) <= record_confidence(fields)


@settings(deadline=None)
@given(PAIRS)
def test_report_figures_stay_in_their_ranges(pairs):
    found = quality(pairs)
    assert sum(bar.count for bar in found.bins) == found.count == len(pairs)
    assert 0 <= found.brier <= 1
    assert 0 <= found.ece <= 1
    assert 0 <= found.errors_caught_at_10pct <= 1


@settings(deadline=None)
@given(PAIRS)
def test_reviewing_everything_catches_every_error(pairs):
    assert errors_caught(pairs, budget=1.0) == 1.0


@settings(deadline=None)
@given(PAIRS)
def test_an_isotonic_curve_rises(pairs):
    curve = isotonic(pairs * 10)
    assert list(curve) == sorted(curve)
    assert [y for _, y in curve] == sorted(y for _, y in curve)


@settings(deadline=None)
@given(st.integers(1, 400), st.floats(0.001, 0.5), st.data())
def test_the_binomial_tail_is_the_sum_of_its_terms(accepted, rate, data):
    from math import comb

    wrong = data.draw(st.integers(0, min(accepted, 30)))
    exact = sum(comb(accepted, k) * rate**k * (1 - rate) ** (accepted - k) for k in range(wrong + 1))
    assert binomial_tail(wrong, accepted, rate) == pytest.approx(exact, rel=1e-6, abs=1e-12)


@settings(deadline=None)
@given(st.integers(1, 500), st.data())
def test_the_upper_bound_lies_above_the_observed_rate(accepted, data):
    wrong = data.draw(st.integers(0, accepted))
    assert upper_error_bound(wrong, accepted) >= wrong / accepted


@settings(deadline=None)
@given(st.integers(0, 367))
def test_thin_evidence_accepts_nothing(count):
    assert risk_controlled_threshold([(0.999, True)] * count, 0.01) == NONE_ACCEPTED


def test_plenty_of_clean_evidence_accepts_what_it_covers():
    threshold = risk_controlled_threshold([(0.99, True)] * 2000 + [(0.6, False)] * 100, 0.01)
    assert 0.6 < threshold <= 0.99


def test_errors_among_the_surest_accept_nothing():
    rng = random.Random(1)
    examples = [(0.99, rng.random() > 0.05) for _ in range(5000)]
    assert risk_controlled_threshold(examples, 0.01) == NONE_ACCEPTED


def test_the_promise_holds_in_nineteen_of_twenty_draws_at_the_hardest_place():
    # Everything above 0.9 errs at exactly 1.5 times the target: accepting any of it breaks the promise.
    rng = random.Random(2)
    broken = sum(
        risk_controlled_threshold([(0.95, rng.random() > 0.015) for _ in range(1000)], 0.01) <= 0.95 for _ in range(400)
    )
    assert broken / 400 <= 0.05


@pytest.mark.parametrize("rate", [0.0, 1.0, -1.0, 2.0])
def test_a_rate_that_is_none_is_refused(rate):
    with pytest.raises(ValueError, match="between 0 and 1"):
        risk_controlled_threshold([], rate)


def test_a_thin_field_leans_on_its_kind_and_a_thin_kind_on_everything():
    clean, few = [(0.99, True)] * 1000, [(0.99, True)] * 3
    found = thresholds_by_field({("invoice", "total"): clean, ("invoice", "iban"): few, ("lead", "name"): few})
    assert found["invoice.iban"] == found["invoice"] < NONE_ACCEPTED
    assert found["lead"] == found["lead.name"] == found[""]
    assert thresholds_by_field({("lead", "name"): few})["lead.name"] == NONE_ACCEPTED


def test_without_examples_the_prior_comes_back():
    assert fit_logistic([], {"a": 1.5, "b": -2.0}) == {"a": 1.5, "b": -2.0}


def test_a_fit_finds_the_weights_that_made_the_data():
    rng = random.Random(3)
    rows = []
    for _ in range(4000):
        row = {"bias": 1.0, "x": rng.uniform(-2, 2)}
        from math import exp

        rows.append((row, rng.random() < 1 / (1 + exp(-(0.5 + 1.5 * row["x"])))))
    fitted = fit_logistic(rows, {"bias": 0.0, "x": 0.0}, strength=1.0)
    assert fitted["bias"] == pytest.approx(0.5, abs=0.15)
    assert fitted["x"] == pytest.approx(1.5, abs=0.2)


def test_refitting_to_worse_experience_lowers_confidence():
    signals = Signals(Method.EXACT, ZoneKind.LATEST, denotes=True, quote_found=True, score=1.0, candidates=1)
    refitted = refit([(signals, i % 2 == 0) for i in range(600)], default_weights())
    (pair,) = scored([(signals, True)], refitted)
    assert pair[0] == pytest.approx(0.5, abs=0.1)


def test_written_weights_read_back_the_same():
    weights = default_weights()
    again = load_weights(weights_json(weights))
    assert dict(again.coefficients) == dict(weights.coefficients)
    assert (again.record_exponent, again.curve, dict(again.thresholds)) == (
        weights.record_exponent,
        weights.curve,
        dict(weights.thresholds),
    )


def test_a_target_stricter_than_any_in_the_table_accepts_nothing():
    table = default_weights().thresholds
    assert default_threshold(0.00001, table) == NONE_ACCEPTED
    assert default_threshold(0.03, table) == default_threshold(0.02, table)
