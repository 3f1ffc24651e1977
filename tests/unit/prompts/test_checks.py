"""`mailroom doctypes check` finds what would cost a refused call, a wrong value, or a cache that never hits."""

import re
from dataclasses import replace

import pytest

from mailroom.catalogue import card
from mailroom.doctypes import registry
from mailroom.doctypes.base import DocumentTypeError
from mailroom.doctypes.registry import document_types
from mailroom.domain.doctype import FieldSpec, GroupSpec, ValueKind, WorkedExample
from mailroom.prompts import checks
from mailroom.prompts.checks import check_types, refusals
from mailroom.prompts.schema_prompt import render
from mailroom.prompts.wire import answer_schema

TYPES = document_types()
HAIKU = card("claude-haiku-4-5")


def _serious(types, **options):
    return [
        (each.level, each.where, each.sentence)
        for each in check_types(HAIKU, types=types, **options)
        if each.level != "info"
    ]


def _with_lead(**changes):
    return {**TYPES, "lead": replace(TYPES["lead"], **changes)}


def test_the_shipped_types_pass_and_say_what_they_weigh():
    assert _serious(TYPES) == []
    weighed = [each.where for each in check_types(HAIKU) if each.level == "info"]
    assert weighed == ["prompt", *TYPES]


def test_a_short_prefix_is_named_with_the_tokens_it_lacks():
    few = {kind: TYPES[kind] for kind in ("lead", "other")}
    (estimated,) = _serious(few)
    (counted,) = _serious(few, count_tokens=lambda _: 4_000)
    assert estimated[:2] == ("error", "prompt")
    assert f"{4_096 - render(few).estimated_tokens} tokens short" in estimated[2]
    assert counted[0] == "error"
    assert "96 tokens short of 4096" in counted[2]


def test_a_prefix_that_crowds_out_the_messages_is_an_error():
    assert ("error", "prompt") in [finding[:2] for finding in _serious(TYPES, count_tokens=lambda _: 60_000)]


@pytest.mark.parametrize(
    ("name", "sentence"), [("Due Date", "snake_case"), ("x" * 65, "snake_case"), ("company", "2 fields have this name")]
)
def test_names_that_cannot_work_are_errors(name, sentence):
    fields = (*TYPES["lead"].fields, FieldSpec(name, ValueKind.TEXT, "Something."))
    ((level, where, said),) = _serious(_with_lead(fields=fields))
    assert (level, where) == ("error", f"lead.{name}")
    assert sentence in said


def test_choices_that_differ_only_in_case_are_an_error():
    odd = FieldSpec("size", ValueKind.CHOICE, "Its size.", choices=("big", "Big"))
    groups = (GroupSpec("boxes", "One row per box.", (odd,)),)
    ((_, where, said),) = _serious(_with_lead(groups=groups))
    assert (where, said) == ("lead.boxes.size", "Two choices differ only in capitalisation.")


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        ({"values": []}, "lacks keys"),
        (
            {"kind": "lead", "values": [{"field": "x", "quote": "a", "value": ""}], "rows": [], "unsure": []},
            "no field 'x'",
        ),
        (
            {"kind": "lead", "values": [{"field": "company", "quote": "Acme", "value": ""}], "rows": [], "unsure": []},
            "is not in the message word for word",
        ),
        (
            {"kind": "lead", "values": [{"field": "budget", "quote": "Hello", "value": ""}], "rows": [], "unsure": []},
            "budget: 'Hello' is not a number.",
        ),
    ],
)
def test_an_example_that_would_teach_a_mistake_is_an_error(answer, sentence):
    message = TYPES["lead"].examples[0].message
    broken = WorkedExample(message.replace("Bom dia", "Hello"), answer)
    ((level, where, said),) = _serious(_with_lead(examples=(*TYPES["lead"].examples, broken)))
    assert (level, where) == ("error", "lead example 3")
    assert sentence in said


@pytest.mark.parametrize("message", ["not JSON", "{}", "[]", '{"zones":[1]}'])
def test_an_example_whose_message_is_no_message_is_an_error(message):
    broken = replace(TYPES["lead"].examples[0], message=message)
    ((level, _, said),) = _serious(_with_lead(examples=(*TYPES["lead"].examples, broken)))
    assert (level, "not of the form" in said) == ("error", True)


def test_a_kind_without_examples_or_essential_fields_is_doubtful():
    fields = tuple(replace(each, essential=False) for each in TYPES["lead"].fields)
    found = _serious(_with_lead(examples=(), fields=fields))
    assert [finding[:2] for finding in found] == [("warning", "lead"), ("warning", "lead")]


def test_two_kinds_that_claim_one_form_are_named_together():
    ((level, where, said),) = _serious(_with_lead(forms=("contact", "support")))
    assert (level, where) == ("warning", "lead and support_request")
    assert "'support'" in said


@pytest.mark.parametrize("error", [DocumentTypeError("lead.py: mend it."), SyntaxError("lead.py, line 3")])
def test_types_that_cannot_be_loaded_are_a_finding(monkeypatch, error):
    def broken():
        raise error

    monkeypatch.setattr(checks, "document_types", broken)
    (finding,) = check_types(HAIKU)
    assert (finding.level, "lead.py" in finding.sentence) == ("error", True)
    assert registry.document_types() is TYPES


@pytest.mark.parametrize(
    ("schema", "sentence"),
    [
        ({"type": "object", "properties": {}}, "additionalProperties"),
        ({"type": "string", "minLength": 3}, "'minLength'"),
        ({"type": "array", "items": {"type": "number", "maximum": 3}}, r"\$\[\]"),
        ({"enum": [{"a": 1}]}, "plain values"),
        ({"anyOf": [{"type": "string", "maxLength": 3}]}, r"anyOf\[0\]"),
        (
            {
                "type": "object",
                "additionalProperties": False,
                "properties": {f"p{n}": {"type": "null"} for n in range(25)},
            },
            "25 optional",
        ),
        (
            {
                "type": "object",
                "additionalProperties": False,
                "properties": {f"p{n}": {"type": ["string", "null"]} for n in range(17)},
                "required": [f"p{n}" for n in range(17)],
            },
            "17 union-typed",
        ),
    ],
)
def test_what_the_api_would_refuse_is_said_before_it_does(schema, sentence):
    (said,) = refusals(schema)
    assert re.search(sentence, said)


def test_the_wire_schema_is_taken():
    assert refusals(answer_schema(TYPES)) == []
