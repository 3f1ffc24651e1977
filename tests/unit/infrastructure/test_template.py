"""The template keeps its promises: what AWS or the emulator would not refuse, and a person would regret."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from functions.collect_batches.handler import TO_END_S
from local.twin.template import load_template, resources_of
from mailroom.adapters import claude_batches
from mailroom.pipeline.bulk_ports import LEASE, OVERRUN
from mailroom.settings import Asking, Delivering, Dispatching, Receiving, Serving, Settings, Sweeping

ROOT = Path(__file__).parents[3]
TEMPLATE = load_template(ROOT / "template.yaml")
FUNCTIONS = resources_of(TEMPLATE, "AWS::Serverless::Function")
QUEUES = resources_of(TEMPLATE, "AWS::SQS::Queue")
ALARMS = resources_of(TEMPLATE, "AWS::CloudWatch::Alarm")
SHARED = TEMPLATE["Globals"]["Function"]
READS: dict[str, type[Settings]] = {
    "ReceiveEmailFunction": Receiving,
    "ExtractRecordFunction": Asking,
    "ReviewRecordFunction": Asking,
    "DispatchRecordFunction": Dispatching,
    "ServeConsoleFunction": Serving,
    "DeliverNoticeFunction": Delivering,
    "SweepRecordsFunction": Sweeping,
    "CollectBatchesFunction": Asking,
}
ITS_OWN_DEFAULTS = {
    *("anthropic_api_key", "model_timeout_s", "lease_s"),
    *("aws_region", "vertex_access_token"),  # Lambda sets the one itself; the other is for a try on one's own machine
    *("weights_file", "thresholds_file"),  # set by whoever ships files that `mailroom calibrate` wrote
}
"""Settings that the template need not set: local use only, or a default that the template is held against below."""

# Each statement that names more than one resource or action by a `*`, and why it may.
WILDCARDS = {
    "TheAccountAdministersItsKey": "a key's policy speaks of that key alone, and without its account it is orphaned",
    "MailIsEncryptedAsItArrives": "a key's policy speaks of that key alone",
    "AlarmsReachTheirEncryptedTopic": "a key's policy speaks of that key alone",
    "EventsAreEncrypted": "a key's policy speaks of that key alone",
    "LogsAreEncrypted": "a key's policy speaks of that key alone",
    "OnlyOverTls": "denies",
    "OnlyOurRulesPutMail": "objects under one prefix",
    "LooksAtWhatHasNoRecord": "objects under one prefix",
    "LooksAtTheHead": "objects under one prefix",
    "AcknowledgesFromOneAddress": "the identity is the address or its domain; a condition holds it to the one address",
    "KeepsForms": "objects under one prefix",
    "KeepsItsParcels": "objects under one prefix",
    "ForgetsTheMessage": "objects of one bucket",
    "ReadsTheMessage": "objects of one bucket",
    "AsksClaudeOnBedrock": "the ids of inference profiles are not the model parameter's",
    "AnswersInItsProfilesRegions": "inference profiles spread over regions; a condition holds it to them",
}


def events() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for name, function in FUNCTIONS.items():
        for event in function.get("Events", {}).values():
            yield name, event["Type"], event["Properties"]


def statements(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        if "Effect" in value:
            yield value
        for inner in value.values():
            yield from statements(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from statements(inner)


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner)


def sid_of(statement: dict[str, Any]) -> str:
    return str(statement.get("Sid", ""))


def test_every_function_folder_is_deployed_and_every_deployed_folder_exists():
    folders = {f"functions/{path.parent.name}/" for path in (ROOT / "functions").glob("*/handler.py")}

    assert {function["CodeUri"] for function in FUNCTIONS.values()} == folders


def test_a_function_is_called_like_its_folder():
    for name, function in FUNCTIONS.items():
        folder = Path(function["CodeUri"]).name
        assert name == "".join(word.title() for word in folder.split("_")) + "Function"


def queue_of(event: dict[str, Any]) -> dict[str, Any]:
    return QUEUES[event["Queue"]["Fn::GetAtt"][0]]


def test_a_queue_hides_a_message_for_six_times_its_functions_timeout():
    served = [(FUNCTIONS[name], event) for name, kind, event in events() if kind == "SQS"]

    assert served
    for function, event in served:
        assert queue_of(event)["VisibilityTimeout"] >= 6 * function["Timeout"]


def test_a_batch_of_more_than_ten_waits_in_a_window_as_lambda_demands():
    for _, kind, event in events():
        if kind == "SQS" and event["BatchSize"] > 10:
            assert event.get("MaximumBatchingWindowInSeconds", 0) >= 1


def test_each_batch_fails_message_by_message_and_with_bounded_concurrency():
    for _, kind, event in events():
        if kind in {"SQS", "DynamoDB"}:
            assert event["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
        if kind == "SQS":
            concurrency = event["ScalingConfig"]["MaximumConcurrency"]
            given = TEMPLATE["Parameters"][concurrency["Ref"]] if isinstance(concurrency, dict) else None
            assert (given["MinValue"] if given else concurrency) >= 2


def test_the_stream_gives_up_in_time_and_says_so():
    ((_, stream),) = [(name, event) for name, kind, event in events() if kind == "DynamoDB"]

    assert 0 < stream["MaximumRetryAttempts"] <= 100
    assert stream["MaximumRecordAgeInSeconds"] < 24 * 3600
    assert stream["DestinationConfig"]["OnFailure"]["Destination"] == {"Fn::GetAtt": ["DispatchDeadLetterQueue", "Arn"]}


def test_what_redelivers_ends_in_a_dead_letter_queue_that_outlives_it():
    served = [queue_of(event) for _, kind, event in events() if kind == "SQS"]

    for queue in served:
        redrive = queue["RedrivePolicy"]
        dead_letters = QUEUES[redrive["deadLetterTargetArn"]["Fn::GetAtt"][0]]
        assert redrive["maxReceiveCount"] == SHARED["Environment"]["Variables"]["MAX_RECEIVE_COUNT"]
        assert dead_letters["MessageRetentionPeriod"] > queue["MessageRetentionPeriod"]


def test_a_function_may_put_back_messages_of_its_own_queue_alone():
    for name, kind, event in events():
        if kind == "SQS":
            (allowed,) = [said for said in statements(FUNCTIONS[name]) if sid_of(said) == "PutsAMessageBack"]
            assert allowed["Action"] == ["sqs:ChangeMessageVisibility", "sqs:SendMessage"]
            assert allowed["Resource"] == event["Queue"]


@pytest.mark.parametrize("name", [name for name in QUEUES if name.endswith(("DeadLetterQueue", "FailureQueue"))])
def test_a_dead_letter_queue_rings_with_its_first_message(name: str):
    (alarm,) = [alarm for alarm in ALARMS.values() if {"Fn::GetAtt": [name, "QueueName"]} in values_of(alarm)]

    assert alarm["MetricName"] == "ApproximateNumberOfMessagesVisible"
    assert (alarm["Threshold"], alarm["ComparisonOperator"]) == (0, "GreaterThanThreshold")


def values_of(alarm: dict[str, Any]) -> list[Any]:
    return [dimension["Value"] for dimension in alarm["Dimensions"]]


@pytest.mark.parametrize("metric", ["Errors", "Throttles"])
def test_every_function_rings_when_it_fails_or_is_throttled(metric: str):
    ringing = {str(values_of(alarm)[0]) for alarm in ALARMS.values() if alarm["MetricName"] == metric}

    assert ringing == {str({"Ref": name}) for name in FUNCTIONS}


def test_an_alarm_says_what_to_do_and_reaches_someone():
    for name, alarm in ALARMS.items():
        assert len(alarm["AlarmDescription"].split()) >= 12, name
        assert alarm["AlarmActions"] == [{"Ref": "AlarmTopic"}], name
        assert alarm["TreatMissingData"] == "notBreaching", name


def test_an_alarm_on_our_own_metrics_names_one_that_the_code_writes():
    code = "\n".join(
        path.read_text() for folder in ("layers/shared/mailroom", "functions") for path in (ROOT / folder).rglob("*.py")
    )
    ours = {alarm["MetricName"] for alarm in ALARMS.values() if alarm["Namespace"] == "Mailroom"}

    assert ours
    assert {metric for metric in ours if not written(metric, code)} == set()


def written(metric: str, code: str) -> bool:
    family, dot, _ = metric.partition(".")
    return f'"{metric}"' in code or bool(dot and f'f"{family}.{{' in code)


def test_every_function_logs_to_a_group_that_forgets():
    groups = resources_of(TEMPLATE, "AWS::Logs::LogGroup")
    for function in FUNCTIONS.values():
        group = groups[function["LoggingConfig"]["LogGroup"]["Ref"]]
        assert function["LoggingConfig"]["LogFormat"] == "JSON"
        assert 0 < group["RetentionInDays"] <= 90
    assert all("KmsKeyId" in group for group in groups.values())


def test_everything_at_rest_is_encrypted_with_the_stacks_own_key():
    key = {"Ref": "EncryptionKey"}
    for table in resources_of(TEMPLATE, "AWS::DynamoDB::Table").values():
        assert table["SSESpecification"] == {"SSEEnabled": True, "SSEType": "KMS", "KMSMasterKeyId": key}
        assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    for queue in QUEUES.values():
        assert queue["KmsMasterKeyId"] == key
    for topic in resources_of(TEMPLATE, "AWS::SNS::Topic").values():
        assert topic["KmsMasterKeyId"] == key
    for secret in resources_of(TEMPLATE, "AWS::SecretsManager::Secret").values():
        assert secret["KmsKeyId"] == key
    for bucket in resources_of(TEMPLATE, "AWS::S3::Bucket").values():
        (rule,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
        assert rule["ServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"
        assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}


def test_what_people_wrote_survives_the_stack():
    for name in ("RawBucket", "RecordsTable", "EncryptionKey"):
        resource = TEMPLATE["Resources"][name]
        assert (resource["DeletionPolicy"], resource["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain")


def test_a_wildcard_in_a_policy_has_a_listed_reason():
    starred = {
        sid_of(statement)
        for statement in statements(TEMPLATE["Resources"])
        if any("*" in text for text in texts([statement.get("Action"), statement.get("Resource")]))
    }

    assert starred == set(WILDCARDS)


def test_no_function_may_do_everything_of_a_service():
    allowed = [statement for name in FUNCTIONS for statement in statements(FUNCTIONS[name]["Policies"])]

    assert allowed
    for statement in allowed:
        assert statement["Effect"] == "Allow"
        assert not [action for action in texts(statement["Action"]) if "*" in action]


def knowing(secret: str) -> set[str]:
    return {
        name
        for name, function in FUNCTIONS.items()
        for said in statements(function["Policies"])
        if said["Action"] == "secretsmanager:GetSecretValue" and secret in texts(said["Resource"])
    }


def test_only_the_functions_that_ask_a_model_know_its_key():
    assert knowing("AnthropicApiKey") == {"ExtractRecordFunction", "ReviewRecordFunction", "CollectBatchesFunction"}


def test_only_the_function_that_delivers_knows_the_endpoints():
    assert knowing("DeliveriesSecret") == {"DeliverNoticeFunction"}


def test_only_the_function_that_delivers_may_send_mail_and_from_one_address_alone():
    sending = [
        (name, said)
        for name in FUNCTIONS
        for said in statements(FUNCTIONS[name])
        if said["Action"] == "ses:SendRawEmail"
    ]

    ((name, said),) = sending
    assert name == "DeliverNoticeFunction"
    assert said["Condition"] == {"StringEquals": {"ses:FromAddress": {"Ref": "AcknowledgeFrom"}}}
    for parameter in ("AcknowledgeFrom", "ConsoleUrl"):
        assert TEMPLATE["Parameters"][parameter]["Default"] == ""


def test_mail_may_be_stored_only_by_this_accounts_rule():
    (policy,) = resources_of(TEMPLATE, "AWS::S3::BucketPolicy").values()
    (ours,) = [statement for statement in statements(policy) if statement["Effect"] == "Allow"]

    assert ours["Principal"] == {"Service": "ses.amazonaws.com"}
    assert set(ours["Condition"]["StringEquals"]) == {"aws:SourceAccount", "aws:SourceArn"}


def test_mail_is_stored_before_the_function_hears_of_it():
    (rule,) = resources_of(TEMPLATE, "AWS::SES::ReceiptRule").values()

    assert [next(iter(action)) for action in rule["Rule"]["Actions"]] == ["S3Action", "LambdaAction"]
    assert rule["Rule"]["ScanEnabled"] is True
    assert SHARED["Environment"]["Variables"]["RAW_PREFIX"] == "raw/"
    assert rule["Rule"]["Actions"][0]["S3Action"]["ObjectKeyPrefix"] == "raw/"


@pytest.mark.parametrize(("name", "settings"), READS.items())
def test_a_function_finds_every_variable_that_it_reads(name: str, settings: type[Settings]):
    own = FUNCTIONS[name].get("Environment", {}).get("Variables", {})
    given = {variable.lower() for variable in SHARED["Environment"]["Variables"] | own}

    assert set(settings.model_fields) - given <= ITS_OWN_DEFAULTS


def test_the_template_knows_nothing_of_the_twin():
    assert "AWS_ENDPOINT_URL" not in json.dumps(TEMPLATE)
    assert not re.search(r"localhost|127\.0\.0\.1", json.dumps(TEMPLATE))


def test_a_model_call_ends_well_before_its_function_does():
    for name in ("ExtractRecordFunction", "ReviewRecordFunction"):
        function = FUNCTIONS[name]
        assert int(function["Environment"]["Variables"]["MODEL_TIMEOUT_S"]) + 30 <= function["Timeout"]


def test_two_sweeps_never_overlap():
    schedules = {name: event["Schedule"] for name, kind, event in events() if kind == "Schedule"}

    assert schedules["SweepRecordsFunction"] == "rate(5 minutes)"
    assert FUNCTIONS["SweepRecordsFunction"]["Timeout"] < 5 * 60


def test_the_bulk_lanes_turn_lasts_as_long_as_its_function():
    assert OVERRUN.total_seconds() >= TO_END_S
    assert TO_END_S >= claude_batches.TIMEOUT_S + 20


def test_a_batch_rings_after_it_must_have_ended_and_before_the_sweep_takes_its_messages():
    alarm = ALARMS["OldestBatchAlarm"]

    assert 24 * 3600 < alarm["Threshold"] < LEASE.total_seconds()


HEAD = {"record_id", "status", "kind", "confidence", "needs", "sender", "subject", "cost_usd"}
TIMES = {"received_at", "updated_at"}


def test_each_index_that_people_read_shows_a_records_head_and_no_more():
    indexes = resources_of(TEMPLATE, "AWS::DynamoDB::Table")["RecordsTable"]["GlobalSecondaryIndexes"]
    views = {index["IndexName"]: index for index in indexes}
    lease = views.pop("by_lease")

    assert lease["Projection"] == {"ProjectionType": "KEYS_ONLY"}
    assert set(views) == {"by_attention", "by_status", "by_kind", "by_sender", "by_day"}
    for name, index in views.items():
        keys = {key["AttributeName"] for key in index["KeySchema"]}
        shown = index["Projection"]["NonKeyAttributes"]
        assert not keys & set(shown)
        # The sweep counts by day, and holds the raw messages' names against the bucket.
        counted = {"raw_keys"} if name == "by_day" else set()
        assert {*keys, *shown, "record_id"} - {"waiting_for", "received_on"} == HEAD | TIMES | counted


def test_every_function_and_layer_runs_on_the_processor_that_was_chosen():
    assert SHARED["Architectures"] == [{"Ref": "Architecture"}]
    for layer in resources_of(TEMPLATE, "AWS::Serverless::LayerVersion").values():
        assert layer["CompatibleArchitectures"] == [{"Ref": "Architecture"}]


def test_our_code_imports_nothing_that_the_layer_leaves_out():
    makefile = (ROOT / "layers/dependencies/Makefile").read_text()
    (unused,) = re.findall(r"^UNUSED := (.+)$", makefile, re.MULTILINE)
    # Each folder of data is read by one module: geodata by geocoder, carrierdata by carrier, tzdata by timezone.
    readers = {
        "phonenumbers/geodata": "geocoder",
        "phonenumbers/carrierdata": "carrier",
        "phonenumbers/tzdata": "timezone",
    }
    code = [path.read_text() for path in (ROOT / "layers/shared").rglob("*.py")]

    assert set(unused.split()) == set(readers)
    for module in readers.values():
        pattern = re.compile(rf"phonenumbers(\.| import .*\b){module}\b")
        assert not [text for text in code if pattern.search(text)]
