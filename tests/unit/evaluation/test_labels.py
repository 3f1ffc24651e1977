"""A labelled folder, and what is said of labels that cannot be right."""

import json
from pathlib import Path

import pytest

from local.evaluation.choosing import dataset_of
from local.evaluation.errors import EvaluationError
from local.evaluation.labels import folder_of
from mailroom.doctypes.registry import document_types
from mailroom.domain.message import Channel

MAIL = b"From: a@b.example\r\nSubject: Bill\r\n\r\nInvoice 7\r\n"


def folder(path: Path, *labels: dict) -> Path:
    (path / "a.eml").write_bytes(MAIL)
    (path / "f.json").write_bytes(b'{"name": "Ada"}')
    (path / "labels.jsonl").write_text("\n".join(json.dumps(label) for label in labels), encoding="utf-8")
    return path


def labelled(path: Path, *labels: dict):
    return folder_of(folder(path, *labels), document_types())


def test_values_are_brought_into_normal_form(tmp_path: Path):
    fields = {"invoice_number": 7, "total_amount": "1,850", "due_date": None, "currency": {"any": ["EUR", "USD", None]}}
    rows = {"line_items": [{"description": "Labels", "quantity": 3}]}

    (message,) = labelled(tmp_path, {"file": "a.eml", "kind": "invoice", "fields": fields, "rows": rows}).messages

    assert message.raw == MAIL
    assert message.truth.fields == {
        "invoice_number": ("7",),
        "total_amount": ("1850.00",),
        "currency": ("EUR", "USD", None),
    }
    assert message.truth.rows == {"line_items": [{"description": ("Labels",), "quantity": ("3",)}]}


def test_a_form_is_named_by_its_label_or_its_file(tmp_path: Path):
    labels = {"file": "f.json", "kind": "lead", "fields": {"contact_name": "Ada"}}

    (named,) = labelled(tmp_path, labels | {"form": "contact"}).messages
    (unnamed,) = labelled(tmp_path, labels).messages

    assert (named.channel, named.form, named.content_type) == (Channel.FORM, "contact", "application/json")
    assert unnamed.form == "f"


@pytest.mark.parametrize(
    ("label", "said"),
    [
        ({"file": "a.eml", "kind": "bill"}, "no kind 'bill'"),
        ({"file": "a.eml", "kind": "invoice", "fields": {"sum": "1"}}, "has no sum"),
        ({"file": "a.eml", "kind": "invoice", "fields": {"due_date": "tomorrow"}}, "not written as YYYY-MM-DD"),
        ({"file": "a.eml", "kind": "lead", "fields": {"products": "oil"}}, "takes a list"),
        ({"file": "a.eml", "kind": "invoice", "rows": {"line_items": [{"weight": "1"}]}}, "has no field weight"),
        ({"file": "a.eml", "fields": {"due_date": "2026-01-01"}}, "need a kind"),
        ({"file": "gone.eml", "kind": "other"}, "gone.eml cannot be read"),
        ({"file": "../secret.eml", "kind": "other"}, "outside the folder"),
        ({"file": "a.eml", "knid": "other"}, "knid"),
    ],
)
def test_a_label_that_cannot_be_right_is_named_with_its_line(tmp_path: Path, label: dict, said: str):
    with pytest.raises(EvaluationError, match="line 1") as raised:
        labelled(tmp_path, label)

    assert said in str(raised.value)


def test_a_file_labelled_twice_is_refused(tmp_path: Path):
    with pytest.raises(EvaluationError, match="labelled twice"):
        labelled(tmp_path, {"file": "a.eml", "kind": "other"}, {"file": "a.eml", "kind": "invoice"})


def test_an_unknown_set_is_answered_with_those_there_are(tmp_path: Path):
    with pytest.raises(EvaluationError, match="seminars"):
        dataset_of("nothing-of-this-name")
    with pytest.raises(EvaluationError, match=r"labels\.jsonl"):
        dataset_of(str(tmp_path))


def test_every_demo_message_has_a_label_and_every_label_holds():
    events = Path(__file__).parents[3] / "events"
    listed = {line["input"] for line in json.loads((events / "index.json").read_text(encoding="utf-8"))}

    found = dataset_of("events")

    assert {message.id for message in found.messages} == listed


def test_a_sample_is_drawn_by_its_seed_and_keeps_the_order():
    whole = dataset_of("events")
    some = whole.sample(8, 5)

    assert [m.id for m in some.messages] == [m.id for m in whole.sample(8, 5).messages]
    assert [m.id for m in some.messages] != [m.id for m in whole.sample(8, 6).messages]
    places = [whole.messages.index(message) for message in some.messages]
    assert places == sorted(places)
    assert some.digest != whole.digest
