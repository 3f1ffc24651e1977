"""Every page: no grave fault for axe, no scrolling sideways, light and dark, narrow and wide."""

import os

import pytest

from tests.browser.conftest import NARROW, WIDE
from tests.browser.filing import five_weeks, waiting

LOOKS = [(scheme, width) for scheme in ("light", "dark") for width in ("wide", "narrow")]


@pytest.mark.parametrize(("scheme", "width"), LOOKS)
def test_no_page_has_a_grave_fault_or_scrolls_sideways(open_browser, filing, scheme, width):
    filing.count(filing.file(five_weeks(a_day=6)))
    filing.file([waiting(90_000 + number) for number in range(60)])
    watched = open_browser(color_scheme=scheme, viewport=NARROW if width == "narrow" else WIDE)
    faults = {}
    for path in ("/", "/?kind=lead", "/search", "/search?subject=invoice", "/search?value=nothing", "/overview", "/no"):
        watched.page.goto(path)
        if folder := os.environ.get("SHOTS"):
            name = path.strip("/").replace("?", "-").replace("=", "-") or "queue"
            watched.page.screenshot(path=f"{folder}/{name}-{scheme}-{width}.png", full_page=True)
        found = watched.grave_faults() + ["scrolls sideways"] * watched.scrolls_sideways()
        if found:
            faults[path] = found

    assert faults == {}
