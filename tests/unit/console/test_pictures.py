"""Pictures leave from an address of their own, by their content's type, under a policy that runs nothing."""

from email.message import EmailMessage
from pathlib import Path

import pytest

from tests.unit.console.browser import Browser, Page, console, waiting

EVENTS = Path(__file__).parents[3] / "events" / "emails"


def browser_with(mail: bytes) -> Browser:
    return Browser(console(waiting("mail-1"), mails={"raw/mail-1": mail}))


def test_a_photograph_is_shown_as_what_it_is():
    response = browser_with((EVENTS / "05-receipt-photo.eml").read_bytes()).get("/records/mail-1/pictures/0")

    assert response.headers["content-type"] == "image/jpeg"
    assert response.body[:3] == b"\xff\xd8\xff"
    assert response.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["cross-origin-resource-policy"] == "same-origin"


def test_a_page_of_a_pdf_is_drawn():
    response = browser_with((EVENTS / "04-invoice-pdf-spanish.eml").read_bytes()).get("/records/mail-1/pages/2/1")

    assert response.status == 200
    assert response.headers["content-type"] in {"image/png", "image/jpeg"}


@pytest.mark.parametrize("path", ["pictures/99", "pages/2/99", "pages/1/1", "pages/9.9/1", "pages/2/0"])
def test_what_the_message_does_not_have_is_not_found(path):
    response = browser_with((EVENTS / "04-invoice-pdf-spanish.eml").read_bytes()).get(f"/records/mail-1/{path}")

    assert response.status == 404


def test_a_drawing_with_a_script_in_it_is_never_sent():
    mail = EmailMessage()
    mail["From"] = "eve@evil.example"
    mail.set_content("Look.")
    svg = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
    mail.add_attachment(svg, maintype="image", subtype="svg+xml", filename="x.svg")
    mail.add_attachment(svg, maintype="image", subtype="png", filename="x.png")
    browser = browser_with(mail.as_bytes())

    assert browser.get("/records/mail-1/pictures/0").status == 404
    assert not [tag for tag, _ in Page(browser.get("/records/mail-1")).elements if tag == "img"]
