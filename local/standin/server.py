"""The HTTP face: the public routes of the Messages API, and the stand-in's own under /_standin."""

import asyncio
import json
from collections.abc import AsyncIterator

from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from local.standin.api import MessagesApi
from local.standin.batches import Batches
from local.standin.errors import ApiError
from local.standin.faults import Behaviour
from local.standin.other_routes import on_aws, on_bedrock, on_vertex
from local.standin.replies import Reply

_REQUEST_ID = "req_standin00000000000000000"
"""For replies that no call of the ledger stands behind."""


class CutResponse(Response):
    """A response whose connection breaks in the middle of the body."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - the ASGI signature
        """Send the head and half of the body, then leave: the server closes the connection."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        half = bytes(self.body[: len(self.body) // 2])
        await send({"type": "http.response.body", "body": half, "more_body": True})


def create_app(api: MessagesApi) -> Starlette:
    """Return the application that serves one stand-in."""
    return Starlette(
        routes=[*_message_routes(api), *_other_routes(api), *_batch_routes(Batches(api)), *_own_routes(api)],
        exception_handlers={404: _not_found, 405: _not_found, ApiError: _refused},
    )


def _message_routes(api: MessagesApi) -> list[Route]:
    async def messages(request: Request) -> Response:
        signed = request.headers.get("authorization", "").startswith("AWS4-")
        headers = on_aws(request.headers) if signed else request.headers
        return _response(await api.messages(headers, await request.body()))

    async def count_tokens(request: Request) -> Response:
        return _response(await api.count_tokens(request.headers, await request.body()))

    return [
        Route("/v1/messages", messages, methods=["POST"]),
        Route("/v1/messages/count_tokens", count_tokens, methods=["POST"]),
    ]


def _other_routes(api: MessagesApi) -> list[Route]:
    async def invoke_model(request: Request) -> Response:
        headers, body = on_bedrock(request.headers, request.path_params["model"], await request.body())
        return _response(await api.messages(headers, body))

    async def raw_predict(request: Request) -> Response:
        headers, body = on_vertex(request.headers, request.path_params["model"], await request.body())
        return _response(await api.messages(headers, body))

    models = "/v1/projects/{project}/locations/{region}/publishers/anthropic/models"
    return [
        Route("/model/{model}/invoke", invoke_model, methods=["POST"]),
        Route(f"{models}/{{model}}:rawPredict", raw_predict, methods=["POST"]),
    ]


def _batch_routes(batches: Batches) -> list[Route]:
    async def create(request: Request) -> Response:
        shown, unheard = batches.create(request.headers, await request.body(), str(request.base_url))
        return CutResponse(json.dumps(shown), media_type="application/json") if unheard else _json(shown)

    async def listed(request: Request) -> Response:
        return _json(batches.listed(request.headers, request.query_params, str(request.base_url)))

    async def retrieve(request: Request) -> Response:
        return _json(batches.retrieve(request.headers, request.path_params["id"], str(request.base_url)))

    async def cancel(request: Request) -> Response:
        return _json(batches.cancel(request.headers, request.path_params["id"], str(request.base_url)))

    async def results(request: Request) -> Response:
        lines, cut = batches.results(request.headers, request.path_params["id"])
        make = CutResponse if cut else Response
        return make(lines, headers={"request-id": _REQUEST_ID}, media_type="application/binary")

    return [
        Route("/v1/messages/batches", create, methods=["POST"]),
        Route("/v1/messages/batches", listed, methods=["GET"]),
        Route("/v1/messages/batches/{id}", retrieve, methods=["GET"]),
        Route("/v1/messages/batches/{id}/cancel", cancel, methods=["POST"]),
        Route("/v1/messages/batches/{id}/results", results, methods=["GET"]),
    ]


def _own_routes(api: MessagesApi) -> list[Route]:
    async def behave(request: Request) -> Response:
        """Replace what the body names, keep the rest; GET shows it."""
        if request.method == "POST":
            try:
                wanted = json.loads(await request.body() or b"{}")
                api.behaviour = Behaviour.model_validate(api.behaviour.model_dump() | wanted)
            except (ValidationError, ValueError, TypeError) as error:
                return JSONResponse({"error": str(error)}, status_code=422)
        return JSONResponse(api.behaviour.model_dump(mode="json"))

    async def state(_: Request) -> Response:
        return JSONResponse(api.ledger.state() | {"behaviour": api.behaviour.model_dump(mode="json")})

    async def reset(_: Request) -> Response:
        """Forget counts and cache, and behave well again."""
        api.reset()
        api.behaviour = Behaviour()
        return JSONResponse({})

    return [
        Route("/_standin/behaviour", behave, methods=["GET", "POST"]),
        Route("/_standin/state", state, methods=["GET"]),
        Route("/_standin/reset", reset, methods=["POST"]),
    ]


async def _refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, ApiError)
    reply = _json(error.body(_REQUEST_ID), error.status)
    if error.retry_after_s is not None:
        reply.headers["retry-after"] = f"{error.retry_after_s:g}"
    return reply


def _json(body: object, status: int = 200) -> Response:
    return JSONResponse(body, status, {"request-id": _REQUEST_ID})


async def _not_found(request: Request, _: Exception) -> Response:
    error = ApiError(404, "not_found_error", f"Not found: {request.method} {request.url.path}")
    return _json(error.body(_REQUEST_ID), error.status)


def _response(reply: Reply) -> Response:
    if reply.events:
        return StreamingResponse(_paced(reply), reply.status, reply.headers, reply.media_type)
    make = CutResponse if reply.cut else Response
    return make(reply.body, reply.status, reply.headers, reply.media_type)


async def _paced(reply: Reply) -> AsyncIterator[bytes]:
    events = reply.events[: len(reply.events) // 2] if reply.cut else reply.events
    for event in events:
        if reply.pause_s:
            await asyncio.sleep(reply.pause_s / len(events))
        yield event
