"""Does work go on, and does somebody hear when it does not: event sources, dead letters, alarms, the sweep."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import batched
from typing import Any

from local.doctor.findings import Finding, House, Verdict
from mailroom.adapters.marks import DynamoDBMarks
from mailroom.pipeline.sweep import PASS_DONE

LATEST_SWEEP = timedelta(hours=1)
"""A pass through the whole archive takes one sweep of five minutes for every some thousand messages."""


def deployed(house: House) -> Iterator[Finding]:
    """A stack whose last deploy failed runs something between two versions."""
    if house.status in {"CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE"}:
        yield Finding("Stack", Verdict.OK, f"{house.stack}: {house.status}.")
    else:
        todo = f"aws cloudformation describe-stack-events --stack-name {house.stack}"
        yield Finding("Stack", Verdict.FAIL, f"{house.stack} is {house.status}.", todo)


def event_sources(house: House) -> Iterator[Finding]:
    """Queues and the table's stream must be read."""
    for logical, function in sorted(house.of_type("AWS::Lambda::Function").items()):
        mappings = house.clients("lambda").list_event_source_mappings(FunctionName=function)["EventSourceMappings"]
        for mapping in mappings:
            source = mapping["EventSourceArn"].split(":")[5].split("/")[0]
            what = f"{logical} reads {source}"
            if mapping["State"] in {"Enabled", "Enabling", "Creating", "Updating"}:
                yield Finding("Event source", Verdict.OK, f"{what}.")
            elif house.is_twin:
                yield Finding("Event source", Verdict.SKIPPED, f"{what}: the twin's own pump serves it.")
            else:
                todo = f"aws lambda update-event-source-mapping --enabled --uuid {mapping['UUID']}"
                yield Finding("Event source", Verdict.FAIL, f"{what}, and is {mapping['State'].lower()}.", todo)


def dead_letters(house: House) -> Iterator[Finding]:
    """What was given up must be looked at; every queue of the stack that takes what another gave up counts."""
    queues = {
        logical: url
        for logical, url in house.of_type("AWS::SQS::Queue").items()
        if "DeadLetter" in logical or "Failure" in logical
    }
    for logical, url in sorted(queues.items()):
        found = house.clients("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])
        count = int(found["Attributes"]["ApproximateNumberOfMessages"])
        if count:
            todo = "`mailroom dead-letters list` names the causes; mend them, then `dead-letters redrive --all`."
            yield Finding("Dead letters", Verdict.FAIL, f"{logical} holds {count}.", todo)
        else:
            yield Finding("Dead letters", Verdict.OK, f"{logical} is empty.")


def alarms(house: House) -> Iterator[Finding]:
    """Each alarm of the stack must be there, switched on, and wired to the topic."""
    expected = house.of_type("AWS::CloudWatch::Alarm")
    found: dict[str, Any] = {}
    for names in batched(expected.values(), 100, strict=False):
        answer = house.clients("cloudwatch").describe_alarms(AlarmNames=list(names))
        found |= {alarm["AlarmName"]: alarm for alarm in answer["MetricAlarms"]}
    topic = house.outputs["AlarmTopic"]
    deaf = [
        logical
        for logical, name in expected.items()
        if name not in found
        or not found[name].get("ActionsEnabled")
        or topic not in found[name].get("AlarmActions", ())
    ]
    rings = [logical for logical, name in expected.items() if found.get(name, {}).get("StateValue") == "ALARM"]
    if deaf:
        yield Finding("Alarms", Verdict.FAIL, f"Not wired: {', '.join(deaf)}.", "Deploy the template again.")
    else:
        yield Finding("Alarms", Verdict.OK, f"{len(expected)} alarms, all wired to the topic.")
    if rings:
        yield Finding("Alarms", Verdict.WARN, f"Ringing: {', '.join(rings)}.", "See docs/how-to/runbook.md.")


def subscription(house: House) -> Iterator[Finding]:
    """Somebody must be told, and have said that they want to be."""
    topic = house.outputs["AlarmTopic"]
    found = house.clients("sns").list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    confirmed = [each for each in found if each["SubscriptionArn"].startswith("arn:")]
    if confirmed:
        yield Finding("Who is told", Verdict.OK, f"{len(confirmed)} confirmed subscriptions to the alarms.")
    elif found:
        todo = "Click the link in the mail that AWS sent them, or subscribe somebody else."
        yield Finding("Who is told", Verdict.FAIL, "Nobody has confirmed a subscription to the alarms yet.", todo)
    else:
        todo = f"Set AlarmEmail, or: aws sns subscribe --topic-arn {topic} --protocol email --notification-endpoint …"
        yield Finding("Who is told", Verdict.FAIL, "Nobody is subscribed to the alarms.", todo)


def sweep(house: House) -> Iterator[Finding]:
    """Without the sweep nobody finds what is stuck or missing."""
    note = DynamoDBMarks(house.clients("dynamodb"), house.outputs["IdempotencyTable"]).get(PASS_DONE)
    if not note:
        yield Finding(
            "Sweep", Verdict.WARN, "It has not been through yet.", "Wait ten minutes; then read its log group."
        )
        return
    ago = house.now - datetime.fromisoformat(note)
    said = f"It last began a full pass {int(ago.total_seconds() / 60)} minutes ago."
    if ago > LATEST_SWEEP:
        todo = "Look whether its schedule is enabled, and into the log group of SweepRecordsFunction."
        yield Finding("Sweep", Verdict.FAIL, said, todo)
    else:
        yield Finding("Sweep", Verdict.OK, said)
