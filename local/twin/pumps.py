"""Event sources that we serve ourselves: queues, the table's stream, the schedule and asynchronous calls.

What is read and how, comes from the deployed mappings, so from template.yaml: batch size and window, concurrency,
retries, bisecting, destinations. ``invoke`` runs one function, wherever it lives.
"""

import json
import logging
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from local.twin.invoking import Invoke, as_event, failed_ids

_log = logging.getLogger(__name__)
_PAUSE_S = 0.05
_LONG_POLL_S = 1  # also the longest that stopping takes
_STOP_WITHIN_S = 10.0
_SQS_MOST = 10  # messages in one ReceiveMessage
_ASYNC_RETRIES = 2  # Lambda's default
_ASYNC_PAUSE_S = 1.0  # Lambda waits one minute, then two; a laptop's user would not


@dataclass(frozen=True, slots=True)
class QueueSource:
    """One mapping from a queue to a function."""

    function_name: str
    queue_url: str
    queue_arn: str
    batch_size: int
    window_s: float
    concurrency: int
    reports_failures: bool


class Pumps:
    """The threads that serve event sources until ``stop``. ``busy`` counts the calls under way."""

    def __init__(self, invoke: Invoke) -> None:
        self.invoke = invoke
        self.stopping = threading.Event()
        self._threads: list[threading.Thread] = []
        self._later = ThreadPoolExecutor(max_workers=2, thread_name_prefix="pump-async")
        self._calls = 0
        self._lock = threading.Lock()

    @property
    def busy(self) -> int:
        """Return how many functions are being called now."""
        return self._calls

    def run(self, name: str, work: Callable[[], None]) -> None:
        """Repeat some work in a thread of its own until ``stop``; what it raises is logged and it goes on."""

        def repeat() -> None:
            while not self.stopping.is_set():
                try:
                    work()
                except Exception:  # noqa: BLE001 -- a pump outlives whatever one round meets
                    if not self.stopping.is_set():
                        _log.exception("The pump %s stumbled.", name)
                        self.stopping.wait(_PAUSE_S * 10)

        thread = threading.Thread(target=repeat, name=f"pump-{name}", daemon=True)
        self._threads.append(thread)
        thread.start()

    def stop(self) -> None:
        """Wait for the calls under way, within a bound, and end every thread."""
        self.stopping.set()
        self._later.shutdown(wait=True, cancel_futures=True)
        for thread in self._threads:
            thread.join(timeout=_STOP_WITHIN_S)

    @contextmanager
    def calling(self) -> Iterator[None]:
        """Count a call as under way."""
        with self._lock:
            self._calls += 1
        try:
            yield
        finally:
            with self._lock:
                self._calls -= 1

    def serve_queue(self, sqs: Any, source: QueueSource) -> None:
        """Poll one queue with as many readers as the mapping may have batches at once."""
        for reader in range(source.concurrency):
            self.run(f"{source.function_name}-{reader}", lambda: self._one_batch(sqs, source))

    def _one_batch(self, sqs: Any, source: QueueSource) -> None:
        messages = self._receive(sqs, source)
        if not messages:
            return
        event = {"Records": [_sqs_record(message, source.queue_arn) for message in messages]}
        with self.calling():
            try:
                answer = self.invoke(source.function_name, event)
            except Exception:  # noqa: BLE001 -- a handler may raise anything
                _log.exception(
                    "%s failed with a batch of %d; it stays on its queue.", source.function_name, len(messages)
                )
                return  # what is not deleted becomes visible again after the queue's visibility timeout
            ids = frozenset(message["MessageId"] for message in messages)
            failed = failed_ids(answer, ids) if source.reports_failures else frozenset()
            for message in messages:
                if message["MessageId"] not in failed:
                    sqs.delete_message(QueueUrl=source.queue_url, ReceiptHandle=message["ReceiptHandle"])

    def _receive(self, sqs: Any, source: QueueSource) -> list[dict[str, Any]]:
        messages: list[dict[str, Any]] = []
        give_up_at = 0.0
        while not self.stopping.is_set() and len(messages) < source.batch_size:
            waiting_s = _LONG_POLL_S if not messages else 0
            more = sqs.receive_message(
                QueueUrl=source.queue_url,
                MaxNumberOfMessages=min(_SQS_MOST, source.batch_size - len(messages)),
                WaitTimeSeconds=waiting_s,
                MessageSystemAttributeNames=["All"],
                MessageAttributeNames=["All"],
            ).get("Messages", [])
            give_up_at = give_up_at or time.monotonic() + source.window_s
            messages += more
            if time.monotonic() >= give_up_at:
                break
            if not more:
                self.stopping.wait(_PAUSE_S)
        return messages

    def serve_schedule(self, function_name: str, every_s: float, event: Mapping[str, Any]) -> None:
        """Call a function again and again, first after one whole interval, as EventBridge does."""

        def wait_and_call() -> None:
            if not self.stopping.wait(every_s):
                with self.calling():
                    self.invoke(function_name, event)

        self.run(f"{function_name}-schedule", wait_and_call)

    def call_later(self, function_name: str, event: Mapping[str, Any], give_up: Callable[[str], None]) -> None:
        """Call asynchronously: returns at once, tries three times, then hands the last error to ``give_up``."""

        def call() -> None:
            with self.calling():
                for attempt in range(_ASYNC_RETRIES + 1):
                    try:
                        self.invoke(function_name, event)
                    except Exception as error:  # noqa: BLE001 -- a handler may raise anything
                        _log.exception("%s failed, attempt %d.", function_name, attempt + 1)
                        reason = f"{type(error).__name__}: {error}"
                    else:
                        return
                    if attempt < _ASYNC_RETRIES:
                        self.stopping.wait(_ASYNC_PAUSE_S * (attempt + 1))
                give_up(reason)

        self._later.submit(call)


def _sqs_record(message: Mapping[str, Any], queue_arn: str) -> dict[str, Any]:
    attributes = {
        name: as_event({key[0].lower() + key[1:]: inner for key, inner in value.items()})
        for name, value in message.get("MessageAttributes", {}).items()
    }
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": dict(message.get("Attributes", {})),
        "messageAttributes": attributes,
        "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": queue_arn,
        "awsRegion": queue_arn.split(":")[3],
    }


def seconds_of(schedule_expression: str) -> float:
    """Read EventBridge's ``rate(5 minutes)``; raises ValueError for anything else."""
    found = re.fullmatch(r"rate\((\d+) (minute|hour|day)s?\)", schedule_expression)
    if not found:
        raise ValueError(f"The twin's own schedule knows only rate(…), not {schedule_expression!r}.")
    return int(found[1]) * {"minute": 60.0, "hour": 3600.0, "day": 86400.0}[found[2]]


def failure_record(function_arn: str, reason: str, event: Mapping[str, Any]) -> str:
    """Return the record that Lambda sends to an on-failure destination when it gives up an asynchronous call."""
    return json.dumps(
        {
            "version": "1.0",
            "timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "requestContext": {
                "functionArn": f"{function_arn}:$LATEST",
                "condition": "RetriesExhausted",
                "approximateInvokeCount": _ASYNC_RETRIES + 1,
            },
            "requestPayload": event,
            "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
            "responsePayload": {"errorMessage": reason},
        }
    )
