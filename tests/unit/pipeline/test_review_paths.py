"""A path means the same value in the judgement, in the record, in what the reviewer is asked and in its answer."""

import json
from datetime import timedelta

import pytest

from mailroom.adapters.dynamodb import from_item, to_item
from mailroom.catalogue import card
from mailroom.doctypes.registry import document_types
from mailroom.domain.answer import Answer, RawRow, RawValue
from mailroom.domain.judgement import Policy, judge
from mailroom.domain.message import Channel
from mailroom.domain.record import ClaimCheck, FlipVerdict, Record, Status
from mailroom.domain.retention import Retention
from mailroom.pipeline.asking import Reader, Reading
from mailroom.pipeline.conclude import concluded
from mailroom.pipeline.filing import answer_of
from mailroom.pipeline.merging import merged
from mailroom.pipeline.review import ReviewPorts, doubts_of, review
from mailroom.ports import CacheLife
from mailroom.prompts.requests import Review, parse_review
from mailroom.prompts.schema_prompt import render
from mailroom.reading import read_email
from tests.fakes import START, FakeClock, FakeMailStore, FakeModel, FakeRecordStore

TYPES = document_types()
GOOD_IBAN = "DE89370400440532013000"

APPLICATION = b"""From: Ana Diaz <ana@example.org>
To: jobs@inbox.example
Subject: Application
Date: Mon, 2 Mar 2026 09:00:00 +0000
Content-Type: text/plain; charset=utf-8

I apply as a driver. I speak German, Martian and Polish.
"""

INVOICE = b"""From: Paper Ltd <ana@paper.example>
To: invoices@inbox.example
Subject: Invoice A-77
Date: Mon, 2 Mar 2026 09:00:00 +0000
Content-Type: text/plain; charset=utf-8

Paper Ltd
Invoice no. A-77
Date: 2026-03-01
Total: EUR 119.00
IBAN: DE89 3704 0044 0532 0130 00
Item | Quantity | Amount
Pens | 2 | 19.00
Paper | 5 | 100.00
"""


def value(field, text, quote=None):
    return RawValue(field, text, quote or text)


def languages(*found):
    values = [
        value("applicant_name", "Ana Diaz"),
        value("applicant_email", "ana@example.org"),
        value("position", "driver"),
        *(value("languages", code, quote) for code, quote in found),
    ]
    return Answer("job_application", tuple(values))


def filed(raw, answer, unsure=()):
    """Return the record in review that an answer makes of a message, after a round trip through the ledger."""
    message = read_email(raw)
    answer = Answer(answer.kind, answer.values, answer.rows, tuple(unsure))
    record = Record(
        record_id="mail-1",
        status=Status.EXTRACTING,
        channel=Channel.EMAIL,
        received_at=START,
        updated_at=START,
        bucket="raw",
        key="raw/1",
    )
    judgement = judge(answer, message, TYPES[answer.kind], Policy())
    reading = Reading(message, message.zones, (), complete=True)
    filed = concluded(record, judgement, reading, TYPES, at=START, review_lease=timedelta(hours=1))
    return from_item(to_item(filed))


def reviewed(record, raw, *values, unsure=()):
    model, records = FakeModel(), FakeRecordStore({record.record_id: record})
    model.enqueue(
        json.dumps(
            {
                "kind": record.kind,
                "values": [{"field": path, "quote": quote, "value": text} for path, quote, text in values],
                "rows": [],
                "unsure": list(unsure),
            }
        )
    )
    ports = ReviewPorts(
        mail=FakeMailStore({"raw/1": raw}),
        records=records,
        model=model,
        clock=FakeClock(),
        reader=Reader(card("claude-sonnet-4-6"), render(TYPES), CacheLife.OFF, 10),
        types=TYPES,
        policy=Policy(),
        retention=Retention(timedelta(days=30)),
    )
    return review(ClaimCheck("mail-1", "raw", "raw/1"), ports)


def asked(record):
    return {doubt.field: doubt for doubt in doubts_of(record)}


def invoice(iban, *rows):
    values = (
        value("invoice_number", "A-77"),
        value("seller_name", "Paper Ltd"),
        value("issue_date", "2026-03-01"),
        value("currency", "EUR"),
        value("total_amount", "119.00"),
        value("iban", iban, "DE89 3704 0044 0532 0130 00"),
    )
    return Answer("invoice", values, tuple(RawRow("line_items", row) for row in rows))


def test_a_value_that_validation_refused_is_among_the_doubtful_with_the_reason():
    record = filed(INVOICE, invoice("DE89370400440532013001"))

    assert record.status is Status.IN_REVIEW
    assert "iban" not in record.fields
    assert "iban" in record.doubtful
    assert asked(record)["iban"].reason in " ".join(record.reasons)


def test_the_reviewer_can_mend_a_refused_value():
    record = filed(INVOICE, invoice("DE89370400440532013001"))
    after = reviewed(record, INVOICE, ("iban", "DE89 3704 0044 0532 0130 00", GOOD_IBAN))

    assert after.fields["iban"].value == GOOD_IBAN
    assert after.fields["iban"].origin == "review"
    assert [(flip.path, flip.verdict) for flip in after.flips if flip.path == "iban"] == [("iban", FlipVerdict.FOUND)]


def test_a_failed_check_across_fields_makes_the_fields_it_names_doubtful():
    answer = invoice(GOOD_IBAN)
    record = filed(INVOICE, Answer("invoice", (*answer.values, value("due_date", "2026-02-01", "2026-03-01"))))

    assert {"issue_date", "due_date"} <= set(record.doubtful)


def test_a_refused_item_makes_its_whole_list_doubtful_and_no_single_item_of_it():
    record = filed(APPLICATION, languages(("xx", "Martian"), ("fr", "German"), ("pl", "Polish")))

    assert [item.value for item in record.fields["languages"]] == ["fr", "pl"]
    assert [path for path in record.doubtful if path.startswith("languages")] == ["languages"]
    assert asked(record)["languages"].value == "fr; pl"


def test_doubt_about_an_item_after_a_refused_one_falls_on_the_item_it_was_said_of():
    answer = languages(("xx", "Martian"), ("de", "German"), ("pl", "Polish"))
    message = read_email(APPLICATION)
    judged = judge(
        Answer(answer.kind, answer.values, unsure=("languages[2]",)), message, TYPES["job_application"]
    ).values["languages"]

    assert ["not sure" in " ".join(item.doubts) for item in judged] == [False, True]


def test_an_indexed_doubt_tells_the_reviewer_the_value_it_is_about():
    record = filed(APPLICATION, languages(("de", "German"), ("fr", "Martian")))

    assert record.doubtful == ("languages[1]",)
    assert asked(record)["languages[1]"].value == "fr"
    assert "missing" not in asked(record)["languages[1]"].reason


def test_a_reviewed_item_of_a_list_says_that_the_review_gave_it():
    record = filed(APPLICATION, languages(("de", "German"), ("fr", "Polish")))
    after = reviewed(record, APPLICATION, ("languages[1]", "Polish", "pl"))

    assert [(item.value, item.origin) for item in after.fields["languages"]] == [("de", "extract"), ("pl", "review")]


def test_what_the_reviewer_is_unsure_of_keeps_its_meaning_when_an_item_before_it_is_withdrawn():
    draft = answer_of(filed(APPLICATION, languages(("fr", "Martian"), ("de", "German"), ("pl", "Polish"))))
    second = Review(
        values=(value("languages[2]", "pl", "Polish"),), withdrawn=("languages[0]",), unsure=("languages[2]",)
    )
    answer, paths = merged(draft, second)

    assert [each.value for each in answer.values if each.field == "languages"] == ["de", "pl"]
    assert answer.unsure == ("languages[1]",)
    assert paths == {"languages[2]": "languages[1]"}


def test_a_row_of_which_nothing_held_keeps_its_place_so_that_later_rows_keep_theirs():
    rows = [
        (value("description", "Pens"), value("amount", "19.00")),
        (value("amount", "nothing like an amount"),),
        (value("description", "Paper"), value("amount", "1000.00", "100.00")),
    ]
    record = filed(INVOICE, invoice(GOOD_IBAN, *rows))

    assert "line_items[2].amount" in record.doubtful
    assert asked(record)["line_items[2].amount"].value == str(record.groups["line_items"][2]["amount"].value)
    assert {"line_items[1].amount"} <= set(record.doubtful)


def test_a_value_for_a_row_lands_in_that_row_though_an_earlier_row_is_empty():
    rows = [
        (value("amount", "nothing like an amount"),),
        (value("description", "Paper"), value("amount", "1000.00", "100.00")),
    ]
    record = filed(INVOICE, invoice(GOOD_IBAN, *rows))
    answers = [("line_items[0].amount", "19.00", ""), ("line_items[1].amount", "100.00", "")]
    after = reviewed(record, INVOICE, *answers)

    assert [row["amount"].value for row in after.groups["line_items"]] == ["19.00", "100.00"]


@pytest.mark.parametrize(
    ("answers", "unsure", "verdict"),
    [
        ([("languages[1]", "Martian", "fr")], (), FlipVerdict.CONFIRMED),
        ([("languages[1]", "Polish", "pl")], (), FlipVerdict.CHANGED),
        ([], (), FlipVerdict.WITHDRAWN),
        ([], ("languages[1]",), FlipVerdict.OPEN),
        ([("languages[1]", "Polish", "pl")], ("languages[1]",), FlipVerdict.OPEN),
        ([("languages[1]", "Polish", "no language at all")], (), FlipVerdict.OPEN),
    ],
)
def test_the_flip_log_says_what_became_of_each_doubt(answers, unsure, verdict):
    record = filed(APPLICATION, languages(("de", "German"), ("fr", "Martian")))
    after = reviewed(record, APPLICATION, *answers, unsure=unsure)

    assert [(flip.path, flip.verdict, flip.before) for flip in after.flips] == [("languages[1]", verdict, "fr")]


def test_the_costs_of_the_flips_are_exactly_the_cost_of_the_review():
    rows = [(value("description", "Paper"), value("amount", amount, "100.00")) for amount in ("1.00", "2.00", "3.00")]
    record = filed(INVOICE, invoice("DE89370400440532013001", *rows))
    after = from_item(to_item(reviewed(record, INVOICE, ("iban", "DE89 3704 0044 0532 0130 00", GOOD_IBAN))))

    assert len(after.flips) == len(record.doubtful) >= 4
    assert sum(flip.cost_usd for flip in after.flips) == after.attempts[-1].cost_usd


def test_a_reviewers_answer_for_a_whole_list_replaces_it():
    record = filed(APPLICATION, languages(("xx", "Martian"), ("fr", "German"), ("pl", "Polish")))
    text = json.dumps(
        {
            "kind": "job_application",
            "values": [
                {"field": "languages", "quote": "German", "value": "de"},
                {"field": "languages", "quote": "Polish", "value": "pl"},
            ],
            "rows": [],
            "unsure": [],
        }
    )
    second = parse_review(text, TYPES["job_application"], record.doubtful)
    answer, paths = merged(answer_of(record), second)

    assert [each.value for each in answer.values if each.field == "languages"] == ["de", "pl"]
    assert paths == {"languages": "languages"}
