"""The template that ``sam local`` gets, and what is made of its answers."""

import json
import re

import pytest

from local.containers.sam import answer_of
from local.containers.template import LAYERS, for_containers, local_template, ports_of
from local.twin.emulator import ROOT
from local.twin.invoking import FunctionError
from local.twin.template import load_template, resources_of

TEMPLATE = load_template(ROOT / "template.yaml")
FUNCTIONS = resources_of(TEMPLATE, "AWS::Serverless::Function")
VARIABLES = {name: {"RECORDS_TABLE": f"table-of-{name}"} for name in FUNCTIONS}


def test_every_function_has_its_own_variables_and_nothing_is_left_to_resolve():
    changed = local_template(TEMPLATE, VARIABLES, "x86_64")

    assert "Environment" not in changed["Globals"]["Function"]
    for name, function in resources_of(changed, "AWS::Serverless::Function").items():
        assert function["Environment"] == {"Variables": {"RECORDS_TABLE": f"table-of-{name}"}}


def test_layers_are_left_to_the_image_which_has_all_that_the_template_builds():
    changed = local_template(TEMPLATE, VARIABLES, "x86_64")

    assert "Layers" not in changed["Globals"]["Function"]
    assert resources_of(changed, "AWS::Serverless::LayerVersion") == {}
    assert [layer["Ref"] for layer in TEMPLATE["Globals"]["Function"]["Layers"]] == list(LAYERS)
    assert not [name for name, function in FUNCTIONS.items() if "Layers" in function]


def test_the_template_that_was_built_is_not_changed():
    before = json.dumps(TEMPLATE)
    local_template(TEMPLATE, VARIABLES, "arm64")

    assert json.dumps(TEMPLATE) == before


def test_an_http_apis_route_to_a_function_becomes_an_event_that_start_api_finds():
    changed = resources_of(local_template(TEMPLATE, VARIABLES, "x86_64"), "AWS::Serverless::Function")

    assert changed["ServeConsoleFunction"]["Events"]["ConsoleRoute"] == {"Type": "HttpApi"}
    others = [event for name in set(changed) - {"ServeConsoleFunction"} for event in changed[name]["Events"].values()]
    assert not [event for event in others if event["Type"] == "HttpApi"]


def test_loopback_gets_its_name_in_a_container_and_its_ports_are_known():
    given = {"ANTHROPIC_BASE_URL": "http://127.0.0.1:5001", "QUEUE": "http://127.0.0.1:4566/0/q", "TABLE": "t"}
    found = for_containers(given, "http://127.0.0.1:4566")

    assert found == {
        "ANTHROPIC_BASE_URL": "http://host.docker.internal:5001",
        "QUEUE": "http://host.docker.internal:4566/0/q",
        "TABLE": "t",
        "AWS_ENDPOINT_URL": "http://host.docker.internal:4566",
    }
    assert ports_of(found) == {4566, 5001}


@pytest.mark.parametrize(
    ("payload", "answer"), [("", None), ("null", None), ('{"batchItemFailures": []}', {"batchItemFailures": []})]
)
def test_what_a_function_returned_is_its_answer(payload: str, answer: object):
    assert answer_of(payload) == answer


@pytest.mark.parametrize(
    "payload", ['{"errorType": "ValueError", "errorMessage": "as asked"}', "Task timed out after 30.00 seconds", " "]
)
def test_an_error_or_a_timeout_is_a_function_error(payload: str):
    with pytest.raises(FunctionError):
        answer_of(payload)


def test_every_function_has_a_command_in_the_readme_of_events():
    words = (ROOT / "events" / "README.md").read_text(encoding="utf-8")

    assert set(re.findall(r"`sam local invoke (\w+) -e ", words)) == set(FUNCTIONS)
    for name in re.findall(r"`sam local invoke \w+ -e (\S+)`", words):
        assert (ROOT / name).is_file()
