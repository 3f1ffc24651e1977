"""The table's stream as Lambda reads it: in order, retried from the first failure, bisected, given up in the end."""

import json
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from local.twin.invoking import as_event, failed_ids
from local.twin.pumps import Pumps

_log = logging.getLogger(__name__)
_IDLE_S = 0.1  # Lambda polls each shard four times a second
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.1, 5.0


@dataclass(frozen=True, slots=True)
class StreamSource:
    """One mapping from a stream to a function. ``retries`` and ``oldest_s`` are -1 where there is no limit."""

    function_name: str
    function_arn: str
    stream_arn: str
    batch_size: int
    retries: int
    oldest_s: int
    bisects: bool
    reports_failures: bool


type GiveUp = Callable[[str], None]
"""Takes what Lambda would send to the on-failure destination."""


class StreamPump:
    """Reads each shard from its beginning and hands batches on; one batch at a time keeps the order of changes."""

    def __init__(self, pumps: Pumps, streams: Any, source: StreamSource, give_up: GiveUp) -> None:
        self._pumps = pumps
        self._streams = streams
        self._source = source
        self._give_up = give_up
        self._iterators: dict[str, str] = {}
        self._seen_shards: set[str] = set()

    def run_once(self) -> None:
        """Read every shard once; new shards are found when all known ones are idle."""
        idle = True
        for shard, iterator in list(self._iterators.items()):
            page = self._streams.get_records(ShardIterator=iterator, Limit=self._source.batch_size)
            records = [as_event(record) for record in page["Records"]]
            if records:
                idle = False
                with self._pumps.calling():
                    self.work_through(shard, records)
            if page.get("NextShardIterator"):
                self._iterators[shard] = page["NextShardIterator"]
            else:
                del self._iterators[shard]
        if idle:
            self._find_shards()
            self._pumps.stopping.wait(_IDLE_S)

    def _find_shards(self) -> None:
        for shard in self._streams.describe_stream(StreamArn=self._source.stream_arn)["StreamDescription"]["Shards"]:
            name = shard["ShardId"]
            if name not in self._seen_shards:
                self._seen_shards.add(name)
                self._iterators[name] = self._streams.get_shard_iterator(
                    StreamArn=self._source.stream_arn, ShardId=name, ShardIteratorType="TRIM_HORIZON"
                )["ShardIterator"]

    def work_through(self, shard: str, records: Sequence[Mapping[str, Any]]) -> None:
        """Hand records on until each is done or given up; a stop leaves the rest."""
        waiting = [list(records)]
        attempts = 0
        while waiting and not self._pumps.stopping.is_set():
            batch = waiting.pop(0)
            failed_at = self._first_failure(batch)
            if failed_at is None:
                attempts = 0
                continue
            left = batch[failed_at:]
            if self._source.bisects and len(left) > 1 and not self._too_old(left):
                middle = len(left) // 2  # splitting does not count as a retry
                waiting[:0] = [left[:middle], left[middle:]]
                continue
            attempts = attempts + 1 if failed_at == 0 else 1
            if self._too_old(left) or 0 <= self._source.retries < attempts:
                self._give_up(self._failure_record(shard, left, attempts))
                attempts = 0
                continue
            waiting.insert(0, left)
            self._pumps.stopping.wait(min(_FIRST_PAUSE_S * 2 ** (attempts - 1), _LONGEST_PAUSE_S))

    def _first_failure(self, batch: Sequence[Mapping[str, Any]]) -> int | None:
        """Return the index from which the batch must be tried again; None when all of it is done."""
        source = self._source
        event = {"Records": [{**record, "eventSourceARN": source.stream_arn} for record in batch]}
        try:
            answer = self._pumps.invoke(source.function_name, event)
        except Exception:  # noqa: BLE001 -- a handler may raise anything
            _log.exception("%s failed with a batch of %d changes.", source.function_name, len(batch))
            return 0
        if not source.reports_failures:
            return None
        numbers = [record["dynamodb"]["SequenceNumber"] for record in batch]
        failed = failed_ids(answer, frozenset(numbers))
        return next((index for index, number in enumerate(numbers) if number in failed), None)

    def _too_old(self, batch: Sequence[Mapping[str, Any]]) -> bool:
        age_s: float = time.time() - batch[0]["dynamodb"]["ApproximateCreationDateTime"]
        return 0 <= self._source.oldest_s < age_s

    def _failure_record(self, shard: str, batch: Sequence[Mapping[str, Any]], attempts: int) -> str:
        numbers = [record["dynamodb"]["SequenceNumber"] for record in batch]
        return json.dumps(
            {
                "version": "1.0",
                "timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
                "requestContext": {
                    "functionArn": self._source.function_arn,
                    "condition": "RetryAttemptsExhausted",
                    "approximateInvokeCount": attempts,
                },
                "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
                "DDBStreamBatchInfo": {
                    "shardId": shard,
                    "startSequenceNumber": numbers[0],
                    "endSequenceNumber": numbers[-1],
                    "batchSize": len(batch),
                    "streamArn": self._source.stream_arn,
                },
            }
        )
