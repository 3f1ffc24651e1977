"""A batch from a queue: each message fails alone, and says itself when it shall come again."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from mailroom.adapters.sqs import FIRST_SENT, SqsQueue
from mailroom.domain.errors import LineStoppedError, OverBudgetError, StopTheLineError, TransientError

TRIES = 5


@dataclass
class Queue:
    waits: dict[str, int] = field(default_factory=dict)
    again: dict[str, int] = field(default_factory=dict)
    error: Exception | None = None

    def send_again(self, message: dict, wait_s: int) -> None:
        if self.error:
            raise self.error
        self.again[message["messageId"]] = wait_s

    def put_back(self, receipt_handle: str, wait_s: int) -> None:
        if self.error:
            raise self.error
        self.waits[receipt_handle] = wait_s


def batch(**receive_counts: int) -> dict:
    return {
        "Records": [
            {
                "messageId": name,
                "receiptHandle": f"handle-{name}",
                "body": name,
                "attributes": {"ApproximateReceiveCount": str(count)},
                "eventSource": "aws:sqs",
            }
            for name, count in receive_counts.items()
        ]
    }


def run(event: dict, queue: Queue, errors: dict[str, Exception]) -> set[str]:
    from mailroom.batches import process_side_by_side

    def handle(message):
        if message.body in errors:
            raise errors[message.body]

    answer = process_side_by_side(event, handle, None, queue, tries=TRIES)
    return {item["itemIdentifier"] for item in answer["batchItemFailures"]}


def test_what_failed_waits_its_own_time_and_what_succeeded_is_left_to_lambda():
    queue = Queue()

    failed = run(batch(good=1, bad=1, worse=3), queue, {"bad": ValueError(), "worse": TransientError("busy")})

    assert failed == {"bad", "worse"}
    assert set(queue.waits) == {"handle-bad", "handle-worse"}
    assert queue.waits["handle-bad"] < queue.waits["handle-worse"]


def test_the_vendors_retry_after_is_waited_for():
    queue = Queue()

    run(batch(a=1), queue, {"a": TransientError("busy", retry_after_s=90)})

    assert 90 <= queue.waits["handle-a"] < 120


def test_after_the_last_try_a_message_goes_to_its_dead_letter_queue_at_once():
    queue = Queue()

    run(batch(a=TRIES), queue, {"a": TransientError("busy", retry_after_s=90)})

    assert queue.waits == {"handle-a": 0}


@pytest.mark.parametrize("refusal", [TransientError("throttled"), StopTheLineError("denied")])
def test_a_message_that_cannot_be_put_back_still_fails_alone(refusal):
    assert run(batch(a=1, b=1), Queue(error=refusal), {"a": ValueError()}) == {"a"}


def test_a_stopped_line_sends_messages_round_again_and_uses_up_none_of_their_tries():
    queue = Queue()

    failed = run(
        batch(a=1, b=TRIES), queue, {"a": StopTheLineError("401"), "b": LineStoppedError("", retry_after_s=300)}
    )

    assert failed == set()
    assert queue.again["a"] >= 30
    assert queue.again["b"] >= 300
    assert queue.waits == {}


def test_what_cannot_be_sent_round_again_stays_where_it_is():
    assert run(batch(a=1), Queue(error=TransientError("throttled")), {"a": StopTheLineError("401")}) == {"a"}


def test_what_is_parked_leaves_the_queue_for_the_sweep_to_put_back():
    queue = Queue()

    assert run(batch(a=1), queue, {"a": OverBudgetError("Parked.", until=datetime(2026, 3, 3, tzinfo=UTC))}) == set()
    assert (queue.waits, queue.again) == ({}, {})


def test_a_form_that_goes_round_past_midnight_stays_the_same_submission():
    sent, url = [], "https://queue.example"

    class Sqs:
        def send_message(self, **said):
            sent.append(said)

    message = batch(a=1)["Records"][0]
    message["attributes"]["SentTimestamp"] = "1000"
    message["messageAttributes"] = {"form": {"dataType": "String", "stringValue": "lead"}}
    SqsQueue(Sqs(), url).send_again(message, 5000)
    again = {
        name: {"dataType": "x", "stringValue": said["StringValue"]}
        for name, said in sent[0]["MessageAttributes"].items()
    }
    message |= {
        "attributes": {"SentTimestamp": "99999"},
        "messageAttributes": {k: v | {"dataType": "Number"} for k, v in again.items()},
    }
    SqsQueue(Sqs(), url).send_again(message, 60)

    assert [said["MessageAttributes"][FIRST_SENT]["StringValue"] for said in sent] == ["1000", "1000"]
    assert sent[0]["MessageAttributes"]["form"]["StringValue"] == "lead"
    assert [said["DelaySeconds"] for said in sent] == [900, 60]
