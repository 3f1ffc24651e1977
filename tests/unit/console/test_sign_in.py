"""Signing in: what goes out, what must come back, and whom it lets in."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from mailroom.console.web import SESSION_COOKIE, local_path
from mailroom.domain.session import Role
from mailroom.domain.sign_in import SignInAttempt, SignInError, SignInService, person_of
from tests.fakes import START
from tests.unit.console.browser import HOST, Browser, Page, console

SERVICE = SignInService("mailroom-x.auth.eu-west-1.amazoncognito.com", "our-client", "https://cognito-idp/pool")
ATTEMPT = SignInAttempt("state", "nonce", "verifier", "/")


def claims(**more):
    plain = {
        "iss": SERVICE.issuer,
        "aud": SERVICE.client_id,
        "token_use": "id",
        "nonce": "nonce",
        "exp": int((START + timedelta(hours=1)).timestamp()),
        "email": "ana@example.com",
        "cognito:groups": ["reviewers"],
    }
    return plain | more


class FakeTokens:
    def __init__(self, found):
        self.found, self.asked = found, []

    def claims(self, code, verifier, redirect_uri):
        self.asked.append((code, verifier, redirect_uri))
        return self.found


def signing_in(**more):
    """Begin a sign-in; return the browser, what the sign-in service was asked, and the fake that answers the code."""
    from dataclasses import replace

    tokens = FakeTokens({})
    ports = replace(console(), sign_in=SERVICE, tokens=tokens)
    browser = Browser(ports, cookies={})
    begun = browser.get("/sign-in", back="/records/mail-1")
    name, _, rest = begun.cookies[0].partition("=")
    browser.cookies[name] = rest.partition(";")[0]
    asked = {key: values[0] for key, values in parse_qs(urlsplit(begun.headers["location"]).query).items()}
    tokens.found = claims(nonce=asked["nonce"], **more)
    return browser, asked, tokens, begun


def test_the_browser_is_sent_to_the_user_pool_with_what_must_come_back():
    _, asked, _, begun = signing_in()

    assert begun.headers["location"].startswith(f"https://{SERVICE.domain}/oauth2/authorize?")
    assert asked["response_type"] == "code"
    assert asked["code_challenge_method"] == "S256"
    assert asked["redirect_uri"] == f"https://{HOST}/signed-in"
    assert len({asked["state"], asked["nonce"], asked["code_challenge"]}) == 3
    assert "SameSite=Lax" in begun.cookies[0]
    assert "HttpOnly" in begun.cookies[0]


def test_coming_back_opens_a_session_and_leads_to_where_the_person_was_going():
    browser, asked, tokens, _ = signing_in()
    response = browser.get("/signed-in", code="a-code", state=asked["state"])

    assert response.status == 200
    (kept, _gone) = response.cookies
    secret = kept.partition("=")[2].partition(";")[0]
    assert kept.startswith(f"{SESSION_COOKIE}=")
    assert {"Secure", "HttpOnly", "SameSite=Strict", "Max-Age=28800"} <= set(kept.split("; "))
    person = browser.ports.sessions.find(secret).person
    assert (person.name, person.role) == ("ana@example.com", Role.REVIEWER)
    assert [at["content"] for tag, at in Page(response).elements if at.get("http-equiv")] == ["0; url=/records/mail-1"]
    assert tokens.asked[0][0] == "a-code"


@pytest.mark.parametrize("state", ["", "another", "ünïcode"])
def test_a_sign_in_that_this_browser_did_not_begin_is_refused(state):
    browser, _, tokens, _ = signing_in()

    assert browser.get("/signed-in", code="a-code", state=state).status == 400
    assert tokens.asked == []


def test_a_code_is_taken_once():
    browser, asked, _, _ = signing_in()
    browser.get("/signed-in", code="a-code", state=asked["state"])

    assert browser.get("/signed-in", code="a-code", state=asked["state"]).status == 400


def test_another_browser_cannot_finish_it():
    browser, asked, _, _ = signing_in()
    browser.cookies.clear()

    assert browser.get("/signed-in", code="a-code", state=asked["state"]).status == 400


@pytest.mark.parametrize(
    "wrong",
    [
        {"iss": "https://evil.example"},
        {"aud": "another-client"},
        {"token_use": "access"},
        {"nonce": "of-another-attempt"},
        {"exp": int(START.timestamp())},
        {"exp": None},
        {"email": "", "cognito:username": None},
        {"email": ["ana@example.com"]},
    ],
)
def test_a_token_that_is_not_for_us_or_not_for_now_lets_nobody_in(wrong):
    with pytest.raises(SignInError):
        person_of(claims(**wrong), SERVICE, ATTEMPT, START)


@pytest.mark.parametrize("groups", [[], ["others"], "reviewers", None])
def test_who_is_in_no_group_of_reviewers_only_looks(groups):
    assert person_of(claims(**{"cognito:groups": groups}), SERVICE, ATTEMPT, START).role is Role.READER


@pytest.mark.parametrize(
    "path", ["//evil.example", "/\\evil.example", "https://evil.example", "/a b", "/\n/x", "", "x"]
)
def test_no_path_leads_to_another_site(path):
    assert local_path(path) == "/"


def test_a_link_from_elsewhere_is_asked_again_from_a_page_of_ours_and_not_sent_to_sign_in():
    browser = Browser(console(), cookies={}, headers={"host": HOST, "sec-fetch-site": "cross-site"})
    response = browser.get("/records/mail-1")

    assert response.status == 200
    assert [at["content"] for _, at in Page(response).elements if at.get("http-equiv")] == ["0; url=/records/mail-1"]
    assert (
        Browser(console(), cookies={}).get("/records/mail-1").headers["location"] == "/sign-in?back=%2Frecords%2Fmail-1"
    )


def test_where_no_service_is_set_up_nobody_signs_in():
    assert Browser(console(), cookies={}).get("/sign-in").status == 404
