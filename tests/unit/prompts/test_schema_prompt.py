"""The prompt is byte-stable, long enough to be cached, and laid out as people and the stand-in model read it."""

import json
import os
import subprocess
import sys

from mailroom.catalogue import card
from mailroom.doctypes.registry import document_types
from mailroom.domain.doctype import OTHER, ValueKind
from mailroom.prompts.schema_prompt import CHARACTERS_PER_TOKEN, render, review_prompt
from mailroom.prompts.wire import parse_answer

TYPES = document_types()
PROMPT = render(TYPES)

_RENDER = (
    "from mailroom.doctypes.registry import document_types\n"
    "from mailroom.prompts.schema_prompt import render\n"
    "import hashlib; print(hashlib.sha256(render(document_types()).text.encode()).hexdigest())"
)


def test_the_same_types_give_the_same_bytes_in_any_order_and_under_any_hash_seed():
    assert render(dict(reversed(TYPES.items()))) == PROMPT
    digests = {
        subprocess.run(
            [sys.executable, "-c", _RENDER], env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout
        for seed in ("0", "1", "4242")
    }
    assert len(digests) == 1
    assert digests.pop().decode().startswith(PROMPT.fingerprint)


def test_the_shipped_prefix_is_cached_on_haiku_even_by_a_low_estimate():
    minimum = card("claude-haiku-4-5").cache_minimum_tokens
    assert CHARACTERS_PER_TOKEN >= 4.6
    assert PROMPT.estimated_tokens == int(len(PROMPT.text) / CHARACTERS_PER_TOKEN)
    assert minimum < 4_700 <= PROMPT.estimated_tokens <= 6_500


def test_any_change_of_a_type_changes_the_fingerprint():
    fewer = {kind: spec for kind, spec in TYPES.items() if kind != "lead"}
    assert len(PROMPT.fingerprint) == 16
    assert render(fewer).fingerprint != PROMPT.fingerprint


def test_kinds_and_fields_stand_in_the_agreed_layout():
    lines = PROMPT.text.splitlines()
    start = lines.index("## kind: invoice")
    assert lines[start + 2] == "usually sent to: invoices@, billing@, accounting@, rechnung@"
    assert lines[start + 3] == "forms: invoice"
    assert lines[start + 4] == "fields:"
    assert any(
        line.startswith(
            "- invoice_number (identifier, essential): The supplier's own number of the invoice. Labels: Inv"
        )
        for line in lines
    )
    assert "- skills (text, many): Each skill" in PROMPT.text
    assert "- urgency (choice: low | normal | high; derived): High where" in PROMPT.text
    assert "\ngroup line_items: One row per" in PROMPT.text
    assert "\n- line_items.unit_price (amount): The price of one." in PROMPT.text
    kinds = [line.removeprefix("## kind: ") for line in lines if line.startswith("## kind: ")]
    assert kinds == [*sorted(set(TYPES) - {OTHER}), OTHER]


def test_each_example_is_a_message_line_and_an_answer_line():
    lines = PROMPT.text.splitlines()
    starts = [index for index, line in enumerate(lines) if line == "### example"]
    assert len(starts) == sum(len(spec.examples) for spec in TYPES.values())
    for start in starts:
        assert json.loads(lines[start + 1]).keys() >= {"channel", "zones", "attachments"}
        assert parse_answer(lines[start + 2], TYPES).problems == ()


def test_how_each_value_kind_is_written_is_said():
    for kind in ValueKind:
        assert f"\n- {kind}: " in PROMPT.text


def test_no_placeholder_is_left_over():
    assert "{value_rules}" not in PROMPT.text
    assert "{value_rules}" not in review_prompt(TYPES["lead"]).text


def test_a_review_prompt_knows_one_kind_and_the_rule_of_the_second_reading():
    prompt = review_prompt(TYPES["lead"])
    assert [line for line in prompt.text.splitlines() if line.startswith("## kind: ")] == ["## kind: lead"]
    assert "line_items[2].amount" in prompt.text
    assert prompt.fingerprint != review_prompt(TYPES["invoice"]).fingerprint
