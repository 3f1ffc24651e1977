"""The doctor on a stack over real HTTP: well, it finds nothing; with a fault planted, it finds that one."""

import json
from collections.abc import Callable, Iterator
from contextlib import chdir
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from typer.testing import CliRunner

from local.cli.app import app
from local.doctor import Finding, House, Verdict, look
from local.doctor.rounds import house_of
from local.session import Session, session
from local.twin.deploy import STACK
from mailroom.adapters.line_state import DynamoDBBreaker
from mailroom.adapters.marks import DynamoDBMarks
from mailroom.catalogue import card
from mailroom.domain.breaker import Breaker, Line
from mailroom.pipeline.sweep import PASS_DONE

pytestmark = [pytest.mark.twin, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    with chdir(tmp_path_factory.mktemp("doctor")), session(live=False) as found:
        found.twin.client("sesv2").create_email_identity(EmailIdentity="inbox.example")
        found.twin.client("sns").subscribe(
            TopicArn=found.twin.outputs["AlarmTopic"], Protocol="sqs", Endpoint="arn:aws:sqs:us-east-1:000000000000:ops"
        )
        _as_aws_would_have_made_it(found.twin)
        yield found


def _as_aws_would_have_made_it(twin: Any) -> None:
    """Set up what the emulator's CloudFormation leaves out of the template."""
    table, bucket = twin.outputs["RecordsTable"], twin.outputs["RawBucket"]
    twin.client("dynamodb").update_time_to_live(
        TableName=table, TimeToLiveSpecification={"Enabled": True, "AttributeName": "expires_at"}
    )
    twin.client("dynamodb").update_continuous_backups(
        TableName=table, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
    )
    rule = {"ID": "end", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 365}}
    twin.client("s3").put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": [rule]})


@pytest.fixture
def house(running: Session, monkeypatch: pytest.MonkeyPatch) -> House:
    for name, value in running.twin.environment.items():
        monkeypatch.setenv(name, value)
    return house_of(STACK, running.twin.client)


def found(house: House, check: str) -> list[Finding]:
    return list(look(house, [check]))


def worst(house: House, check: str) -> Finding:
    order = [Verdict.FAIL, Verdict.WARN, Verdict.OK, Verdict.SKIPPED]
    return min(found(house, check), key=lambda finding: order.index(finding.verdict))


def test_a_well_stack_has_no_failure_and_says_what_each_answer_cost(running, house):
    done = CliRunner().invoke(app, ["doctor", "--stack", STACK, "--json"], env=running.twin.environment)
    said = [json.loads(line) for line in done.stdout.splitlines()]

    assert [each for each in said if each["verdict"] == "fail"] == []
    assert done.exit_code == 0
    models = [each["said"] for each in said if each["check"].startswith("Model ")]
    assert len(models) == 2
    assert all(" for $0.0" in sentence for sentence in models)
    assert "sk-" not in done.stdout


def test_every_queue_of_what_was_given_up_is_looked_at(house):
    queues = [logical for logical, kind, _ in house.resources if kind == "AWS::SQS::Queue" and "Letter" in logical]

    said = " ".join(finding.said for finding in found(house, "Dead letters"))

    assert len(queues) >= 3
    assert all(logical in said for logical in queues)
    assert "ReceiveFailureQueue" in said


def test_without_the_model_nothing_is_asked_of_it(running, house):
    done = CliRunner().invoke(app, ["doctor", "--stack", STACK, "--no-model"], env=running.twin.environment)

    assert done.exit_code == 0, done.stdout
    assert "Answered in" not in done.stdout


def no_active_rules(twin: Any) -> Callable[[], object]:
    ses, name = twin.client("ses"), twin.client("ses").describe_active_receipt_rule_set()["Metadata"]["Name"]
    ses.set_active_receipt_rule_set()
    return lambda: ses.set_active_receipt_rule_set(RuleSetName=name)


def no_identity(twin: Any) -> Callable[[], object]:
    sesv2 = twin.client("sesv2")
    sesv2.delete_email_identity(EmailIdentity="inbox.example")
    return lambda: sesv2.create_email_identity(EmailIdentity="inbox.example")


def secret_with(text: str) -> Callable[[Any], Callable[[], object]]:
    def plant(twin: Any) -> Callable[[], object]:
        manager, name = twin.client("secretsmanager"), twin.outputs["AnthropicApiKey"]
        before = manager.get_secret_value(SecretId=name)["SecretString"]
        manager.put_secret_value(SecretId=name, SecretString=text)
        return lambda: manager.put_secret_value(SecretId=name, SecretString=before)

    return plant


def a_dead_letter(twin: Any) -> Callable[[], object]:
    sqs, url = twin.client("sqs"), twin.outputs["DispatchDeadLetterQueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="{}")
    return lambda: sqs.purge_queue(QueueUrl=url)


def a_deaf_alarm(twin: Any) -> Callable[[], object]:
    cloudwatch = twin.client("cloudwatch")
    name = cloudwatch.describe_alarms()["MetricAlarms"][0]["AlarmName"]
    cloudwatch.disable_alarm_actions(AlarmNames=[name])
    return lambda: cloudwatch.enable_alarm_actions(AlarmNames=[name])


def nobody_told(twin: Any) -> Callable[[], object]:
    sns, topic = twin.client("sns"), twin.outputs["AlarmTopic"]
    (one,) = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    sns.unsubscribe(SubscriptionArn=one["SubscriptionArn"])
    return lambda: sns.subscribe(TopicArn=topic, Protocol=one["Protocol"], Endpoint=one["Endpoint"])


def a_stopped_line(twin: Any) -> Callable[[], object]:
    breaker = DynamoDBBreaker(twin.client("dynamodb"), twin.outputs["IdempotencyTable"])
    now = breaker.load()
    stopped = Breaker(line=Line.OPEN, reason="The model API answered 401.", version=now.version + 1)
    breaker.replace(stopped, expected_version=now.version)
    closed = Breaker(version=stopped.version + 1)
    return lambda: breaker.replace(closed, expected_version=stopped.version)


def rows_that_never_end(twin: Any) -> Callable[[], object]:
    def switch(*, on: bool) -> None:
        twin.client("dynamodb").update_time_to_live(
            TableName=twin.outputs["RecordsTable"],
            TimeToLiveSpecification={"Enabled": on, "AttributeName": "expires_at"},
        )

    switch(on=False)
    return lambda: switch(on=True)


def mail_that_never_ends(twin: Any) -> Callable[[], object]:
    s3, bucket = twin.client("s3"), twin.outputs["RawBucket"]
    rules = s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
    s3.delete_bucket_lifecycle(Bucket=bucket)
    return lambda: s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": rules})


PLANTED = [
    ("SES receipt rule", no_active_rules, "inactive"),
    ("SES identity", no_identity, "knows no identity"),
    ("API key", secret_with(" sk-ant-x "), "white space"),
    ("Dead letters", a_dead_letter, "DispatchDeadLetterQueue holds 1"),
    ("Alarms", a_deaf_alarm, "Not wired"),
    ("Who is told", nobody_told, "Nobody is subscribed"),
    ("Line", a_stopped_line, "answered 401"),
    ("Retention", rows_that_never_end, "Records never end"),
    ("Retention", mail_that_never_ends, "Raw messages never end"),
]


@pytest.mark.parametrize(("check", "plant", "says"), PLANTED, ids=[plant.__name__ for _, plant, _ in PLANTED])
def test_a_planted_fault_is_found_with_what_to_do_and_gone_when_it_is_mended(running, house, check, plant, says):
    assert worst(house, check).verdict in {Verdict.OK, Verdict.WARN}
    watched = replace(house, parameters={**house.parameters, "EnableReceiving": "true"}, is_twin=False)
    undo = plant(running.twin)
    try:
        finding = worst(watched, check)
    finally:
        undo()

    assert finding.verdict is Verdict.FAIL
    assert says in finding.said.replace("not active", "inactive")
    assert finding.todo
    assert worst(house, check).verdict is not Verdict.FAIL


def test_an_event_source_that_is_off_is_found_where_no_twin_serves_it(running, house):
    functions = running.twin.client("lambda")
    mapping = functions.list_event_source_mappings(FunctionName=running.twin.outputs["ReviewRecordFunction"])
    (uuid,) = [each["UUID"] for each in mapping["EventSourceMappings"]]
    functions.update_event_source_mapping(UUID=uuid, Enabled=False)

    finding = worst(replace(house, is_twin=False), "Event source")

    assert finding.verdict is Verdict.FAIL
    assert finding.todo == f"aws lambda update-event-source-mapping --enabled --uuid {uuid}"
    assert Verdict.SKIPPED in {each.verdict for each in found(house, "Event source")}


def test_a_model_that_cannot_be_reached_is_found(house):
    gone = replace(house, environment={**house.environment, "ANTHROPIC_BASE_URL": "http://127.0.0.1:9"})

    assert [each.verdict for each in found(gone, "Model")] == [Verdict.FAIL, Verdict.FAIL]


def test_an_odd_key_is_a_warning_and_is_not_shown(running, house):
    plain = replace(house, parameters={**house.parameters, "AnthropicBaseUrl": ""})
    finding = worst(plain, "API key")

    assert finding.verdict is Verdict.WARN
    assert "sk-local" not in finding.said + finding.todo


MX = "inbound-smtp.us-east-1.amazonaws.com"


@pytest.mark.parametrize(
    ("hosts", "verdict"),
    [
        ([MX + "."], Verdict.OK),
        ([MX, "mx.other.net"], Verdict.WARN),
        (["mx.other.net."], Verdict.FAIL),
        ([], Verdict.FAIL),
    ],
)
def test_the_mx_record_must_name_ses_in_this_region_and_nothing_else(house, hosts, verdict):
    real = replace(
        house, parameters={**house.parameters, "RecipientDomain": "inbox.acme.io"}, mail_servers=lambda _: hosts
    )

    assert worst(real, "MX record").verdict is verdict
    assert worst(house, "MX record").verdict is Verdict.SKIPPED


def test_a_sweep_that_stopped_is_found(running, house):
    marks = DynamoDBMarks(running.twin.client("dynamodb"), running.twin.outputs["IdempotencyTable"])
    marks.put(PASS_DONE, house.now.isoformat())
    assert worst(house, "Sweep").verdict is Verdict.OK

    assert worst(replace(house, now=house.now + timedelta(hours=3)), "Sweep").verdict is Verdict.FAIL


def test_a_prompt_under_the_models_minimum_is_found(house, monkeypatch):
    short = SimpleNamespace(estimated_tokens=900, fingerprint="short")
    monkeypatch.setattr("mailroom.prompts.schema_prompt.render", lambda _: short)

    assert worst(house, "Prompt cache").verdict is Verdict.FAIL


def test_a_model_that_has_ended_is_a_failure_and_one_that_may_end_soon_a_warning(house, monkeypatch):
    announced = card("claude-haiku-4-5").model_copy(update={"retirement_is_announced": True})
    cases = [(400, True, Verdict.OK), (30, True, Verdict.WARN), (-1, True, Verdict.FAIL), (-1, False, Verdict.WARN)]
    for retires_in, known, verdict in cases:
        ends = house.now.date() + timedelta(days=retires_in)
        chosen = announced.model_copy(update={"retires_on": ends, "retirement_is_announced": known})
        monkeypatch.setattr("local.doctor.model.card", lambda _, chosen=chosen: chosen)
        assert worst(house, "Retirement").verdict is verdict


def test_a_check_that_aws_refuses_is_a_finding_and_stops_no_other(house):
    def refused(service: str) -> Any:
        if service == "sns":
            from botocore.exceptions import ClientError

            raise ClientError({"Error": {"Code": "AccessDenied"}}, "ListSubscriptionsByTopic")
        return house.clients(service)

    denied, *others = look(replace(house, clients=refused), ["Who is told", "Table"])

    assert denied.verdict is Verdict.WARN
    assert "may read the whole stack" in denied.todo
    assert any(finding.check == "Table" for finding in others)
