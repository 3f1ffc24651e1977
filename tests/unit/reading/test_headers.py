import pytest

from mailroom.domain.message import Address
from mailroom.reading import header_pairs, sender_identity
from mailroom.reading.charsets import codec_name, decode
from mailroom.reading.headers import decode_words, parse_addresses, parse_date, parse_parameters
from mailroom.reading.mime import decode_transfer, parse


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ("=?utf-8?B?R3LDvMOfZQ==?=", "Grüße"),
        ("=?utf-8?q?a?= =?utf-8?q?b?=", "ab"),
        ("=?utf-8?q?Gr=C3?= =?utf-8?q?=BC?=n", "Grün"),
        ("=?x-mac-cyrillic?Q?=8F?= x", "П x"),
        ("=?nonsense?q?abc?=", "abc"),
        ("plain  \r\n text", "plain text"),
        ("=?utf-8?B?!!!?=", "!!!"),
        ("=?utf-8*en?q?tag?=", "tag"),
    ],
)
def test_encoded_words_are_read_forgivingly(raw, words):
    assert decode_words(raw) == words


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Ana Diaz <ana@x.example>", [Address("Ana Diaz", "ana@x.example")]),
        (
            '"Diaz, Ana" <ana@x.example>, b@y.example',
            [Address("Diaz, Ana", "ana@x.example"), Address("", "b@y.example")],
        ),
        ("ana@x.example (Ana)", [Address("Ana", "ana@x.example")]),
        ("Team: a@x.example, B <b@x.example>;", [Address("", "a@x.example"), Address("B", "b@x.example")]),
        ("undisclosed-recipients:;", []),
        ("Ana <ana@x.example", [Address("Ana", "ana@x.example")]),
        ("=?utf-8?q?J=C3=BCrgen?= <j@x.example>", [Address("Jürgen", "j@x.example")]),
    ],
)
def test_addresses_are_taken_apart(value, expected):
    assert list(parse_addresses(value)) == expected


def test_parameters_in_pieces_are_joined_and_decoded():
    value = 'Attachment; filename*0*=utf-8\'\'%E2%82%AC; filename*1="20.pdf"; x="a\\"b"'
    assert parse_parameters(value) == ("attachment", {"filename": "€20.pdf", "x": 'a"b'})


def test_dates_without_a_zone_are_utc_and_nonsense_is_none():
    moment = parse_date("Mon, 5 Jan 2026 09:15:00")
    assert moment is not None
    assert (moment.isoformat(), parse_date("yesterday")) == ("2026-01-05T09:15:00+00:00", None)


@pytest.mark.parametrize("label", ["DEFAULT", "x-unknown", "", "unicode_escape", "base64", "rot13", "\x00", "x" * 500])
def test_labels_that_name_no_character_set_are_none(label):
    assert codec_name(label) is None


@pytest.mark.parametrize(
    ("data", "label", "text"),
    [
        ("Grüße".encode(), "us-ascii", "Grüße"),
        ("Grüße".encode("cp1252"), "iso-8859-1", "Grüße"),
        ("Привет".encode("koi8_r"), "KOI8-R", "Привет"),
        ("Привет".encode("mac_cyrillic"), "x-mac-cyrillic", "Привет"),
        ("สวัสดี".encode("cp874"), "Windows-874", "สวัสดี"),
        ("日本".encode("iso2022_jp"), "", "日本"),
        ("中文".encode("gb18030"), "gb2312", "中文"),
        ("Grüße".encode("cp1252"), "utf-8", "Grüße"),
    ],
)
def test_texts_are_read_whatever_their_label_says(data, label, text):
    assert decode(data, label)[0] == text


@pytest.mark.parametrize(
    ("data", "encoding", "content"),
    [
        (b"SGVs\r\nbG8=", "base64", b"Hello"),
        (b"SGVsbG8", "base64", b"Hello"),
        (b"SGVs*bG8=", "BASE64 ", b"Hello"),
        (b"SGk=SGk=", "base64", b"HiHi"),
        (b"a=3Db=\r\nc", "quoted-printable", b"a=bc"),
        (b"begin 644 x\n%2&5L;&\\\n`\nend\n", "x-uuencode", b"Hello"),
        (b"as it is", "x-nonsense", b"as it is"),
    ],
)
def test_transfer_encodings_are_undone_as_far_as_they_go(data, encoding, content):
    assert decode_transfer(data, encoding) == content


def test_parts_have_the_section_numbers_of_imap():
    inner = b"Content-Type: multipart/mixed; boundary=i\r\n\r\n--i\r\n\r\na\r\n--i\r\n\r\nb\r\n--i--"
    raw = (
        b"Content-Type: multipart/mixed; boundary=o\r\n\r\n--o\r\n\r\nx\r\n--o\r\nContent-Type: message/rfc822\r\n\r\n"
        + inner
        + b"\r\n--o--"
    )
    root, _ = parse(raw)

    assert [(part.number, part.media_type) for part in root.walk()] == [
        ("", "multipart/mixed"),
        ("1", "text/plain"),
        ("2", "message/rfc822"),
        ("2", "multipart/mixed"),
        ("2.1", "text/plain"),
        ("2.2", "text/plain"),
    ]


def test_a_boundary_that_begins_like_another_is_not_taken_for_it():
    raw = b"Content-Type: multipart/mixed; boundary=ab\r\n\r\n--ab\r\n\r\none\r\n--abc\r\nstill one\r\n--ab--\r\n"
    root, _ = parse(raw)

    assert [part.content() for part in root.children] == [b"one\r\n--abc\r\nstill one"]


HEAD = b"Received: from a\r\nMessage-ID: <1@x.example>\r\nDate: Mon, 5 Jan 2026 09:15:00 +0000\r\n"
HEAD += b"Subject: Hi\r\n there\r\nX-SES-RECEIPT: abc\r\n\r\nBody: not a header"


def test_pairs_are_unfolded_and_stop_at_the_body():
    assert header_pairs(HEAD) == [
        ("Received", "from a"),
        ("Message-ID", "<1@x.example>"),
        ("Date", "Mon, 5 Jan 2026 09:15:00 +0000"),
        ("Subject", "Hi there"),
        ("X-SES-RECEIPT", "abc"),
    ]


def test_the_way_a_mail_took_does_not_change_whose_it_is():
    other_way = HEAD.replace(b"from a", b"from b").replace(b"abc", b"def")

    assert sender_identity(header_pairs(HEAD)) == sender_identity(header_pairs(other_way))
    assert sender_identity(header_pairs(HEAD)) != sender_identity(header_pairs(HEAD.replace(b"5 Jan", b"6 Jan")))


def test_without_a_message_id_nobody_can_say():
    assert sender_identity([("Subject", "Hi")]) is None
