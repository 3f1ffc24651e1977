"""What holds for every page: who may, what a post must bring, and what an answer always carries."""

import pytest

from mailroom.console.routes import ROUTES, Access
from mailroom.console.web import SESSION_COOKIE
from mailroom.domain.session import Role
from tests.unit.console.browser import Browser, Page, console, waiting


def test_who_is_not_signed_in_is_sent_to_sign_in_and_sees_nothing():
    response = Browser(console(waiting("mail-1")), cookies={}).get("/")

    assert (response.status, response.headers["location"], response.body) == (303, "/sign-in", "")


def test_every_address_but_signing_in_and_static_files_needs_somebody_signed_in():
    open_to_all = {route.pattern for route in ROUTES if route.access is Access.EVERYBODY}

    assert all(pattern.startswith(("/static/", "/theme", "/sign")) for pattern in open_to_all)


@pytest.mark.parametrize("path", ["/", "/no-such-page", "/static/console.css", "/sign-in"])
def test_no_answer_leaves_without_its_headers(path):
    headers = Browser(console()).get(path).headers

    assert headers["content-security-policy"].startswith("default-src 'none'")
    assert "unsafe" not in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"


def test_pages_are_kept_nowhere_and_static_files_for_ever():
    browser = Browser(console())

    assert browser.get("/").headers["cache-control"] == "no-store"
    assert "immutable" in browser.get("/static/console.css").headers["cache-control"]


@pytest.mark.parametrize("path", ["/static/..%2fweb.py", "/static/web.py", "/records/../../etc", "/nowhere"])
def test_what_is_not_there_is_not_found(path):
    assert Browser(console()).get(path).status == 404


def test_a_post_from_another_site_changes_nothing():
    ports = console()
    for headers in ({}, {"origin": "https://evil.example"}, {"origin": "null"}):
        response = Browser(ports, headers={"host": "console.example", **headers}).post("/sign-out")
        assert response.status == 403
    assert ports.sessions.find("secret")


def test_a_post_without_the_sessions_token_changes_nothing():
    ports = console()

    assert Browser(ports).post("/sign-out", csrf="guessed").status == 403
    assert ports.sessions.find("secret")


def test_signing_out_forgets_the_session_here_and_in_the_browser():
    ports = console()
    response = Browser(ports).post("/sign-out")

    assert ports.sessions.find("secret") is None
    (gone,) = response.cookies
    assert gone.startswith(f"{SESSION_COOKIE}=; ")
    assert {"Secure", "HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=0"} <= set(gone.split("; "))


def test_a_reader_may_look():
    assert Browser(console(waiting("mail-1"), role=Role.READER)).get("/").status == 200


@pytest.mark.parametrize("back", ["//evil.example", "https://evil.example", "/\\evil.example"])
def test_choosing_colours_never_leads_elsewhere(back):
    response = Browser(console()).post("/theme", theme="dark", back=back)

    assert response.headers["location"] == "/"
    assert response.cookies[0].startswith("theme=dark;")


def test_a_page_holds_no_script_style_or_handler_of_its_own():
    page = Page(Browser(console(waiting("mail-1"))).get("/"))

    assert next(at["src"] for tag, at in page.elements if tag == "script").startswith("/static/console.js?v=")
    assert not [
        at
        for tag, at in page.elements
        if tag == "style" or any(name == "style" or name.startswith("on") for name in at)
    ]
