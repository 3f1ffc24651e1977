"""The console's door: HTTP on loopback, as API Gateway's payload format 2.0, to ServeConsoleFunction and back.

Here nobody signs in: whoever may use this machine's loopback address is a reviewer. The door opens a session as the
sign-in would and attaches its cookie to each request; the deployed code knows no such way in.
"""

import base64
import getpass
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from mailroom.adapters.sessions import DynamoDBSessions, new_session
from mailroom.console.web import SESSION_COOKIE
from mailroom.domain.session import Person, Role

type Invoke = Callable[[Mapping[str, Any]], Any]
"""Runs ServeConsoleFunction with one event and returns its answer."""


def open_session(sessions: DynamoDBSessions) -> str:
    """Sign in whoever runs this, as a reviewer, and return the session's secret."""
    return sessions.open(new_session(Person(getpass.getuser(), Role.REVIEWER)))


def door(invoke: Invoke, sessions: DynamoDBSessions) -> Starlette:
    """Serve the console as its API would; only under loopback's own names, so that no other site can point here."""
    secret = [""]

    def renew() -> str:
        secret[0] = open_session(sessions)
        return secret[0]

    async def take(request: Request) -> Response:
        body = await request.body()
        event = event_of(request, body, secret[0] or await run_in_threadpool(renew))
        answer = await run_in_threadpool(invoke, event)
        return response_of(answer)

    async def sign_in(_: Request) -> Response:
        await run_in_threadpool(renew)
        return RedirectResponse("/", status_code=303)

    handler: Callable[[Request], Awaitable[Response]] = take
    return Starlette(
        routes=[
            Route("/sign-in", sign_in, methods=["GET"]),
            Route("/{path:path}", handler, methods=["GET", "POST"]),
        ],
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost"])],
    )


def event_of(request: Request, body: bytes, secret: str) -> dict[str, Any]:
    """Write a request as API Gateway hands it to a function (payload format 2.0)."""
    headers = {name: ", ".join(request.headers.getlist(name)) for name in request.headers if name != "cookie"}
    cookies = [f"{name}={value}" for name, value in request.cookies.items() if name != SESSION_COOKIE]
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": request.url.path,
        "rawQueryString": request.url.query,
        "cookies": [f"{SESSION_COOKIE}={secret}", *cookies],
        "headers": headers,
        "requestContext": {
            "domainName": request.headers.get("host", ""),
            "http": {"method": request.method, "path": request.url.path, "protocol": "HTTP/1.1"},
            "stage": "$default",
        },
        "body": base64.b64encode(body).decode(),
        "isBase64Encoded": True,
    }


def response_of(answer: Mapping[str, Any]) -> Response:
    """Answer with what the function returned."""
    body = base64.b64decode(answer["body"]) if answer.get("isBase64Encoded") else answer["body"].encode()
    response = Response(body, status_code=answer["statusCode"], headers=dict(answer["headers"]))
    for cookie in answer.get("cookies", ()):
        response.headers.append("set-cookie", cookie)
    return response
