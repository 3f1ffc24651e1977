"""What equal corrections suggest, on a page."""

import pytest

from mailroom.console.pages import suggestions
from mailroom.console.ports import ConsolePorts
from mailroom.pipeline.decide import correct, undo
from tests.unit.console.browser import Browser, Page, console, waiting

BAD = "<script>alert(1)</script>"


def corrected(count: int, value: str = "A-9") -> ConsolePorts:
    ports = console(*(waiting(f"mail-{number}") for number in range(count)))
    for number in range(count):
        correct(f"mail-{number}", "ana@example.com", {"invoice_number": value}, ports.deciding)
    return ports


def test_three_equal_corrections_of_one_sender_are_a_suggestion_that_leads_to_its_records():
    page = Page(Browser(corrected(3)).get("/suggestions"))

    assert "invoice_number was corrected the same way in 3 records: people always write “A-9”." in page.words
    assert "3 corrected records looked at" in page.words
    assert sorted(page.links("/records/")) == ["/records/mail-0", "/records/mail-1", "/records/mail-2"]


@pytest.mark.parametrize("count", [0, 2])
def test_fewer_suggest_nothing_and_the_page_says_so(count):
    assert "Nothing to suggest" in Page(Browser(corrected(count)).get("/suggestions")).words


def test_a_correction_that_was_taken_back_suggests_nothing():
    ports = corrected(3)
    undo("mail-0", "ana@example.com", ports.deciding)

    assert "Nothing to suggest" in Page(Browser(ports).get("/suggestions")).words


def test_the_page_looks_at_no_more_than_its_bound_and_says_so(monkeypatch):
    monkeypatch.setattr(suggestions, "MOST_CORRECTIONS", 3)

    assert "3 corrected records looked at, the newest" in Page(Browser(corrected(5)).get("/suggestions")).words


def test_what_was_corrected_to_is_words_on_the_page():
    page = Page(Browser(corrected(3, BAD)).get("/suggestions"))

    assert BAD in page.words


def test_the_overview_leads_there():
    assert Page(Browser(console()).get("/overview")).links("/suggestions") == ["/suggestions"]
