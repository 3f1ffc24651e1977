"""``mailroom deliveries check``: what is wrong with a configuration is said before anything depends on it."""

import json

import pytest
from typer.testing import CliRunner

from local.cli.deliveries import app

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
CRM = {"name": "crm", "type": "webhook", "url": "https://crm.example/in", "secrets": [SECRET], "kinds": ["lead"]}


def checked(tmp_path, content, *options):
    file = tmp_path / "deliveries.json"
    file.write_text(content if isinstance(content, str) else json.dumps(content))
    return CliRunner().invoke(app, ["check", str(file), *options])


def test_a_good_configuration_is_shown_without_its_secrets(tmp_path):
    done = checked(tmp_path, {"endpoints": [CRM], "acknowledgement": {"texts": {"lead": "Thanks."}}})

    assert done.exit_code == 0
    assert "crm: webhook, lead, record.accepted" in done.output
    assert SECRET not in done.output


def test_as_data_it_names_what_each_endpoint_hears_of(tmp_path):
    done = checked(tmp_path, {"endpoints": [CRM | {"events": ["record.failed"]}]}, "--json")

    told = {"name": "crm", "type": "webhook", "kinds": ["lead"], "events": ["record.failed"]}
    assert json.loads(done.stdout) == {"endpoints": [told], "acknowledgement": []}


@pytest.mark.parametrize(
    ("content", "word"),
    [
        ("no JSON", "DeliveriesSecret cannot be used"),
        ({"endpoints": [CRM | {"kinds": ["leed"]}]}, "no document type is called leed"),
        ({"endpoints": [], "acknowledgement": {"texts": {"leed": "Hi"}}}, "no document type is called leed"),
        ({"endpoints": [CRM | {"url": "http://crm.example"}]}, "begins with https"),
    ],
)
def test_what_is_wrong_is_said_and_the_exit_code_is_1(tmp_path, content, word):
    done = checked(tmp_path, content)

    assert done.exit_code == 1
    assert word in done.stderr
    assert SECRET not in done.output + done.stderr
