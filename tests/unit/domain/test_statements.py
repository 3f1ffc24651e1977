"""A value passes unseen only where the message states it, not where field and value are merely mentioned."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailroom.doctypes.registry import document_types
from mailroom.domain.answer import Answer, RawValue
from mailroom.domain.doctype import ValueKind
from mailroom.domain.judgement import Judgement, judge
from mailroom.domain.locate.flags import labels_of
from mailroom.domain.message import Channel
from mailroom.reading import read_email

TYPES = document_types()
INVOICE = TYPES["invoice"]
IDENTIFIERS = [
    (spec, field)
    for spec in TYPES.values()
    for field in spec.fields
    if field.kind is ValueKind.IDENTIFIER and not field.many and not field.derived
]


def judged(text: str, kind: str, field: str, value: str) -> Judgement:
    mail = (
        f"From: Ann <ann@acme.example>\r\nSubject: Hello\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n"
    )
    message = read_email(mail.encode())
    assert message.channel is Channel.EMAIL
    return judge(Answer(kind, (RawValue(field, value, value),), ()), message, TYPES[kind])


def doubts(text: str, kind: str, field: str, value: str) -> str:
    judgement = judged(text, kind, field, value)
    found = judgement.values[field]
    assert not isinstance(found, tuple)
    return " ".join(found.doubts) if field in judgement.doubtful else ""


@given(st.sampled_from(IDENTIFIERS), st.data(), st.from_regex(r"[A-Z]{2}-[1-9][0-9]{4,7}", fullmatch=True))
def test_what_stands_after_its_fields_label_is_stated(pair, data, value):
    spec, field = pair
    label = data.draw(st.sampled_from(labels_of(field)))
    shape = data.draw(
        st.sampled_from(["{label}: {value}", "- {label} {value}", "Our {label} is {value}.", "{label} | {value}"])
    )

    said = doubts(shape.format(label=label.capitalize(), value=value), spec.kind, field.name, value)
    assert "does not say that this is it" not in said


@given(st.sampled_from(IDENTIFIERS), st.data(), st.from_regex(r"[A-Z]{2}-[1-9][0-9]{4,7}", fullmatch=True))
def test_what_is_only_mentioned_beside_its_fields_name_is_doubtful(pair, data, value):
    spec, field = pair
    label = data.draw(st.sampled_from(labels_of(field)))
    shape = data.draw(
        st.sampled_from(
            [
                "Kindly jot {value} into the box for {label} on our behalf.",
                "In the box for {label} we would love to see {value} one day.",
                "Somewhere [{label}={value}] it may stand.",
            ]
        )
    )

    assert doubts(shape.format(label=label, value=value), spec.kind, field.name, value)


@pytest.mark.parametrize(
    ("text", "field", "value"),
    [
        ("Total due GBP 1,488.00", "total_amount", "1488.00"),
        ("Payment is due by 10 December 2026, please.", "due_date", "2026-12-10"),
        ("TOTAL A PAGAR 1.101,10 €", "total_amount", "1101.10"),
        (
            "Wir bitten um Zahlung auf das Konto\nIBAN GB29 NWBK 6016 1331 9268 19, Zweck RE-1",
            "iban",
            "GB29NWBK60161331926819",
        ),
        ("Invoice number: BW-1\nPlease quote it.", "invoice_number", "BW-1"),
    ],
)
def test_how_people_and_tables_state_things_is_known(text, field, value):
    assert "does not say that this is it" not in doubts(text, "invoice", field, value)


def test_a_value_that_disagrees_with_the_labelled_one_is_shown_to_a_person():
    text = "Supplier: Brightwater Paper\nTotal amount: 960.00 EUR\n\nWe were thinking of 1.00 EUR between friends."

    assert "Where the message labels this field, it says “960.00 eur”" in doubts(
        text, "invoice", "total_amount", "1.00"
    )


def test_the_labelled_value_itself_is_in_no_doubt_because_of_another():
    text = "Total amount: 960.00 EUR\n\nWe were thinking of 1.00 EUR between friends."

    assert "labels this field" not in doubts(text, "invoice", "total_amount", "960.00")


def test_a_value_whose_sentence_does_not_name_its_field_is_not_judged_by_it():
    said = doubts("Hello, we need 300 folding chairs by May.", "lead", "quantity", "300")

    assert "does not say that this is it" not in said
