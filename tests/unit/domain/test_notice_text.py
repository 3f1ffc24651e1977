"""Notices as text: a webhook's JSON is whole, and nothing that a mail says is markup, a mention or a link in Slack."""

import html
import json
import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailroom.domain.message import Channel
from mailroom.domain.notice import notice_of
from mailroom.domain.notice_text import MOST_BODY_BYTES, in_code, one_line, slack_message, webhook_body
from mailroom.domain.record import FieldResult, Record, Status
from tests.fakes import START

CONSOLE = "https://console.example"
ATTACKS = [
    "<!channel> look",
    "<!here|here>",
    "<@U012AB3CD>",
    "<https://evil.example|Open the record>",
    "`code` *bold* _it_ ~gone~",
    "a\n> quoted\n*From* you",
    "x` <https://evil.example> `y",
    "\u202egnp.exe\u2066",
    "&lt;!channel&gt;",
    "@channel @here @everyone",
]


def record(**changes):
    given = {
        "record_id": "mail-1",
        "status": Status.ACCEPTED,
        "channel": Channel.EMAIL,
        "received_at": START,
        "updated_at": START,
        "version": 4,
        "bucket": "raw",
        "key": "raw/1",
        "kind": "lead",
        "sender": "ana@papel.example",
        "confidence": 0.92,
    }
    return Record.model_validate(given | changes)


def shown(text):
    """Read a message as Slack does: what stands between < and > is markup, in ` ` are code spans, the rest is text."""
    assert not re.search(r"<[^>]*<|>[^<]*>[^<]*$", text)
    markup = re.findall(r"<([^<>]*)>", text)
    return markup, re.findall(r"`([^`\n]*)`", text)


def mrkdwn_of(found):
    message = json.loads(slack_message(notice_of("record.accepted", found), found, CONSOLE))
    (block,) = message["blocks"]
    assert block["text"]["verbatim"] is True
    return message["text"], block["text"]["text"]


@given(
    sender=st.one_of(st.sampled_from(ATTACKS), st.text(max_size=200)), kind=st.sampled_from(["lead", "job_application"])
)
def test_what_a_mail_says_is_one_code_span_and_the_only_link_is_ours(sender, kind):
    notification, text = mrkdwn_of(record(sender=sender, kind=kind))
    markup, code = shown(text)

    assert markup == [f"{CONSOLE}/records/mail-1|Open the record"]
    assert len(code) == (1 if sender else 0)
    assert text.count("\n") == (2 if sender else 1)
    assert notification == f"{kind.replace('_', ' ').capitalize()}: accepted"
    for span in code:
        assert html.unescape(span).strip() == one_line(sender, 120).replace("`", "'").strip()


@given(st.text())
def test_a_code_span_never_ends_early(text):
    span = in_code(text)

    assert span[0] == span[-1] == "`"
    assert not set("`<>\n\r") & set(span[1:-1])


@given(st.text(), st.integers(1, 50))
def test_one_line_is_short_and_has_nothing_that_is_not_seen(text, longest):
    import unicodedata

    line = one_line(text, longest)

    assert len(line) <= longest
    assert not [each for each in line if unicodedata.category(each) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}]


def test_a_record_id_from_a_foreign_producer_cannot_leave_the_link():
    _, text = mrkdwn_of(record(record_id="x>|<!channel>/../\n"))

    assert shown(text)[0] == [f"{CONSOLE}/records/x%3E%7C%3C%21channel%3E%2F..%2F%0A|Open the record"]


def test_without_a_console_there_is_no_link():
    found = record()

    assert "<" not in slack_message(notice_of("record.accepted", found), found, "")


def test_a_webhook_that_asks_for_ids_holds_nothing_that_the_mail_says():
    found = record(fields={"company": FieldResult(value="Papel Norte", method="exact", confidence=0.9)})
    payload = json.loads(webhook_body(notice_of("record.accepted", found), found, CONSOLE, with_fields=False))

    assert payload["type"] == "record.accepted"
    assert payload["data"] == {
        "record_id": "mail-1",
        "version": 4,
        "status": "accepted",
        "kind": "lead",
        "confidence": 0.92,
        "channel": "email",
        "received_at": START.isoformat(),
        "url": f"{CONSOLE}/records/mail-1",
    }


def test_a_webhook_that_asks_for_the_record_gets_its_fields_and_amounts_to_the_cent():
    amount = FieldResult(value=Decimal("1234.10"), method="exact", confidence=0.9)
    found = record(fields={"total": amount, "tags": (amount,)}, groups={"line_items": ({"amount": amount},)})
    data = json.loads(webhook_body(notice_of("record.accepted", found), found, "", with_fields=True))["data"]

    assert data["omitted"] is None
    assert data["fields"] == {"total": "1234.10", "tags": ["1234.10"], "line_items": [{"amount": "1234.10"}]}
    assert data["sender"] == "ana@papel.example"


@pytest.mark.parametrize("now", [None, record(version=5, status=Status.CORRECTED)])
def test_of_a_record_that_has_moved_on_no_fields_are_told_under_the_old_version(now):
    data = json.loads(webhook_body(notice_of("record.accepted", record()), now, "", with_fields=True))["data"]

    assert (data["omitted"], data["version"], data["status"]) == ("superseded", 4, "accepted")
    assert "fields" not in data


def test_a_body_that_would_be_too_large_goes_without_fields_and_says_so():
    large = record(fields={"notes": FieldResult(value="ä" * MOST_BODY_BYTES, method="exact", confidence=0.9)})
    body = webhook_body(notice_of("record.accepted", large), large, "", with_fields=True)

    assert json.loads(body)["data"]["omitted"] == "too_large"
    assert len(body.encode()) < MOST_BODY_BYTES
