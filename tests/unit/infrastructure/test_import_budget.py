"""What each function imports, by count: a cold start is imports before it is anything else."""

import json
import os
import subprocess
import sys

import pytest

SLIM = ["receive_email", "dispatch_record", "deliver_notice", "sweep_records", "collect_batches"]
SLIM_BUDGET = 640
"""Modules; measured 480 to 560 with boto3, pydantic and Powertools on 2026-11-23, with a sixth to spare."""

CONSOLE_BUDGET = 690
"""Measured 595 on 2026-11-28; document types and Jinja beside what the others import, with a sixth to spare."""


def modules_of(function: str) -> set[str]:
    code = f"import json, sys, functions.{function}.handler; print(json.dumps(sorted(sys.modules)))"
    environment = os.environ | {"POWERTOOLS_SERVICE_NAME": "mailroom", "POWERTOOLS_METRICS_NAMESPACE": "Mailroom"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout))


@pytest.mark.parametrize("function", SLIM)
def test_a_function_that_asks_no_model_imports_neither_the_sdk_nor_readers_nor_prompts(function):
    modules = modules_of(function)
    heavy = ("anthropic", "pypdfium2", "PIL", "selectolax", "phonenumbers", "mailroom.prompts", "mailroom.doctypes")

    assert not {name for name in modules if name.startswith(heavy)}
    assert len(modules) <= SLIM_BUDGET


@pytest.mark.parametrize("function", ["extract_record", "review_record"])
def test_a_function_that_asks_a_model_imports_the_sdk_before_its_first_message(function):
    modules = modules_of(function)

    assert "anthropic" in modules
    assert not {name for name in modules if name.startswith(("pypdfium2", "PIL"))}, "attachments are rare: load late"


def test_the_console_asks_no_model_and_draws_no_picture_before_a_page_needs_one():
    modules = modules_of("serve_console")

    assert not {name for name in modules if name.startswith(("anthropic", "pypdfium2", "PIL", "mailroom.prompts"))}
    assert len(modules) <= CONSOLE_BUDGET
