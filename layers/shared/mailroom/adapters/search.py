"""Searching the ledger: a sender by its index, anything else day by day from the newest, a bounded bit per call."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from mailroom.adapters.aws import aws_errors
from mailroom.adapters.batch_reads import fetched
from mailroom.adapters.dynamodb import plain
from mailroom.adapters.record_lists import head_of
from mailroom.domain.search import Hit, Mark, Searched, Sought, Values

MOST_HEADS = 2_000
"""Heads that one call looks at: some 600 KB of an index, 75 read units."""

MOST_RECORDS = 500
"""Records whose values one call looks at: some 4 MB, 500 read units."""

MOST_DAYS = 31
"""Days that one call goes back; each costs a query, empty or not."""

LONGEST_BACK = timedelta(days=400)
"""How far back there may be records: the longest retention is a year by default."""

PAGE = 250
"""Heads of one query where most of them may be hits, or where the records behind them are read."""

LONG_PAGE = MOST_HEADS
"""Heads of one query where few are hits: one query a call instead of eight."""

_HEAD = {
    "ProjectionExpression": (
        "record_id, #s, received_at, updated_at, kind, confidence, sender, subject, needs, cost_usd"
    ),
    "ExpressionAttributeNames": {"#s": "status"},
    "ConsistentRead": False,
}
_FIELDS = {
    "ProjectionExpression": "record_id, #f",
    "ExpressionAttributeNames": {"#f": "fields"},
    "ConsistentRead": False,
}


@dataclass(frozen=True, slots=True)
class _Glance:
    """What is looked at of each record: a page of whole heads takes three times as long to come and to be decoded."""

    record_id: str
    received_at: str
    sender: str
    subject: str


class DynamoDBSearch:
    """One table, searched from the newest record to the oldest."""

    def __init__(self, dynamodb: Any, table: str) -> None:
        self._dynamodb = dynamodb
        self._table = table

    def search(self, sought: Sought, after: Mark | None, *, now: datetime, limit: int) -> Searched:
        """Look at the next stretch from behind a mark; stop at ``limit`` hits or after as much as one call may read."""
        hits: dict[str, Values] = {}
        looked_at, read, place = 0, 0, after
        for stretch in self._stretches(sought, after, now):
            if isinstance(stretch, Mark):  # the call has gone back as many days as it may
                return self._searched(hits, looked_at, stretch, more=True)
            may_be = [glance.record_id for glance in stretch if sought.may_be(glance.sender, glance.subject)]
            found = self._with_values(sought, may_be)
            read += len(may_be) if sought.value else 0
            for glance in stretch:
                place, looked_at = Mark(glance.received_at, glance.record_id), looked_at + 1
                if glance.record_id in found:
                    hits[glance.record_id] = found[glance.record_id]
                    if len(hits) >= limit:
                        return self._searched(hits, looked_at, place, more=True)
            if looked_at >= MOST_HEADS or read >= MOST_RECORDS:
                return self._searched(hits, looked_at, place, more=True)
        return self._searched(hits, looked_at, place, more=False)

    def _searched(self, hits: Mapping[str, Values], looked_at: int, place: Mark | None, *, more: bool) -> Searched:
        items = fetched(self._dynamodb, self._table, list(hits), _HEAD)
        heads = {head.record_id: head for head in map(head_of, items)}
        shown = tuple(Hit(heads[record_id], values) for record_id, values in hits.items() if record_id in heads)
        return Searched(shown, looked_at, _moment(place), place if more else None)

    def _with_values(self, sought: Sought, ids: Sequence[str]) -> Mapping[str, Values]:
        if not sought.value:
            return dict.fromkeys(ids, ())
        items = fetched(self._dynamodb, self._table, ids, _FIELDS)
        fitting = {item["record_id"]["S"]: sought.fitting(plain(item).get("fields", {})) for item in items}
        return {record_id: values for record_id, values in fitting.items() if values}

    def _stretches(self, sought: Sought, after: Mark | None, now: datetime) -> Iterator[list[_Glance] | Mark]:
        """Yield glances, a page at a time, newest first; at last where to go on, where the call's days are used up."""
        if sought.address:
            yield from self._pages("by_sender", "sender", sought.address, after, PAGE)
            return
        newest = (_moment(after) or now).astimezone(UTC).date()
        oldest = (now - LONGEST_BACK).astimezone(UTC).date()
        for back in range(MOST_DAYS):
            day = newest - timedelta(days=back)
            if day < oldest:
                return
            within = after if after and after.record_id and after.received_at.startswith(day.isoformat()) else None
            yield from self._pages(
                "by_day", "received_on", day.isoformat(), within, PAGE if sought.value else LONG_PAGE
            )
        yield Mark(f"{newest - timedelta(days=MOST_DAYS)}T23:59:59.999+00:00", "")

    def _pages(self, index: str, key: str, value: str, after: Mark | None, heads: int) -> Iterator[list[_Glance]]:
        start: dict[str, Any] = {}
        if after:
            start = {
                "ExclusiveStartKey": {
                    key: {"S": value},
                    "received_at": {"S": after.received_at},
                    "record_id": {"S": after.record_id},
                }
            }
        while True:
            with aws_errors("searching records"):
                page = self._dynamodb.query(
                    TableName=self._table,
                    IndexName=index,
                    KeyConditionExpression="#key = :value",
                    ProjectionExpression="record_id, received_at, sender, subject",
                    ExpressionAttributeNames={"#key": key},
                    ExpressionAttributeValues={":value": {"S": value}},
                    ScanIndexForward=False,
                    Limit=heads,
                    **start,
                )
            yield [_glance(item) for item in page["Items"]]
            if "LastEvaluatedKey" not in page:
                return
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}


def _glance(item: Mapping[str, Any]) -> _Glance:
    given = {name: item.get(name, {}).get("S", "") for name in ("record_id", "received_at", "sender", "subject")}
    return _Glance(**given)


def _moment(mark: Mark | None) -> datetime | None:
    return datetime.fromisoformat(mark.received_at) if mark else None
