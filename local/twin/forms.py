"""What the HTTP API does with a form: its integration's parameters are filled from the request and sent to SQS.

The emulator stores the API but does not run ``SQS-SendMessage`` integrations (ministack 1.5.33 knows AWS_PROXY to
Lambda and HTTP_PROXY only), so this is the thin door that does. The parameters come from the deployed API.
"""

import json
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from botocore.exceptions import ClientError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

API_MOST_BYTES = 10 * 1024 * 1024
"""The largest request that an HTTP API takes (API Gateway quotas); beyond it answers 413."""

QUEUE_MOST_BYTES = 1024 * 1024
"""The largest SQS message, attributes included (SQS quotas); beyond it SQS refuses, and the API passes its 400 on."""

# What SQS takes: the characters of XML 1.0 (SendMessage, "MessageBody").
_REFUSED_BY_SQS = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_PLACEHOLDER = re.compile(r"\$\{request\.(path|header|querystring)\.([\w-]+)\}")

type Post = Callable[[str, bytes, str, Mapping[str, str]], tuple[int, str]]
"""Posts one form: its name, body, content type and headers; returns the status and the answer's body."""


class _RefusedError(Exception):
    """The request ends here, with this status and sentence."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True)
class FormsApi:
    """The deployed route: ``route_key`` as ``POST /forms/{form}``, and the integration's RequestParameters."""

    route_key: str
    parameters: Mapping[str, str]

    def post(self, sqs: Any, path: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, str]:
        """Answer one POST as API Gateway would; a refusal carries its sentence, or that of SQS."""
        try:
            text, attributes = self._accepted(path, body, headers)
            sent = sqs.send_message(
                QueueUrl=self.parameters["QueueUrl"], MessageBody=text, MessageAttributes=attributes
            )
        except _RefusedError as refused:
            return refused.status, json.dumps({"message": str(refused)})
        except ClientError as refused:
            return 400, json.dumps({"message": refused.response["Error"].get("Message", "SQS refused the message.")})
        return 200, json.dumps({"MessageId": sent["MessageId"]})

    def _accepted(self, path: str, body: bytes, headers: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
        """Return the message's body and attributes; raises _RefusedError."""
        in_path = _match(self.route_key, path)
        if in_path is None:
            raise _RefusedError(404, "Not Found")
        if len(body) > API_MOST_BYTES:
            raise _RefusedError(413, "Request Entity Too Large")
        if not body:
            raise _RefusedError(400, "The request must contain the parameter MessageBody.")
        try:
            text = body.decode()
        except UnicodeDecodeError as error:
            raise _RefusedError(400, "The body is not UTF-8: SQS carries text only.") from error
        if _REFUSED_BY_SQS.search(text):
            raise _RefusedError(400, "Invalid characters found. SQS takes the characters of XML 1.0 only.")
        attributes = self._attributes(in_path, headers)
        if len(body) + _size_of(attributes) > QUEUE_MOST_BYTES:
            raise _RefusedError(400, f"One or more parameters are invalid: longer than {QUEUE_MOST_BYTES} bytes.")
        return text, attributes

    def _attributes(self, in_path: Mapping[str, str], headers: Mapping[str, str]) -> dict[str, Any]:
        """Fill MessageAttributes; raises _RefusedError where SQS would refuse what comes out.

        Whether API Gateway escapes a quotation mark within a value is not documented. Here it is refused, which is the
        stricter of the two.
        """
        known = {"path": in_path, "header": {name.lower(): value for name, value in headers.items()}, "querystring": {}}
        filled = _PLACEHOLDER.sub(
            lambda found: known[found[1]].get(found[2].lower(), ""), self.parameters["MessageAttributes"]
        )
        try:
            attributes: dict[str, Any] = json.loads(filled)
        except json.JSONDecodeError as error:
            raise _RefusedError(400, f"Unable to resolve property MessageAttributes: {error}.") from error
        for name, value in attributes.items():
            if not value["StringValue"]:
                raise _RefusedError(
                    400, f"Message (user) attribute '{name}' must contain a non-empty value of type 'String'."
                )
        return attributes


def _match(route_key: str, path: str) -> dict[str, str] | None:
    pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", route_key.partition(" ")[2])
    found = re.fullmatch(pattern, path)
    return {name: unquote(value) for name, value in found.groupdict().items()} if found else None


def _size_of(attributes: Mapping[str, Any]) -> int:
    return sum(
        len(name) + len(value["DataType"]) + len(value["StringValue"].encode()) for name, value in attributes.items()
    )


def door(api: FormsApi, sqs: Any) -> Starlette:
    """Serve the API's route, as its URL would in AWS."""

    async def take(request: Request) -> Response:
        # HTTP itself allows several headers of a name; API Gateway joins them with commas.
        headers = {name: ", ".join(request.headers.getlist(name)) for name in request.headers}
        status, body = api.post(sqs, request.url.path, await _bounded(request), headers)
        return Response(body, status_code=status, media_type="application/json")

    handler: Callable[[Request], Awaitable[Response]] = take
    return Starlette(routes=[Route("/{path:path}", handler, methods=["POST"])])


async def _bounded(request: Request) -> bytes:
    """Read a body, but never much more than may be in it."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > API_MOST_BYTES:
            break
    return body
