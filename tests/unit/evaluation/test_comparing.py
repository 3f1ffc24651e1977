"""When two values are the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.evaluation.comparing import same
from mailroom.domain.doctype import ValueKind


@pytest.mark.parametrize(
    ("kind", "truth", "found"),
    [
        (ValueKind.NAME, "Jörg-Peter Grünwald", "GRÜNWALD, JÖRG-PETER"),
        (ValueKind.NAME, "Franklyn Prendergast", "Dr. Franklyn Prendergast"),
        (ValueKind.NAME, "MR D.I.Y. (M) SDN BHD", "Mr DIY (M) Sdn Bhd"),
        (ValueKind.TEXT, "Mac OS X", "mac os x"),
        (ValueKind.ADDRESS, "12, quai des Tanneurs, 67000 Strasbourg", "12 quai des Tanneurs 67000 Strasbourg"),
        (ValueKind.AMOUNT, "1850.00", "1850"),
        (ValueKind.NUMBER, "2.5", "2.50"),
        (ValueKind.PHONE, "+441174960148", "01174960148"),
        (ValueKind.DATETIME, "2026-12-03T14:30", "2026-12-03T14:30+01:00"),
        (ValueKind.DATETIME, "2026-12-03T14:30+01:00", "2026-12-03T13:30+00:00"),
        (ValueKind.TIME, "15:30", "15:30:00"),
        (ValueKind.URL, "https://www.example.org/", "http://example.org"),
        (ValueKind.EMAIL, "Ada@Example.org", "ada@example.org"),
        (ValueKind.IDENTIFIER, "CMD 2026-5591", "cmd2026-5591"),
        (ValueKind.BOOLEAN, True, "true"),
    ],
)
def test_two_ways_of_writing_one_value_are_the_same(kind: ValueKind, truth: object, found: object):
    assert same(kind, truth, found)
    assert same(kind, found, truth)


@pytest.mark.parametrize(
    ("kind", "truth", "found"),
    [
        (ValueKind.NAME, "Edmund Wray", "Calder & Wray"),
        (ValueKind.TEXT, "Supply Chain Analyst", "Supply Chain"),
        (ValueKind.TEXT, "…", "—"),
        (ValueKind.AMOUNT, "844.07", "844.70"),
        (ValueKind.AMOUNT, "844.07", "844,07 EUR"),
        (ValueKind.DATE, "2026-03-04", "2026-04-03"),
        (ValueKind.PHONE, "+441174960148", "+491174960148"),
        (ValueKind.PHONE, "+441174960148", "0148"),
        (ValueKind.PHONE, "+441174960148", "+441174960148;ext=5"),
        (ValueKind.DATETIME, "2026-12-03T14:30+01:00", "2026-12-03T14:30+02:00"),
        (ValueKind.TIME, "03:30", "15:30"),
        (ValueKind.IDENTIFIER, "RE-2026-11873", "RE-2026-1873"),
        (ValueKind.IDENTIFIER, "007", "7"),
        (ValueKind.CURRENCY, "USD", "CAD"),
    ],
)
def test_two_values_are_not_taken_for_one(kind: ValueKind, truth: object, found: object):
    assert not same(kind, truth, found)


@given(st.sampled_from(ValueKind), st.text(max_size=30), st.text(max_size=30))
def test_comparing_never_raises_and_has_no_direction(kind: ValueKind, left: str, right: str):
    assert same(kind, left, right) == same(kind, right, left)


@given(st.sampled_from(ValueKind), st.text(max_size=30))
def test_every_value_is_itself(kind: ValueKind, text: str):
    assert same(kind, text, text)
