"""What follows from decisions, in a browser: who was told, telling again, and what equal corrections suggest."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect
from standardwebhooks.webhooks import Webhook

from local.session import Session
from mailroom import wiring
from mailroom.domain.notice_delivery import DeliveryStatus
from mailroom.domain.record import Decision, FieldResult, Status
from tests.browser.filing import NOW, waiting
from tests.receiver import Heard, Receiver, receiving
from tests.unit.console.browser import told
from tests.waiting import eventually

SECRET = "whsec_b2xkIG9sZCBvbGQgb2xkIG9sZCBvbGQgb2xk"  # invented


@pytest.fixture
def receiver(twin: Session) -> Iterator[Receiver]:
    """Listen as the endpoint ``crm`` of the twin's deliveries."""
    secrets, secret = twin.twin.client("secretsmanager"), twin.twin.outputs["DeliveriesSecret"]
    with receiving() as found:
        crm = {"name": "crm", "type": "webhook", "url": f"{found.url}/in", "secrets": [SECRET], "internal": True}
        secrets.put_secret_value(SecretId=secret, SecretString=json.dumps({"endpoints": [crm]}))
        wiring.forget()  # what a function remembers of the secret for some minutes
        yield found
    secrets.put_secret_value(SecretId=secret, SecretString='{"endpoints": []}')
    wiring.forget()


def test_what_was_given_up_is_delivered_again_from_the_browser_under_its_old_id(open_browser, filing, receiver):
    record = waiting(1)
    body = json.dumps({"type": "record.accepted", "data": {"record_id": record.record_id}})
    times = {"created_at": datetime.now(UTC), "due_at": datetime.now(UTC), "expires_at": NOW + timedelta(days=1)}
    dead = told(71, record_id=record.record_id, body=body, **times)
    filing.file([record])
    filing.tell([dead])
    watched = open_browser()
    watched.page.goto("/")
    watched.page.keyboard.press("g")
    watched.page.keyboard.press("d")
    expect(watched.page).to_have_url(re.compile("/deliveries$"))
    row = watched.page.locator(f"#{dead.delivery_id}")

    row.get_by_role("button", name="Deliver again to crm: record.accepted").click()

    def again() -> list[Heard]:
        return [heard for heard in receiver.heard if heard.headers["webhook-id"] == dead.delivery_id]

    assert eventually(again)
    (heard,) = again()
    assert Webhook(SECRET).verify(heard.body, heard.headers)["data"]["record_id"] == record.record_id
    assert eventually(lambda: filing.delivery(dead.delivery_id).status is DeliveryStatus.DELIVERED)
    watched.page.goto(f"/records/{record.record_id}")
    expect(watched.page.locator(f"#{dead.delivery_id}")).to_contain_text("200 after")
    assert watched.mischief() == []


def test_three_equal_corrections_are_a_suggestion_that_leads_to_its_records(open_browser, filing):
    def corrected(number: int):
        decision = Decision(action="corrected", by="ana", at=NOW, before={"invoice_number": "A-1"})
        fields = {"invoice_number": FieldResult(value="R-9", method="corrected", confidence=1.0)}
        more = {"status": Status.CORRECTED, "decisions": (decision,), "fields": fields, "doubtful": ()}
        return waiting(number, sender="ana@papel.example", **more)

    filing.file([corrected(number) for number in range(3)])
    watched = open_browser()
    watched.page.goto("/")
    watched.page.keyboard.press("g")
    watched.page.keyboard.press("c")

    said = watched.page.get_by_role("heading", level=2)
    expect(said).to_contain_text("ana@papel.example: invoice.invoice_number was corrected the same way in 3 records")
    assert watched.grave_faults() == []
    watched.page.get_by_role("link", name="Record 3 of 3").click()
    expect(watched.page).to_have_url(re.compile(r"/records/mail-0000[012]"))
