"""What holds for any bytes: no exception, zones in order, spans that are the text, nothing lost without a word."""

import email.generator
import io
import json
import string
import unicodedata
from email.message import EmailMessage

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mailroom.domain.message import Message, ZoneKind
from mailroom.reading import estimate_tokens, header_pairs, read_email, read_form, select, sender_identity
from mailroom.reading.charsets import clean, decode
from mailroom.reading.headers import decode_words, parse_addresses, parse_parameters
from mailroom.reading.html import read_html
from mailroom.reading.zones import mark_zones

_CTE = st.sampled_from(["7bit", "8bit", "base64", "quoted-printable", "x-uuencode", "nonsense"])
_CHARSET = st.sampled_from(
    ["utf-8", "us-ascii", "iso-8859-1", "DEFAULT", "x-mac-cyrillic", "utf-16", "utf-7", "big5", "\x00"]
)
_TYPES = st.sampled_from(
    [
        "text/plain",
        "text/html",
        "text/calendar",
        "application/pdf",
        "image/png",
        "application/ms-tnef",
        "message/rfc822",
        "text",
        "",
    ]
)
_WORDS = st.text(alphabet=string.ascii_letters + string.digits, min_size=3, max_size=12)


def is_sound(message: Message) -> None:
    """Every promise that the domain makes about a message's text and zones."""
    assert message.text == unicodedata.normalize("NFC", message.text)
    assert "\r" not in message.text
    message.text.encode("utf-8")
    end = 0
    order = []
    for zone in message.zones:
        assert end <= zone.start < zone.end <= len(message.text)
        assert message.text[end : zone.start].strip() == ""
        end = zone.end
        order.append(_GROUP[zone.kind])
    assert message.text[end:].strip() == ""
    assert order == sorted(order)


_GROUP = {
    ZoneKind.HEADER: 0,
    ZoneKind.LATEST: 1,
    ZoneKind.QUOTED: 1,
    ZoneKind.SIGNATURE: 1,
    ZoneKind.DISCLAIMER: 1,
    ZoneKind.FORM: 1,
    ZoneKind.FORWARDED: 1,  # in the body, or an attached mail beside the attachments
    ZoneKind.ATTACHMENT: 1,
    ZoneKind.HIDDEN: 3,
    ZoneKind.STRUCTURED: 4,
}


@st.composite
def entities(draw: st.DrawFn, depth: int = 3) -> bytes:
    """Return one MIME entity, often a broken one."""
    content = draw(
        st.one_of(st.binary(max_size=200), st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace")))
    )
    if depth and draw(st.booleans()):
        boundary = draw(st.sampled_from(["b", "bb", "a b", "", "=_"]))
        kind = draw(st.sampled_from(["mixed", "alternative", "related", "digest", "report"]))
        children = draw(st.lists(entities(depth - 1), max_size=3))
        named = draw(st.booleans())
        head = f"Content-Type: multipart/{kind}" + (f'; boundary="{boundary}"' if named else "")
        body = b"".join(b"--%s\r\n%s\r\n" % (boundary.encode(), child) for child in children)
        return (
            head.encode()
            + b"\r\n\r\n"
            + content
            + b"\r\n"
            + body
            + (b"--" + boundary.encode() + b"--" if draw(st.booleans()) else b"")
        )
    head = f"Content-Type: {draw(_TYPES)}; charset={draw(_CHARSET)}\r\nContent-Transfer-Encoding: {draw(_CTE)}\r\n"
    if draw(st.booleans()):
        head += f"Content-Disposition: attachment; filename*0*=utf-8''{draw(_WORDS)}; filename*1=.pdf\r\n"
    return head.encode("utf-8", "replace") + b"\r\n" + content


@given(st.binary(max_size=2_000))
def test_any_bytes_are_a_message(raw):
    is_sound(read_email(raw))


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.binary(max_size=200), entities())
def test_any_tree_of_parts_is_a_message(head, entity):
    is_sound(read_email(b"From: a@x.example\r\nSubject: " + head.replace(b"\n", b" ") + b"\r\n" + entity))


@settings(deadline=None)
@given(
    st.lists(st.lists(_WORDS, min_size=1, max_size=5), min_size=1, max_size=4),
    st.booleans(),
    st.sampled_from(["base64", "quoted-printable", "7bit"]),
)
def test_every_word_of_every_text_part_is_in_the_text(parts, crlf, encoding):
    message = EmailMessage()
    message["Subject"] = "words"
    message.make_mixed()
    for words in parts:
        part = EmailMessage()
        part.set_content(" ".join(words), cte=encoding)
        message.attach(part)
    buffer = io.BytesIO()
    email.generator.BytesGenerator(buffer).flatten(message, linesep="\r\n" if crlf else "\n")

    text = read_email(buffer.getvalue()).text

    assert all(word in text for words in parts for word in words)


@settings(deadline=None)
@given(st.text(max_size=400))
def test_any_html_is_read(markup):
    is_sound(read_email(b"Content-Type: text/html; charset=utf-8\r\n\r\n" + markup.encode("utf-8", "replace")))


@given(st.lists(_WORDS, min_size=1, max_size=8))
def test_no_word_of_visible_html_is_lost(words):
    markup = "<table><tr><td>" + "</td><td><p>".join(words) + "</table>"
    assert read_html(markup).text.replace("|", " ").split() == words


@given(st.lists(st.text(max_size=60), max_size=30), st.text(max_size=20))
def test_zones_cover_every_line_once(lines, subject):
    runs = mark_zones(lines, subject=subject)
    assert [index for run in runs for index in range(run.first, run.last)] == list(range(len(lines)))


_JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=30)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(
            st.one_of(st.text(max_size=10), st.sampled_from(["label", "value", "fields", "answers", "field", "data"])),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=20,
)


@settings(deadline=None)
@given(_JSON)
def test_any_json_is_a_form(value):
    message = read_form(json.dumps(value).encode(), content_type="application/json", form="f")
    is_sound(message)
    assert message.form == "f"


@settings(deadline=None)
@given(
    st.binary(max_size=500),
    st.sampled_from(
        ["application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=b", "", "\x00"]
    ),
)
def test_any_bytes_are_a_form(body, content_type):
    is_sound(read_form(body, content_type=content_type, form="f"))


@given(
    st.dictionaries(
        _WORDS, st.text(alphabet=string.printable, max_size=20).map(lambda text: " ".join(text.split())), max_size=6
    )
)
def test_the_answers_of_flat_forms_survive(values):
    message = read_form(json.dumps(values).encode(), content_type="application/json", form="f")
    found = {field.name: " ".join(field.value.split()) for field in message.form_fields}
    names = {name.lower() for name in values}
    if not names & {
        "label",
        "value",
        "data",
        "name",
        "text",
        "title",
        "id",
        "key",
        "body",
        "answer",
        "field",
        "fields",
        "answers",
    }:
        assert found == values


@settings(deadline=None)
@given(entities(), st.integers(min_value=0, max_value=400))
def test_a_selection_keeps_to_its_budget_and_leaves_nothing_out_in_silence(entity, budget):
    message = read_email(entity)
    selection = select(message, budget_tokens=budget)

    assert selection.tokens <= budget
    covered = sorted((zone.start, zone.end) for zone in (*selection.zones, *selection.left_out))
    assert sum(end - start for start, end in covered) == sum(zone.end - zone.start for zone in message.zones)
    assert bool(selection.left_out) <= bool(selection.reasons)


@given(st.text(max_size=300))
def test_tokens_never_shrink_as_a_text_grows(text):
    assert 0 <= estimate_tokens(text[: len(text) // 2]) <= estimate_tokens(text)


@given(st.binary(max_size=200), st.text(max_size=30))
def test_any_bytes_under_any_label_are_text(data, label):
    text, _ = decode(data, label)
    clean(text).encode("utf-8")


@given(st.text(max_size=200))
def test_any_header_value_can_be_read(value):
    decode_words(value)
    parse_addresses(value)
    parse_parameters(value)


@given(st.binary(max_size=400))
def test_any_header_block_has_pairs(raw):
    pairs = header_pairs(raw)
    identity = sender_identity(pairs)
    assert identity is None or len(identity) == 64


@pytest.mark.parametrize(
    "hostile",
    [b"=?" * 20_000, b"<" * 50_000, b"(" * 50_000, b'"' * 50_000, b";a=" * 20_000, b"> " * 50_000, b": " * 50_000],
)
def test_repetition_does_not_explode(hostile):
    is_sound(
        read_email(
            b"From: "
            + hostile
            + b"\r\nContent-Type: "
            + hostile
            + b"\r\n\r\n"
            + hostile
            + b"\n"
            + b"\n".join([hostile[:80]] * 500)
        )
    )
