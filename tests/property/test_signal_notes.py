"""A note of signals says all of them, in few characters."""

from hypothesis import given
from hypothesis import strategies as st

from mailroom.domain.confidence import Signals, field_confidence
from mailroom.domain.doctype import ValueKind
from mailroom.domain.evidence import Method
from mailroom.domain.message import ZoneKind
from mailroom.domain.signal_notes import noted, signals_from

verdict = st.sampled_from([None, True, False])
signals = st.builds(
    Signals,
    method=st.sampled_from(Method),
    zone=st.sampled_from([None, *ZoneKind]),
    denotes=st.booleans(),
    quote_found=st.booleans(),
    score=st.floats(0, 1).map(lambda score: round(score, 4)),
    candidates=st.integers(0, 500),
    labelled=st.booleans(),
    valid=st.booleans(),
    checksum=verdict,
    unsure=st.booleans(),
    agrees_with_headers=verdict,
    second_reading=verdict,
    attachment_skipped=st.booleans(),
    kind=st.sampled_from([str(kind) for kind in ValueKind]),
    in_row=st.booleans(),
)


@given(signals)
def test_a_note_is_read_back_as_the_very_signals(found: Signals):
    back = signals_from(noted(found), found.kind)

    assert back == found
    assert field_confidence(back) == field_confidence(found)


@given(signals)
def test_a_note_is_one_line_of_words(found: Signals):
    assert len(noted(found)) <= 200
    assert "\n" not in noted(found)


@given(st.text(max_size=40))
def test_what_is_no_note_says_nothing(text: str):
    words = text.split()
    assert signals_from(text) is None or words[0] in set(Method)
