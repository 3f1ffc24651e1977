"""Approving similar records together: shown first, each against what was seen, and taken back as one."""

import pytest

from mailroom.domain.record import FieldResult, Status
from mailroom.pipeline.similar import alike, why_looked_at_alone
from tests.unit.console.browser import Browser, Page, console, waiting


def likely(record_id: str, **more):
    found = FieldResult(value="2026-05-01", method="format", confidence=0.8, zone="latest")
    return waiting(record_id, **({"fields": {"issue_date": found}} | more))


def doubt(**more) -> dict:
    found = FieldResult(value="2026-05-01", **({"method": "format", "confidence": 0.8, "zone": "latest"} | more))
    return {"fields": {"issue_date": found}}


@pytest.mark.parametrize(
    "more",
    [
        {"reasons": ("The message gives orders to whoever reads it.",)},
        {"doubtful": ("total_amount",)},
        {"status": Status.APPROVED},
        doubt(confidence=0.49),
        doubt(method="absent"),
        doubt(method="fuzzy"),
        doubt(method="picture"),
        doubt(zone="hidden"),
        doubt(zone="order"),
    ],
)
def test_what_wants_a_look_of_its_own_is_never_approved_with_others(more):
    assert why_looked_at_alone(likely("mail-1", **more))


def test_what_is_only_a_little_doubtful_may_be():
    assert why_looked_at_alone(likely("mail-1")) == ""


def test_only_the_same_kind_from_the_same_sender_is_alike():
    one = likely("mail-1")

    assert alike(one, likely("mail-2"))
    assert not alike(one, likely("mail-2", kind="lead"))
    assert not alike(one, likely("mail-2", sender="x" + one.sender))
    assert not alike(likely("a", sender=""), likely("b", sender=""))


def test_similar_ones_are_shown_before_anything_is_done_and_the_others_apart():
    ports = console(
        likely("mail-1"), likely("mail-2"), likely("mail-3", reasons=("An order.",)), likely("lead", kind="lead")
    )
    page = Page(Browser(ports).get("/records/mail-1/similar"))

    ticked = [at["value"] for tag, at in page.elements if at.get("name") == "take"]
    assert ticked == ["mail-1@1", "mail-2@1"]
    assert "An order." in page.words
    assert "/records/lead" not in page.links("/records/")
    assert ports.records.writes == 0


def take(browser: Browser, path: str, *chosen: str):
    from urllib.parse import urlencode

    from mailroom.console.app import answer
    from mailroom.console.web import Request
    from tests.unit.console.browser import HOST, TOKEN

    body = urlencode([("csrf", TOKEN), *(("take", each) for each in chosen)])
    return answer(Request("POST", path, HOST, (), browser.headers, browser.cookies, body), browser.ports)


def statuses(ports) -> list[str]:
    return [ports.records.get(name).status.value for name in ("mail-1", "mail-2")]


def test_the_chosen_ones_are_approved_and_taken_back_together():
    ports = console(likely("mail-1"), likely("mail-2"))
    browser = Browser(ports)
    response = take(browser, "/records/mail-1/similar", "mail-1@1", "mail-2@1")
    assert statuses(ports) == ["approved", "approved"]
    assert response.headers["location"] == "/approved?ids=mail-1+mail-2"

    page = Page(browser.get("/approved", ids="mail-1 mail-2"))
    assert "2 accepted together" in page.words
    take(browser, "/approved/undo", *(at["value"] for _, at in page.elements if at.get("name") == "take"))
    assert statuses(ports) == ["needs_human", "needs_human"]


def test_one_that_somebody_changed_meanwhile_is_left_alone():
    ports = console(likely("mail-1"), likely("mail-2", version=2))
    take(Browser(ports), "/records/mail-1/similar", "mail-1@1", "mail-2@1")

    assert statuses(ports) == ["approved", "needs_human"]


def test_a_forged_choice_approves_nothing_that_is_unlike_or_wants_a_look():
    ports = console(likely("mail-1"), likely("mail-2", reasons=("An order.",)), likely("lead-1", kind="lead"))
    take(Browser(ports), "/records/mail-1/similar", "mail-2@1", "lead-1@1")

    assert ports.records.writes == 0


@pytest.mark.parametrize("chosen", [["x"], ["mail-1@"], ["mail-1@1"] * 26])
def test_a_choice_that_is_not_one_of_ours_is_refused(chosen):
    assert take(Browser(console(likely("mail-1"))), "/records/mail-1/similar", *chosen).status == 400
