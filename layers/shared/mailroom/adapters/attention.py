"""What waits for a person, worst first, by the ledger's sparse index ``by_attention``."""

from typing import Any

from mailroom.adapters.aws import aws_errors
from mailroom.adapters.dynamodb import DynamoDBRecordStore
from mailroom.adapters.record_lists import PERSON
from mailroom.domain.attention import Count, Place, Waiting, Wanted
from mailroom.domain.record import Status

MOST_ROWS = 5_000
"""Rows of the index that one page looks at where a filter takes few of them; the next page goes on from there."""

_ROWS_A_CALL = 1_000
"""Some 400 KB of the index, of which 100 KB come back; a call ends at a megabyte (the quota of Query)."""

_SEEN = {"ProjectionExpression": "record_id, confidence, kind, sender"}
"""What a filter looks at: decoding all that the index holds takes three times as long."""

MOST_COUNTED = 1_000
"""Waiting records that are counted at a page view: some 400 KB of the index, which one call reads (50 read units)."""


class DynamoDBAttention:
    """The waiting records of one table. The index may be a moment behind, so a record's own state decides."""

    def __init__(self, dynamodb: Any, table: str) -> None:
        self._dynamodb = dynamodb
        self._table = table
        self._records = DynamoDBRecordStore(dynamodb, table)

    def waiting(self, wanted: Wanted, after: Place | None, limit: int) -> Waiting:
        """Return at most ``limit`` waiting records from behind a place; fewer where filtering would read too far."""
        taken: list[Place] = []
        looked_at, place, more = 0, after, True
        while more and len(taken) <= limit and looked_at < MOST_ROWS:
            # Most rows fit many filters, and then a call for a page's worth is enough.
            rows, more = self._rows(place, _ROWS_A_CALL if looked_at else limit + 1)
            looked_at += len(rows)
            place = _place(rows[-1]) if rows else place
            taken += [_place(row) for row in rows if wanted.takes(_text(row, "kind"), _text(row, "sender"))]
        page = taken[:limit]
        records = self._records.many([each.record_id for each in page])
        waiting = tuple(record for record in records if record.status is Status.NEEDS_HUMAN)
        if len(taken) > limit:
            return Waiting(waiting, page[-1])
        return Waiting(waiting, place if more else None)

    def count_waiting(self) -> Count:
        """Return how many records wait for a person, in one call; "so many and more" where it would read too far."""
        with aws_errors("counting what waits"):
            answer = self._dynamodb.query(**self._query(), Select="COUNT", Limit=MOST_COUNTED)
        return Count(answer["Count"], and_more="LastEvaluatedKey" in answer)

    def _rows(self, after: Place | None, count: int) -> tuple[list[dict[str, Any]], bool]:
        start = {}
        if after:
            key = {"record_id": {"S": after.record_id}, "confidence": {"N": after.confidence}}
            start = {"ExclusiveStartKey": {**key, "waiting_for": {"S": PERSON}}}
        with aws_errors("listing what waits"):
            answer = self._dynamodb.query(**self._query(), **_SEEN, Limit=count, **start)
        return answer["Items"], "LastEvaluatedKey" in answer

    def _query(self) -> dict[str, Any]:
        return {
            "TableName": self._table,
            "IndexName": "by_attention",
            "KeyConditionExpression": "waiting_for = :person",
            "ExpressionAttributeValues": {":person": {"S": PERSON}},
        }


def _place(row: dict[str, Any]) -> Place:
    return Place(row["confidence"]["N"], row["record_id"]["S"])


def _text(row: dict[str, Any], name: str) -> str:
    return str(row.get(name, {}).get("S", ""))
