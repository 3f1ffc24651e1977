from dataclasses import replace

import pytest

from mailroom.domain.answer import Answer, RawRow, RawValue
from mailroom.domain.doctype import OTHER, FieldSpec, GroupSpec, Problem, TypeSpec, Validated, ValueKind
from mailroom.domain.judgement import Policy, judge
from mailroom.domain.message import (
    Attachment,
    AttachmentOutcome,
    Channel,
    Message,
    Picture,
    Zone,
    ZoneKind,
)

_K = ValueKind
TEXT = """Rechnung Nr. INV-2026-001 vom 5. März 2026
Bezeichnung  Menge  Betrag
Tisch  2  1.000,00
Lampe  1  234,50
Gesamt: 1.234,50 €
"""
SPEC = TypeSpec(
    kind="invoice",
    description="",
    fields=(
        FieldSpec("invoice_number", _K.IDENTIFIER, "", essential=True, labels=("Rechnung Nr.",)),
        FieldSpec("issue_date", _K.DATE, ""),
        FieldSpec("total_amount", _K.AMOUNT, "", essential=True, labels=("Gesamt",)),
        FieldSpec("tags", _K.TEXT, "", many=True),
        FieldSpec("summary", _K.PROSE, "", derived=True),
    ),
    groups=(
        GroupSpec(
            "line_items",
            "",
            (
                FieldSpec("description", _K.TEXT, "", labels=("Bezeichnung",)),
                FieldSpec("quantity", _K.NUMBER, "", labels=("Menge",)),
                FieldSpec("amount", _K.AMOUNT, "", labels=("Betrag",)),
            ),
        ),
    ),
    addresses=(),
    forms=(),
    examples=(),
    validate=lambda wire: Validated(dict(wire)),
)


def said(field: str, value: str, quote: str = "") -> RawValue:
    return RawValue(field, value, quote or value)


def row(description: str, quantity: str, amount: str, quote: str) -> RawRow:
    values = (said("description", description), said("quantity", quantity), said("amount", amount, quote))
    return RawRow("line_items", values)


GOOD = Answer(
    "invoice",
    (
        said("invoice_number", "INV-2026-001"),
        said("issue_date", "2026-03-05", "5. März 2026"),
        said("total_amount", "1234.50", "1.234,50 €"),
        said("summary", "Two pieces of furniture."),
    ),
    (row("Tisch", "2", "1000.00", "1.000,00"), row("Lampe", "1", "234.50", "234,50")),
)


def message_of(text: str = TEXT, kind: ZoneKind = ZoneKind.LATEST, **more) -> Message:
    return Message(Channel.EMAIL, text, (Zone(kind, 0, len(text)),), **more)


def with_value(answer: Answer, new: RawValue) -> Answer:
    kept = tuple(raw for raw in answer.values if raw.field != new.field)
    return replace(answer, values=(*kept, new))


def test_a_faithful_answer_is_acceptable_unseen():
    judgement = judge(GOOD, message_of(), SPEC)
    assert judgement.acceptable, (judgement.doubtful, judgement.reasons)
    assert judgement.reasons == ()
    assert [r["amount"].value for r in judgement.groups["line_items"]] == ["1000.00", "234.50"]


@pytest.mark.parametrize(
    "lie",
    [
        said("invoice_number", "INV-2026-002"),
        said("issue_date", "2026-05-03", "5. März 2026"),
        said("total_amount", "9999.00"),
        said("total_amount", "9999.00", "1.234,50 €"),
        said("issue_date", "2026-03-06", "6. März 2026"),
    ],
)
def test_an_invented_value_is_never_acceptable_unseen(lie):
    trusting = Policy(thresholds={"": 0.0})
    judgement = judge(with_value(GOOD, lie), message_of(), SPEC, trusting)
    assert not judgement.acceptable
    assert lie.field in judgement.doubtful
    value = judgement.values[lie.field]
    assert not isinstance(value, tuple)
    assert value.doubts


def test_an_invented_value_in_a_row_is_named_by_its_path():
    answer = replace(GOOD, rows=(GOOD.rows[0], row("Lampe", "1", "777.00", "777,00")))
    judgement = judge(answer, message_of(), SPEC)
    assert "line_items[1].amount" in judgement.doubtful


def test_what_only_hidden_text_says_is_never_acceptable_unseen():
    judgement = judge(GOOD, message_of(kind=ZoneKind.HIDDEN), SPEC, Policy(thresholds={"": 0.0}))
    assert not judgement.acceptable
    assert {"invoice_number", "total_amount"} <= set(judgement.doubtful)


def test_what_only_a_picture_can_say_is_never_acceptable_unseen():
    picture = Picture("image/png", b"", 10, 10, 1, "2")
    judgement = judge(GOOD, message_of("see the photo", pictures=(picture,)), SPEC, Policy(thresholds={"": 0.0}))
    assert not judgement.acceptable
    assert "total_amount" in judgement.doubtful


def test_a_derived_field_needs_no_evidence():
    judgement = judge(GOOD, message_of(), SPEC)
    assert "summary" not in judgement.doubtful


def test_a_missing_essential_field_is_a_reason_and_goes_to_review():
    answer = replace(GOOD, values=tuple(v for v in GOOD.values if v.field != "total_amount"))
    judgement = judge(answer, message_of(), SPEC)
    assert "total_amount" in judgement.doubtful
    assert any("total_amount" in reason for reason in judgement.reasons)
    assert not judgement.acceptable


def test_a_missing_row_is_a_reason():
    judgement = judge(replace(GOOD, rows=GOOD.rows[:1]), message_of(), SPEC)
    assert not judgement.acceptable
    assert any("Lampe" in reason for reason in judgement.reasons)


def test_problems_of_the_parser_and_of_validation_are_reasons():
    fussy = replace(SPEC, validate=lambda wire: Validated(dict(wire), (Problem("issue_date", "too old"),)))
    judgement = judge(replace(GOOD, problems=("The answer was cut off.",)), message_of(), fussy)
    assert {"The answer was cut off.", "issue_date: too old"} <= set(judgement.reasons)
    assert "issue_date" in judgement.doubtful
    assert not judgement.acceptable


def test_defects_and_skipped_attachments_are_told_but_do_not_block_what_is_proven():
    skipped = Attachment(
        "logo.xyz", "application/x", "application/x", 9, "2", AttachmentOutcome.SKIPPED, "unknown type"
    )
    message = message_of(attachments=(skipped,), defects=("The character set was guessed.",))
    judgement = judge(GOOD, message, SPEC)
    assert any("logo.xyz" in reason for reason in judgement.reasons)
    assert "The character set was guessed." in judgement.reasons
    assert judgement.confidence < judge(GOOD, message_of(), SPEC).confidence


def test_an_unsure_model_lowers_confidence():
    sure, unsure = (
        judge(a, message_of(), SPEC).values["issue_date"] for a in (GOOD, replace(GOOD, unsure=("issue_date",)))
    )
    assert unsure.confidence < sure.confidence
    assert "not sure" in unsure.doubts[-1]


def test_a_second_reading_that_differs_lowers_confidence_and_one_that_agrees_raises_it():
    other = with_value(GOOD, said("issue_date", "2026-03-07"))
    alone, agreeing, differing = (
        judge(GOOD, message_of(), SPEC, second=second).values["issue_date"].confidence for second in (None, GOOD, other)
    )
    assert differing < alone < agreeing


def test_an_undecided_date_goes_to_review_whatever_the_threshold():
    text = TEXT.replace("5. März 2026", "03/04/26").replace(" €", "")
    answer = with_value(GOOD, said("issue_date", "2026-04-03", "03/04/26"))
    judgement = judge(answer, message_of(text), SPEC, Policy(thresholds={"": 0.0}))
    assert "issue_date" in judgement.doubtful


def test_values_of_a_list_keep_their_own_quotes_when_validation_drops_one():
    def validate(wire):
        return Validated({k: [t for t in v if t != "bad"] if k == "tags" else v for k, v in wire.items()})

    tags = (said("tags", "Tisch"), said("tags", "bad"), said("tags", "Lampe"))
    judgement = judge(replace(GOOD, values=(*GOOD.values, *tags)), message_of(), replace(SPEC, validate=validate))
    found = judgement.values["tags"]
    assert isinstance(found, tuple)
    assert [(t.value, t.quote) for t in found] == [("Tisch", "Tisch"), ("Lampe", "Lampe")]


def test_a_document_type_that_fails_loses_no_message():
    def validate(wire):
        raise RuntimeError("oops")

    judgement = judge(GOOD, message_of(), replace(SPEC, validate=validate))
    assert not judgement.acceptable
    assert any("oops" in reason for reason in judgement.reasons)


def test_an_answer_of_another_kind_is_not_acceptable():
    assert not judge(replace(GOOD, kind="lead"), message_of(), SPEC).acceptable


def test_the_catch_all_kind_is_acceptable_when_nothing_is_doubtful():
    other = TypeSpec(OTHER, "", (), (), (), (), (), lambda wire: Validated(dict(wire)))
    assert judge(Answer(OTHER), message_of("Just hello."), other).acceptable


def test_the_most_specific_threshold_wins():
    policy = Policy(thresholds={"": 0.1, "invoice": 0.2, "invoice.total_amount": 0.3, "invoice.line_items.amount": 0.4})
    assert policy.threshold_of("lead", "name") == 0.1
    assert policy.threshold_of("invoice", "issue_date") == 0.2
    assert policy.threshold_of("invoice", "total_amount") == 0.3
    assert policy.threshold_of("invoice", "line_items.amount") == 0.4


def test_a_stricter_target_never_accepts_more():
    confidences = [Policy(target_error_rate=rate).threshold_of("invoice", "x") for rate in (0.001, 0.01, 0.1, 0.5)]
    assert confidences == sorted(confidences, reverse=True)
