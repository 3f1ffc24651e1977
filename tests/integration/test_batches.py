"""A batch from a queue: each message fails alone, and says itself when it shall come again."""

from dataclasses import dataclass, field

import pytest

from mailroom.domain.errors import StopTheLineError, TransientError

TRIES = 5


@dataclass
class Queue:
    waits: dict[str, int] = field(default_factory=dict)
    error: Exception | None = None

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
