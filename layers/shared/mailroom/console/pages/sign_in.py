"""Signing in at the user pool, coming back, and signing out."""

import secrets
from hmac import compare_digest
from urllib.parse import quote

from mailroom.console.ports import ConsolePorts
from mailroom.console.templating import render
from mailroom.console.web import (
    SESSION_COOKIE,
    BadRequestError,
    NotFoundError,
    Request,
    Response,
    cookie,
    local_path,
)
from mailroom.domain.session import SESSION_LIFE, Session
from mailroom.domain.sign_in import (
    ATTEMPT_LIFE,
    SignInAttempt,
    SignInService,
    person_of,
    sign_in_address,
    sign_out_address,
)

ATTEMPT_COOKIE = "__Host-sign-in"
_SECRET_BYTES = 32


def begin(request: Request, ports: ConsolePorts) -> Response:
    """Send the browser to the sign-in service, and remember what must come back."""
    service = _service(ports)
    state, nonce, verifier = (secrets.token_urlsafe(_SECRET_BYTES) for _ in range(3))
    attempt = SignInAttempt(state, nonce, verifier, local_path(request.asked("back")))
    remembered = cookie(
        ATTEMPT_COOKIE,
        ports.sessions.keep_attempt(attempt),
        max_age_s=int(ATTEMPT_LIFE.total_seconds()),
        same_site="Lax",
    )
    return Response(
        303, headers={"location": sign_in_address(service, attempt, _came_back(request))}, cookies=(remembered,)
    )


def finish(request: Request, ports: ConsolePorts) -> Response:
    """Take the code that the browser came back with, and open a session for whom it stands for.

    The answer is a page that leads on by itself and no redirect: a browser does not send a SameSite=Strict cookie along
    a chain of redirects that another site began.
    """
    service = _service(ports)
    attempt = ports.sessions.take_attempt(request.cookies.get(ATTEMPT_COOKIE, ""))
    if attempt is None or not compare_digest(request.asked("state").encode(), attempt.state.encode()):
        raise BadRequestError("This sign-in was not begun in this browser, or took too long. Sign in again.")
    code = request.asked("code")
    if not code:
        raise BadRequestError("You were not signed in. Try again, or ask whoever administers the console.")
    assert ports.tokens is not None
    claims = ports.tokens.claims(code, attempt.verifier, _came_back(request))
    person = person_of(claims, service, attempt, ports.clock.now())
    secret = ports.sessions.open(Session(person, secrets.token_urlsafe(_SECRET_BYTES)))
    page = render("lead_on.html", request, to=attempt.back)
    kept = cookie(SESSION_COOKIE, secret, max_age_s=int(SESSION_LIFE.total_seconds()))
    return Response(page.status, page.body, page.headers, (kept, cookie(ATTEMPT_COOKIE, "", max_age_s=0)))


def signed_out(request: Request, ports: ConsolePorts) -> Response:  # noqa: ARG001 -- a page's signature
    """Show that nobody is signed in."""
    return render("signed_out.html", request, elsewhere="")


def end(request: Request, ports: ConsolePorts) -> Response:
    """Forget the session, here and in the browser."""
    ports.sessions.close(request.cookies.get(SESSION_COOKIE, ""))
    anybody = Request(request.method, "/signed-out", cookies=request.cookies)
    elsewhere = sign_out_address(ports.sign_in, f"https://{request.host}/signed-out") if ports.sign_in else ""
    page = render("signed_out.html", anybody, elsewhere=elsewhere)
    return Response(page.status, page.body, page.headers, (cookie(SESSION_COOKIE, "", max_age_s=0),))


def sign_in_path(request: Request) -> str:
    """Return where somebody who is not signed in is sent, with where that person was going."""
    going = request.path if request.method == "GET" and request.path != "/" else ""
    return f"/sign-in?back={quote(going, safe='')}" if going else "/sign-in"


def _came_back(request: Request) -> str:
    return f"https://{request.host}/signed-in"


def _service(ports: ConsolePorts) -> SignInService:
    if ports.sign_in is None:
        raise NotFoundError("Nobody can sign in here: no sign-in service is set up.")
    return ports.sign_in
