"""The table's stream as Lambda reads it: every change, in order, tried again from the first that failed."""

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.twin.deploy import client
from local.twin.emulator import Emulator
from local.twin.pumps import Pumps
from local.twin.streams import StreamPump, StreamSource
from tests.waiting import eventually


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("local.twin.streams._FIRST_PAUSE_S", 0.0)


def change(number: int) -> dict[str, Any]:
    return {
        "eventID": str(number),
        "dynamodb": {"SequenceNumber": f"{number:021}", "ApproximateCreationDateTime": time.time()},
    }


class Function:
    """Fails for some numbers: by name in its answer, or by raising. Remembers what it was given and what it did."""

    def __init__(self, bad: Sequence[int] = (), *, raises: bool = False) -> None:
        self.bad = set(bad)
        self.raises = raises
        self.batches: list[list[int]] = []
        self.done: list[int] = []

    def invoke(self, _name: str, event: Mapping[str, Any]) -> Any:
        numbers = [int(record["dynamodb"]["SequenceNumber"]) for record in event["Records"]]
        self.batches.append(numbers)
        if self.raises and self.bad.intersection(numbers):
            raise RuntimeError("no")
        for number in numbers:
            if number in self.bad:
                return {"batchItemFailures": [{"itemIdentifier": f"{number:021}"}]}
            self.done.append(number)
        return {"batchItemFailures": []}


def work(function: Function, numbers: Sequence[int], **changed: Any) -> list[dict[str, Any]]:
    """Work through changes; returns what was given up."""
    given_up: list[str] = []
    defaults = {"batch_size": 10, "retries": 2, "oldest_s": -1, "bisects": True, "reports_failures": True}
    source = StreamSource("f", "arn:f", "arn:stream", **(defaults | changed))
    pump = StreamPump(Pumps(function.invoke), None, source, given_up.append)
    pump.work_through("shard-1", [change(number) for number in numbers])
    return [json.loads(record) for record in given_up]


def lost(given_up: Sequence[Mapping[str, Any]]) -> list[int]:
    return [int(record["DDBStreamBatchInfo"]["startSequenceNumber"]) for record in given_up]


def test_a_change_that_fails_is_tried_again_from_there_and_those_before_it_are_not():
    function = Function(bad=[3])

    given_up = work(function, [1, 2, 3, 4])

    assert function.done == [1, 2, 4]
    assert lost(given_up) == [3]
    assert sum(batch[0] == 3 for batch in function.batches if len(batch) == 1) == 3


def test_what_is_given_up_names_its_place_in_the_stream():
    (record,) = work(Function(bad=[7]), [7], retries=0)

    assert record["requestContext"]["condition"] == "RetryAttemptsExhausted"
    assert record["DDBStreamBatchInfo"] == {
        "shardId": "shard-1",
        "startSequenceNumber": f"{7:021}",
        "endSequenceNumber": f"{7:021}",
        "batchSize": 1,
        "streamArn": "arn:stream",
    }


def test_without_bisecting_the_whole_rest_is_given_up():
    function = Function(bad=[2], raises=True)

    (record,) = work(function, [1, 2, 3], bisects=False, retries=1)

    assert function.batches == [[1, 2, 3], [1, 2, 3]]
    assert record["DDBStreamBatchInfo"]["batchSize"] == 3


def test_a_change_older_than_the_limit_is_given_up_at_its_first_failure():
    function = Function(bad=[1], raises=True)

    assert lost(work(function, [1], oldest_s=0, retries=-1)) == [1]
    assert len(function.batches) == 1


@given(
    numbers=st.lists(st.integers(1, 30), min_size=1, max_size=20, unique=True).map(sorted),
    bad=st.sets(st.integers(1, 30)),
    raises=st.booleans(),
)
def test_every_change_is_done_or_given_up_never_both_and_in_order(numbers: list[int], bad: set[int], raises: bool):
    function = Function(bad=sorted(bad), raises=raises)

    given_up = lost(work(function, numbers, retries=1))

    assert function.done == [number for number in numbers if number not in bad]
    assert given_up == [number for number in numbers if number in bad]


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    emulator = Emulator(tmp_path_factory.mktemp("emulator")).start()
    yield emulator.endpoint_url
    emulator.stop()


def test_a_write_reaches_the_function_with_both_images_as_lambda_shows_them(endpoint: str):
    dynamodb, records = client("dynamodb", endpoint), []
    table = dynamodb.create_table(
        TableName="records",
        AttributeDefinitions=[{"AttributeName": "record_id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "record_id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )["TableDescription"]

    def take(_name: str, event: Mapping[str, Any]) -> None:
        records.extend(event["Records"])

    pumps = Pumps(take)
    source = StreamSource("f", "arn:f", table["LatestStreamArn"], 10, 2, -1, bisects=True, reports_failures=True)
    pump = StreamPump(pumps, client("dynamodbstreams", endpoint), source, [].append)
    key = {"record_id": {"S": "a"}}
    dynamodb.put_item(TableName="records", Item={**key, "status": {"S": "received"}, "raw": {"B": b"\x00"}})
    pumps.run("f", pump.run_once)
    dynamodb.put_item(TableName="records", Item={**key, "status": {"S": "accepted"}})

    assert eventually(lambda: len(records) >= 2)
    pumps.stop()
    first, second = records
    assert [first["eventName"], second["eventName"]] == ["INSERT", "MODIFY"]
    assert first["dynamodb"]["NewImage"]["raw"] == {"B": "AA=="}
    assert second["dynamodb"]["OldImage"]["status"] == {"S": "received"}
    assert second["dynamodb"]["NewImage"]["status"] == {"S": "accepted"}
    assert second["eventSourceARN"] == table["LatestStreamArn"]
    assert isinstance(second["dynamodb"]["ApproximateCreationDateTime"], float)
