"""Security by default: what the template and the code promise in docs/explanation/threat-model.md."""

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from local.twin.template import load_template, resources_of
from mailroom.adapters import claude_client, pay_once, secrets
from mailroom.domain.sender import SenderPolicy
from mailroom.settings import Asking, Ledger, Receiving, Sweeping

ROOT = Path(__file__).parents[3]
TEMPLATE = load_template(ROOT / "template.yaml")
RESOURCES = TEMPLATE["Resources"]
BACKUP_DAYS = 35
"""How long DynamoDB's point-in-time recovery reaches back, at most and by default."""


def properties(name: str) -> dict[str, Any]:
    found: dict[str, Any] = RESOURCES[name]["Properties"]
    return found


def test_buckets_and_queues_are_reached_over_tls_only():
    denials = [
        (kind, statement)
        for kind in ("AWS::S3::BucketPolicy", "AWS::SQS::QueuePolicy")
        for policy in resources_of(TEMPLATE, kind).values()
        for statement in policy["PolicyDocument"]["Statement"]
        if statement["Effect"] == "Deny"
    ]

    assert {kind for kind, _ in denials} == {"AWS::S3::BucketPolicy", "AWS::SQS::QueuePolicy"}
    for _, statement in denials:
        assert statement["Principal"] == "*"
        assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_every_queue_is_under_the_policy_that_demands_tls():
    (policy,) = resources_of(TEMPLATE, "AWS::SQS::QueuePolicy").values()

    assert {queue["Ref"] for queue in policy["Queues"]} == set(resources_of(TEMPLATE, "AWS::SQS::Queue"))


def test_records_cannot_be_deleted_by_mistake():
    assert properties("RecordsTable")["DeletionProtectionEnabled"] == {"Fn::If": ["ProtectsRecords", True, False]}
    assert TEMPLATE["Parameters"]["DeletionProtection"]["Default"] == "true"


def test_only_this_accounts_receipt_rule_may_call_the_receiver():
    permission = properties("ReceiveEmailPermission")

    assert permission["Principal"] == "ses.amazonaws.com"
    assert permission["SourceAccount"] == {"Ref": "AWS::AccountId"}
    assert "receipt-rule-set/${AWS::StackName}:receipt-rule/" in permission["SourceArn"]["Fn::Sub"]


def test_every_service_that_the_key_admits_is_bound_to_this_account():
    for statement in properties("EncryptionKey")["KeyPolicy"]["Statement"]:
        if "Service" in statement["Principal"]:
            assert "${AWS::AccountId}" in json.dumps(statement["Condition"]) or "AWS::AccountId" in json.dumps(
                statement["Condition"]
            ), statement["Sid"]


def test_the_key_is_rotated_and_everything_with_its_own_key_has_this_one():
    assert properties("EncryptionKey")["EnableKeyRotation"] is True


def test_raw_mail_form_bodies_and_rows_end_on_the_same_day():
    (rule,) = properties("RawBucket")["LifecycleConfiguration"]["Rules"]

    # One rule without a prefix: mail under raw/ and forms under forms/ alike. Rows carry the same days in expires_at.
    assert rule["Status"] == "Enabled"
    assert "Prefix" not in rule
    assert "Filter" not in rule
    assert rule["ExpirationInDays"] == {"Ref": "RetentionDays"}
    variables = TEMPLATE["Globals"]["Function"]["Environment"]["Variables"]
    assert variables["RETENTION_DAYS"] == {"Ref": "RetentionDays"}
    assert Ledger(records_table="t", raw_bucket="b", retention_days=7).retention.longest == timedelta(days=7)
    ttl = properties("RecordsTable")["TimeToLiveSpecification"]
    assert ttl == {"Enabled": True, "AttributeName": "expires_at"}


def test_what_is_deleted_can_be_recovered_no_longer_than_rows_can():
    (rule,) = properties("RawBucket")["LifecycleConfiguration"]["Rules"]

    assert rule["NoncurrentVersionExpiration"]["NoncurrentDays"] <= BACKUP_DAYS


@pytest.mark.parametrize(("days", "kept_days"), [(1, 1), (7, 7), (365, 14)])
def test_a_paid_answer_never_outlives_the_message_it_is_about(monkeypatch, days, kept_days):
    from mailroom import wiring

    environment = {"RECORDS_TABLE": "t", "RAW_BUCKET": "b", "IDEMPOTENCY_TABLE": "i", "INTAKE_QUEUE_URL": "q"}
    for name, value in {**environment, "ANTHROPIC_API_KEY": "k", "RETENTION_DAYS": str(days)}.items():
        monkeypatch.setenv(name, value)
    wiring.forget()
    try:
        assert wiring.model().config.expires_after_seconds == kept_days * 24 * 3600
    finally:
        wiring.forget()


def test_a_paid_answer_is_kept_as_long_as_a_queue_may_keep_its_message():
    longest = max(queue["MessageRetentionPeriod"] for queue in resources_of(TEMPLATE, "AWS::SQS::Queue").values())

    assert longest == pay_once.KEPT_FOR_S


def test_no_secret_stands_in_the_template_or_travels_by_the_environment():
    variables = TEMPLATE["Globals"]["Function"]["Environment"]["Variables"]

    assert "ANTHROPIC_API_KEY" not in variables
    assert variables["ANTHROPIC_SECRET_ID"] == {"Fn::GetAtt": ["AnthropicApiKey", "Id"]}
    assert "SecretString" not in properties("AnthropicApiKey")
    assert not [name for name, parameter in TEMPLATE["Parameters"].items() if "sk-" in str(parameter)]


def test_a_rotated_secret_works_within_minutes():
    assert claude_client.SECRET_AGE_S <= 300
    assert secrets.SECRET_AGE_S <= 300


def test_the_form_door_is_throttled_and_logs_no_body():
    stage = properties("FormsStage")

    assert 0 < stage["DefaultRouteSettings"]["ThrottlingRateLimit"] <= 100
    assert not re.search(r"body|querystring|sourceIp", stage["AccessLogSettings"]["Format"], re.IGNORECASE)


def test_browsers_may_post_only_from_listed_sites():
    cors = properties("FormsApi")["CorsConfiguration"]["Fn::If"]

    assert cors[0] == "ListsOrigins"
    assert cors[1]["AllowOrigins"] == {"Ref": "FormOrigins"}
    assert cors[1]["AllowMethods"] == ["POST"]
    assert TEMPLATE["Parameters"]["FormOrigins"]["Default"] == ""


def test_the_sender_policy_can_be_chosen_and_errs_on_the_side_of_caution():
    parameter = TEMPLATE["Parameters"]["SenderPolicy"]

    assert set(parameter["AllowedValues"]) == set(SenderPolicy)
    assert parameter["Default"] == "caution"
    for settings in (Receiving, Sweeping):
        assert settings.model_fields["sender_policy"].default is SenderPolicy.CAUTION


def test_only_extraction_may_read_the_forms_secrets():
    knowing = [name for name, found in RESOURCES.items() if "KnowsTheFormsSecrets" in json.dumps(found)]

    assert knowing == ["ExtractRecordFunction"]
    assert Asking.model_fields["form_secrets_id"].default == ""


def test_the_dashboard_shows_only_metrics_that_the_code_writes():
    body = properties("Dashboard")["DashboardBody"]["Fn::Sub"]
    shown = {
        metric[1]
        for widget in json.loads(body)["widgets"]
        for metric in widget["properties"]["metrics"]
        if metric[0] == "Mailroom"
    }
    folders = ("layers/shared/mailroom", "functions")
    code = "\n".join(path.read_text() for folder in folders for path in (ROOT / folder).rglob("*.py"))

    for name in shown:
        family, dot, _ = name.partition(".")
        assert f'"{name}"' in code or (dot and f'f"{family}.{{' in code), name
    assert {"CostUsd", "Confidence", "Deliveries", "BreakerOpen", "Cache.hit", "Records.missing"} <= shown


def test_every_alarm_is_in_the_runbook():
    runbook = (ROOT / "docs/how-to/runbook.md").read_text()

    missing = [name for name in resources_of(TEMPLATE, "AWS::CloudWatch::Alarm") if name not in runbook]
    assert missing == []


def test_each_test_that_the_threat_model_names_exists():
    page = (ROOT / "docs/explanation/threat-model.md").read_text()
    named = set(re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", page))

    assert len(named) >= 8
    for path, test in named:
        assert not test or f"def {test}(" in (ROOT / path).read_text(), (path, test)
        assert (ROOT / path).exists(), path


def test_the_console_reads_statistics_and_not_the_paid_answers_beside_them():
    written = properties("ServeConsoleFunction")["Policies"][0]["Statement"]
    said = [each["Fn::If"][1] if "Fn::If" in each else each for each in written]
    notes = [each for each in said if "IdempotencyTable" in str(each["Resource"])]

    assert [each["Action"] for each in notes] == ["dynamodb:BatchGetItem"]
    assert notes[0]["Condition"] == {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["statistics#*"]}}
