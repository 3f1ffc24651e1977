"""People at work: with keys alone, two at a time, undoing, marking what was missed, and without any script."""

import re
import time
from dataclasses import dataclass

from playwright.sync_api import Page, expect

from mailroom.domain.record import FieldResult, Status
from tests.browser.conftest import NARROW
from tests.browser.filing import deliver_doubtful, waiting

TEXTS = {"company", "supplier_name", "contact_name", "customer_name", "product", "summary"}
"""Fields that take any words."""

RECORD = re.compile(r"/records/([^?]+)")


@dataclass
class Keys:
    """A keyboard that counts; there is no mouse."""

    page: Page
    struck: int = 0

    def press(self, key: str) -> None:
        self.struck += 1
        self.page.keyboard.press(key)

    def write(self, words: str) -> None:
        self.struck += len(words)
        self.page.keyboard.type(words)

    def and_go(self, key: str) -> None:
        with self.page.expect_navigation():
            self.press(key)


def opened(page: Page) -> str:
    found = RECORD.search(page.url)
    return found[1] if found else ""


def statuses(twin, ids) -> dict[str, Status]:
    return {record.record_id: record.status for record in twin.records().many(ids)}


def test_a_reviewer_clears_thirty_records_with_keys_alone(open_browser, filing, twin, capsys):
    ids = [record.record_id for record in deliver_doubtful(twin, 30)]
    watched = open_browser()
    watched.page.goto("/")
    keys = Keys(watched.page)
    began = time.monotonic()
    keys.press("j")
    keys.and_go("Enter")
    cleared = []
    while opened(watched.page):
        cleared.append(opened(watched.page))
        if len(cleared) == 10:
            keys.press("r")
            expect(watched.page.locator("#reason")).to_be_focused()
            keys.write("Spam")
            keys.and_go("Enter")
        else:
            keys.and_go("a")
        assert len(cleared) <= len(ids)
    took_s = time.monotonic() - began

    expect(watched.page.get_by_role("heading", name="All clear")).to_be_visible()
    assert sorted(cleared) == sorted(ids)
    wanted = dict.fromkeys(ids, Status.APPROVED) | {cleared[9]: Status.REJECTED}
    assert statuses(twin, ids) == wanted
    assert keys.struck <= 3 * len(ids)
    with capsys.disabled():
        print(  # noqa: T201 -- the figures that the run is for
            f"\n{len(ids)} records cleared with {keys.struck} keystrokes ({keys.struck / len(ids):.2f} a record) in "
            f"{took_s:.1f} s: {3600 * len(ids) / took_s:,.0f} records an hour, for somebody who need not think"
        )


def test_a_value_is_corrected_with_keys_alone(open_browser, filing, twin):
    filing.file([waiting(1), waiting(2)])
    watched = open_browser()
    watched.page.goto("/records/mail-00001")
    keys = Keys(watched.page)
    keys.press("e")
    expect(watched.page.locator("[data-path=issue_date]")).to_be_focused()
    keys.write("2026-05-17")
    keys.and_go("Enter")

    record = twin.records().get("mail-00001")
    assert (record.status, record.fields["issue_date"].value) == (Status.CORRECTED, "2026-05-17")
    assert opened(watched.page) == "mail-00002"


def test_a_value_that_the_kind_does_not_take_is_refused_and_what_was_written_stays(open_browser, filing, twin):
    filing.file([waiting(1)])
    watched = open_browser()
    watched.page.goto("/records/mail-00001")
    watched.page.locator("[data-path=issue_date]").fill("the day after")
    watched.page.get_by_role("button", name="Save and accept").click()

    expect(watched.page.get_by_role("alert")).to_contain_text("Not saved")
    expect(watched.page.locator("[data-path=issue_date]")).to_have_value("the day after")
    assert statuses(twin, ["mail-00001"]) == {"mail-00001": Status.NEEDS_HUMAN}


def test_of_two_people_the_second_is_told_and_nothing_is_overwritten(open_browser, filing, twin):
    filing.file([waiting(1)])
    first, second = open_browser(), open_browser()
    first.page.goto("/records/mail-00001")
    second.page.goto("/records/mail-00001")
    second.page.locator("[data-path=invoice_number]").fill("B-999")
    first.page.keyboard.press("a")
    first.page.wait_for_url("**/?*")
    second.page.get_by_role("button", name="Save and accept").click()

    expect(second.page.get_by_role("alert")).to_contain_text("while you looked at it")
    record = twin.records().get("mail-00001")
    assert (record.status, record.fields["invoice_number"].value) == (Status.APPROVED, "A-1")
    assert len(record.decisions) == 1


def test_a_decision_is_taken_back_with_one_key(open_browser, filing, twin):
    filing.file([waiting(1), waiting(2)])
    watched = open_browser()
    watched.page.goto("/records/mail-00001")
    keys = Keys(watched.page)
    keys.and_go("a")
    expect(watched.page.get_by_role("status")).to_contain_text("is approved")
    keys.and_go("u")

    assert opened(watched.page) == "mail-00001"
    assert statuses(twin, ["mail-00001", "mail-00002"]) == dict.fromkeys(
        ["mail-00001", "mail-00002"], Status.NEEDS_HUMAN
    )


def test_similar_records_are_accepted_together_and_taken_back_together(open_browser, filing, twin):
    mild = FieldResult(value="2026-05-01", method="exact", zone="latest", confidence=0.62, doubts=("Two dates.",))
    same = {"sender": "billing@papel.example", "reasons": ()}
    ids = [
        record.record_id
        for record in filing.file(
            waiting(number, **same, fields={"issue_date": mild, "invoice_number": mild}) for number in range(6)
        )
    ]
    (alone,) = filing.file([waiting(90, **same)])
    watched = open_browser()
    watched.page.goto(f"/records/{ids[0]}")
    keys = Keys(watched.page)
    keys.and_go("s")
    keys.and_go("a")

    expect(watched.page.get_by_role("heading", level=1)).to_have_text("6 accepted together")
    assert statuses(twin, [*ids, alone.record_id]) == dict.fromkeys(ids, Status.APPROVED) | {
        alone.record_id: Status.NEEDS_HUMAN
    }
    keys.and_go("u")
    assert set(statuses(twin, ids).values()) == {Status.NEEDS_HUMAN}
    assert keys.struck == 3


def test_a_missed_value_is_marked_in_the_message(open_browser, filing, twin):
    (record,) = deliver_doubtful(twin, 1)
    watched = open_browser()
    watched.page.goto(f"/records/{record.record_id}")
    page = watched.page
    box = page.locator(".zone-latest .zone-text").first
    word = box.inner_text().split()[0]
    page.evaluate(
        """(word) => {
          const text = document.querySelector(".zone-latest .zone-text");
          const walker = document.createTreeWalker(text, NodeFilter.SHOW_TEXT);
          while (walker.nextNode()) {
            const at = walker.currentNode.data.indexOf(word);
            if (at < 0) continue;
            return getSelection().setBaseAndExtent(walker.currentNode, at, walker.currentNode, at + word.length);
          }
        }""",
        word,
    )
    expect(page.locator("#missed-words")).to_have_text(word)
    choices = page.locator("#missed-field option").evaluate_all("(all) => all.map((each) => each.value)")
    path = next(name for name in choices if name in TEXTS)
    page.keyboard.press("m")
    page.locator("#missed-field").select_option(path)
    expect(page.locator(f"[data-path={path}]")).to_have_value(word)
    with page.expect_navigation():
        page.keyboard.press("Enter")

    found = twin.records().get(record.record_id)
    assert found.status is Status.CORRECTED
    assert (found.fields[path].value, found.fields[path].quote) == (word, word)
    assert found.fields[path].start >= 0


def test_everything_that_decides_works_without_a_script_on_a_narrow_screen(open_browser, filing, twin):
    filing.file([waiting(number) for number in (1, 2, 3)])
    watched = open_browser(java_script_enabled=False, viewport=NARROW)
    page = watched.page
    page.goto("/")
    page.get_by_role("link", name="Invoice 1", exact=False).first.click()
    first = opened(page)
    page.get_by_role("button", name="Accept").click()
    second = opened(page)
    page.locator("[data-path=issue_date]").fill("2026-05-17")
    page.get_by_role("button", name="Accept").click()
    third = opened(page)
    page.locator("#reject summary").click()
    page.get_by_label("Why is it rejected?").fill("Not for us")
    page.get_by_role("button", name="Reject it").click()
    assert opened(page) == ""

    assert statuses(twin, [first, second, third]) == {
        first: Status.APPROVED,
        second: Status.CORRECTED,
        third: Status.REJECTED,
    }
    page.goto(f"/records/{third}")
    page.get_by_role("button", name="Take my decision back").click()
    assert statuses(twin, [third]) == {third: Status.NEEDS_HUMAN}
