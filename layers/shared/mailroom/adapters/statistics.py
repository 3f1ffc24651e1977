"""Statistics in DynamoDB: the records of a day to be counted, and what was counted, one item per day."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import batched, islice
from typing import Any

from mailroom.adapters.aws import aws_errors
from mailroom.adapters.batch_reads import fetched
from mailroom.adapters.dynamodb import image_to_record
from mailroom.domain.record import Record
from mailroom.domain.statistics import DayStatistics

_COUNTED = (
    *("record_id", "status", "channel", "received_at", "updated_at", "version", "bucket", "key", "sender", "kind"),
    *("fields", "evidence", "doubtful", "attempts", "decisions"),
)
"""What counting needs of a record, and what a record cannot be without."""

KEPT = timedelta(days=40)
"""How long a day's statistics are kept: the 35 days that are compared, and some for a schedule that stood still."""


class DynamoDBDayRecords:
    """The records of a table, day by day."""

    def __init__(self, dynamodb: Any, table: str) -> None:
        self._dynamodb = dynamodb
        self._table = table

    def of_day(self, day: str, limit: int) -> Iterator[Record]:
        """Yield the records of a day, the newest ``limit``, in any order within a hundred; reads are of a moment ago.

        Such reads cost half of consistent ones (0.5 read units per 4 KB), and the next count mends what they missed.
        """
        names = {f"#{place}": name for place, name in enumerate(_COUNTED)}
        wanted = {
            "ProjectionExpression": ", ".join(names),
            "ExpressionAttributeNames": names,
            "ConsistentRead": False,
        }
        for record_ids in batched(islice(self._ids(day), limit), 100, strict=False):
            for item in fetched(self._dynamodb, self._table, record_ids, wanted):
                yield image_to_record(item)

    def _ids(self, day: str) -> Iterator[str]:
        query = {
            "IndexName": "by_day",
            "KeyConditionExpression": "received_on = :day",
            "ExpressionAttributeValues": {":day": {"S": day}},
            "ScanIndexForward": False,
        }
        with aws_errors("listing a day's records"):
            for page in self._dynamodb.get_paginator("query").paginate(TableName=self._table, **query):
                yield from (item["record_id"]["S"] for item in page["Items"])


class DynamoDBStatistics:
    """One item per day in the table of paid answers, whose key is a plain ``id``; the last count wins."""

    def __init__(self, dynamodb: Any, table: str, kept_for: timedelta = KEPT) -> None:
        self._dynamodb = dynamodb
        self._table = table
        self._kept_for = min(kept_for, KEPT)

    def put(self, statistics: DayStatistics) -> None:
        """Keep a day's statistics in place of what was kept for it before."""
        ends = datetime.fromisoformat(statistics.day).replace(tzinfo=UTC) + timedelta(days=1) + self._kept_for
        with aws_errors("keeping statistics"):
            self._dynamodb.put_item(
                TableName=self._table,
                Item={
                    **_key(statistics.day),
                    "statistics": {"S": statistics.model_dump_json(exclude_defaults=True)},
                    "expiration": {"N": str(int(ends.timestamp()))},
                },
            )

    def of_days(self, days: Sequence[str]) -> Sequence[DayStatistics]:
        """Return what is kept for these days, in their order, in one call per hundred days; others are left out."""
        ids = [f"statistics#{day}" for day in days]
        found = {
            item["id"]["S"]: DayStatistics.model_validate_json(item["statistics"]["S"])
            for item in fetched(self._dynamodb, self._table, ids, {"ConsistentRead": False}, key="id")
        }
        return [found[name] for name in ids if name in found]


def _key(day: str) -> dict[str, dict[str, str]]:
    return {"id": {"S": f"statistics#{day}"}}
