from hypothesis import given
from hypothesis import strategies as st

from mailroom.domain.message import ZoneKind
from mailroom.reading import read_email
from mailroom.reading.flowed import unwrapped

_HEAD = b"From: ana@x.example\r\nSubject: Re: rooms\r\nContent-Type: text/plain; charset=utf-8; format=flowed"
_WORD = st.text("abcdefghijklmnopqrstuvwxyzäß.,", min_size=1, max_size=12)
_PARAGRAPH = st.lists(_WORD, min_size=1, max_size=20).map(" ".join)


def test_a_flowed_paragraph_becomes_one_line() -> None:
    message = read_email(_HEAD + b"\r\n\r\nWe would like to book \r\nthe blue room.\r\n\r\nAna\r\n")
    assert "We would like to book the blue room.\n\nAna" in message.text


def test_lines_stay_apart_where_nothing_says_that_they_flow() -> None:
    head = _HEAD.replace(b"; format=flowed", b"")
    assert "to book\nthe blue" in read_email(head + b"\r\n\r\nWe would like to book \r\nthe blue room.\r\n").text


def test_a_quote_flows_only_within_its_depth() -> None:
    assert unwrapped("> one \n> two \n>> three \nfour") == "> one two \n>> three \nfour"


def test_the_space_that_marks_the_flow_goes_where_the_sender_says_so() -> None:
    assert unwrapped("東京 \n都", delete_space=True) == "東京都"


def test_the_mark_of_a_signature_never_flows() -> None:
    message = read_email(_HEAD + b"\r\n\r\nSee you \r\n-- \r\nAna Lima, +351 21 555 0100\r\n")
    signature = next(zone for zone in message.zones if zone.kind is ZoneKind.SIGNATURE)
    assert message.words_of(signature) == "--\nAna Lima, +351 21 555 0100"


def test_a_stuffed_space_is_taken_off() -> None:
    assert unwrapped(" From here on") == "From here on"


def test_zones_of_an_unwrapped_mail_hold_its_words_at_their_offsets() -> None:
    message = read_email(
        _HEAD + b"\r\n\r\nYes, \r\nplease.\r\n\r\nOn Mon, 2 Feb 2026, Bo wrote: \r\n> May \r\n> I?\r\n"
    )
    quoted = next(zone for zone in message.zones if zone.kind is ZoneKind.QUOTED)
    assert message.words_of(quoted).endswith("> May I?")


@given(st.lists(_PARAGRAPH, min_size=1, max_size=6), st.integers(1, 30), st.integers(0, 3))
def test_what_a_writer_wraps_is_put_together_again(paragraphs: list[str], width: int, depth: int) -> None:
    marks = ">" * depth + (" " if depth else "")
    wrapped = "\n".join(f"{marks}{line}" for paragraph in paragraphs for line in _wrap(paragraph, width))
    assert unwrapped(wrapped) == "\n".join(marks + paragraph for paragraph in paragraphs)


@given(st.text(st.characters(exclude_characters=">\r")))
def test_no_character_but_white_space_is_lost(text: str) -> None:
    assert "".join(unwrapped(text).split()) == "".join(text.split())


def _wrap(paragraph: str, width: int) -> list[str]:
    lines, line = [], ""
    for word in paragraph.split(" "):
        if len(line) >= width:
            lines.append(line)
            line = ""
        line += word + " "
    return [*lines, line[:-1]]
