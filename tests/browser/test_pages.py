"""Every page: no grave fault for axe, no scrolling sideways; light and dark, narrow and wide."""

import os
from itertools import product

import pytest

from mailroom.domain.notice_delivery import DeliveryStatus
from tests.browser.conftest import NARROW, WIDE
from tests.browser.filing import deliver_samples, five_weeks, waiting
from tests.unit.console.browser import told

SAMPLES = ("04-invoice-pdf-spanish", "05-receipt-photo", "11-invoice-contradictory", "13-invoice-injected-instruction")


@pytest.mark.timeout(300)
def test_no_page_has_a_grave_fault_or_scrolls_sideways(open_browser, filing, twin):
    filing.count(five_weeks(a_day=3))
    filing.file([waiting(90_000 + number) for number in range(60)])
    of_it = {"record_id": waiting(90_001).record_id}
    filing.tell(
        [told(1, **of_it), told(2, status=DeliveryStatus.WAITING, **of_it), told(3, endpoint="c" * 60, **of_it)]
    )
    pages = [
        "/deliveries",
        "/suggestions",
        f"/records/{waiting(90_001).record_id}",
        "/",
        "/?kind=lead",
        "/search",
        "/search?sender=billing7@papel.example",
        "/search?value=nothing",
        "/overview",
    ]
    pages += [f"/records/{record.record_id}" for record in deliver_samples(twin, *SAMPLES)]
    pages += [f"/records/{waiting(90_000).record_id}/similar", "/approved", "/no-such-page", "/signed-out"]
    faults = {}
    for scheme, width in product(("light", "dark"), (WIDE, NARROW)):
        watched = open_browser(color_scheme=scheme, viewport=width)
        for number, path in enumerate(pages):
            watched.page.goto(path)
            if folder := os.environ.get("SHOTS"):
                watched.page.screenshot(path=f"{folder}/{number:02d}-{scheme}-{width['width']}.png", full_page=True)
            if found := watched.grave_faults() + watched.sticking_out():
                faults[scheme, width["width"], path] = found

    assert faults == {}


def test_the_keys_and_the_reason_are_dialogs_without_a_fault(open_browser, filing):
    filing.file([waiting(1)])
    watched = open_browser(viewport=NARROW)
    watched.page.goto("/records/mail-00001")
    watched.page.keyboard.press("?")
    assert watched.grave_faults() == []
    watched.page.keyboard.press("?")
    watched.page.keyboard.press("r")
    assert watched.grave_faults() == []
    assert watched.sticking_out() == []
