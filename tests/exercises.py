"""What each function does with its rights, gone through once: the real handlers in this process, under their roles.

An exercise makes a function use every statement of its policy that the emulator can tell the use of. It runs with new
ids each time, so that it may run again and again on one twin.
"""

import base64
import importlib
import json
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from local.standin.faults import Behaviour
from local.standin.running import Handle
from local.twin import Twin, ses
from local.twin.emulator import ROOT
from local.twin.inprocess import deployed_environment
from local.twin.invoking import context_for
from local.twin.pumps import _sqs_record
from mailroom.adapters import aws
from mailroom.adapters.clock import SystemClock
from mailroom.adapters.deliveries import DynamoDBDeliveryStore
from mailroom.adapters.dynamodb import DynamoDBRecordStore
from mailroom.adapters.parcels import S3Parcels
from mailroom.adapters.s3 import S3MailStore
from mailroom.adapters.ses import delivery_of
from mailroom.adapters.sessions import new_session
from mailroom.console.web import SESSION_COOKIE
from mailroom.domain.notice_delivery import DeliveryStatus, Medium, NoticeDelivery
from mailroom.domain.retention import Retention
from mailroom.domain.session import Person, Role
from mailroom.pipeline import sweep
from mailroom.pipeline.bulk_intake import Arrival, BulkIntake, take_in
from mailroom.ports import StoredMail

EVENTS = ROOT / "events"
SENDER = "ann@acme.example"
LEAD = (EVENTS / "emails" / "01-lead-plain-text.eml").read_bytes()
DOUBTFUL = (EVENTS / "emails" / "11-invoice-contradictory.eml").read_bytes()
SLIGHTLY_DOUBTFUL = (EVENTS / "emails" / "06-forwarded-invoice.eml").read_bytes()  # so it is read a second time
OVERLOADED = Behaviour(overloaded=1.0)


class RefusedError(Exception):
    """A call was refused for want of a right."""


class World:
    """A twin on which nothing runs by itself, the stand-in model, and what this process does in a function's name."""

    def __init__(self, twin: Twin, model: Handle) -> None:
        self.twin = twin
        self.model = model
        self.denied: list[str] = []
        self._log = twin.log_path.parent / "exercises.log"
        # One session for all: loading the services' models is what costs. Only whose name it acts in changes.
        aws._session.cache_clear()
        aws._session().events.register("after-call", self._note)

    @contextmanager
    def acting_as(self, logical_id: str) -> Iterator[Callable[[Any], Any]]:
        """Yield a function's handler; what it calls is allowed by its role alone. Raises RefusedError at a refusal."""
        configuration = self.twin.client("lambda").get_function_configuration(
            FunctionName=self.twin.outputs[logical_id]
        )
        given = self.twin.client("sts").assume_role(RoleArn=configuration["Role"], RoleSessionName="test")[
            "Credentials"
        ]
        variables = {
            **self.twin.environment,
            **configuration["Environment"]["Variables"],
            "POWERTOOLS_METRICS_DISABLED": "true",
        }
        module = importlib.import_module(f"functions.{self.twin.folder_of(logical_id)}.handler")
        self.denied.clear()
        aws._session()._session.set_credentials(
            *(given[key] for key in ("AccessKeyId", "SecretAccessKey", "SessionToken"))
        )

        def handle(event: Any) -> Any:
            try:
                return module.handle(event, context_for(configuration))
            finally:
                if self.denied:
                    raise RefusedError(f"{logical_id}: {', '.join(self.denied)}")

        with deployed_environment(variables, self._log):
            yield handle

    def _note(self, parsed: dict[str, Any], model: Any, **_: Any) -> None:
        if parsed.get("Error", {}).get("Code") in aws.DENIED:
            self.denied.append(f"{model.service_model.service_id}.{model.name}")

    @contextmanager
    def misbehaving(self, behaviour: Behaviour) -> Iterator[None]:
        self.model.api.behaviour = behaviour
        try:
            yield
        finally:
            self.model.api.behaviour = Behaviour()

    def tidy(self) -> None:
        """Drop what a refused run left for the next: the breaker, paid answers, messages that go round."""
        for queue in ("Intake", "Review", "Delivery"):
            self.twin.client("sqs").purge_queue(QueueUrl=self.twin.outputs[f"{queue}QueueUrl"])
        table = self.twin.outputs["IdempotencyTable"]
        for item in self.twin.client("dynamodb").scan(TableName=table)["Items"]:
            self.twin.client("dynamodb").delete_item(TableName=table, Key={"id": item["id"]})

    def store(self, key: str, raw: bytes) -> None:
        self.twin.client("s3").put_object(Bucket=self.twin.outputs["RawBucket"], Key=key, Body=raw)

    def file(self, row: dict[str, Any]) -> None:
        self.twin.client("dynamodb").put_item(TableName=self.twin.outputs["RecordsTable"], Item=row)

    def received(self, queue: str, *bodies: str, attributes: dict[str, str] | None = None) -> dict[str, Any]:
        """Put messages on a queue and return them as Lambda would hand them over, with whatever lay there before."""
        sqs, url = self.twin.client("sqs"), self.twin.outputs[f"{queue}Url"]
        told = {name: {"DataType": "String", "StringValue": value} for name, value in (attributes or {}).items()}
        for body in bodies:
            sqs.send_message(QueueUrl=url, MessageBody=body, MessageAttributes=told)
        found = sqs.receive_message(
            QueueUrl=url,
            MaxNumberOfMessages=10,
            WaitTimeSeconds=1,
            MessageSystemAttributeNames=["All"],
            MessageAttributeNames=["All"],
        ).get("Messages", [])
        return {"Records": [_sqs_record(message, f"arn:aws:sqs:us-east-1:000000000000:{queue}") for message in found]}


def fresh(prefix: str = "") -> str:
    return f"{prefix}{uuid.uuid4().hex}"


def claim(record_id: str, key: str) -> str:
    place = {"bucket": "mailroom-raw", "key": key, "form": "", "content_type": "message/rfc822"}
    return json.dumps({"record_id": record_id, "channel": "email", **place})


def sample_changes(record_id: str, key: str) -> list[dict[str, Any]]:
    """Return the sample changes of the table, to in_review and to accepted, of one record of our own."""
    changes: list[dict[str, Any]] = json.loads((EVENTS / "dispatch-record-stream.json").read_text())["Records"]
    for change in changes:
        change["eventID"] = fresh()
        for image in ("OldImage", "NewImage"):
            change["dynamodb"][image] |= {"record_id": {"S": record_id}, "key": {"S": key}, "raw_keys": {"SS": [key]}}
        change["dynamodb"]["Keys"] = {"record_id": {"S": record_id}}
    return changes


def row(status: str, raw: bytes, world: World, **more: Any) -> tuple[str, str]:
    """File a sample record in a state, its mail stored, and return its id and key."""
    record_id, key = fresh("mail-"), fresh("raw/")
    world.store(key, raw)
    (image,) = [
        change["dynamodb"]["NewImage"]
        for change in sample_changes(record_id, key)
        if change["dynamodb"]["NewImage"]["status"]["S"] == status
    ]
    world.file(image | {"expires_at": {"N": str(int(time.time()) + 86400)}} | more)
    return record_id, key


def receive_email(world: World) -> None:
    delivery = ses.envelope(SENDER, ["sales@example.com"], None, fresh())
    raw = LEAD.replace(b"Message-ID: <", b"Message-ID: <" + fresh().encode())
    stored = ses.as_stored(raw, delivery)
    world.store(f"raw/{delivery.ses_message_id}", stored)
    with world.acting_as("ReceiveEmailFunction") as handle:
        handle(ses.receipt_event(stored, delivery, "arn:aws:lambda:us-east-1:000000000000:function:f"))


def extract_record(world: World) -> None:
    key = fresh("raw/")
    world.store(key, LEAD)
    form = json.dumps({"name": "Ann", "email": SENDER, "message": fresh()})
    told = {"via": "form", "form": "lead", "content_type": "application/json"}
    with world.acting_as("ExtractRecordFunction") as handle:
        handle(world.received("IntakeQueue", claim(fresh("mail-"), key)))
        handle(world.received("IntakeQueue", form, attributes=told))
        with world.misbehaving(OVERLOADED):
            handle(world.received("IntakeQueue", claim(fresh("mail-"), key)))


def review_record(world: World) -> None:
    first, second = (row("in_review", DOUBTFUL, world) for _ in range(2))
    with world.acting_as("ReviewRecordFunction") as handle:
        handle(world.received("ReviewQueue", claim(*first)))
        with world.misbehaving(OVERLOADED):
            handle(world.received("ReviewQueue", claim(*second)))


def dispatch_record(world: World) -> None:
    key = fresh("raw/")
    world.store(key, LEAD)
    changes = sample_changes(fresh("mail-"), key)
    removal = json.loads(json.dumps(changes[1])) | {"eventID": fresh(), "eventName": "REMOVE"}
    removal["dynamodb"]["OldImage"] = removal["dynamodb"].pop("NewImage")
    with world.acting_as("DispatchRecordFunction") as handle:
        for change in (*changes, removal):
            handle({"Records": [change]})


def deliver_notice(world: World) -> None:
    arrived = ses.envelope("harriet@fernwoodbakehouse.example", ["sales@inbox.example"], None, fresh())
    record_id, _ = row("accepted", ses.as_stored(LEAD, arrived), world, sender={"S": f"{fresh()}@acme.example"})
    now = datetime.now(UTC).isoformat()
    (image,) = [
        world.twin.client("dynamodb").get_item(
            TableName=world.twin.outputs["RecordsTable"], Key={"record_id": {"S": record_id}}
        )["Item"]
    ]
    notice = {
        "event": "record.accepted",
        "record_id": record_id,
        "version": int(image["version"]["N"]),
        "status": "accepted",
        "kind": "lead",
        "confidence": 0.97,
        "channel": "email",
        "received_at": now,
        "at": now,
    }
    with world.acting_as("DeliverNoticeFunction") as handle:
        handle(world.received("DeliveryQueue", json.dumps(notice)))
        handle(world.received("DeliveryQueue"))


def serve_console(world: World) -> None:
    session = new_session(Person("ann", Role.REVIEWER))
    cookie = f"{SESSION_COOKIE}={world.twin.sessions().open(session)}"
    (waiting, _), (decided, _) = row("in_review", DOUBTFUL, world), row("accepted", LEAD, world, version={"N": "1"})
    form = {"csrf": session.csrf, "version": "1", "reason": "test"}
    with world.acting_as("ServeConsoleFunction") as handle:
        for path in ("/", "/search", "/overview", "/suggestions", f"/records/{waiting}"):
            query = f"sender={SENDER}" if path == "/search" else ""
            handle(request("GET", path, cookie, query=query))
        handle(request("POST", f"/records/{decided}/requeue", cookie, body=urlencode(form)))
        given_up = given_up_delivery(world, waiting)
        handle(request("GET", f"/records/{waiting}", cookie))
        handle(request("GET", "/deliveries", cookie))
        asked = {"csrf": session.csrf, "revision": str(given_up.revision)}
        handle(request("POST", f"/deliveries/{given_up.delivery_id}/again", cookie, body=urlencode(asked)))


def given_up_delivery(world: World, record_id: str) -> NoticeDelivery:
    """Put a delivery into the book that no receiver took."""
    now = datetime.now(UTC)
    found = NoticeDelivery(
        delivery_id=f"msg_{fresh()[:28]}",
        status=DeliveryStatus.DEAD,
        event="record.accepted",
        record_id=record_id,
        version=1,
        endpoint="crm",
        medium=Medium.WEBHOOK,
        body="{}",
        created_at=now,
        due_at=now,
        expires_at=now + timedelta(days=1),
    )
    DynamoDBDeliveryStore(world.twin.client("dynamodb"), world.twin.outputs["DeliveriesTable"]).create(found)
    return found


def request(method: str, path: str, cookie: str, *, query: str = "", body: str = "") -> dict[str, Any]:
    event = json.loads((EVENTS / "serve-console-queue.json").read_text())
    event |= {"rawPath": path, "rawQueryString": query, "cookies": [cookie]}
    event |= {"body": base64.b64encode(body.encode()).decode(), "isBase64Encoded": True}
    event["headers"] |= {"origin": "https://console.example", "content-type": "application/x-www-form-urlencoded"}
    event["requestContext"]["http"] |= {"method": method, "path": path}
    return dict(event)


def sweep_records(world: World) -> None:
    world.store(fresh("raw/"), LEAD.replace(b"Message-ID: <", b"Message-ID: <" + fresh().encode()))
    row("in_review", DOUBTFUL, world, lease_until={"N": "1"})
    before, sweep.SETTLING = sweep.SETTLING, timedelta(seconds=-1)
    try:
        with world.acting_as("SweepRecordsFunction") as handle:
            handle({})
    finally:
        sweep.SETTLING = before


def collect_batches(world: World) -> None:
    outputs, client = world.twin.outputs, world.twin.client
    backlog = BulkIntake(
        mail=S3MailStore(client("s3"), outputs["RawBucket"], "raw/"),
        records=DynamoDBRecordStore(client("dynamodb"), outputs["RecordsTable"]),
        parcels=S3Parcels(client("s3"), outputs["RawBucket"]),
        clock=SystemClock(),
        bucket=outputs["RawBucket"],
        retention=Retention(timedelta(days=30)),
    )
    for raw, behaviour in ((SLIGHTLY_DOUBTFUL, Behaviour()), (LEAD, Behaviour(batch_errored=1.0, overloaded=1.0))):
        mail = raw.replace(b"Message-ID: <", b"Message-ID: <" + fresh().encode())
        found = StoredMail(fresh("raw/"), datetime.now(UTC), len(mail))
        take_in([Arrival(delivery_of(mail, found, outputs["RawBucket"]), mail)], backlog, fresh("job-"))
        with world.misbehaving(behaviour), world.acting_as("CollectBatchesFunction") as handle:
            for _ in range(10):
                counts = handle({})
                if not counts["in_batches"] + counts["waiting"]:
                    break


EXERCISES: dict[str, Callable[[World], None]] = {
    "ReceiveEmailFunction": receive_email,
    "ExtractRecordFunction": extract_record,
    "ReviewRecordFunction": review_record,
    "DispatchRecordFunction": dispatch_record,
    "DeliverNoticeFunction": deliver_notice,
    "ServeConsoleFunction": serve_console,
    "SweepRecordsFunction": sweep_records,
    "CollectBatchesFunction": collect_batches,
}
