"""Signing in and out."""

from mailroom.console.ports import ConsolePorts
from mailroom.console.templating import render
from mailroom.console.web import SESSION_COOKIE, Request, Response, cookie


def begin(request: Request, ports: ConsolePorts) -> Response:  # noqa: ARG001 -- a page's signature
    """Show where to sign in."""
    return render("signed_out.html", request)


def end(request: Request, ports: ConsolePorts) -> Response:
    """Forget the session, here and in the browser."""
    ports.sessions.close(request.cookies.get(SESSION_COOKIE, ""))
    anybody = Request(request.method, "/sign-in", cookies=request.cookies)
    page = render("signed_out.html", anybody)
    return Response(page.status, page.body, page.headers, (cookie(SESSION_COOKIE, "", max_age_s=0),))
