"""Each bad input that has a name ends in a record with a reason, or is refused at its door; nobody waits for it."""

import time
from contextlib import chdir

import pytest

from local.inputs import Form, mail_of
from local.session import DOMAIN, session
from mailroom.domain.record import Status

pytestmark = [pytest.mark.twin, pytest.mark.timeout(300)]

GOOD = (
    b"From: Ana Diaz <ana@papel.example>\r\nTo: sales@inbox.example\r\nSubject: Offer\r\n"
    b"Message-ID: <good@papel.example>\r\n\r\nWe need 40 chairs.\r\n"
)
HEAD = b"From: Ana Diaz <ana@papel.example>\r\nTo: support@inbox.example\r\nMessage-ID: <%d@papel.example>\r\n"
BAD_PDF = HEAD % 2 + (
    b"Subject: Our invoice\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n"
    b"--x\r\n\r\nSee attached.\r\n"
    b"--x\r\nContent-Type: application/pdf; name=invoice.pdf\r\n\r\nMZ this is no document\r\n--x--\r\n"
)


@pytest.fixture(scope="module")
def outcome(tmp_path_factory):
    def mail(raw):
        return mail_of(raw, "mail", DOMAIN)

    deep = b"[" * 10_000 + b"]" * 10_000
    inputs = {
        "good": mail(GOOD),
        "no body": mail(HEAD % 1 + b"Subject: Please call me back\r\n\r\n"),
        "not a PDF": mail(BAD_PDF),
        "45 MB": mail(HEAD % 3 + b"Subject: Big\r\n\r\n" + b"x" * 45_000_000),
        "empty object": Form("form", "contact", b"{}", "application/json"),
        "not UTF-8": Form("form", "contact", b"name=Jos\xe9&message=Hola", "application/x-www-form-urlencoded"),
        "10,000 deep": Form("form", "contact", deep, "application/json"),
        "unknown form": Form("form", "nobody-knows-me", b'{"name": "Ana", "wish": "chairs"}', "application/json"),
    }
    with chdir(tmp_path_factory.mktemp("twin")), session(live=False) as running:
        started = time.monotonic()
        told = {name: running.deliver(item) for name, item in inputs.items()}
        ids = [answer.record_id for answer in told.values() if answer.record_id]
        records = {record.record_id: record for record in running.at_rest(ids, 100)}
        assert set(running.twin.pending().values()) == {0}
    return told, records, time.monotonic() - started


BAD = ["no body", "not a PDF", "45 MB", "empty object", "not UTF-8", "10,000 deep", "unknown form"]


@pytest.mark.parametrize("name", BAD)
def test_bad_input_ends_in_a_record_with_a_reason_or_is_refused_at_its_door(outcome, name):
    told, records, _ = outcome
    if told[name].refusal:
        assert told[name].refusal.endswith((".", "}"))
        return
    record = records[told[name].record_id]
    assert record.status in {Status.NEEDS_HUMAN, Status.FAILED, Status.ACCEPTED}
    assert record.reasons or record.defects


@pytest.mark.parametrize("name", ["45 MB", "empty object", "10,000 deep", "unknown form"])
def test_what_cannot_be_read_whole_or_trusted_is_never_accepted_unseen(outcome, name):
    told, records, _ = outcome
    if not told[name].refusal:
        assert records[told[name].record_id].status is not Status.ACCEPTED


def test_a_good_mail_among_bad_ones_is_read_as_ever(outcome):
    told, records, _ = outcome

    assert records[told["good"].record_id].status in {Status.ACCEPTED, Status.NEEDS_HUMAN}
    assert records[told["good"].record_id].attempts
