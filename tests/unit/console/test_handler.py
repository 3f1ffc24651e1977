"""The handler's two translations: from API Gateway's payload format 2.0, and back."""

import base64
import json
from pathlib import Path

from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2

from functions.serve_console.handler import handle, payload_of, request_of
from mailroom import wiring
from mailroom.console.web import Response
from tests.unit.console.browser import console

EVENT = json.loads((Path(__file__).parents[3] / "events" / "serve-console-queue.json").read_text())


class Context:
    function_name = "serve_console"
    memory_limit_in_mb = 1024
    invoked_function_arn = "arn:aws:lambda:eu-west-1:123456789012:function:serve_console"
    aws_request_id = "1"


def read(**changes):
    return request_of(APIGatewayProxyEventV2({**EVENT, **changes}))


def test_a_request_is_read_as_the_browser_sent_it():
    request = read(rawQueryString="kind=invoice&sender=a%26b&kind=lead", cookies=["theme=dark", "x=1=2"])

    assert (request.method, request.path, request.host) == ("GET", "/", "console.example")
    assert request.query == (("kind", "invoice"), ("sender", "a&b"), ("kind", "lead"))
    assert request.cookies == {"theme": "dark", "x": "1=2"}
    assert request.headers["x-forwarded-proto"] == "https"


def test_a_cookie_that_comes_twice_counts_as_it_came_first():
    assert read(cookies=["a=mine", "a=planted"]).cookies == {"a": "mine"}


def test_a_body_in_base64_is_a_form_like_any_other():
    body = base64.b64encode(b"csrf=x&reason=caf%C3%A9").decode()

    assert read(body=body, isBase64Encoded=True).posted("reason") == "café"


def test_text_goes_back_as_text_and_pictures_as_base64():
    assert payload_of(Response(200, "ünï"))["body"] == "ünï"
    picture = payload_of(Response(200, b"\x89PNG", {"content-type": "image/png"}, ("a=b",)))

    assert base64.b64decode(picture["body"]) == b"\x89PNG"
    assert (picture["isBase64Encoded"], picture["cookies"]) == (True, ["a=b"])


def test_the_sample_event_is_sent_to_sign_in(monkeypatch):
    monkeypatch.setattr(wiring, "console", console)

    answered = handle(EVENT, Context())
    assert (answered["statusCode"], answered["headers"]["location"]) == (303, "/sign-in")
