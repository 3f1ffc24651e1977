import json
from typing import Any

import pytest

from mailroom.adapters.secrets import destinations_in
from mailroom.domain.destinations import Webhook
from mailroom.domain.errors import TransientError

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def read(**changes: Any) -> Webhook:
    given = {"name": "crm", "type": "webhook", "url": "https://crm.example/in", "secrets": [SECRET]} | changes
    (endpoint,) = destinations_in(json.dumps({"endpoints": [given]})).endpoints
    assert isinstance(endpoint, Webhook)
    return endpoint


def test_an_endpoint_hears_of_decisions_and_not_of_the_first_notice_unless_it_asks():
    assert "record.accepted" in read().events
    assert "record.triaged" not in read().events
    assert read(events=["record.triaged"]).events == {"record.triaged"}


@pytest.mark.parametrize(
    "url",
    [
        "http://crm.example/in",
        "https://",
        "ftp://crm.example/",
        "https://user@crm.example/",
        "https://crm.example/#there",
        "https://crm.example/a b\n",
        "http://127.0.0.1/",
        "crm.example",
    ],
)
def test_an_address_that_is_not_plainly_https_is_refused(url):
    with pytest.raises(TransientError):
        read(url=url)


def test_plain_http_is_for_loopback_alone_and_only_where_the_configuration_says_so():
    assert read(url="http://127.0.0.1:9000/", internal=True).internal
    with pytest.raises(TransientError):
        read(url="http://10.0.0.1/", internal=True)


@pytest.mark.parametrize(
    "changes",
    [
        {"events": ["record.eaten"]},
        {"secrets": []},
        {"secrets": ["whsec_c2hvcnQ="]},
        {"secrets": ["whsec_not base64 but long enough to be one, surely"]},
        {"name": "CRM"},
        {"name": "acknowledgement"},
        {"redirects": True},
        {"type": "pigeon"},
    ],
)
def test_what_cannot_be_meant_is_refused_and_no_secret_is_in_the_words(changes):
    with pytest.raises(TransientError) as refused:
        read(**changes)

    assert SECRET not in str(refused.value)
    assert "c2hvcnQ" not in str(refused.value)


def test_two_endpoints_of_one_name_are_refused():
    channel = {"name": "sales", "type": "slack", "url": "https://hooks.slack.com/services/T0/B0/x"}
    with pytest.raises(TransientError, match="same name"):
        destinations_in(json.dumps({"endpoints": [channel, channel]}))


def test_what_is_no_json_is_refused_in_a_sentence():
    with pytest.raises(TransientError, match="DeliveriesSecret cannot be used"):
        destinations_in("sk-ant-not-json")


def test_secrets_are_not_shown_by_accident():
    channel = {"name": "sales", "type": "slack", "url": "https://hooks.slack.com/services/T0/B0/secret"}
    shown = repr(destinations_in(json.dumps({"endpoints": [channel]}))) + repr(read())

    assert "secret" not in shown.replace("secrets", "")
    assert SECRET not in shown
