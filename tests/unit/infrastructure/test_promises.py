"""README's promises each name a property test that exists; a promise without one is only a hope."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
SECTION = (ROOT / "README.md").read_text().partition("## What it promises")[2].partition("\n## ")[0]
PROMISES = [line for line in SECTION.splitlines() if line.startswith("| ") and "`tests/" in line]


def test_there_are_promises():
    assert len(PROMISES) >= 10


@pytest.mark.parametrize("promise", PROMISES, ids=lambda line: line[2:60])
def test_a_promise_names_a_property_test(promise: str):
    named = [ROOT / name for name in re.findall(r"`(tests/[\w/]+\.py)`", promise)]

    assert [path for path in named if not path.exists()] == []
    held = [path for path in named if "@given" in path.read_text() or path.name == "test_ledger_model.py"]
    assert held, "it names no property test (Hypothesis, or the ledger's explorer)"
