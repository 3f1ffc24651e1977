"""No automatic answer to what must not be answered: every mark of a program, list or bounce, however it is written."""

from email import message_from_bytes
from email.policy import default

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailroom.domain.acknowledgement import acknowledgement, reason_against
from mailroom.domain.message import Channel
from mailroom.domain.record import Record, Status
from mailroom.reading.identity import header_pairs
from tests.fakes import START

PASSED = {"spam": "PASS", "virus": "PASS", "spf": "PASS", "dkim": "PASS", "dmarc": "PASS"}
HEAD = [
    ("Return-Path", "<ana@papel.example>"),
    ("Received", "from mx.papel.example by inbound-smtp.us-east-1.amazonaws.com"),
    ("From", "Ana Diaz <ana@papel.example>"),
    ("To", "Sales <sales@inbox.example>"),
    ("Subject", "Chairs"),
    ("Message-ID", "<1@papel.example>"),
    ("Content-Type", "text/plain; charset=utf-8"),
]
OURS = {"shop.example"}

MARKS = [
    ("Auto-Submitted", "auto-replied"),
    ("Auto-Submitted", "auto-generated"),
    ("Auto-Submitted", "auto-notified; owner-email=x"),
    ("Auto-Submitted", "no-really"),
    ("Auto-Submitted", ""),
    ("Auto-Submitted", "(a comment) auto-replied"),
    ("Precedence", "bulk"),
    ("Precedence", "list"),
    ("Precedence", "junk"),
    ("Precedence", "auto_reply"),
    ("List-Id", "<news.papel.example>"),
    ("List-Unsubscribe", "<https://papel.example/out>"),
    ("List-Post", "NO"),
    ("X-Auto-Response-Suppress", "All"),
    ("X-Autoreply", "yes"),
    ("X-Autorespond", "Absent"),
    ("X-Loop", "ana@papel.example"),
    ("X-Failed-Recipients", "bob@acme.example"),
    ("Feedback-ID", "1:2:3:esp"),
    ("Content-Type", "multipart/report; report-type=delivery-status"),
    ("Content-Type", "message/disposition-notification"),
    ("From", "Another <other@papel.example>"),
]
"""What is added to a mail that would be acknowledged, so that it is not."""

NOBODY = [
    "mailer-daemon", "MAILER-DAEMON", "postmaster", "noreply", "no-reply", "no_reply", "donotreply", "do-not-reply",
    "bounce", "bounces", "bounce+abc=inbox.example", "owner-news", "news-request", "news-bounces", "shop.noreply",
    "noreply-invoices", "root", "autoreply",
]  # fmt: skip


def record(**changes) -> Record:
    given_ = {
        "record_id": "mail-1",
        "status": Status.ACCEPTED,
        "channel": Channel.EMAIL,
        "received_at": START,
        "updated_at": START,
        "bucket": "raw",
        "key": "raw/1",
        "kind": "lead",
        "sender": "ana@papel.example",
        "subject": "Chairs",
        "recipients": ("sales@inbox.example",),
        "verdicts": PASSED,
    }
    return Record.model_validate(given_ | changes)


def from_(address):
    replaced = {"From": address, "Return-Path": f"<{address}>"}
    return [(name, replaced.get(name, value)) for name, value in HEAD]


def test_a_mail_from_a_person_to_us_may_be_acknowledged():
    assert reason_against(HEAD, record(), OURS) == ""


def cased(text):
    return st.lists(st.booleans(), min_size=len(text), max_size=len(text)).map(
        lambda upper: "".join(each.upper() if up else each.lower() for each, up in zip(text, upper, strict=True))
    )


@given(mark=st.sampled_from(MARKS), place=st.integers(0, len(HEAD)), data=st.data())
def test_no_mail_that_bears_a_mark_of_a_program_is_acknowledged(mark, place, data):
    name, value = mark
    written = (data.draw(cased(name)), data.draw(st.sampled_from(["", " ", "\t"])) + data.draw(cased(value)))
    more = data.draw(
        st.lists(st.tuples(st.sampled_from(["X-Mailer", "Date", "Auto-Submitted"]), st.just("no")), max_size=3)
    )
    head = [*HEAD[:place], written, *HEAD[place:], *more]

    assert reason_against(head, record(), OURS) != ""


@given(mark=st.sampled_from(MARKS), fold=st.sampled_from(["\r\n ", "\r\n\t", " "]))
def test_a_mark_is_seen_in_the_bytes_of_a_mail_as_well_folded_or_not(mark, fold):
    lines = [f"{name}:{fold}{value}" for name, value in [*HEAD[:3], mark, *HEAD[3:]]]
    raw = "\r\n".join([*lines, "", "Hello"]).encode()

    assert reason_against(header_pairs(raw), record(), OURS) != ""


@pytest.mark.parametrize("local", NOBODY)
def test_an_address_behind_which_nobody_reads_is_not_written_to(local):
    assert reason_against(from_(f"{local}@papel.example"), record(), OURS) != ""


@pytest.mark.parametrize("local", ["ana", "reply", "bounty", "ownership", "rootes", "daemonica", "postmasters.club"])
def test_an_address_that_only_looks_like_one_is(local):
    assert reason_against(from_(f"{local}@papel.example"), record(), OURS) == ""


@pytest.mark.parametrize(
    "returns", ["<>", "", "<bounces+1@esp.example>", "<ana@papel.example>, <eve@evil.example>", "ana", None]
)
def test_a_bounce_or_what_is_returned_to_another_is_not_acknowledged(returns):
    head = [(name, returns if name == "Return-Path" else value) for name, value in HEAD]

    assert reason_against([each for each in head if each[1] is not None], record(), OURS) != ""


def test_a_return_path_that_the_mail_brings_along_does_not_count():
    assert reason_against([("Return-Path", "<>"), *HEAD], record(), OURS) != ""


@pytest.mark.parametrize("name", ["spam", "virus", "dmarc"])
@pytest.mark.parametrize("verdict", ["FAIL", "GRAY", "PROCESSING_FAILED"])
def test_a_mail_that_is_not_proven_clean_is_not_acknowledged(name, verdict):
    verdicts = PASSED | {name: verdict} | ({"spf": "GRAY"} if name == "dmarc" else {})

    assert reason_against(HEAD, record(verdicts=verdicts), OURS) != ""


@pytest.mark.parametrize("domain", ["inbox.example", "shop.example", "eu.shop.example", "SHOP.example"])
def test_our_own_domains_are_not_written_to(domain):
    assert reason_against(from_(f"ana@{domain}"), record(), OURS) != ""


def test_a_mail_that_does_not_name_us_is_not_acknowledged():
    head = [(name, "undisclosed-recipients:;" if name == "To" else value) for name, value in HEAD]

    assert reason_against(head, record(), OURS) != ""


@pytest.mark.parametrize("status", [each for each in Status if each not in {Status.ACCEPTED, Status.NEEDS_HUMAN}])
def test_only_what_has_been_read_is_acknowledged(status):
    assert reason_against(HEAD, record(status=status), OURS) != ""


def test_a_form_is_never_acknowledged():
    assert reason_against(HEAD, record(channel=Channel.FORM), OURS) != ""


@given(subject=st.text(max_size=400), identity=st.text(max_size=80))
def test_the_answer_is_our_text_and_of_theirs_one_line_of_subject(subject, identity):
    head = [*[each for each in HEAD if each[0] != "Message-ID"], ("Message-ID", identity)]
    raw = acknowledgement(head, record(subject=subject), "hello@shop.example", "Thank you.\nShop")
    answer = message_from_bytes(raw, policy=default)

    assert answer.get_content().replace("\r\n", "\n") == "Thank you.\nShop\n"
    assert answer["To"] == "ana@papel.example"
    assert answer["Auto-Submitted"] == "auto-replied"
    allowed = {"From", "To", "Subject", "In-Reply-To", "References", "Auto-Submitted", "X-Auto-Response-Suppress"}
    assert set(answer.keys()) <= allowed | {"Content-Type", "Content-Transfer-Encoding", "MIME-Version"}
    assert len(answer["Subject"]) <= 154


def test_the_answer_stands_in_the_thread_of_the_mail():
    answer = message_from_bytes(acknowledgement(HEAD, record(), "hello@shop.example", "Thanks"), policy=default)

    assert (answer["In-Reply-To"], answer["References"]) == ("<1@papel.example>", "<1@papel.example>")
    assert answer["Subject"] == "Re: Chairs"


def test_our_own_acknowledgement_is_never_acknowledged():
    sent = acknowledgement(HEAD, record(), "hello@shop.example", "Thanks")
    there = [("Return-Path", "<hello@shop.example>"), *header_pairs(sent)]

    assert reason_against(there, record(recipients=("ana@papel.example",)), {"papel.example"}) != ""
