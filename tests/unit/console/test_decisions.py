"""Deciding on the page: what is filed, what opens next, and what the second of two people is told."""

from urllib.parse import parse_qs, urlsplit

import pytest

from mailroom.domain.record import FieldResult, Status
from mailroom.domain.session import Person, Role, Session
from tests.unit.console.browser import TOKEN, Browser, Page, console, waiting

MAIL = (
    b"From: Ann <billing@papel.example>\nSubject: Invoice A-1\n\nInvoice A-1 of 5 January 2026. Total due: 40.00 EUR\n"
)


def form(**values: str) -> dict[str, str]:
    shown = {"issue_date": "2026-05-01", "invoice_number": "A-1"} | values
    return {"version": "1", **{f"value:{path}": value for path, value in shown.items()}}


def test_accepting_an_unchanged_page_approves_and_opens_the_next_record():
    ports = console(waiting("mail-1", confidence=0.1), waiting("mail-2", confidence=0.2))
    response = Browser(ports).post("/records/mail-1/accept", **form())

    assert ports.records.get("mail-1").status is Status.APPROVED
    assert ports.records.get("mail-1").decisions[0].by == "ana@example.com"
    assert response.status == 303
    assert urlsplit(response.headers["location"]).path == "/records/mail-2"


def test_accepting_a_changed_page_corrects_what_was_changed_and_nothing_else():
    ports = console(waiting("mail-1"), mails={"raw/mail-1": MAIL})
    Browser(ports).post("/records/mail-1/accept", **form(issue_date="5 January 2026", total_amount="40.00"))

    record = ports.records.get("mail-1")
    assert record.status is Status.CORRECTED
    assert {name: found.value for name, found in record.fields.items()} == {
        "invoice_number": "A-1",
        "issue_date": "2026-01-05",
        "total_amount": "40.00",
    }
    assert record.decisions[0].before == {"issue_date": "2026-05-01", "total_amount": ""}
    assert record.fields["issue_date"].quote == "5 January 2026"
    assert record.fields["invoice_number"].origin == "extract"


def test_words_that_were_selected_go_along_as_the_values_place():
    ports = console(waiting("mail-1"), mails={"raw/mail-1": MAIL})
    original = ports.messages.of(ports.records.get("mail-1"))
    start = original.message.text.rindex("40.00")
    posted = form(total_amount="40.00") | {"selected": f"total_amount@{start}-{start + 5}"}
    Browser(ports).post("/records/mail-1/accept", **posted)

    found = ports.records.get("mail-1").fields["total_amount"]
    assert (found.start, found.end, found.quote) == (start, start + 5, "40.00")


def test_a_line_break_that_a_browser_writes_its_own_way_is_no_change():
    record = waiting("mail-1", fields={"customer_name": FieldResult(value="A\nB", method="exact", confidence=0.9)})
    ports = console(record)
    Browser(ports).post("/records/mail-1/accept", **{"version": "1", "value:customer_name": "A\r\nB"})

    assert ports.records.get("mail-1").status is Status.APPROVED


def test_a_row_is_taken_away_whatever_its_cells_say():
    cell = FieldResult(value="Chairs", method="exact", confidence=0.9)
    ports = console(waiting("mail-1", groups={"line_items": ({"description": cell}, {"description": cell})}))
    posted = form() | {"value:line_items[0].description": "Stools", "remove": "line_items[0]"}
    Browser(ports).post("/records/mail-1/accept", **posted)

    assert len(ports.records.get("mail-1").groups["line_items"]) == 1


def test_a_value_that_the_kind_does_not_take_is_said_and_kept_for_mending():
    ports = console(waiting("mail-1"))
    response = Browser(ports).post("/records/mail-1/accept", **form(issue_date="soon"))

    page = Page(response)
    assert response.status == 422
    assert "issue_date:" in page.words
    assert "soon" in [at.get("value") for tag, at in page.elements if at.get("name") == "value:issue_date"]
    assert ports.records.get("mail-1").status is Status.NEEDS_HUMAN


def test_the_second_of_two_people_is_told_who_was_first_and_overwrites_nothing():
    ports = console(waiting("mail-1"))
    ports.sessions.sessions["other"] = Session(Person("ben@example.com", Role.REVIEWER), TOKEN)
    Browser(ports).post("/records/mail-1/accept", **form())
    second = Browser(ports, cookies={"__Host-mailroom": "other"}).post(
        "/records/mail-1/accept", **form(issue_date="2026-01-05")
    )

    assert second.status == 409
    assert "changed by ana@example.com (approved) while you looked at it" in Page(second).words
    assert ports.records.get("mail-1").status is Status.APPROVED


def test_rejecting_needs_a_reason_and_keeps_it():
    ports = console(waiting("mail-1"))
    assert Browser(ports).post("/records/mail-1/reject", version="1", reason=" ").status == 422
    Browser(ports).post("/records/mail-1/reject", version="1", reason="Not for us")

    record = ports.records.get("mail-1")
    assert (record.status, record.decisions[0].reason) == (Status.REJECTED, "Not for us")


def test_a_decision_is_undone_where_the_next_record_says_so():
    ports = console(waiting("mail-1", confidence=0.1), waiting("mail-2"))
    browser = Browser(ports)
    opened = urlsplit(browser.post("/records/mail-1/accept", **form()).headers["location"])
    page = Page(browser.get(opened.path, **{name: values[0] for name, values in parse_qs(opened.query).items()}))

    assert "is approved. The next record is open." in page.words
    (undo,) = {
        at["action"] for tag, at in page.elements if tag == "form" and (at.get("action") or "").endswith("/undo")
    }
    assert undo == "/records/mail-1/undo"
    browser.post(undo, version="2")
    assert ports.records.get("mail-1").status is Status.NEEDS_HUMAN


def test_nobody_is_offered_to_undo_what_somebody_else_decided():
    ports = console(waiting("mail-1"))
    ports.sessions.sessions["other"] = Session(Person("ben@example.com", Role.REVIEWER), TOKEN)
    Browser(ports).post("/records/mail-1/accept", **form())
    ben = Browser(ports, cookies={"__Host-mailroom": "other"})

    assert not [at for _, at in Page(ben.get("/records/mail-1")).elements if (at.get("action") or "").endswith("/undo")]
    assert ben.post("/records/mail-1/undo", version="2").status == 422


def test_the_queue_goes_on_from_the_top_after_its_end_and_ends_when_nothing_waits():
    ports = console(waiting("mail-1", confidence=0.1), waiting("mail-2", confidence=0.9))
    browser = Browser(ports)

    assert "/records/mail-1" in browser.post("/records/mail-2/accept", **form()).headers["location"]
    assert browser.post("/records/mail-1/accept", **form()).headers["location"].startswith("/?")


def test_the_next_record_is_one_of_those_that_were_filtered_for():
    ports = console(
        waiting("mail-1", confidence=0.1), waiting("lead-2", confidence=0.2, kind="lead"), waiting("mail-3")
    )
    location = Browser(ports).post("/records/mail-1/accept", kind="invoice", **form()).headers["location"]

    assert location.startswith("/records/mail-3?kind=invoice")


def test_looking_at_the_next_record_decides_nothing():
    ports = console(waiting("mail-1", confidence=0.1), waiting("mail-2", confidence=0.2))

    assert Browser(ports).get("/next", after="0.1~mail-1").headers["location"] == "/records/mail-2"
    assert ports.records.writes == 0


@pytest.mark.parametrize("action", ["accept", "reject", "undo"])
def test_a_reader_decides_nothing_even_by_hand(action):
    ports = console(waiting("mail-1"), role=Role.READER)

    assert Browser(ports).post(f"/records/mail-1/{action}", reason="x", **form()).status == 403
    assert ports.records.writes == 0


@pytest.mark.parametrize("odd", [{"version": ""}, {"version": "x"}, {"selected": "total_amount@x-y", "version": "1"}])
def test_a_form_that_is_not_ours_is_refused(odd):
    ports = console(waiting("mail-1"))

    assert Browser(ports).post("/records/mail-1/accept", **(form() | odd)).status == 400
    assert ports.records.writes == 0


def test_a_record_is_read_again_from_the_beginning_and_says_who_asked():
    ports = console(waiting("mail-1"))
    Browser(ports).post("/records/mail-1/requeue", version="1", reason="the kind is wrong")

    record = ports.records.get("mail-1")
    assert (record.status, record.decisions[0].by) == (Status.RECEIVED, "ana@example.com")
    assert [claim.record_id for claim in ports.intake.claims] == ["mail-1"]


def test_a_record_that_somebody_changed_meanwhile_is_not_read_again():
    ports = console(waiting("mail-1", version=2))

    assert Browser(ports).post("/records/mail-1/requeue", version="1").status == 409
    assert ports.intake.claims == []
