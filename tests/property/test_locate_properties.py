"""What must hold of every way to find words, also for values that hold no word at all."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mailroom.domain.doctype import FieldSpec, ValueKind
from mailroom.domain.evidence_location import locate
from mailroom.domain.locate import words
from mailroom.domain.locate.index import MessageIndex
from mailroom.domain.message import Channel, Message, Zone, ZoneKind

_MARKS = st.text(st.sampled_from(" \t\n.,:;-_/#*'\"()[]<>€$%&…“”\u00ad\u200b\u0301🙂"), max_size=12)
_ANY = st.text(st.characters(codec="utf-8"), max_size=40)
_VALUES = st.one_of(_MARKS, _ANY, st.sampled_from(["", "two years", "St. - ", "0"]))
_FINDERS = (
    words.find_literal,
    words.find_text,
    words.find_name,
    words.find_address,
    words.find_identifier,
    words.find_number_word,
)


def _message(text: str) -> Message:
    return Message(Channel.EMAIL, text, (Zone(ZoneKind.LATEST, 0, len(text)),))


@settings(deadline=None)
@given(_VALUES, st.one_of(_ANY, _MARKS))
@example("", "")
@example("-", "- a -")
def test_every_finder_of_words_answers_with_spans_of_the_text_whatever_the_value(value, text):
    index = MessageIndex(_message(text))
    for finder in _FINDERS:
        assert all(0 <= match.start < match.end <= len(index.text) for match in finder(value, index))


@settings(deadline=None)
@given(_MARKS, st.one_of(_ANY, _MARKS), st.sampled_from(list(ValueKind)))
@example("-", "", ValueKind.TEXT)
def test_a_value_without_letters_and_digits_is_located_without_an_exception(value, text, kind):
    spec = FieldSpec("field", kind, "", labels=("Total",), choices=("open", "closed"))
    evidence = locate(value=value, quote=value, spec=spec, message=_message(text))
    assert evidence.start == evidence.end == -1 or 0 <= evidence.start < evidence.end <= len(text)


@pytest.mark.parametrize("value", ["", "-", "…", "\u0301", " \n"])
def test_what_has_no_words_is_in_no_text(value):
    index = MessageIndex(_message("a - … b"))
    assert [match for finder in _FINDERS for match in finder(value, index)] == []
