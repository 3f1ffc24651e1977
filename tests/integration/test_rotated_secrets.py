"""A rotated secret works without a deploy: the next request after the secret's age uses the new one."""

import json
from collections.abc import Iterator

import boto3
import pytest
from moto import mock_aws

from mailroom.adapters import claude_client
from mailroom.adapters.claude_client import ClaudeClients
from mailroom.adapters.secrets import FormSecrets
from mailroom.domain.errors import StopTheLineError
from mailroom.settings import Asking


@pytest.fixture
def secrets() -> Iterator[object]:
    with mock_aws():
        yield boto3.client("secretsmanager")


def clients() -> ClaudeClients:
    return ClaudeClients(
        Asking(records_table="t", raw_bucket="b", idempotency_table="i", anthropic_secret_id="anthropic-key")
    )


def test_a_rotated_api_key_is_used_once_the_old_one_has_aged(secrets, monkeypatch):
    monkeypatch.setattr(claude_client, "SECRET_AGE_S", 0)  # aged at once; the template's test holds the real age
    secrets.create_secret(Name="anthropic-key", SecretString="sk-old")
    found = clients()
    before = found()
    secrets.put_secret_value(SecretId="anthropic-key", SecretString="sk-new")
    after = found()

    assert (before.api_key, after.api_key) == ("sk-old", "sk-new")
    assert not before.is_closed(), "calls that are under way end as they began"
    found.close()


def test_within_its_age_a_key_is_asked_for_once(secrets):
    secrets.create_secret(Name="anthropic-key", SecretString="sk-old")
    found = clients()
    before = found()
    secrets.put_secret_value(SecretId="anthropic-key", SecretString="sk-new")

    assert found() is before
    found.close()


def test_a_key_that_cannot_be_read_stops_the_line_and_says_no_secret(secrets):
    with pytest.raises(StopTheLineError) as caught:
        clients()()

    assert "Secrets Manager" in str(caught.value)


def test_forms_secrets_rotate_alike(secrets):
    secrets.create_secret(Name="forms", SecretString=json.dumps({"contact": "old"}))
    found = FormSecrets(secrets, "forms", age_s=0)
    before = found()
    secrets.put_secret_value(SecretId="forms", SecretString=json.dumps({"contact": "new"}))

    assert (before, found()) == ({"contact": "old"}, {"contact": "new"})


@pytest.mark.parametrize("held", ["not json", "[1]"])
def test_forms_secrets_that_cannot_be_used_stop_the_line(secrets, held):
    secrets.create_secret(Name="forms", SecretString=held)

    with pytest.raises(StopTheLineError) as caught:
        FormSecrets(secrets, "forms")()
    assert held not in str(caught.value)
