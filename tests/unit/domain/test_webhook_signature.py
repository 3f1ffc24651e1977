"""Signatures, checked by the convention's own package, which shares no line with ours."""

import base64
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from mailroom.domain.webhook_signature import signed_headers

SECRETS = st.binary(min_size=24, max_size=64).map(lambda key: "whsec_" + base64.b64encode(key).decode())
BODY = '{"type":"record.accepted"}'


@given(secrets=st.lists(SECRETS, min_size=1, max_size=3, unique=True), text=st.text())
def test_each_of_the_secrets_verifies_what_was_signed(secrets, text):
    import json

    body = json.dumps({"text": text}, ensure_ascii=True)
    headers = signed_headers("msg_1", datetime.now(UTC), body.encode(), secrets)

    assert [Webhook(secret).verify(body, headers) for secret in secrets] == [json.loads(body)] * len(secrets)


@pytest.mark.parametrize("what", ["body", "id", "timestamp", "secret"])
def test_whoever_changes_anything_is_found_out(what):
    secret, other = ("whsec_" + base64.b64encode(letter * 24).decode() for letter in (b"a", b"b"))
    headers = signed_headers("msg_1", datetime.now(UTC), BODY.encode(), [secret])
    if what == "id":
        headers["webhook-id"] = "msg_2"
    if what == "timestamp":
        headers["webhook-timestamp"] = str(int(headers["webhook-timestamp"]) + 1)

    with pytest.raises(WebhookVerificationError):
        Webhook(other if what == "secret" else secret).verify(BODY + " " * (what == "body"), headers)


def test_the_signature_of_the_conventions_own_example_is_reproduced():
    """The values stand in the specification's reference tests."""
    at = datetime.fromtimestamp(1614265330, UTC)
    headers = signed_headers(
        "msg_p5jXN8AQM9LWM0D4loKWxJek", at, b'{"test": 2432232314}', ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"]
    )

    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
