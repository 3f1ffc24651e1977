"""The breaker's state and the day's spending, each one item in the table of paid answers, shared by every worker."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from botocore.exceptions import ClientError

from mailroom.adapters.aws import aws_errors
from mailroom.domain.breaker import Breaker, Line
from mailroom.domain.errors import ConflictError

_BREAKER = {"id": {"S": "breaker"}}
_ALL = "spent"
KEPT = timedelta(days=40)
"""How long a day's sum is kept: a month and some days, for whoever asks."""


class DynamoDBBreaker:
    """The breaker as one item; every write is conditional on the version it leaves."""

    def __init__(self, dynamodb: Any, table: str) -> None:
        self._dynamodb = dynamodb
        self._table = table

    def load(self) -> Breaker:
        """Return the state; closed where there is none yet."""
        with aws_errors("reading the breaker"):
            answer = self._dynamodb.get_item(TableName=self._table, Key=_BREAKER, ConsistentRead=True)
        item = answer.get("Item")
        if not item:
            return Breaker()
        return Breaker(
            line=Line(item["line"]["S"]),
            reason=item["reason"]["S"],
            since=_moment(item, "since"),
            until=_moment(item, "until"),
            pause=timedelta(seconds=float(item["pause_s"]["N"])),
            version=int(item["version"]["N"]),
        )

    def replace(self, breaker: Breaker, *, expected_version: int) -> None:
        """Write the next state; raises ConflictError when somebody else wrote first."""
        item = {
            **_BREAKER,
            "line": {"S": breaker.line.value},
            "reason": {"S": breaker.reason},
            "pause_s": {"N": str(breaker.pause.total_seconds())},
            "version": {"N": str(breaker.version)},
        }
        for name, moment in (("since", breaker.since), ("until", breaker.until)):
            if moment:
                item[name] = {"S": moment.astimezone(UTC).isoformat()}
        with aws_errors("writing the breaker"):
            try:
                self._dynamodb.put_item(
                    TableName=self._table,
                    Item=item,
                    ConditionExpression="attribute_not_exists(version) OR version = :expected",
                    ExpressionAttributeValues={":expected": {"N": str(expected_version)}},
                )
            except ClientError as error:
                if error.response.get("Error", {}).get("Code") == "ConditionalCheckFailedException":
                    raise ConflictError("Another worker changed the breaker first.") from error
                raise


class DynamoDBPurse:
    """What was spent on a day: one item, one number in all and one per kind, added to atomically."""

    def __init__(self, dynamodb: Any, table: str) -> None:
        self._dynamodb = dynamodb
        self._table = table

    def spent(self, day: str) -> Mapping[str, Decimal]:
        """Return the sums of a day (YYYY-MM-DD) in US dollars, by kind; "" is all of them."""
        with aws_errors("reading what was spent"):
            answer = self._dynamodb.get_item(TableName=self._table, Key=_day(day), ConsistentRead=True)
        item = answer.get("Item", {})
        return {_kind(name): Decimal(value["N"]) for name, value in item.items() if name.startswith(_ALL)}

    def add(self, day: str, kinds: Sequence[str], cost_usd: Decimal) -> None:
        """Add the price of one call."""
        names = {f"#{index}": _name(kind) for index, kind in enumerate(kinds)}
        ends = datetime.fromisoformat(day).replace(tzinfo=UTC) + KEPT
        with aws_errors("counting what was spent"):
            self._dynamodb.update_item(
                TableName=self._table,
                Key=_day(day),
                UpdateExpression="ADD " + ", ".join(f"{mark} :cost" for mark in names) + " SET expiration = :end",
                ExpressionAttributeNames=names,
                ExpressionAttributeValues={
                    ":cost": {"N": str(cost_usd)},
                    ":end": {"N": str(int(ends.timestamp()))},
                },
            )


def _day(day: str) -> dict[str, dict[str, str]]:
    return {"id": {"S": f"spent#{day}"}}


def _name(kind: str) -> str:
    return f"{_ALL}#{kind}" if kind else _ALL


def _kind(name: str) -> str:
    return name.partition("#")[2]


def _moment(item: Mapping[str, Any], name: str) -> datetime | None:
    return datetime.fromisoformat(item[name]["S"]) if name in item else None
