"""Find the deployed event sources that the host leaves to our pumps, and serve them as their mappings say."""

from collections.abc import Callable, Mapping
from typing import Any

from local.twin.hosts import Host
from local.twin.pumps import Pumps, QueueSource, seconds_of
from local.twin.streams import StreamPump, StreamSource

type ClientOf = Callable[[str], Any]


def serve_mappings(pumps: Pumps, client_of: ClientOf, host: Host) -> None:
    """Serve every queue and stream that the host does not."""
    for mapping in client_of("lambda").list_event_source_mappings()["EventSourceMappings"]:
        kind = mapping["EventSourceArn"].split(":")[2]
        if kind == "sqs" and "SQS" in host.pumped:
            _serve_queue(pumps, client_of, mapping)
        elif kind == "dynamodb" and "DynamoDB" in host.pumped:
            _serve_stream(pumps, client_of, mapping)


def serve_schedules(pumps: Pumps, client_of: ClientOf) -> None:
    """Serve every scheduled rule."""
    events = client_of("events")
    for rule in events.list_rules()["Rules"]:
        for target in events.list_targets_by_rule(Rule=rule["Name"])["Targets"]:
            event = {"source": "aws.events", "detail-type": "Scheduled Event", "resources": [rule["Arn"]], "detail": {}}
            pumps.serve_schedule(_function_name(target["Arn"]), seconds_of(rule["ScheduleExpression"]), event)


def _serve_queue(pumps: Pumps, client_of: ClientOf, mapping: Mapping[str, Any]) -> None:
    sqs = client_of("sqs")
    arn = mapping["EventSourceArn"]
    pumps.serve_queue(
        sqs,
        QueueSource(
            function_name=_function_name(mapping["FunctionArn"]),
            queue_url=_queue_url(sqs, arn),
            queue_arn=arn,
            batch_size=mapping["BatchSize"],
            window_s=mapping.get("MaximumBatchingWindowInSeconds", 0),
            concurrency=mapping.get("ScalingConfig", {}).get("MaximumConcurrency", 1),
            reports_failures="ReportBatchItemFailures" in mapping.get("FunctionResponseTypes", []),
        ),
    )


def _serve_stream(pumps: Pumps, client_of: ClientOf, mapping: Mapping[str, Any]) -> None:
    source = StreamSource(
        function_name=_function_name(mapping["FunctionArn"]),
        function_arn=mapping["FunctionArn"],
        stream_arn=mapping["EventSourceArn"],
        batch_size=mapping["BatchSize"],
        retries=mapping.get("MaximumRetryAttempts", -1),
        oldest_s=mapping.get("MaximumRecordAgeInSeconds", -1),
        bisects=mapping.get("BisectBatchOnFunctionError", False),
        reports_failures="ReportBatchItemFailures" in mapping.get("FunctionResponseTypes", []),
    )
    sqs = client_of("sqs")
    destination = mapping.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination", "")

    def give_up(record: str) -> None:
        if destination:
            sqs.send_message(QueueUrl=_queue_url(sqs, destination), MessageBody=record)

    pump = StreamPump(pumps, client_of("dynamodbstreams"), source, give_up)
    pumps.run(source.function_name, pump.run_once)


def _queue_url(sqs: Any, arn: str) -> str:
    url: str = sqs.get_queue_url(QueueName=arn.rpartition(":")[2])["QueueUrl"]
    return url


def _function_name(arn: str) -> str:
    return arn.split(":")[6]
