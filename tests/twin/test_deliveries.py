"""Deliveries end to end: a mail comes in on the twin, and a real receiver over real HTTP hears of it as promised."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError
from typer.testing import CliRunner

from local.cli import deliveries
from local.standin.running import serve
from local.twin import Twin
from mailroom.adapters.deliveries import DynamoDBDeliveryStore
from mailroom.domain.notice_delivery import DeliveryStatus, NoticeDelivery
from tests.receiver import Receiver, receiving
from tests.waiting import eventually

pytestmark = pytest.mark.twin

OLD, NEW = "whsec_b2xkIG9sZCBvbGQgb2xkIG9sZCBvbGQgb2xk", "whsec_bmV3IG5ldyBuZXcgbmV3IG5ldyBuZXcgbmV3"
LEAD = """From: Ana Diaz <ana@papel.example>
To: sales@inbox.example
Message-ID: <{name}@papel.example>
Subject: A quote for chairs

Dear all, we are Papel Norte and would like a quote for forty chairs by Friday. Ana Diaz, ana@papel.example
"""


@pytest.fixture(scope="module")
def receivers() -> Iterator[dict[str, Receiver]]:
    with receiving() as crm, receiving() as slack:
        yield {"crm": crm, "slack": slack}


@pytest.fixture(scope="module")
def twin(tmp_path_factory: pytest.TempPathFactory, receivers: dict[str, Receiver]) -> Iterator[Twin]:
    given = {"Deliveries": "true", "RecipientDomain": "inbox.example", "ConsoleUrl": "https://console.example"}
    given |= {"FirstNotice": "false", "AcknowledgeFrom": "hello@shop.example"}
    with (
        serve() as model,
        Twin.start(
            state_dir=tmp_path_factory.mktemp("state"), model_url=model.url, api_key="a-key", parameters=given
        ) as running,
    ):
        endpoints = [
            {
                "name": "crm",
                "type": "webhook",
                "url": receivers["crm"].url + "/hooks",
                "secrets": [NEW, OLD],
                "payload": "record",
                "internal": True,
            },
            {"name": "sales", "type": "slack", "url": receivers["slack"].url + "/services/T0/B0/x", "internal": True},
        ]
        texts = dict.fromkeys(("lead", "support_request", "meeting_request", "other"), "Thank you, we have read it.")
        running.client("secretsmanager").put_secret_value(
            SecretId=running.outputs["DeliveriesSecret"],
            SecretString=json.dumps({"endpoints": endpoints, "acknowledgement": {"texts": texts}}),
        )
        running.client("ses").verify_email_identity(EmailAddress="hello@shop.example")
        yield running


@pytest.fixture(autouse=True)
def _as_new(
    receivers: dict[str, Receiver], twin: Twin, monkeypatch: pytest.MonkeyPatch, _function_environment: None
) -> None:
    for name, value in (twin.environment | {"POWERTOOLS_METRICS_DISABLED": "true"}).items():
        monkeypatch.setenv(name, value)  # what every test is kept from; this one's account is the twin
    for receiver in receivers.values():
        receiver.heard.clear()
        receiver.line.clear()
        receiver.ever = (200, {}, b"ok")


def deliver(twin: Twin, name: str, **more: str) -> None:
    twin.deliver_email(
        LEAD.format(name=name).encode(), mail_from="ana@papel.example", recipients=["sales@inbox.example"], **more
    )


def book(twin: Twin) -> DynamoDBDeliveryStore:
    return DynamoDBDeliveryStore(twin.client("dynamodb"), twin.outputs["DeliveriesTable"])


def delivery_of(twin: Twin, receiver: Receiver) -> NoticeDelivery:
    found = book(twin).get(receiver.heard[-1].headers["webhook-id"])
    assert found is not None
    return found


def nothing_to_do(twin: Twin) -> bool:
    """Say that nothing is under way; what waits for its time on the delivery queue may wait."""
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    found = twin.client("sqs").get_queue_attributes(QueueUrl=twin.outputs["DeliveryQueueUrl"], AttributeNames=names)
    pending = twin.pending() | {"DeliveryQueue": sum(map(int, found["Attributes"].values()))}
    return not any(pending.values())


def mailroom(*arguments: str) -> str:
    """Run a command of `mailroom deliveries` on the twin's stack and return what it prints."""
    stack = ("--stack", "mailroom")
    done = CliRunner().invoke(deliveries.app, [*arguments, *stack], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def sent_mails(twin: Twin) -> int:
    return int(twin.client("ses").get_send_quota()["SentLast24Hours"])


def test_a_decided_record_is_told_once_signed_and_with_its_fields(twin, receivers):
    deliver(twin, "told-once")
    assert eventually(lambda: receivers["crm"].heard and receivers["slack"].heard)
    assert eventually(lambda: nothing_to_do(twin))

    (heard,) = receivers["crm"].heard
    for secret in (OLD, NEW):
        told = Webhook(secret).verify(heard.body, heard.headers)
        assert told["type"] in {"record.accepted", "record.needs_human"}
    with pytest.raises(WebhookVerificationError):
        Webhook(OLD).verify(heard.body + b" ", heard.headers)
    assert heard.path == "/hooks"
    assert told["data"]["fields"]
    assert told["data"]["url"] == f"https://console.example/records/{told['data']['record_id']}"
    assert delivery_of(twin, receivers["crm"]).status is DeliveryStatus.DELIVERED
    (in_slack,) = receivers["slack"].heard
    assert "`ana@papel.example`" in json.loads(in_slack.body)["blocks"][0]["text"]["text"]


def test_the_sender_is_acknowledged_once_by_a_mail_that_no_machine_answers(twin, receivers):
    before = sent_mails(twin)
    deliver(twin, "acknowledged")
    assert eventually(lambda: len(receivers["crm"].heard) == 1)
    assert eventually(lambda: nothing_to_do(twin))

    record_id = json.loads(receivers["crm"].heard[0].body)["data"]["record_id"]
    told = [each for each in book(twin).of_record(record_id) if each.endpoint == "acknowledgement"]
    assert [(each.status, each.reason) for each in told] == [(DeliveryStatus.DELIVERED, "")]
    assert "Auto-Submitted: auto-replied" in told[0].body
    assert sent_mails(twin) == before + 1


def test_a_receiver_that_fails_three_times_is_told_at_the_fourth(twin, receivers):
    receivers["crm"].line[:] = [(500, {}, b"no"), (429, {"retry-after": "1"}, b""), (301, {"location": "/x"}, b"")]
    deliver(twin, "fails-thrice")
    assert eventually(lambda: len(receivers["crm"].heard) == 1)

    for tries in (1, 2, 3):
        _next_try(twin, receivers["crm"], after=tries)
    assert eventually(lambda: delivery_of(twin, receivers["crm"]).status is DeliveryStatus.DELIVERED)

    assert [each.code for each in delivery_of(twin, receivers["crm"]).attempts] == [500, 429, 301, 200]
    assert {heard.path for heard in receivers["crm"].heard} == {"/hooks"}
    assert len({heard.headers["webhook-id"] for heard in receivers["crm"].heard}) == 1
    assert len({heard.body for heard in receivers["crm"].heard}) == 1


def test_a_receiver_that_is_down_over_the_whole_schedule_is_given_up_and_redelivered_by_hand(twin, receivers):
    receivers["crm"].ever = (503, {}, b"")
    deliver(twin, "down")
    assert eventually(lambda: len(receivers["crm"].heard) == 1)
    for tries in range(1, 10):
        _next_try(twin, receivers["crm"], after=tries)
    assert eventually(lambda: delivery_of(twin, receivers["crm"]).status is not DeliveryStatus.WAITING)
    dead = delivery_of(twin, receivers["crm"])
    assert (dead.status, len(dead.attempts)) == (DeliveryStatus.DEAD, 10)

    receivers["crm"].ever = (204, {}, b"")
    listed = [json.loads(line) for line in mailroom("list", "--status", "dead", "--json").splitlines()]
    assert [(each["delivery_id"], each["last_answer"], each["tries"]) for each in listed] == [
        (dead.delivery_id, 503, 10)
    ]
    assert "asked for again" in mailroom("redeliver", "--all-dead")

    assert eventually(lambda: delivery_of(twin, receivers["crm"]).status is DeliveryStatus.DELIVERED)
    assert receivers["crm"].heard[-1].headers["webhook-id"] == dead.delivery_id
    shown = json.loads(mailroom("show", dead.delivery_id))
    assert [each["code"] for each in shown["attempts"]] == [503] * 10 + [204]
    assert OLD not in mailroom("list") + json.dumps(shown)


def test_a_stream_that_replays_tells_nobody_twice(twin, receivers):
    deliver(twin, "replayed")
    assert eventually(lambda: len(receivers["crm"].heard) == 1)
    assert eventually(lambda: nothing_to_do(twin))
    record_id = json.loads(receivers["crm"].heard[0].body)["data"]["record_id"]

    for _ in range(3):
        twin.invoke("DispatchRecordFunction", {"Records": [_change(twin, record_id)]})
    assert eventually(lambda: nothing_to_do(twin))

    assert len(receivers["crm"].heard) == 1
    assert len(receivers["slack"].heard) == 1
    assert len([each for each in book(twin).of_record(record_id) if each.endpoint == "crm"]) == 1


def _next_try(twin: Twin, receiver: Receiver, *, after: int) -> None:
    """Let the wait after so many tries be over, as if its time had passed, and sweep."""
    assert eventually(lambda: len(delivery_of(twin, receiver).attempts) == after)
    found = delivery_of(twin, receiver)
    due = datetime.now(UTC) - timedelta(minutes=2)
    if after > 1:  # the first wait is seconds: the queue's own delay is seen through
        book(twin).replace(found.model_copy(update={"due_at": due, "revision": found.revision + 1}))
        twin.invoke("SweepRecordsFunction", {})
    assert eventually(lambda: len(delivery_of(twin, receiver).attempts) == after + 1)


def _change(twin: Twin, record_id: str) -> dict:
    item = twin.client("dynamodb").get_item(TableName=twin.outputs["RecordsTable"], Key={"record_id": {"S": record_id}})
    before = item["Item"] | {"status": {"S": "extracting"}}
    images = {"NewImage": item["Item"], "OldImage": before, "SequenceNumber": "1", "Keys": {}}
    return {"eventID": "1", "eventName": "MODIFY", "eventSource": "aws:dynamodb", "dynamodb": images}
