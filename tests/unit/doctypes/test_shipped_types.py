"""The shipped kinds hold what they promise, and their examples are read by their own rules."""

import json

import pytest

from mailroom.catalogue import card
from mailroom.doctypes.base import DocumentTypeError
from mailroom.doctypes.machinery.specify import spec_of
from mailroom.doctypes.registry import document_types
from mailroom.doctypes.template import new_type
from mailroom.domain.doctype import OTHER
from mailroom.prompts.checks import check_types, raw_mapping
from mailroom.prompts.wire import parse_answer

KINDS = [kind for kind in document_types() if kind != OTHER]
EXAMPLES = [(spec, example) for spec in document_types().values() for example in spec.examples]


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_has_fields_labels_addresses_forms_and_two_examples(kind):
    spec = document_types()[kind]
    assert len(spec.fields) >= 8
    assert any(field.essential for field in spec.fields)
    assert sum(len(field.labels) > 1 for field in spec.fields) >= 3
    assert spec.addresses
    assert spec.forms
    assert len(spec.examples) >= 2


@pytest.mark.parametrize(("spec", "example"), EXAMPLES, ids=lambda value: getattr(value, "kind", ""))
def test_each_example_is_read_without_a_problem(spec, example):
    answer = parse_answer(json.dumps(dict(example.answer)), document_types())
    validated = spec.validate(raw_mapping(answer, spec))

    assert answer.problems == ()
    assert validated.problems == ()
    assert set(validated.values) == {value.field for value in answer.values} | {row.group for row in answer.rows}


@pytest.mark.parametrize(("spec", "example"), EXAMPLES, ids=lambda value: getattr(value, "kind", ""))
def test_each_example_writes_values_in_their_normal_form(spec, example):
    answer = parse_answer(json.dumps(dict(example.answer)), document_types())
    raw = raw_mapping(answer, spec)

    assert spec.validate(raw).values == raw


@pytest.mark.parametrize(("spec", "example"), EXAMPLES, ids=lambda value: getattr(value, "kind", ""))
def test_each_example_quotes_words_that_stand_in_its_message(spec, example):
    texts = [zone["text"] for zone in json.loads(example.message)["zones"]]
    claims = [*example.answer["values"], *(claim for row in example.answer["rows"] for claim in row["values"])]
    for claim in claims:
        field = spec.field(claim["field"])
        if field is not None and field.derived:
            assert claim["quote"] == ""
        else:
            assert any(claim["quote"] in text for text in texts), claim


def test_no_form_and_no_address_belongs_to_two_kinds():
    for names in (
        [spec.forms for spec in document_types().values()],
        [spec.addresses for spec in document_types().values()],
    ):
        flat = [name for each in names for name in each]
        assert len(flat) == len(set(flat))


INVOICE = document_types()["invoice"]


def test_an_invoice_whose_sums_agree_has_no_problem():
    raw = {
        "net_amount": "100.00",
        "tax_amount": "19.00",
        "total_amount": "119.01",
        "line_items": [{"amount": "33.33"}, {"amount": "33.33"}, {"amount": "33.33"}],
    }
    assert INVOICE.validate(raw).problems == ()


@pytest.mark.parametrize(
    ("raw", "doubtful"),
    [
        (
            {"net_amount": "100", "tax_amount": "19", "total_amount": "120"},
            {"net_amount", "tax_amount", "total_amount"},
        ),
        ({"total_amount": "100", "line_items": [{"amount": "60"}, {"amount": "30"}]}, {"line_items"}),
        ({"issue_date": "2026-03-12", "due_date": "2026-03-01"}, {"issue_date", "due_date"}),
    ],
)
def test_an_invoice_that_does_not_add_up_names_the_fields_in_doubt(raw, doubtful):
    assert {problem.field for problem in INVOICE.validate(raw).problems} == doubtful


def test_lines_without_all_their_amounts_are_not_summed():
    raw = {"total_amount": "100", "line_items": [{"amount": "60"}, {"description": "free gift"}]}
    assert INVOICE.validate(raw).problems == ()


def test_a_meeting_ends_after_it_starts():
    meeting = document_types()["meeting_request"]
    backwards = meeting.validate({"starts_at": "2026-07-02T11:00", "ends_at": "2026-07-02T10:00"})
    mixed = meeting.validate({"starts_at": "2026-07-02T11:00+02:00", "ends_at": "2026-07-02T10:00"})
    assert [problem.field for problem in backwards.problems] == ["starts_at", "ends_at"]
    assert mixed.problems == ()


def test_the_start_of_a_new_type_passes_its_own_check():
    module: dict[str, object] = {"__name__": "purchase_order"}
    exec(compile(new_type("purchase_order"), "purchase_order.py", "exec"), module)
    spec = spec_of(module["PurchaseOrder"])
    findings = check_types(card("claude-haiku-4-5"), types={**document_types(), spec.kind: spec})

    assert spec.kind == "purchase_order"
    assert [finding for finding in findings if finding.level != "info"] == []


@pytest.mark.parametrize("name", ["", "Order", "a-b", "1st", "_x", "a b", "a__b"])
def test_a_name_that_cannot_be_a_kind_is_refused(name):
    with pytest.raises(DocumentTypeError, match="lower case and underscores"):
        new_type(name)
