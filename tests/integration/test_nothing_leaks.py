"""What a message says stays in its record: no log line, metric, error, queue body, key or event has a word of it."""

import io
import json
import re
from collections.abc import Iterator
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from local.standin.faults import Honesty
from mailroom import batches, observability
from mailroom.domain.errors import PermanentError
from tests.bench.injection_hosts import Sent
from tests.bench.injection_readers import StandIn
from tests.bench.injection_world import Outcome, run

ROOT = Path(__file__).parents[2]
MIME = ROOT.parent / "shared/corpora/mime"
SENTINEL = "Zqxjkvbp"
PLACES = ("from", "subject", "body", "html", "name", "content", "header", "quoted")
WORDS = re.compile(r"[^\W\d_]{12,}")


def mail(places: set[str]) -> Sent:
    """Write a mail with the sentinel in some places, in words that a model would file."""
    told = {place: f"{SENTINEL}{place}" if place in places else "plain" for place in PLACES}
    message = EmailMessage(policy=SMTP)
    message["From"] = f"{told['from']} <{told['from']}@sender.example>"
    message["To"] = "invoices@inbox.example"
    message["Subject"] = f"Invoice {told['subject']}"
    message["X-Note"] = told["header"]
    message.set_content(
        f"Supplier: {told['body']} Ltd\nInvoice number: {told['body']}\nTotal: 10.00 EUR\n\n"
        f"On Fri, 13 Nov 2026 at 08:00, {told['quoted']} wrote:\n> {told['quoted']}\n"
    )
    message.add_alternative(f"<p>{told['html']}</p><!-- {told['html']} -->", subtype="html")
    message.add_attachment(
        b"%PDF-broken " + told["content"].encode(), "application", "pdf", filename=f"{told['name']}.pdf"
    )
    return Sent(message.as_bytes())


@pytest.fixture
def logged(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """Give what our logger writes, and let metrics be written without a function's environment at import."""
    handler, lines = observability.logger.registered_handler, io.StringIO()
    monkeypatch.setattr(observability.metrics.provider, "namespace", "Mailroom")
    before = handler.setStream(lines)
    yield lines
    handler.setStream(before)


def left(outcome: Outcome) -> str:
    return outcome.left


@settings(max_examples=10, deadline=None)
@given(st.sets(st.sampled_from(PLACES), min_size=1), st.sampled_from(Honesty))
def test_no_word_of_a_mail_leaves_its_record(places: set[str], honesty: Honesty):
    outcome = run(mail(places), StandIn(honesty))

    assert SENTINEL.lower() not in left(outcome).lower()
    assert outcome.as_configured


def test_no_word_of_a_form_leaves_its_record():
    body = json.dumps({"name": SENTINEL, "message": f"Call {SENTINEL}", f"{SENTINEL}field": "x"}).encode()

    outcome = run(Sent(body, "contact", "application/json"), StandIn(Honesty.OBEDIENT))

    assert SENTINEL not in left(outcome)


def test_no_word_of_a_record_is_logged_or_measured(logged: io.StringIO, capsys: pytest.CaptureFixture[str]):
    record = run(mail(set(PLACES)), StandIn(Honesty.HONEST)).record
    assert SENTINEL in record.model_dump_json(), "the sentinel must be in the record, or the test shows nothing"

    observability.report(None, record)
    observability.metrics.flush_metrics()
    said = logged.getvalue() + capsys.readouterr().out

    assert record.record_id in said
    assert "Confidence" in said
    assert SENTINEL not in said


@pytest.mark.parametrize(
    "error", [ValueError(SENTINEL), KeyError(SENTINEL), UnicodeDecodeError("utf-8", b"x", 0, 1, SENTINEL)]
)
def test_a_foreign_error_that_quotes_the_mail_is_not_logged_in_its_words(error, logged):
    def fail(_: object) -> None:
        raise error

    with pytest.raises(type(error)):
        batches._told(fail, SimpleNamespace())

    said = logged.getvalue()
    assert type(error).__name__ in said
    assert SENTINEL not in said


def test_a_mail_that_cannot_be_read_fails_in_words_that_are_not_its_own():
    outcome = run(Sent(b"From: a@b.example\r\n\r\n"), StandIn(Honesty.HONEST))

    assert outcome.record.status == "failed"
    assert outcome.left.count("Traceback") == 0
    assert PermanentError.__name__ not in outcome.left


@pytest.mark.corpora
def test_no_long_word_of_real_mails_leaves_their_records():
    if not MIME.exists():
        pytest.skip("the shared corpora are not beside this project")
    mails = sorted(MIME.glob("nodemailer/**/*.eml"))[:4] + sorted(MIME.glob("enmime/**/*.raw"))[:8]
    samples = [*sorted((ROOT / "events/emails").glob("*.eml")), *mails]

    for path in samples:
        outcome = run(Sent(path.read_bytes()), StandIn(Honesty.HONEST))
        text = " ".join(str(found) for found in outcome.record.model_dump()["fields"].values())
        words = {word for word in WORDS.findall(text) if word not in _OURS}
        assert not {word for word in words if word in left(outcome)}, path.name


_OURS = frozenset({"meeting_request", "support_request", "job_application", "needs_human"})
