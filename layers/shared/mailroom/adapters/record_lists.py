"""Lists of records by index: the heads that each index holds, page by page; no scan, and a bound on what is read."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from mailroom.adapters.aws import aws_errors
from mailroom.domain.errors import MailroomError
from mailroom.domain.listing import Listed, Wanted
from mailroom.domain.record import Status

LOOKS_BACK = timedelta(days=31)
"""How far a list by day alone goes where no beginning is asked for: each empty day costs a query."""

MOST_EXAMINED = 200_000
"""Rows of an index that one list looks at: some 60 MB, 8,000 read units or a fifth of a cent, and half a minute."""

MOST_A_PAGE = 1000
_FIRST, _LAST = datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC)

PERSON = "person"
"""Who is waited for, in the sparse index by_attention."""


class TooManyRowsError(MailroomError):
    """A list had to look at more rows than is sensible: narrow it."""


@dataclass(frozen=True, slots=True)
class _Plan:
    """One index's query: its key, whether its sort key is the time of receipt, and what is left for a filter."""

    index: str
    key: tuple[str, str]
    by_time: bool = True
    filters: tuple[tuple[str, str], ...] = ()


class DynamoDBRecordLists:
    """The table's indexes as lists: by status, by kind, by sender, by day, and what waits for a person, worst first."""

    def __init__(self, dynamodb: Any, table: str) -> None:
        self._dynamodb = dynamodb
        self._table = table

    def listed(self, wanted: Wanted, *, now: datetime, limit: int) -> Iterator[Listed]:
        """Yield heads, newest first; what waits for a person, worst first.

        Reads pages as they are asked for. Raises TooManyRowsError after ``MOST_EXAMINED`` rows of an index.
        """
        return self._listed(wanted, now, limit)

    def beginning_with(self, prefix: str, *, now: datetime, newest: int = 10_000) -> Sequence[str]:
        """Return the ids that begin so among the ``newest`` records of the last 31 days, at most ten."""
        ids = (head.record_id for head in self._listed(Wanted(), now, newest))
        return [record_id for record_id in ids if record_id.startswith(prefix)][:10]

    def changed_between(self, first: datetime, last: datetime) -> Sequence[str]:
        """Return the ids of the records that were changed last in that time, both ends included.

        Looks at those received in the 31 days before its end, so one that was changed long after it came is missed.
        """
        heads = self._listed(Wanted(since=last - LOOKS_BACK), last, MOST_EXAMINED)
        return [head.record_id for head in heads if first <= head.updated_at <= last]

    def _listed(self, wanted: Wanted, now: datetime, limit: int) -> Iterator[Listed]:
        found = examined = 0
        for plan in _plans(wanted, now):
            page_size = MOST_A_PAGE if plan.filters or not plan.by_time else min(limit - found, MOST_A_PAGE)
            for page in self._pages(_query(plan, wanted, page_size)):
                examined += page["ScannedCount"]
                for item in page["Items"]:
                    yield head_of(item)
                    found += 1
                    if found >= limit:
                        return
                if examined >= MOST_EXAMINED:
                    raise TooManyRowsError(
                        f"Looked at {examined:,} rows and found {found:,}: name a day, a kind or a sender as well."
                    )

    def _pages(self, request: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        start: dict[str, Any] = {}
        while True:
            with aws_errors("listing records"):
                page: dict[str, Any] = self._dynamodb.query(TableName=self._table, **request, **start)
            yield page
            if "LastEvaluatedKey" not in page:
                return
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}


def _plans(wanted: Wanted, now: datetime) -> Iterator[_Plan]:
    """Yield the queries that serve a wish: one index, the narrowest, or the days one by one, newest first."""
    status = wanted.status.value if wanted.status else ""
    if wanted.sender:
        filters = (("status", status), ("kind", wanted.kind))
        yield _Plan("by_sender", ("sender", wanted.sender), filters=_given(filters))
    elif wanted.status is Status.NEEDS_HUMAN:
        yield _Plan("by_attention", ("waiting_for", PERSON), by_time=False, filters=_given((("kind", wanted.kind),)))
    elif wanted.kind:
        yield _Plan("by_kind", ("kind", wanted.kind), filters=_given((("status", status),)))
    elif status:
        yield _Plan("by_status", ("status", status))
    else:
        last = (wanted.until - timedelta(microseconds=1) if wanted.until else now).astimezone(UTC).date()
        first = (wanted.since or now - LOOKS_BACK).astimezone(UTC).date()
        for back in range((last - first).days + 1):
            yield _Plan("by_day", ("received_on", (last - timedelta(days=back)).isoformat()))


def _given(filters: Sequence[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    return tuple((name, value) for name, value in filters if value)


def _query(plan: _Plan, wanted: Wanted, page_size: int) -> dict[str, Any]:
    key, value = plan.key
    names, values = {"#key": key}, {":key": {"S": value}}
    conditions, filters = ["#key = :key"], []
    for index, (name, wished) in enumerate(plan.filters):
        names[f"#f{index}"], values[f":f{index}"] = name, {"S": wished}
        filters.append(f"#f{index} = :f{index}")
    if wanted.since or wanted.until:
        # The time of receipt is text of one form, in UTC, so that text's order is time's.
        since = wanted.since or _FIRST
        until = (wanted.until or _LAST) - timedelta(milliseconds=1)
        values |= {":since": {"S": _stamp(since)}, ":until": {"S": _stamp(until)}}
        (conditions if plan.by_time else filters).append("received_at BETWEEN :since AND :until")
    request = {
        "IndexName": plan.index,
        "KeyConditionExpression": " AND ".join(conditions),
        "ExpressionAttributeNames": names,
        "ExpressionAttributeValues": values,
        "ScanIndexForward": not plan.by_time,
        "Limit": page_size,
    }
    return request | ({"FilterExpression": " AND ".join(filters)} if filters else {})


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")


def head_of(item: Mapping[str, Any]) -> Listed:
    """Return the head that an index's item holds."""
    return Listed(
        record_id=item["record_id"]["S"],
        status=Status(item["status"]["S"]),
        received_at=datetime.fromisoformat(item["received_at"]["S"]),
        updated_at=datetime.fromisoformat(item["updated_at"]["S"]),
        kind=item.get("kind", {}).get("S", ""),
        confidence=float(item["confidence"]["N"]) if "confidence" in item else None,
        sender=item.get("sender", {}).get("S", ""),
        subject=item.get("subject", {}).get("S", ""),
        needs=item.get("needs", {}).get("S", ""),
        cost_usd=Decimal(item.get("cost_usd", {}).get("N", "0")),
    )
