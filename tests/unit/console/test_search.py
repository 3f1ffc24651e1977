"""The search page hands on what is sought, says how far it looked, and offers to look further."""

from urllib.parse import parse_qsl, urlsplit

import pytest

from mailroom.domain.listing import Listed
from mailroom.domain.record import Status
from mailroom.domain.search import Hit, Mark, Searched, Sought
from tests.fakes import START
from tests.unit.console.browser import Browser, Page, console

HIT = Hit(
    Listed("mail-1", Status.ACCEPTED, START, START, "invoice", 0.9, "ann@acme.example", "Toner"), (("total", "5"),)
)
MARK = Mark("2026-03-01T09:00:00.000+00:00", "mail-0")


def test_nothing_is_looked_for_before_somebody_asks():
    ports = console()
    page = Page(Browser(ports).get("/search", sender=" "))

    assert ports.search.asked == []
    assert "Search" in page.words


def test_what_is_found_links_to_its_record_with_the_value_that_fits():
    ports = console()
    ports.search.line.append(Searched((HIT,), 12, START, None))
    page = Page(Browser(ports).get("/search", value="5"))

    assert page.links("/records/") == ["/records/mail-1"]
    assert "Looked at 12 records" in " ".join(page.words.split())
    assert page.links("/search?") == []


def test_a_search_goes_on_where_it_stopped_and_counts_on():
    ports = console()
    ports.search.line += [Searched((), 2000, START, MARK), Searched((HIT,), 50, START, None)]
    browser = Browser(ports)
    (further,) = Page(browser.get("/search", subject="tonér & co")).links("/search?")
    page = Page(browser.get("/search", **dict(parse_qsl(urlsplit(further).query))))

    assert ports.search.asked == [(Sought(subject="tonér & co"), None), (Sought(subject="tonér & co"), MARK)]
    assert "Looked at 2,050 records" in " ".join(page.words.split())


@pytest.mark.parametrize("after", ["x", "2026-03-01~mail", "2026-03-01T09:00:00.000+00:00~../x", "~"])
@pytest.mark.parametrize("so_far", ["-1", "x", "²", "9" * 40])
def test_a_mark_that_is_none_of_ours_begins_at_the_newest(after, so_far):
    ports = console()
    browser = Browser(ports)

    assert browser.get("/search", value="5", after=after, so_far=so_far).status == 200
    assert ports.search.asked == [(Sought(value="5"), None)]
