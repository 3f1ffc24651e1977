"""Changes of records that nobody was told of: Lambda names them by their place in the table's stream."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from mailroom.adapters.aws import aws_errors
from mailroom.adapters.record_lists import DynamoDBRecordLists

GONE = frozenset({"TrimmedDataAccessException", "ResourceNotFoundException", "ExpiredIteratorException"})
"""What the stream answers once its 24 hours are over."""

MOST_PAGES = 100
_SLACK = timedelta(seconds=2)
"""The stream's clock and the record's own differ by what a write takes."""


@dataclass(frozen=True, slots=True)
class Untold:
    """The records whose changes nobody was told of, and in words how many, since when, and how they were found."""

    record_ids: tuple[str, ...]
    why: str


def untold(body: str, streams: Any, lists: DynamoDBRecordLists) -> Untold:
    """Return what a letter of DispatchDeadLetterQueue is about.

    The stream itself names the records for a day. Later the ledger does: those of the month before that were changed
    last in the time that the letter names; one that was changed again has been told of since.
    """
    try:
        place = json.loads(body)["DDBStreamBatchInfo"]
        first, last = (
            datetime.fromisoformat(place[f"approximateArrivalOf{which}Record"]) for which in ("First", "Last")
        )
    except (ValueError, KeyError, TypeError):
        return Untold((), "It names no changes of the table; somebody else put it here.")
    since = f"{place['batchSize']} changes between {first:%Y-%m-%d %H:%M:%S} and {last:%H:%M:%S} UTC were not told"
    try:
        found = tuple(dict.fromkeys(_in_stream(place, streams)))
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") not in GONE:
            with aws_errors("reading the table's stream"):
                raise
        changed = lists.changed_between(first - _SLACK, last + _SLACK)
        return Untold(tuple(changed), f"{since}; the stream has forgotten them, the ledger names {len(changed)}.")
    return Untold(found, f"{since}.")


def _in_stream(place: Mapping[str, Any], streams: Any) -> Iterator[str]:
    """Yield the ids of the records from the first to the last sequence number of a shard."""
    iterator = streams.get_shard_iterator(
        StreamArn=place["streamArn"],
        ShardId=place["shardId"],
        ShardIteratorType="AT_SEQUENCE_NUMBER",
        SequenceNumber=place["startSequenceNumber"],
    )["ShardIterator"]
    end = int(place["endSequenceNumber"])
    for _page in range(MOST_PAGES):
        page = streams.get_records(ShardIterator=iterator, Limit=1000)
        for change in page["Records"]:
            if int(change["dynamodb"]["SequenceNumber"]) > end:
                return
            yield change["dynamodb"]["Keys"]["record_id"]["S"]
        iterator = page.get("NextShardIterator")
        if not iterator or not page["Records"]:
            return
