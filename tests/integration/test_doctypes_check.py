"""`mailroom doctypes check` counts with the API when told to, and fails by the number of tokens that caching lacks."""

import re

import pytest
from typer.testing import CliRunner

from local.cli.doctypes import app
from local.counting import CountingError, token_counter
from local.standin import serve
from local.standin.tokens import of_text
from mailroom.catalogue import card
from mailroom.doctypes import registry
from mailroom.doctypes.registry import document_types
from mailroom.domain.doctype import OTHER
from mailroom.prompts import checks
from mailroom.prompts.schema_prompt import render


@pytest.fixture
def api(monkeypatch):
    with serve(0) as running:
        monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-test")
        monkeypatch.setenv("ANTHROPIC_BASE_URL", running.url)
        yield running


def check(*options):
    return CliRunner().invoke(app, ["check", *options])


def test_the_shipped_prompt_is_counted_by_the_api_and_long_enough(api):
    said = check("--live")

    assert said.exit_code == 0
    assert f"{of_text(render(document_types()).text):,} tokens (counted by the API)" in said.output
    assert api.api.ledger.state()["paid"]["payments"] == 0


def test_without_live_it_asks_nobody_and_says_that_it_estimates(api):
    said = check()

    assert said.exit_code == 0
    assert "(estimate)" in said.output
    assert api.api.ledger.state()["calls"] == 0


def test_a_prefix_that_would_silently_not_cache_fails_with_the_tokens_that_are_missing(api, monkeypatch):
    few = {OTHER: document_types()[OTHER]}
    for module in (registry, checks):
        monkeypatch.setattr(module, "document_types", lambda: few)
    said = check("--live")
    missing = re.search(r"is (\d+) tokens short of 4096", said.output)

    assert said.exit_code == 1
    assert missing
    assert int(missing[1]) == 4096 - of_text(render(few).text)


def test_live_without_a_key_says_what_to_set(monkeypatch):
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    said = check("--live")

    assert said.exit_code == 1
    assert "ANTHROPIC_API_KEY" in said.output


def test_an_api_that_does_not_answer_is_said_and_is_no_crash(api):
    count = token_counter(card("claude-haiku-4-5"))
    api.stop()

    with pytest.raises(CountingError):
        count("text")
