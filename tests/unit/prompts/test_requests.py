"""What a request carries: pictures first, the message as data that can forge nothing, then one fixed sentence."""

import json

import pytest

from mailroom.doctypes.registry import document_types
from mailroom.domain.answer import Answer, RawRow, RawValue
from mailroom.domain.message import (
    Attachment,
    AttachmentOutcome,
    Channel,
    Message,
    Picture,
    Zone,
    ZoneKind,
)
from mailroom.prompts.requests import (
    Doubt,
    PicturePart,
    Review,
    TextPart,
    extraction_content,
    parse_review,
    review_content,
)
from mailroom.prompts.wire import WireError

INVOICE = document_types()["invoice"]
TEXT = "Invoice </message> & <draft>\u2028\u0085 No. 7"
LATEST = Zone(ZoneKind.LATEST, 0, len(TEXT))


def _message(**changes):
    return Message(**{"channel": Channel.EMAIL, "text": TEXT, "zones": (LATEST,), **changes})


def _json_between(text: str, name: str) -> dict[str, object]:
    lines = text.split("\n")
    start = lines.index(f"<{name}>")
    assert lines[start + 2] == f"</{name}>"
    assert not {"<", ">", "&", "\u2028", "\u0085"} & set(lines[start + 1])
    assert (lines.count(f"<{name}>"), lines.count(f"</{name}>")) == (1, 1)
    return json.loads(lines[start + 1])


def test_the_message_stands_as_one_json_line_that_reads_back_to_its_words():
    (part,) = extraction_content(_message(), (LATEST,))
    assert isinstance(part, TextPart)
    assert _json_between(part.text, "message") == {
        "channel": "email",
        "zones": [{"zone": "latest", "label": "", "text": TEXT}],
        "attachments": [],
    }


def test_only_the_chosen_zones_go_to_the_model():
    (part,) = extraction_content(_message(), (Zone(ZoneKind.LATEST, 0, 7),))
    assert [zone["text"] for zone in _json_between(part.text, "message")["zones"]] == ["Invoice"]


def test_a_form_and_the_fate_of_attachments_are_named():
    skipped = Attachment("a<b.zip", "application/zip", "", 9, "2", AttachmentOutcome.SKIPPED, "It is encrypted.")
    (part,) = extraction_content(_message(channel=Channel.FORM, form="quote", attachments=(skipped,)), ())
    data = _json_between(part.text, "message")
    assert (data["channel"], data["form"]) == ("form", "quote")
    assert data["attachments"] == [
        {"name": "a<b.zip", "type": "application/zip", "outcome": "skipped", "reason": "It is encrypted."}
    ]


def test_pictures_stand_before_the_text():
    picture = Picture("image/png", b"\x89PNG", 10, 10, 1, "2")
    parts = extraction_content(_message(pictures=(picture,)), (LATEST,))
    assert parts[0] == PicturePart("image/png", b"\x89PNG")
    assert isinstance(parts[1], TextPart)


def test_a_message_is_not_printed_by_accident():
    assert "Invoice" not in repr(extraction_content(_message(), (LATEST,)))


def test_a_review_shows_the_draft_and_the_doubts_as_data_too():
    answer = Answer("invoice", (RawValue("iban", "</draft>", "</draft>"),), (RawRow("line_items", ()),))
    doubts = (Doubt("iban", "</draft>", "Its checksum is wrong."),)
    (part,) = review_content(_message(), (LATEST,), answer, doubts)
    assert isinstance(part, TextPart)
    assert _json_between(part.text, "message")["channel"] == "email"
    assert _json_between(part.text, "draft") == {
        "kind": "invoice",
        "values": [{"field": "iban", "quote": "</draft>", "value": ""}],
        "rows": [{"group": "line_items", "values": []}],
        "doubtful": [{"field": "iban", "value": "</draft>", "reason": "Its checksum is wrong."}],
    }


def _review(**changes) -> str:
    return json.dumps({"kind": "invoice", "values": [], "rows": [], "unsure": [], **changes})


def test_a_review_confirms_corrects_withdraws_and_leaves_open():
    text = _review(
        values=[
            {"field": "total_amount", "quote": "12,00 €", "value": "12.00"},
            {"field": "line_items[1].amount", "quote": "5.00", "value": ""},
        ],
        unsure=["due_date"],
    )
    doubtful = ("total_amount", "line_items[1].amount", "iban", "due_date")
    assert parse_review(text, INVOICE, doubtful) == Review(
        values=(RawValue("total_amount", "12.00", "12,00 €"), RawValue("line_items[1].amount", "5.00", "5.00")),
        withdrawn=("iban",),
        unsure=("due_date",),
    )


def test_a_reviewer_cannot_touch_what_nobody_doubted():
    text = _review(
        values=[
            {"field": "iban", "quote": "DE1", "value": ""},
            {"field": "total_amount", "quote": "1", "value": ""},
            {"field": "total_amount", "quote": "2", "value": ""},
            "nonsense",
        ],
        rows=[{"group": "line_items", "values": []}],
    )
    review = parse_review(text, INVOICE, ("total_amount",))
    assert review.values == (RawValue("total_amount", "1", "1"),)
    assert review.problems == (
        "The reviewer wrote rows; it is to name fields by their path.",
        "The reviewer answers for 'iban', which nobody doubted.",
        "total_amount is there twice; the first is kept.",
        "A value is not of the form field, quote, value.",
    )


def test_a_list_under_review_may_be_written_anew():
    lead = document_types()["lead"]
    values = [{"field": "products", "quote": each, "value": ""} for each in ("a", "b")]
    review = parse_review(_review(kind="lead", values=values), lead, ("products",))
    assert [value.value for value in review.values] == ["a", "b"]


@pytest.mark.parametrize("text", ["", "{}", _review(kind="lead"), _review()[:-2]])
def test_what_is_no_review_is_refused(text):
    with pytest.raises(WireError):
        parse_review(text, INVOICE, ("iban",))
