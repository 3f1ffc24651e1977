"""Queues as Lambda serves them: what fails comes back, what fails for good is put aside, and nothing else is."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Self

import pytest

from local.twin.deploy import client
from local.twin.emulator import Emulator
from local.twin.invoking import failed_ids
from local.twin.pumps import Pumps, QueueSource, seconds_of
from tests.waiting import eventually


@pytest.fixture(scope="module")
def sqs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    emulator = Emulator(tmp_path_factory.mktemp("emulator")).start()
    yield client("sqs", emulator.endpoint_url)
    emulator.stop()


class Handler:
    """Answers as told and remembers the bodies of every batch."""

    def __init__(self, answer: Callable[[Mapping[str, Any]], Any]) -> None:
        self.answer = answer
        self.seen: list[list[str]] = []
        self.most_at_once = 0
        self._now = 0
        self._lock = threading.Lock()

    def invoke(self, _name: str, event: Mapping[str, Any]) -> Any:
        with self._lock:
            self._now += 1
            self.most_at_once = max(self.most_at_once, self._now)
            self.seen.append([record["body"] for record in event["Records"]])
        try:
            return self.answer(event)
        finally:
            with self._lock:
                self._now -= 1

    def bodies(self) -> list[str]:
        return [body for batch in self.seen for body in batch]


class Line:
    """A queue that redelivers after a second, its dead-letter queue, and the pump that serves it."""

    def __init__(self, sqs: Any, name: str, handler: Handler, receives: int = 3, **source: Any) -> None:
        self.sqs = sqs
        self.dead = sqs.create_queue(QueueName=f"{name}-dead")["QueueUrl"]
        redrive = f'{{"deadLetterTargetArn": "{self._arn(self.dead)}", "maxReceiveCount": {receives}}}'
        self.url = sqs.create_queue(QueueName=name, Attributes={"VisibilityTimeout": "1", "RedrivePolicy": redrive})[
            "QueueUrl"
        ]
        defaults = {"batch_size": 10, "window_s": 0, "concurrency": 1, "reports_failures": True}
        self._source = QueueSource("f", self.url, self._arn(self.url), **(defaults | source))
        self._pumps = Pumps(handler.invoke)

    def _arn(self, url: str) -> str:
        found = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
        return str(found["Attributes"]["QueueArn"])

    def __enter__(self) -> Self:
        self._pumps.serve_queue(self.sqs, self._source)
        return self

    def __exit__(self, *_: object) -> None:
        self._pumps.stop()

    def send(self, *bodies: str) -> None:
        entries = [{"Id": str(index), "MessageBody": body} for index, body in enumerate(bodies)]
        self.sqs.send_message_batch(QueueUrl=self.url, Entries=entries)

    def held(self, url: str) -> int:
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        found = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
        return sum(int(found[name]) for name in names)


def succeed(_event: Mapping[str, Any]) -> Any:
    return {"batchItemFailures": []}


def fail_bad(event: Mapping[str, Any]) -> Any:
    failed = [record["messageId"] for record in event["Records"] if record["body"].startswith("bad")]
    return {"batchItemFailures": [{"itemIdentifier": name} for name in failed]}


def raise_always(_event: Mapping[str, Any]) -> Any:
    raise RuntimeError("no")


def test_a_done_message_is_gone(sqs: Any):
    handler = Handler(succeed)
    with Line(sqs, "done", handler) as line:
        line.send("a", "b")

        assert eventually(lambda: line.held(line.url) == 0)
        assert sorted(handler.bodies()) == ["a", "b"]
        assert line.held(line.dead) == 0


def test_only_the_failing_message_of_a_batch_comes_back_and_then_is_put_aside(sqs: Any):
    handler = Handler(fail_bad)
    with Line(sqs, "partial", handler) as line:
        line.send("good-1", "bad", "good-2")

        assert eventually(lambda: line.held(line.dead) == 1)
        assert handler.bodies().count("bad") == 3
        assert handler.bodies().count("good-1") == handler.bodies().count("good-2") == 1
        assert line.held(line.url) == 0


def test_a_function_that_raises_gets_its_whole_batch_again_until_it_is_put_aside(sqs: Any):
    handler = Handler(raise_always)
    with Line(sqs, "raises", handler, receives=2) as line:
        line.send("a", "b")

        assert eventually(lambda: line.held(line.dead) == 2)
        assert sorted(handler.bodies()) == ["a", "a", "b", "b"]


def test_a_message_redelivered_carries_its_count_and_its_attributes(sqs: Any):
    events: list[Mapping[str, Any]] = []

    def second_time_lucky(event: Mapping[str, Any]) -> Any:
        events.append(event["Records"][0])
        return fail_bad(event) if len(events) == 1 else succeed(event)

    with Line(sqs, "again", Handler(second_time_lucky)) as line:
        sqs.send_message(
            QueueUrl=line.url,
            MessageBody="bad",
            MessageAttributes={"form": {"DataType": "String", "StringValue": "lead"}},
        )

        assert eventually(lambda: len(events) == 2)
        assert [event["attributes"]["ApproximateReceiveCount"] for event in events] == ["1", "2"]
        assert events[0]["messageAttributes"]["form"]["stringValue"] == "lead"
        assert events[0]["eventSource"] == "aws:sqs"
        assert events[0]["messageId"] == events[1]["messageId"]


def test_batches_are_never_larger_nor_more_at_once_than_the_mapping_says(sqs: Any):
    def slowly(event: Mapping[str, Any]) -> Any:
        time.sleep(0.1)
        return succeed(event)

    handler = Handler(slowly)
    with Line(sqs, "bounded", handler, batch_size=2, concurrency=2) as line:
        for start in range(0, 20, 10):
            line.send(*(str(number) for number in range(start, start + 10)))

        assert eventually(lambda: line.held(line.url) == 0)
        assert sorted(handler.bodies(), key=int) == [str(number) for number in range(20)]
        assert max(len(batch) for batch in handler.seen) <= 2
        assert handler.most_at_once <= 2


@pytest.mark.parametrize("answer", [None, {}, {"batchItemFailures": []}, {"batchItemFailures": None}, "done"])
def test_an_answer_without_failures_is_a_success(answer: Any):
    assert failed_ids(answer, frozenset({"a", "b"})) == frozenset()


@pytest.mark.parametrize(
    "item", [{"itemIdentifier": ""}, {"itemIdentifier": None}, {"id": "a"}, {"itemIdentifier": "z"}, 1]
)
def test_an_answer_that_names_what_is_not_of_the_batch_fails_all_of_it(item: Any):
    whole = frozenset({"a", "b"})

    assert failed_ids({"batchItemFailures": [{"itemIdentifier": "a"}, item]}, whole) == whole


def test_an_asynchronous_call_is_tried_three_times_and_then_given_up(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("local.twin.pumps._ASYNC_PAUSE_S", 0.0)
    calls: list[str] = []
    given_up: list[str] = []

    def refuse(function_name: str, _event: Mapping[str, Any]) -> None:
        calls.append(function_name)
        raise RuntimeError("no")

    pumps = Pumps(refuse)
    pumps.call_later("f", {}, given_up.append)

    assert eventually(lambda: bool(given_up))
    pumps.stop()
    assert calls == ["f", "f", "f"]
    assert given_up == ["RuntimeError: no"]


def test_a_schedule_calls_again_and_again():
    calls: list[str] = []
    pumps = Pumps(lambda function_name, _: calls.append(function_name))
    pumps.serve_schedule("sweep", 0.01, {})

    assert eventually(lambda: len(calls) >= 3)
    pumps.stop()


@pytest.mark.parametrize(
    ("expression", "seconds"), [("rate(1 minute)", 60), ("rate(5 minutes)", 300), ("rate(2 hours)", 7200)]
)
def test_a_rate_is_read(expression: str, seconds: float):
    assert seconds_of(expression) == seconds


def test_what_is_no_rate_is_refused():
    with pytest.raises(ValueError, match="cron"):
        seconds_of("cron(0 12 * * ? *)")


def test_a_stopped_pump_takes_nothing_more(sqs: Any):
    handler = Handler(succeed)
    with Line(sqs, "stopped", handler) as line:
        pass
    line.send("late")

    assert line.held(line.url) == 1
    assert handler.seen == []
