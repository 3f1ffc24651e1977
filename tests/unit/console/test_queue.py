from datetime import timedelta

import pytest

from mailroom.console.words import span
from tests.unit.console.browser import Browser, Page, console, waiting


def test_the_worst_comes_first():
    ports = console(
        waiting("mail-a", confidence=0.9), waiting("mail-b", confidence=0.1), waiting("mail-c", confidence=0.5)
    )

    links = Page(Browser(ports).get("/")).links("/records/")
    assert links == ["/records/mail-b", "/records/mail-c", "/records/mail-a"]


def test_a_filter_narrows_the_queue_and_goes_with_its_links():
    ports = console(waiting("mail-a", kind="lead"), waiting("mail-b"), waiting("mail-c", sender="eve@evil.example"))

    page = Page(Browser(ports).get("/", kind="invoice", sender="PAPEL"))
    assert page.links("/records/") == ["/records/mail-b?kind=invoice&sender=PAPEL"]


def test_a_long_queue_comes_in_pages_that_miss_and_repeat_nothing():
    ports = console(*(waiting(f"mail-{number:03}", confidence=number / 1000) for number in range(120)))
    browser, seen, path = Browser(ports), [], ""
    for _ in range(3):
        query = dict([path.partition("=")[::2]]) if path else {}
        page = Page(browser.get("/", **query))
        seen += page.links("/records/")
        following = list(page.links("/?after="))
        path = following[0].removeprefix("/?").replace("%7E", "~") if following else ""

    assert seen == [f"/records/mail-{number:03}" for number in range(120)]
    assert path == ""


@pytest.mark.parametrize("after", ["x", "0.1", "0.1~", "0.1~a b", "1" * 50 + "~mail-1", "NaN~mail-1"])
def test_a_place_that_is_none_of_ours_is_the_beginning(after):
    assert Browser(console(waiting("mail-1"))).get("/", after=after).status == 200


def test_markup_in_a_mail_is_words_on_the_page():
    bad = "<img src=x onerror=alert(1)><script>alert(2)</script>"
    page = Page(Browser(console(waiting("mail-1", subject=bad, sender=bad, reasons=(bad,)))).get("/"))

    assert bad in page.words
    assert not [tag for tag, at in page.elements if tag == "img" or "onerror" in at]


def test_a_queue_too_long_to_be_counted_says_and_more():
    ports = console(*(waiting(f"mail-{number:03}", confidence=number / 1000) for number in range(60)))

    assert "60 records, worst first" in Page(Browser(ports).get("/")).words
    ports.attention.most_counted = 55
    assert "55+ records, worst first" in Page(Browser(ports).get("/")).words


def test_a_queue_of_one_page_is_counted_by_its_rows():
    ports = console(waiting("mail-1"))
    ports.attention.most_counted = 0

    assert "1 record, worst first" in Page(Browser(ports).get("/")).words


def test_an_empty_queue_says_so():
    assert "All clear" in Page(Browser(console()).get("/")).words


@pytest.mark.parametrize(
    ("passed", "said"),
    [
        (timedelta(seconds=9), "just now"),
        (timedelta(minutes=59), "59 min"),
        (timedelta(hours=47), "47 h"),
        (timedelta(days=3), "3 days"),
    ],
)
def test_a_span_is_said_as_people_say_it(passed, said):
    assert span(passed) == said
