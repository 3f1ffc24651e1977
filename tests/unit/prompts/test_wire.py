"""Every kind of answer that can arrive has the outcome that the wire format's table gives it."""

import json
from typing import Any

import pytest

from mailroom.doctypes.registry import document_types
from mailroom.domain.answer import RawRow, RawValue
from mailroom.domain.doctype import OTHER
from mailroom.domain.paths import field_at
from mailroom.prompts.checks import refusals
from mailroom.prompts.wire import MAX_STRING, MAX_VALUES, WireError, answer_schema, parse_answer

TYPES = document_types()


def _value(field: str, quote: str = "x", value: str = "") -> dict[str, str]:
    return {"field": field, "quote": quote, "value": value}


def _answer(**changes: Any) -> str:
    return json.dumps({"kind": "invoice", "values": [], "rows": [], "unsure": [], **changes})


def test_a_whole_answer_is_taken_as_it_stands():
    answer = parse_answer(
        _answer(
            values=[_value("invoice_number", "R-1"), _value("total_amount", "1.190,00 €", "1190.00")],
            rows=[{"group": "line_items", "values": [_value("amount", "5,00", "5.00")]}],
            unsure=["total_amount", "line_items[0].amount", "line_items"],
        ),
        TYPES,
    )
    assert answer.values == (
        RawValue("invoice_number", "R-1", "R-1"),
        RawValue("total_amount", "1190.00", "1.190,00 €"),
    )
    assert answer.rows == (RawRow("line_items", (RawValue("amount", "5.00", "5,00"),)),)
    assert answer.unsure == ("total_amount", "line_items[0].amount", "line_items")
    assert answer.problems == ()


def test_an_empty_answer_claims_nothing():
    answer = parse_answer(_answer(), TYPES)
    assert (answer.kind, answer.values, answer.rows, answer.problems) == ("invoice", (), (), ())


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "not JSON"),
        ("Sorry, I cannot.", "not JSON"),
        (_answer()[:-1], "cut short"),
        (f"Here it is: {_answer()}", "not JSON"),
        (f"{_answer()} {_answer()}", "not JSON"),
        ("[]", "not an object"),
        ("null", "not an object"),
        ('{"kind":"lead"}', "lacks keys"),
        (_answer(extra=1), "'extra'"),
        (_answer(values={}), "have to be lists"),
        (_answer(kind="ransom_note"), "'ransom_note', which does not exist"),
        (_answer(kind=None), "which does not exist"),
        ('{"kind":"lead","kind":"lead","values":[],"rows":[],"unsure":[]}', "twice in one object"),
        (_answer(values=[float("nan")]), "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("9" * 5_000, "not JSON"),
        (" " * 2_000_001, "more than 2000000"),
    ],
)
def test_what_is_no_answer_is_refused_in_words(text, reason):
    with pytest.raises(WireError, match=reason):
        parse_answer(text, TYPES)


def test_one_code_fence_around_an_answer_is_taken_off():
    assert parse_answer(f"```json\n{_answer()}\n```\n", TYPES).kind == "invoice"


def test_capitalisation_is_not_held_against_an_answer():
    answer = parse_answer(_answer(kind="Invoice", values=[_value("Invoice_Number")], unsure=["INVOICE_NUMBER"]), TYPES)
    assert (answer.kind, answer.values[0].field, answer.unsure) == ("invoice", "invoice_number", ("invoice_number",))
    assert answer.problems == ()


@pytest.mark.parametrize(
    ("claim", "problem"),
    [
        (_value("colour"), "invoice has no field 'colour'."),
        (_value("applicant_name"), "invoice has no field 'applicant_name'; job_application has."),
        (_value("line_items.amount"), "'line_items.amount' belongs into a row."),
        (_value("iban", "", " "), "iban: there is neither a quote nor a value."),
        (_value("iban", "x" * (MAX_STRING + 1)), "iban: a string is longer than 10000 characters."),
        (_value("iban", "\ud800"), "iban: a string holds half a character."),
        ({"field": "iban", "quote": "x"}, "A value is not of the form field, quote, value."),
        ({**_value("iban"), "confidence": 1}, "A value is not of the form field, quote, value."),
        ({**_value("iban"), "value": 5}, "A value is not of the form field, quote, value."),
        ("iban", "A value is not of the form field, quote, value."),
    ],
)
def test_a_claim_that_cannot_be_taken_is_left_out_and_named(claim, problem):
    answer = parse_answer(_answer(values=[claim, _value("invoice_number")]), TYPES)
    assert [value.field for value in answer.values] == ["invoice_number"]
    assert answer.problems == (problem,)


def test_of_a_scalar_listed_twice_the_first_is_kept():
    answer = parse_answer(_answer(values=[_value("iban", "a"), _value("iban", "b")]), TYPES)
    assert [value.value for value in answer.values] == ["a"]
    assert answer.problems == ("iban is there twice; the first is kept.",)


def test_a_field_of_many_values_keeps_them_all_in_order():
    answer = parse_answer(_answer(kind="lead", values=[_value("products", "a"), _value("products", "b")]), TYPES)
    assert [value.value for value in answer.values] == ["a", "b"]


def test_a_value_without_a_quote_is_its_own_quote_unless_it_is_derived():
    answer = parse_answer(
        _answer(kind="lead", values=[_value("company", "", "Acme"), _value("intent", "", "buy")]), TYPES
    )
    assert answer.values == (RawValue("company", "Acme", "Acme"), RawValue("intent", "buy", ""))


def test_rows_keep_their_index_even_where_nothing_in_them_is_taken():
    rows = [
        {"group": "line_items", "values": [_value("colour")]},
        {"group": "people", "values": [_value("amount")]},
        "row",
        {"group": "line_items", "values": [_value("line_items.amount", "5.00"), _value("amount", "6.00")]},
    ]
    answer = parse_answer(_answer(rows=rows, unsure=["line_items[1].amount", "line_items[2].amount", 7]), TYPES)
    assert answer.rows == (RawRow("line_items", ()), RawRow("line_items", (RawValue("amount", "5.00", "5.00"),)))
    assert answer.unsure == ("line_items[1].amount",)
    assert answer.problems == (
        "line_items has no field 'colour'.",
        "A row of line_items holds nothing.",
        "invoice has no group 'people'.",
        "A row is not of the form group, values.",
        "amount is there twice; the first is kept.",
        "It is unsure of 'line_items[2].amount', which invoice does not have.",
        "It is unsure of 7, which invoice does not have.",
    )


def test_an_endless_answer_is_bounded():
    rows = [{"group": "line_items", "values": [_value("amount", "1.00")]}] * (MAX_VALUES + 7)
    answer = parse_answer(_answer(values=[_value("colour")] * 90, rows=rows), TYPES)
    assert sum(len(row.values) for row in answer.rows) == MAX_VALUES - 90
    assert len(answer.problems) == 51
    assert answer.problems[-1].endswith("more problems.")


def test_the_schema_is_all_required_closed_quote_first_and_the_same_for_any_order_of_kinds():
    schema = answer_schema(["b", "a"])
    assert json.dumps(schema) == json.dumps(answer_schema({"a": 1, "b": 2}))
    assert schema["properties"]["kind"]["enum"] == ["a", "b"]
    assert schema["properties"]["values"]["items"]["required"] == ["field", "quote", "value"]
    assert refusals(schema) == []
    assert "null" not in json.dumps(schema)


def test_a_path_names_a_field_of_the_document_of_a_list_or_of_a_row():
    invoice, lead = TYPES["invoice"], TYPES["lead"]
    assert field_at(invoice, "line_items[2].amount") == invoice.groups[0].field("amount")
    assert field_at(lead, "products[1]") == lead.field("products")
    for path in ("line_items", "line_items[2]", "iban[0]", "x[0].y", "line_items[2].x", "iban.x", ""):
        assert field_at(invoice, path) is None


def test_every_kind_there_is_can_be_answered():
    assert set(answer_schema(TYPES)["properties"]["kind"]["enum"]) == {*TYPES} >= {OTHER}
