"""Mail arrives as SES makes it arrive: the object, the event, the refusals."""

import json
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.twin.errors import RefusedMailError
from local.twin.ses import (
    LARGEST_BYTES,
    VERDICTS,
    as_stored,
    envelope,
    message_id_of,
    new_message_id,
    receipt_event,
    taken_recipients,
)
from local.twin.smtp import verdicts_of

REAL = Path(__file__).parents[2] / "../shared/corpora/mime/fx-relay-ses/emails/tests/fixtures"
RAW = b"From: Ann <ann@acme.example>\r\nTo: sales@example.com\r\nSubject: Chairs\r\n\r\nTen, please.\r\n"


def delivery(**verdicts: str) -> Any:
    return envelope("ann@acme.example", ["sales@example.com"], verdicts, "id-1")


def ses_of(raw: bytes, **verdicts: str) -> Any:
    given_to_lambda = receipt_event(as_stored(raw, delivery(**verdicts)), delivery(**verdicts), "arn:aws:lambda:f")
    (record,) = json.loads(json.dumps(given_to_lambda))["Records"]
    return record["ses"]


def test_the_stored_object_is_sess_headers_and_then_the_mails_own_bytes():
    stored = as_stored(RAW, delivery(spam="FAIL"))

    assert stored.endswith(RAW)
    assert message_from_bytes(stored)["X-SES-Spam-Verdict"] == "FAIL"
    assert message_from_bytes(stored)["Return-Path"] == "<ann@acme.example>"


def test_added_headers_end_their_lines_as_the_mail_does():
    assert b"\r" not in as_stored(RAW.replace(b"\r\n", b"\n"), delivery())
    assert as_stored(RAW, delivery()).count(b"\n") == as_stored(RAW, delivery()).count(b"\r\n")


def test_a_mail_beyond_what_ses_takes_is_refused_with_its_size():
    with pytest.raises(RefusedMailError, match=r"552 .*SES takes at most"):
        as_stored(b"x" * (LARGEST_BYTES + 1), delivery())


def test_the_event_says_what_ses_thinks():
    receipt = ses_of(RAW, spam="FAIL", dmarc="FAIL", dmarc_policy="reject")["receipt"]

    assert receipt["spamVerdict"] == {"status": "FAIL"}
    assert receipt["virusVerdict"] == {"status": "PASS"}
    assert receipt["dmarcPolicy"] == "reject"
    assert "dmarcPolicy" not in ses_of(RAW)["receipt"]


def test_a_verdict_that_ses_does_not_give_is_refused():
    with pytest.raises(ValueError, match="span"):
        delivery(span="FAIL")


def test_a_long_header_list_is_cut_and_says_so():
    many = b"".join(b"X-Filler-%d: %s\r\n" % (number, b"x" * 900) for number in range(20))

    assert ses_of(many + RAW)["mail"]["headersTruncated"] is True
    assert ses_of(many + RAW)["mail"]["commonHeaders"]["subject"] == "Chairs"
    assert ses_of(RAW)["mail"]["headersTruncated"] is False


@pytest.mark.parametrize(
    ("rule", "taken"),
    [
        ({"Recipients": ["example.com"]}, ["a@example.com", "B@Example.COM"]),
        ({"Recipients": ["a@example.com"]}, ["a@example.com"]),
        ({"Recipients": [".example.com"]}, ["c@sub.example.com"]),
        ({}, ["a@example.com", "B@Example.COM", "c@sub.example.com", "d@else.example"]),
        ({"Recipients": ["example.com"], "Enabled": False}, []),
    ],
)
def test_a_rule_takes_the_recipients_that_it_names(rule: dict[str, Any], taken: list[str]):
    assert taken_recipients(rule, ["a@example.com", "B@Example.COM", "c@sub.example.com", "d@else.example"]) == taken


def test_an_id_looks_like_sess_and_one_made_from_bytes_repeats_itself():
    assert message_id_of(RAW) == message_id_of(RAW) != message_id_of(RAW + b".")
    assert len(new_message_id()) == len(message_id_of(RAW)) == 40
    assert new_message_id().isalnum()


def test_only_test_headers_of_the_head_set_verdicts():
    raw = b"X-Test-Spam: fail\r\nx-test-dkim: GRAY\r\nX-Test-Nonsense: FAIL\r\n\r\nX-Test-Virus: FAIL\r\n"

    assert verdicts_of(raw) == {"spam": "FAIL", "dkim": "GRAY"}


@given(st.binary(max_size=2000))
def test_any_bytes_make_an_event_that_json_can_carry(raw: bytes):
    mail = ses_of(raw)["mail"]

    assert mail["messageId"] == "id-1"
    assert mail["headers"][0] == {"name": "Return-Path", "value": "<ann@acme.example>"}


@pytest.mark.corpora
@pytest.mark.skipif(not REAL.is_dir(), reason="the shared corpora are not beside this checkout")
@pytest.mark.parametrize("name", ["s3_stored_email", "spamVerdict_FAIL_email", "dmarc_failed_email"])
def test_the_event_has_the_shape_of_real_ones(name: str):
    real = json.loads(json.loads((REAL / f"{name}_sns_body.json").read_text())["Message"])
    head = "".join(f"{header['name']}: {header['value']}\r\n" for header in real["mail"]["headers"])
    verdicts = {verdict: real["receipt"][f"{verdict}Verdict"]["status"] for verdict in VERDICTS}

    ours = ses_of(head.encode() + b"\r\n", **verdicts)

    assert set(ours["mail"]) == set(real["mail"])
    assert set(ours["receipt"]) == set(real["receipt"])
    common = {key: real["mail"]["commonHeaders"][key] for key in ("subject", "messageId", "date")}
    assert {key: ours["mail"]["commonHeaders"][key] for key in common} == common
