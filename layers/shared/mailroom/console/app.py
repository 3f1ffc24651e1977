"""Answer one request: find its page, make sure that the person may, and let nothing leave without its headers."""

import re
from collections.abc import Mapping
from dataclasses import replace

from mailroom.console.pages.sign_in import sign_in_path
from mailroom.console.ports import ConsolePorts
from mailroom.console.routes import ROUTES, Access, Route
from mailroom.console.security import HEADERS, check_post
from mailroom.console.templating import render
from mailroom.console.web import (
    SESSION_COOKIE,
    ForbiddenError,
    NotFoundError,
    RefusedError,
    Request,
    Response,
    local_path,
    see_other,
)
from mailroom.domain.errors import ConflictError, MailroomError, PermanentError, TransientError
from mailroom.domain.sign_in import SignInError


def answer(request: Request, ports: ConsolePorts) -> Response:
    """Return the page, or one that says why not; raises nothing that a person could mend."""
    session = ports.sessions.find(secret) if (secret := request.cookies.get(SESSION_COOKIE, "")) else None
    known = replace(request, session=session, tells=ports.telling is not None)
    try:
        response = _page(known, ports)
    except MailroomError as error:
        response = _sorry(known, error)
    return replace(response, headers={**HEADERS, **response.headers})


def _page(request: Request, ports: ConsolePorts) -> Response:
    route, arguments = _route_of(request)
    if route.access is not Access.EVERYBODY:
        if request.session is None:
            return _without_session(request)
        if request.method == "POST":
            check_post(request, request.session)
        if route.access is Access.REVIEWERS and not request.person.decides:
            raise ForbiddenError(
                "You may look but not decide: ask whoever administers the console to make you a reviewer."
            )
    return route.page(request, ports, **arguments)


def _without_session(request: Request) -> Response:
    """Send the browser to sign in, unless it may only have held its cookie back.

    It holds a SameSite=Strict cookie back when another site's link (a chat's, a mail's) led here; asked again from a
    page of ours, it sends it.
    """
    if request.method == "GET" and request.headers.get("sec-fetch-site") == "cross-site":
        return render("lead_on.html", request, to=local_path(request.path))
    return see_other(sign_in_path(request))


def _route_of(request: Request) -> tuple[Route, Mapping[str, str]]:
    method = "GET" if request.method == "HEAD" else request.method
    for route in ROUTES:
        if route.method == method and (found := re.fullmatch(route.pattern, request.path)):
            return route, found.groupdict()
    raise NotFoundError("There is no such page.")


_STATUS_OF: Mapping[type[MailroomError], int] = {
    SignInError: 400,
    ConflictError: 409,
    PermanentError: 422,
    TransientError: 503,
}


def _sorry(request: Request, error: MailroomError) -> Response:
    status = error.status if isinstance(error, RefusedError) else _STATUS_OF.get(type(error), 500)
    said = (
        str(error) if status < 500 else "Something behind this page is not working. Nothing was lost; try again soon."
    )
    return render("error.html", request, status=status, said=said)
