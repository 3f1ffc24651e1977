"""The template itself is what runs: deployed through CloudFormation, its functions as processes, its doors open."""

import http.client
import json
import smtplib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local.twin import RefusedMailError, Twin, TwinError
from local.twin.deploy import RAW_BUCKET, for_emulator
from local.twin.emulator import LOOPBACK, ROOT
from local.twin.hosts import HOSTS
from local.twin.invoking import FunctionError
from local.twin.template import load_template, resources_of
from tests.waiting import eventually

TEMPLATE = load_template(ROOT / "template.yaml")
FOLDERS = [Path(function["CodeUri"]).name for function in resources_of(TEMPLATE, "AWS::Serverless::Function").values()]
# Small stand-ins for the real functions: each notes its event in the table of idempotency, and takes one step on.
NOTES = """
import json, os, uuid
import boto3

def note(event):
    function = __file__.split("/")[-2]
    item = {"id": {"S": str(uuid.uuid4())}, "function": {"S": function}, "event": {"S": json.dumps(event)}}
    boto3.client("dynamodb").put_item(TableName=os.environ["IDEMPOTENCY_TABLE"], Item=item)
"""
RECEIVES = """
def handle(event, context):
    note(event)
    for record in event["Records"]:
        name = record["ses"]["mail"]["messageId"]
        boto3.client("s3").head_object(Bucket=os.environ["RAW_BUCKET"], Key=os.environ["RAW_PREFIX"] + name)
        item = {"record_id": {"S": name}}
        boto3.client("dynamodb").put_item(TableName=os.environ["RECORDS_TABLE"], Item=item)
"""
OTHERWISE = """
def handle(event, context):
    note(event)
    if event.get("raise"):
        raise ValueError("as asked")
    return {"batchItemFailures": [], "left_ms": context.get_remaining_time_in_millis()}
"""


@pytest.fixture(scope="module")
def twin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twin]:
    code = tmp_path_factory.mktemp("code")
    for folder in FOLDERS:
        (code / "functions" / folder).mkdir(parents=True)
        handler = NOTES + (RECEIVES if folder == "receive_email" else OTHERWISE)
        (code / "functions" / folder / "handler.py").write_text(handler)
    state = tmp_path_factory.mktemp("state")
    with Twin.start(host="processes", state_dir=state, api_key="a-key", code_root=code) as running:
        yield running


def notes(twin: Twin, function: str) -> list[Any]:
    items = twin.client("dynamodb").scan(TableName=twin.outputs["IdempotencyTable"], ConsistentRead=True)["Items"]
    return [json.loads(item["event"]["S"]) for item in items if item["function"]["S"] == function]


def records_named(twin: Twin, function: str, name: str) -> list[Any]:
    return [record for event in notes(twin, function) for record in event["Records"] if name in json.dumps(record)]


def test_a_mail_is_stored_told_and_seen_in_the_stream(twin: Twin):
    name = twin.deliver_email(b"Subject: hi\n\nHello\n", mail_from="a@acme.example", recipients=["x@example.com"])

    assert eventually(lambda: bool(records_named(twin, "dispatch_record", name)))
    stored = twin.client("s3").get_object(Bucket=twin.outputs["RawBucket"], Key=f"raw/{name}")["Body"].read()
    assert stored.endswith(b"Subject: hi\n\nHello\n")
    (told,) = records_named(twin, "receive_email", name)
    assert told["eventSource"] == "aws:ses"
    (change,) = records_named(twin, "dispatch_record", name)
    assert change["eventName"] == "INSERT"


def test_the_same_id_again_is_a_second_delivery_of_one_object(twin: Twin):
    for _ in range(2):
        twin.deliver_email(b"\n", mail_from="a@b.example", recipients=["x@example.com"], ses_message_id="twice")

    assert eventually(lambda: len(records_named(twin, "receive_email", "twice")) == 2)
    listed = twin.client("s3").list_objects_v2(Bucket=twin.outputs["RawBucket"], Prefix="raw/twice")
    assert listed["KeyCount"] == 1


def test_a_mail_for_somebody_else_is_refused(twin: Twin):
    with pytest.raises(RefusedMailError, match=r"550 .*it takes example\.com"):
        twin.deliver_email(b"\n", mail_from="a@b.example", recipients=["x@elsewhere.example"])


def test_a_form_reaches_the_function_of_the_queue(twin: Twin):
    status, answer = twin.post_form("lead", b'{"name": "Ann"}', "application/json", {})
    name = json.loads(answer)["MessageId"]

    assert status == 200
    assert eventually(lambda: bool(records_named(twin, "extract_record", name)))
    (record,) = records_named(twin, "extract_record", name)
    assert record["body"] == '{"name": "Ann"}'
    assert record["messageAttributes"]["form"]["stringValue"] == "lead"
    assert eventually(lambda: twin.pending()["IntakeQueue"] == 0)


def test_the_smtp_door_takes_mail_honours_test_headers_and_refuses_strangers(twin: Twin):
    with twin.smtp_door(0) as port, smtplib.SMTP(LOOPBACK, port) as smtp:
        smtp.ehlo()
        smtp.mail("a@b.example")
        refused, said = smtp.rcpt("x@elsewhere.example")
        smtp.rset()
        smtp.sendmail("a@b.example", ["x@example.com"], b"X-Test-Spam: FAIL\r\nSubject: by-smtp\r\n\r\nHi\r\n")

    assert refused == 550
    assert b"elsewhere" in said
    assert eventually(lambda: bool(records_named(twin, "receive_email", "by-smtp")))
    (told,) = records_named(twin, "receive_email", "by-smtp")
    assert told["ses"]["receipt"]["spamVerdict"] == {"status": "FAIL"}


def test_the_forms_door_answers_over_http(twin: Twin):
    with twin.forms_door(0) as port:
        connection = http.client.HTTPConnection(LOOPBACK, port, timeout=10)
        connection.request(
            "POST", "/forms/support", b"topic=help", {"Content-Type": "application/x-www-form-urlencoded"}
        )
        response = connection.getresponse()
        name = json.loads(response.read())["MessageId"]
        connection.close()

    assert response.status == 200
    assert eventually(lambda: bool(records_named(twin, "extract_record", name)))


def test_a_taken_door_is_named_with_the_remedy(twin: Twin):
    with twin.forms_door(0) as port, pytest.raises(TwinError, match=f"Port {port} is taken"), twin.forms_door(port):
        pass


def test_a_function_runs_under_lambdas_own_runtime_client(twin: Twin):
    answer = twin.invoke("SweepRecordsFunction", {})

    assert 0 < answer["left_ms"] <= 240_000
    with pytest.raises(FunctionError, match="as asked"):
        twin.invoke("SweepRecordsFunction", {"raise": True})


def test_the_key_is_in_the_secret_and_nowhere_in_the_environment(twin: Twin):
    secret = twin.client("secretsmanager").get_secret_value(SecretId=twin.environment["ANTHROPIC_SECRET_ID"])

    assert secret["SecretString"] == "a-key"
    assert "a-key" not in twin.environment.values()


def test_the_environment_is_the_deployed_one(twin: Twin):
    assert twin.environment["RECORDS_TABLE"] == twin.outputs["RecordsTable"]
    assert twin.environment["AWS_ENDPOINT_URL"] == twin.endpoint_url
    assert twin.environment["RAW_PREFIX"] == "raw/"


def test_a_parameter_that_the_template_does_not_know_is_refused(tmp_path: Path):
    with pytest.raises(TwinError, match="no parameter Modell"):
        Twin.start(host="processes", state_dir=tmp_path, parameters={"Modell": "x"})


def test_a_host_that_does_not_exist_is_refused_with_those_that_do(tmp_path: Path):
    with pytest.raises(TwinError, match="processes, artifacts, inprocess"):
        Twin.start(host="docker", state_dir=tmp_path)


@pytest.mark.parametrize("host", HOSTS.values(), ids=list(HOSTS))
def test_the_emulators_template_differs_only_where_it_must(host: Any):
    changed = for_emulator(TEMPLATE, host)
    dropped = {"DependenciesLayer", "SharedLayer", "QueuesPolicy"}
    altered = dropped | {"RawBucketPolicy", "RawBucket"}
    kept = {
        name: body
        for name, body in TEMPLATE["Resources"].items()
        if name not in altered and not name.endswith("Function")
    }

    assert {name: body for name, body in changed["Resources"].items() if name in kept} == kept
    assert set(TEMPLATE["Resources"]) - set(changed["Resources"]) == dropped
    named = TEMPLATE["Resources"]["RawBucket"]["Properties"] | {"BucketName": RAW_BUCKET}
    assert changed["Resources"]["RawBucket"]["Properties"] == named
    for name, function in resources_of(TEMPLATE, "AWS::Serverless::Function").items():
        ours = changed["Resources"][name]["Properties"]
        assert {key: value for key, value in ours.items() if key not in {"CodeUri", "Events"}} == {
            key: value for key, value in function.items() if key not in {"CodeUri", "Events"}
        }
