"""What endpoints were told, as people see it, and telling them again."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from functions.serve_console.handler import handle
from mailroom import wiring
from mailroom.console.delivery_view import TOLD_AT_MOST
from mailroom.console.ports import ConsolePorts, Telling
from mailroom.console.web import SESSION_COOKIE
from mailroom.console.words import moment
from mailroom.domain.notice_delivery import DeliveryStatus, Medium, NoticeDelivery
from mailroom.domain.session import Role
from tests.fakes import START, FakeDeliveryStore, FakeNoticeQueue
from tests.unit.console.browser import HOST, TOKEN, Browser, Page, console, told, waiting
from tests.unit.console.test_handler import EVENT, Context


def telling(*deliveries: NoticeDelivery, role: Role = Role.REVIEWER) -> ConsolePorts:
    book = FakeDeliveryStore({each.delivery_id: each for each in deliveries})
    return replace(console(waiting("mail-1"), role=role), telling=Telling(book, FakeNoticeQueue()))


def ask_again(ports: ConsolePorts, delivery: NoticeDelivery, **form: str):
    path = f"/deliveries/{delivery.delivery_id}/again"
    return Browser(ports).post(path, **({"revision": str(delivery.revision)} | form))


def forms(page: Page) -> list[str]:
    actions = [at.get("action") or "" for tag, at in page.elements if tag == "form"]
    return [action for action in actions if action.endswith("/again")]


def asked(ports: ConsolePorts) -> list[tuple[str, int, int]]:
    assert ports.telling is not None
    return ports.telling.queue.asked


def test_a_record_says_who_was_told_of_it_how_each_try_ended_and_what_comes_next():
    failed = told(1)
    again = told(2, endpoint="erp", status=DeliveryStatus.WAITING, reason="", due_at=START + timedelta(hours=2))
    other = told(3, endpoint="elsewhere", record_id="mail-2")

    page = Page(Browser(telling(failed, again, other)).get("/records/mail-1"))

    assert "crm: record.accepted" in page.words
    assert "503 after 1,234 ms" in page.words
    assert failed.reason in page.words
    assert f"Next try: {moment(again.due_at)}" in page.words
    assert "elsewhere" not in page.words
    assert forms(page) == [f"/deliveries/{failed.delivery_id}/again"]


def test_a_stack_that_tells_nobody_has_no_section_no_page_and_no_way_there():
    browser = Browser(console(waiting("mail-1")))

    assert "Told" not in Page(browser.get("/records/mail-1")).words
    assert Page(browser.get("/")).links("/deliveries") == []
    assert browser.get("/deliveries").status == 404
    assert browser.post(f"/deliveries/{told().delivery_id}/again", revision="3").status == 404


def test_the_page_lists_what_was_given_up_and_what_waits_the_latest_first_and_says_where_there_is_more():
    dead = [told(number) for number in range(1, TOLD_AT_MOST + 3)]
    delivered = told(90, status=DeliveryStatus.DELIVERED)
    waits = told(91, status=DeliveryStatus.WAITING)

    page = Page(Browser(telling(*dead, delivered, waits)).get("/deliveries"))

    shown = [at["id"] for tag, at in page.elements if tag == "li" and (at.get("id") or "").startswith("msg_")]
    latest = [each.delivery_id for each in reversed(dead)][:TOLD_AT_MOST]
    assert shown == [*latest, waits.delivery_id]
    assert f"There are more than these {TOLD_AT_MOST}." in page.words
    assert page.links("/deliveries") == ["/deliveries"]


@pytest.mark.parametrize("status", [DeliveryStatus.DEAD, DeliveryStatus.DELIVERED])
def test_what_has_ended_is_told_again_under_its_old_id(status):
    delivery = told(status=status)
    ports = telling(delivery)

    response = ask_again(ports, delivery, back="record")

    assert (response.status, response.headers["location"]) == (303, "/records/mail-1#deliveries")
    assert asked(ports) == [(delivery.delivery_id, 0, 0)]
    assert ports.telling.book.get(delivery.delivery_id).status is DeliveryStatus.WAITING
    assert ask_again(telling(delivery), delivery, back="//evil.example").headers["location"] == "/deliveries"


def test_asking_twice_from_one_page_tells_once():
    delivery = told()
    ports = telling(delivery)

    assert [ask_again(ports, delivery).status for _ in range(2)] == [303, 409]
    assert len(asked(ports)) == 1


@pytest.mark.parametrize(
    "delivery",
    [told(status=DeliveryStatus.WAITING), told(medium=Medium.EMAIL, status=DeliveryStatus.DELIVERED)],
    ids=["still on its way", "a mail that was sent"],
)
def test_what_must_not_be_told_again_has_no_button_and_is_refused(delivery):
    ports = telling(delivery)

    assert forms(Page(Browser(ports).get("/records/mail-1"))) == []
    assert ask_again(ports, delivery).status == 409
    assert asked(ports) == []


def test_a_reader_sees_deliveries_but_asks_for_none():
    delivery = told()
    ports = telling(delivery, role=Role.READER)

    assert forms(Page(Browser(ports).get("/deliveries"))) == []
    assert ask_again(ports, delivery).status == 403
    assert asked(ports) == []


def test_a_post_without_the_sessions_token_tells_nobody():
    delivery = told()
    ports = telling(delivery)

    assert ask_again(ports, delivery, csrf="guessed").status == 403
    assert asked(ports) == []


@pytest.mark.parametrize(("revision", "status"), [("", 400), ("²", 400), ("x", 400), ("2", 409)])
def test_a_form_that_saw_another_state_tells_nobody(revision, status):
    delivery = told()
    ports = telling(delivery)

    assert ask_again(ports, delivery, revision=revision).status == status
    assert asked(ports) == []


def test_a_delivery_that_is_gone_is_not_found():
    assert ask_again(telling(), told()).status == 404


def test_what_a_receiver_or_an_endpoint_is_called_is_words_on_the_page():
    bad = "<script>alert(1)</script>"
    page = Page(Browser(telling(told(endpoint=bad, reason=bad))).get("/deliveries"))

    assert page.words.count(bad) >= 2
    assert Counter(tag for tag, _ in page.elements)["script"] == 1


def test_the_log_says_who_had_what_delivered_again(monkeypatch, caplog):
    delivery = told()
    ports = telling(delivery)
    monkeypatch.setattr(wiring, "console", lambda: ports)
    path = f"/deliveries/{delivery.delivery_id}/again"
    event = {**EVENT, "rawPath": path, "cookies": [f"{SESSION_COOKIE}=secret"], "isBase64Encoded": False}
    event |= {"body": f"csrf={TOKEN}&revision={delivery.revision}"}
    event["headers"] = {**EVENT["headers"], "host": HOST, "origin": f"https://{HOST}"}
    event["requestContext"] = {**EVENT["requestContext"], "http": {"method": "POST", "path": path}}

    assert handle(event, Context())["statusCode"] == 303
    said = [(line.delivered_again_by, line.delivery_id) for line in caplog.records if line.message == "answered"]
    assert said == [("ana@example.com", delivery.delivery_id)]
