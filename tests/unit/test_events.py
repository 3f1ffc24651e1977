"""The files in events/ are what their names claim: checked with the standard library and Powertools' models alone."""

import hashlib
import io
import json
import re
import zipfile
from collections.abc import Iterator
from decimal import Decimal
from email import message_from_bytes, policy
from email.errors import CloseBoundaryNotFoundDefect, InvalidBase64LengthDefect
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote_to_bytes

import pypdfium2
import pytest
from aws_lambda_powertools.utilities.parser.models import (
    APIGatewayProxyEventV2Model,
    DynamoDBStreamModel,
    EventBridgeModel,
    SesModel,
    SqsModel,
)
from boto3.dynamodb.types import TypeDeserializer
from PIL import Image
from stdnum import iban

EVENTS = Path(__file__).parents[2] / "events"
MAILS = sorted((EVENTS / "emails").glob("*.eml"))
MALFORMED = "14-malformed"


def load(name: str) -> Any:
    return json.loads((EVENTS / name).read_text(encoding="utf-8"))


def mail(name: str) -> EmailMessage:
    return message_from_bytes((EVENTS / "emails" / f"{name}.eml").read_bytes(), policy=policy.default)


def leaves(message: EmailMessage) -> Iterator[EmailMessage]:
    return (part for part in message.walk() if not part.is_multipart())


def text(message: EmailMessage) -> str:
    parts = [part.get_payload(decode=True) for part in leaves(message) if part.get_content_maintype() == "text"]
    charsets = [part.get_content_charset("utf-8") for part in leaves(message) if part.get_content_maintype() == "text"]
    return "\n".join(part.decode(charset, "replace") for part, charset in zip(parts, charsets, strict=True) if part)


def attachment(message: EmailMessage, media_type: str) -> bytes:
    found = next(part for part in leaves(message) if part.get_content_type() == media_type)
    payload = found.get_payload(decode=True)
    assert isinstance(payload, bytes)
    return payload


def amounts(words: str, *, comma: bool = False) -> list[Decimal]:
    """Every amount with two decimals, in order; ``comma`` reads 1.234,50."""
    found = re.findall(r"\d{1,3}(?:\.\d{3})*,\d\d\b" if comma else r"\d{1,3}(?:,\d{3})*\.\d\d\b", words)
    return [Decimal(item.replace(".", "").replace(",", ".") if comma else item.replace(",", "")) for item in found]


# The demo's list


def test_the_index_lists_every_mail_and_then_every_form_once_and_in_order():
    forms = [row["input"] for row in load("forms/index.json")]
    assert [row["input"] for row in load("index.json")] == [*(f"emails/{path.name}" for path in MAILS), *forms]


def test_every_mail_goes_to_the_inbox_with_a_sentence_for_the_reader():
    for row in load("index.json")[: len(MAILS)]:
        assert all(address.endswith("@inbox.example") for address in row["recipients"])
        assert row["recipients"]
        assert row["note"].endswith(".")


def test_one_mail_is_delivered_twice_and_one_fails_the_spam_filter():
    rows = load("index.json")
    assert sum(row.get("deliver_twice", False) for row in rows) == 1
    assert [row["input"] for row in rows if "verdicts" in row] == ["emails/12-spam.eml"]


# All mails


@pytest.mark.parametrize("path", MAILS, ids=lambda path: path.stem)
def test_a_mail_is_kept_as_it_was_on_the_wire(path: Path):
    raw = path.read_bytes()
    assert raw.count(b"\n") == raw.count(b"\r\n")
    assert max(len(line) for line in raw.split(b"\r\n")) <= 998  # RFC 5322 section 2.1.1


@pytest.mark.parametrize("path", [path for path in MAILS if path.stem != MALFORMED], ids=lambda path: path.stem)
def test_a_mail_parses_without_a_defect(path: Path):
    message = mail(path.stem)
    for part in message.walk():
        if not part.is_multipart():
            part.get_payload(decode=True)
        assert part.defects == []
    for header in ("From", "Subject", "Date", "Message-ID", "MIME-Version"):
        assert message[header], header
        assert not message[header].defects, header


@pytest.mark.parametrize("path", MAILS, ids=lambda path: path.stem)
def test_a_mail_names_only_domains_that_nobody_can_own(path: Path):
    message = mail(path.stem)
    words = text(message) + "\n".join(str(value) for value in message.values())
    domains = re.findall(r"(?:[\w.+-]@|https?://)([A-Za-z][\w.-]*[A-Za-z])", words)
    assert [name for name in domains if not name.lower().endswith(".example")] == []


@pytest.mark.parametrize("path", MAILS, ids=lambda path: path.stem)
def test_every_iban_in_a_mail_has_a_valid_checksum(path: Path):
    words = text(mail(path.stem)).replace("\xa0", " ").replace("&nbsp;", " ")
    for found in re.findall(r"\b[A-Z]{2}\d\d(?: [A-Z0-9]{4}){3,7}(?: \d{1,3})?\b", words):
        assert iban.is_valid(found), found


# One by one


def test_the_lead_is_one_plain_text():
    message = mail("01-lead-plain-text")
    assert message.get_content_type() == "text/plain"
    assert "\n-- \n" in text(message).replace("\r", "")


def test_the_german_invoice_is_html_alone_and_its_sums_agree():
    message = mail("02-invoice-html-german")
    assert message.get_content_type() == "text/html"
    body, foot = text(message).split("<tbody>")[1].split("</tbody>")
    rows = [amounts(row, comma=True) for row in body.split("<tr>")[1:]]
    net, tax, total = amounts(foot.split("</tfoot>")[0], comma=True)
    assert sum(row[-1] for row in rows) == net
    assert round(net * Decimal("0.19"), 2) == tax
    assert net + tax == total


def test_the_french_request_says_the_same_in_text_and_in_html():
    message = mail("03-support-alternative-french")
    assert message.get_content_type() == "multipart/alternative"
    assert [text(part).count("CMD-2026-5591") for part in leaves(message)] == [1, 1]


def test_the_spanish_invoice_is_a_small_pdf_with_a_text_layer_and_sums_that_agree():
    message = mail("04-invoice-pdf-spanish")
    pdf = attachment(message, "application/pdf")
    assert len(pdf) < 30_000
    document = pypdfium2.PdfDocument(pdf)
    page = document[0]
    layer = page.get_textpage()
    words = layer.get_text_bounded()
    for opened in (layer, page, document):
        opened.close()
    net, tax, total = amounts(words.split("Base imponible")[1].split("Forma")[0], comma=True)
    assert net + tax == total
    assert str(total) not in text(message)


def test_the_receipt_is_a_small_photograph_that_lies_on_its_side():
    picture = attachment(mail("05-receipt-photo"), "image/jpeg")
    assert len(picture) < 80_000
    with Image.open(io.BytesIO(picture)) as photo:
        assert photo.format == "JPEG"
        assert photo.getexif()[0x0112] == 6  # turn it right by 90 degrees to read it


def test_the_forwarded_invoice_carries_the_headers_of_the_first_mail_and_two_signatures():
    words = text(mail("06-forwarded-invoice")).replace("\r", "")
    above, below = words.split("---------- Forwarded message ---------", 1)
    assert "\n-- \n" in above
    assert re.search(r"^From: .*\nDate: .*\nSubject: .*\nTo: ", below, re.MULTILINE)
    *lines, net, tax, total = [amount for line in re.findall("GBP .*", below) for amount in amounts(line)][:6]
    assert sum(lines) == net
    assert net + tax == total


def test_the_italian_reply_quotes_what_it_answers():
    message = mail("07-reply-meeting-italian")
    assert message["In-Reply-To"]
    own, quoted = text(message).split("ha scritto:", 1)
    assert "3 dicembre 2026" in own
    assert "24 November" in quoted
    assert re.search(r"^>> ", quoted, re.MULTILINE)


def test_the_english_application_brings_a_word_document():
    kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    with zipfile.ZipFile(io.BytesIO(attachment(mail("08-job-application-docx"), kind))) as archive:
        assert archive.testzip() is None
        assert "Okonjo-Reid" in archive.read("word/document.xml").decode()


def test_the_polish_application_is_written_in_latin_2():
    message = mail("09-job-application-polish")
    assert message.get_content_charset() == "iso-8859-2"
    assert "Wiesława Śródka" in text(message)


def test_the_invitation_has_a_calendar_entry():
    message = mail("10-meeting-invite-ics")
    part = next(part for part in leaves(message) if part.get_content_type() == "text/calendar")
    assert part.get_param("method") == "REQUEST"
    assert "BEGIN:VEVENT" in part.get_content()


def test_the_contradictory_invoice_cannot_be_made_to_agree():
    words = text(mail("11-invoice-contradictory"))
    subtotal, tax, total, _, asked = amounts(words.split("Subtotal")[1])[:5]
    assert subtotal + tax != total
    assert total != asked
    assert len(set(re.findall(r"\b[A-Z]{2}\d\d(?: [A-Z0-9]{4}){3,4}", words))) == 2


def test_the_injected_instruction_is_hidden_and_the_visible_sums_agree():
    words = text(mail("13-invoice-injected-instruction"))
    hidden = "".join(re.findall(r'(?:display:none|class="x1"|color:#ffffff)[^>]*>([^<]+)', words))
    assert "ignore the above" in hidden
    assert "1.00" in hidden
    net, tax, total = amounts(re.findall(r"<table.*?</table>", words, re.DOTALL)[0].split("at 0.10")[1])
    assert net + tax == total


def test_the_malformed_mail_is_broken_in_each_way_its_note_says():
    message = mail(MALFORMED)
    outer, inner, words, picture = message.walk()
    picture.get_payload(decode=True)
    assert [type(found) for found in outer.defects] == [CloseBoundaryNotFoundDefect]
    assert [type(found) for found in inner.defects] == [CloseBoundaryNotFoundDefect]
    assert InvalidBase64LengthDefect in [type(found) for found in picture.defects]
    assert words.get_content_charset() == "utf-8"
    payload = words.get_payload(decode=True)
    assert isinstance(payload, bytes)
    with pytest.raises(UnicodeDecodeError):
        payload.decode("utf-8")
    assert message["Date"].defects
    assert message["From"].defects


def test_the_false_pdf_is_something_else():
    assert attachment(mail("15-attachment-not-a-pdf"), "application/pdf").startswith(b"<!DOCTYPE html>")


def test_the_empty_mail_has_no_body_and_no_attachment():
    message = mail("16-empty-body")
    assert message.get_payload(decode=True) == b""
    assert not message.is_multipart()


def test_the_bounce_and_the_absence_note_say_that_machines_wrote_them():
    bounce = mail("17-bounce")
    assert bounce.get_content_type() == "multipart/report"
    assert bounce.get_param("report-type") == "delivery-status"
    assert load("index.json")[16]["mail_from"] == ""  # RFC 5321 section 4.5.5: the null reverse-path
    for message in (bounce, mail("18-auto-reply-german")):
        assert message["Auto-Submitted"] != "no"


def test_the_newsletter_can_be_left():
    assert mail("19-newsletter")["List-Unsubscribe"]


def test_the_german_reply_has_outlooks_lines_in_windows_1252():
    message = mail("20-support-reply-outlook-german")
    assert message.get_content_charset() == "windows-1252"
    assert len(re.findall(r"^Von: .*\r?\nGesendet: .*\r?\nAn: ", text(message), re.MULTILINE)) == 2


def test_the_japanese_lead_is_written_in_iso_2022_jp():
    message = mail("21-lead-japanese")
    assert message.get_content_charset() == "iso-2022-jp"
    assert "オリーブオイル" in text(message)


# Forms


def test_the_forms_index_lists_every_form():
    names = {path.name for path in (EVENTS / "forms").iterdir()} - {"index.json"}
    assert {row["input"] for row in load("forms/index.json")} == {f"forms/{name}" for name in names}


def test_the_json_forms_are_flat_keys_labelled_fields_and_nothing():
    assert all(not isinstance(value, dict | list) for value in load("forms/lead.json").values())
    assert all({"label", "value"} <= field.keys() for field in load("forms/contact-de.json")["fields"])
    assert load("forms/empty-object.json") == {}


def test_the_support_form_repeats_a_key():
    found = parse_qs((EVENTS / "forms/support.urlencoded").read_text(encoding="ascii"), strict_parsing=False)
    assert found["topics[]"] == ["delivery", "labelling"]


def test_the_latin_1_form_is_not_utf_8():
    raw = unquote_to_bytes((EVENTS / "forms/latin1.urlencoded").read_bytes())
    with pytest.raises(UnicodeDecodeError):
        raw.decode("utf-8")
    assert "Begoña+Ibáñez" in raw.decode("latin-1")


def test_the_multipart_form_opens_with_the_boundary_in_the_index():
    row = next(row for row in load("forms/index.json") if row["input"] == "forms/job.multipart")
    raw = (EVENTS / row["input"]).read_bytes()
    form = message_from_bytes(f"Content-Type: {row['content_type']}\r\n\r\n".encode() + raw, policy=policy.default)
    names = [part.get_param("name", header="Content-Disposition") for part in form.iter_parts()]
    assert names[0] == "full_name"
    assert [part.get_filename() for part in form.iter_parts()][-1] == "cv-leontyne.txt"
    assert form.defects == []


# Lambda events


@pytest.mark.parametrize(("name", "spam"), [("receive-email-ses.json", "PASS"), ("receive-email-spam.json", "FAIL")])
def test_a_receipt_event_has_the_shape_that_ses_documents(name: str, spam: str):
    record = SesModel.model_validate(load(name)).Records[0].ses
    assert record.receipt.spamVerdict.status == spam
    assert record.receipt.action.type == "Lambda"
    assert {"from", "to", "date", "messageId", "subject", "returnPath"} <= load(name)["Records"][0]["ses"]["mail"][
        "commonHeaders"
    ].keys()


QUEUE_EVENTS = [
    "extract-record-email.json",
    "extract-record-form.json",
    "extract-record-batch.json",
    "review-record.json",
]


@pytest.mark.parametrize("name", QUEUE_EVENTS)
def test_a_queue_event_has_the_shape_that_sqs_documents(name: str):
    SqsModel.model_validate(load(name))
    records = load(name)["Records"]
    assert len({record["messageId"] for record in records}) == len(records)
    for record in records:
        assert record["md5OfBody"] == hashlib.md5(record["body"].encode()).hexdigest()


def test_claim_checks_name_the_record_and_where_the_message_lies():
    for name in ("extract-record-email.json", "review-record.json"):
        claim = json.loads(load(name)["Records"][0]["body"])
        assert {"record_id", "channel", "bucket", "key"} <= claim.keys()


def test_the_form_event_carries_the_form_itself_and_says_which():
    record = load("extract-record-form.json")["Records"][0]
    assert record["body"] == (EVENTS / "forms/lead.json").read_text(encoding="utf-8")
    assert {"form", "content_type", "idempotency_key"} == record["messageAttributes"].keys()


def test_the_batch_holds_one_poisonous_message_among_three():
    poison = load("extract-record-batch.json")["Records"][1]
    assert len(load("extract-record-batch.json")["Records"]) == 3
    assert poison["messageAttributes"] == {}
    with pytest.raises(json.JSONDecodeError):
        json.loads(poison["body"])


def test_the_stream_event_tells_of_a_doubtful_and_an_accepted_record():
    event = load("dispatch-record-stream.json")
    DynamoDBStreamModel.model_validate(event)
    plain = TypeDeserializer().deserialize
    steps = [
        tuple(plain(record["dynamodb"][image]["status"]) for image in ("OldImage", "NewImage"))
        for record in event["Records"]
    ]
    assert steps == [("extracting", "in_review"), ("extracting", "accepted")]
    assert {record["eventName"] for record in event["Records"]} == {"MODIFY"}


@pytest.mark.parametrize("name", ["sweep-records-schedule.json", "collect-batches-schedule.json"])
def test_the_schedule_event_comes_from_eventbridge(name):
    event = EventBridgeModel.model_validate(load(name))
    assert event.detail_type == "Scheduled Event"


def test_the_consoles_event_is_a_browsers_request_in_payload_format_2():
    event = APIGatewayProxyEventV2Model.model_validate(load("serve-console-queue.json"))
    assert (event.version, event.requestContext.http.method, event.rawPath) == ("2.0", "GET", "/")


def test_the_readme_has_a_line_for_every_event():
    words = (EVENTS / "README.md").read_text(encoding="utf-8")
    names = {path.name for path in EVENTS.glob("*.json")} | {path.stem for path in MAILS}
    assert [name for name in sorted(names) if name not in words] == []
