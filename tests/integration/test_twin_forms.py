"""The form's door answers as API Gateway and SQS would, so that what it takes is what arrives in AWS."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st

from local.twin.emulator import ROOT
from local.twin.forms import API_MOST_BYTES, QUEUE_MOST_BYTES, FormsApi
from local.twin.template import load_template

INTEGRATION = load_template(ROOT / "template.yaml")["Resources"]["FormsIntegration"]["Properties"]
API = FormsApi("POST /forms/{form}", INTEGRATION["RequestParameters"] | {"QueueUrl": "queue"})
JSON = {"Content-Type": "application/json"}


class FakeSqs:
    """Keeps what it is sent, or refuses."""

    def __init__(self, refusal: str = "") -> None:
        self.sent: list[dict[str, Any]] = []
        self._refusal = refusal

    def send_message(self, **message: Any) -> dict[str, str]:
        if self._refusal:
            raise ClientError({"Error": {"Code": "InvalidMessageContents", "Message": self._refusal}}, "SendMessage")
        self.sent.append(message)
        return {"MessageId": "m-1"}


def post(body: bytes, path: str = "/forms/lead", headers: dict[str, str] | None = None) -> tuple[int, str, FakeSqs]:
    sqs = FakeSqs()
    status, answer = API.post(sqs, path, body, JSON if headers is None else headers)
    return status, json.loads(answer).get("message", ""), sqs


def test_a_form_becomes_a_message_with_its_name_its_type_and_its_way():
    status, _, sqs = post(b'{"name": "Ann"}')

    assert status == 200
    (message,) = sqs.sent
    assert message["QueueUrl"] == "queue"
    assert message["MessageBody"] == '{"name": "Ann"}'
    values = {name: value["StringValue"] for name, value in message["MessageAttributes"].items()}
    assert values == {"via": "form", "form": "lead", "content_type": "application/json"}


@pytest.mark.parametrize(
    ("body", "path", "headers", "status", "sentence"),
    [
        (b"{}", "/other", JSON, 404, "Not Found"),
        (b"{}", "/forms/a/b", JSON, 404, "Not Found"),
        (b"x" * (API_MOST_BYTES + 1), "/forms/lead", JSON, 413, "Too Large"),
        (b"x" * QUEUE_MOST_BYTES, "/forms/lead", JSON, 400, "longer than"),
        (b"", "/forms/lead", JSON, 400, "MessageBody"),
        (b"name=J\xf6rg", "/forms/lead", JSON, 400, "not UTF-8"),
        (b"a\x00b", "/forms/lead", JSON, 400, "Invalid characters"),
        ("a\ufffeb".encode(), "/forms/lead", JSON, 400, "Invalid characters"),
        (b"{}", "/forms/lead", {}, 400, "content_type"),
        (b"{}", "/forms/lead", {"Content-Type": 'a; b="c"'}, 400, "MessageAttributes"),
    ],
    ids=[
        "another path",
        "a deeper path",
        "beyond the API",
        "beyond the queue",
        "empty",
        "Latin-1",
        "NUL",
        "no character",
        "no type",
        "a quotation mark",
    ],
)
def test_what_aws_would_refuse_is_refused(body: bytes, path: str, headers: dict[str, str], status: int, sentence: str):
    answered, said, sqs = post(body, path, headers)

    assert answered == status
    assert sentence in said
    assert sqs.sent == []


def test_a_refusal_of_the_queue_itself_is_passed_on():
    status, answer = API.post(FakeSqs("not today"), "/forms/lead", b"{}", JSON)

    assert (status, json.loads(answer)) == (400, {"message": "not today"})


@given(
    body=st.binary(max_size=300), form=st.text(alphabet="abc%/.\"'{}$", max_size=12), content_type=st.text(max_size=30)
)
def test_any_request_is_sent_whole_or_refused(body: bytes, form: str, content_type: str):
    status, _, sqs = post(body, f"/forms/{form}", {"content-type": content_type})

    assert status in {200, 400, 404}
    assert (status == 200) == bool(sqs.sent)
    assert [message["MessageBody"].encode() for message in sqs.sent] in ([], [body])
