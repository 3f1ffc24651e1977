"""serve_console: one HTTP request of a person's browser; translate it, let the console answer, translate back."""

from mailroom import cold_start  # before all else

# isort: split
import base64
from typing import Any
from urllib.parse import parse_qsl

from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2
from aws_lambda_powertools.utilities.typing import LambdaContext

from mailroom import wiring
from mailroom.console.app import answer
from mailroom.console.web import Request, Response
from mailroom.observability import logger


def request_of(event: APIGatewayProxyEventV2) -> Request:
    """Read API Gateway's payload format 2.0; of a name that comes twice in the cookies the first counts."""
    cookies = dict(reversed([(name, value) for name, _, value in (each.partition("=") for each in event.cookies)]))
    return Request(
        method=event.http_method,
        path=event.raw_path,
        host=event.request_context.domain_name,
        query=tuple(parse_qsl(event.raw_query_string or "", keep_blank_values=True)),
        headers={name.lower(): value for name, value in event.headers.items()},
        cookies=cookies,
        body=event.decoded_body or "",
    )


def payload_of(response: Response) -> dict[str, Any]:
    """Write an answer in payload format 2.0; what is not text travels as base64."""
    text = isinstance(response.body, str)
    body = response.body if isinstance(response.body, str) else base64.b64encode(response.body).decode()
    return {
        "statusCode": response.status,
        "headers": dict(response.headers),
        "cookies": list(response.cookies),
        "body": body,
        "isBase64Encoded": not text,
    }


@logger.inject_lambda_context(clear_state=True)
def handle(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:  # noqa: ARG001 -- Lambda's signature
    """Answer one request; whatever fails becomes a page that says so."""
    request = request_of(APIGatewayProxyEventV2(event))
    response = answer(request, wiring.console())
    logger.info("answered", method=request.method, status=response.status, extra={**response.logged})
    return payload_of(response)


cold_start.ready(wiring.console)
