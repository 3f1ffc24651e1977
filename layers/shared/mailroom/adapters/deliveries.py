"""The book of deliveries in DynamoDB: one readable row per record, version and endpoint, and what each try came to."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from botocore.exceptions import ClientError

from mailroom.adapters.aws import aws_errors
from mailroom.adapters.batch_reads import fetched
from mailroom.domain.errors import ConflictError
from mailroom.domain.notice_delivery import DeliveryStatus, NoticeDelivery, Try

_KEY = "delivery_id"
_ROWS_A_CALL = 1_000
_serialize = TypeSerializer().serialize
_deserialize = TypeDeserializer().deserialize


class DynamoDBDeliveryStore:
    """Deliveries in one table, with the switches of endpoints and the day's acknowledgements beside them."""

    def __init__(self, dynamodb: Any, table: str) -> None:
        self._dynamodb = dynamodb
        self._table = table

    def create(self, delivery: NoticeDelivery) -> bool:
        """Open a delivery; False when there is one already, which is left as it is."""
        return self._put(delivery, "attribute_not_exists(delivery_id)", {})

    def get(self, delivery_id: str) -> NoticeDelivery | None:
        """Return a delivery as it stands now, consistently."""
        with aws_errors("reading a delivery"):
            answer = self._dynamodb.get_item(TableName=self._table, Key=_key(delivery_id), ConsistentRead=True)
        return from_item(_plain(answer["Item"])) if "Item" in answer else None

    def replace(self, delivery: NoticeDelivery) -> None:
        """Write the next revision; raises ConflictError unless the one before it is stored."""
        before = {":before": {"N": str(delivery.revision - 1)}}
        if not self._put(delivery, "revision = :before", before):
            raise ConflictError(f"Delivery {delivery.delivery_id} moved on from revision {delivery.revision - 1}.")

    def due(self, before: datetime, limit: int) -> Sequence[tuple[str, int]]:
        """Return the ids and tries of waiting deliveries that were due before a moment, oldest first."""
        query = {
            "IndexName": "by_status",
            "KeyConditionExpression": "#status = :waiting AND due_at < :before",
            "ExpressionAttributeNames": {"#status": "status"},
            "ExpressionAttributeValues": {
                ":waiting": {"S": DeliveryStatus.WAITING},
                ":before": {"S": _stamp(before)},
            },
        }
        return [(item[_KEY]["S"], int(item["tries"]["N"])) for item in self._pages(query, limit)]

    def listed(self, *, status: DeliveryStatus, limit: int) -> Sequence[NoticeDelivery]:
        """Return deliveries of one status, the latest first."""
        query = {
            "IndexName": "by_status",
            "KeyConditionExpression": "#status = :status",
            "ExpressionAttributeNames": {"#status": "status"},
            "ExpressionAttributeValues": {":status": {"S": status}},
            "ScanIndexForward": False,
        }
        return self._full(query, limit)

    def of_record(self, record_id: str, limit: int = 100) -> Sequence[NoticeDelivery]:
        """Return what was told of one record, the latest first."""
        query = {
            "IndexName": "by_record",
            "KeyConditionExpression": "record_id = :record_id",
            "ExpressionAttributeValues": {":record_id": {"S": record_id}},
            "ScanIndexForward": False,
        }
        return self._full(query, limit)

    def switched_off(self, endpoint: str) -> str:
        """Return the fingerprint of the address that took itself off; "" where none did."""
        with aws_errors("reading an endpoint's switch"):
            answer = self._dynamodb.get_item(TableName=self._table, Key=_switch(endpoint), ConsistentRead=True)
        return str(answer.get("Item", {}).get("fingerprint", {}).get("S", ""))

    def switch_off(self, endpoint: str, fingerprint: str, at: datetime) -> None:
        """Note that an endpoint's address is gone; another address under the same name is not switched off."""
        item = {**_switch(endpoint), "fingerprint": {"S": fingerprint}, "switched_off_at": {"S": _stamp(at)}}
        with aws_errors("switching an endpoint off"):
            self._dynamodb.put_item(TableName=self._table, Item=item)

    def switch_on(self, endpoint: str) -> None:
        """Take the note back."""
        with aws_errors("switching an endpoint on"):
            self._dynamodb.delete_item(TableName=self._table, Key=_switch(endpoint))

    def count_acknowledgement(self, sender: str, now: datetime, most: int) -> bool:
        """Count one acknowledgement to a sender today (UTC), atomically; False where ``most`` were counted already."""
        day = now.astimezone(UTC).date().isoformat()
        name = hashlib.sha256(sender.lower().encode()).hexdigest()[:32]
        try:
            with aws_errors("counting an acknowledgement"):
                self._dynamodb.update_item(
                    TableName=self._table,
                    Key=_key(f"acknowledged#{day}#{name}"),
                    UpdateExpression="ADD sent :one SET expires_at = :end",
                    ConditionExpression="attribute_not_exists(sent) OR sent < :most",
                    ExpressionAttributeValues={
                        ":one": {"N": "1"},
                        ":most": {"N": str(most)},
                        ":end": {"N": str(int((now + timedelta(days=2)).timestamp()))},
                    },
                )
        except Exception as error:
            if _condition_failed(error):
                return False
            raise
        return True

    def _put(self, delivery: NoticeDelivery, condition: str, values: Mapping[str, Any]) -> bool:
        """Write a whole row under a condition; False where it does not hold."""
        request: dict[str, Any] = {"ExpressionAttributeValues": values} if values else {}
        try:
            with aws_errors("writing a delivery"):
                self._dynamodb.put_item(
                    TableName=self._table, Item=_attributes(to_item(delivery)), ConditionExpression=condition, **request
                )
        except Exception as error:
            if _condition_failed(error):
                return False
            raise
        return True

    def _full(self, query: Mapping[str, Any], limit: int) -> list[NoticeDelivery]:
        """Return the deliveries behind an index's rows, in the index's order; what went in between is left out."""
        ids = [item[_KEY]["S"] for item in self._pages(query, limit)]
        rows = {item[_KEY]["S"]: item for item in fetched(self._dynamodb, self._table, ids, {}, key=_KEY)}
        return [from_item(_plain(rows[name])) for name in ids if name in rows]

    def _pages(self, query: Mapping[str, Any], limit: int) -> Iterator[dict[str, Any]]:
        seen, query = 0, {**query, "Limit": min(limit, _ROWS_A_CALL)}
        with aws_errors("listing deliveries"):
            for page in self._dynamodb.get_paginator("query").paginate(TableName=self._table, **query):
                for item in page["Items"]:
                    seen += 1
                    yield item
                    if seen >= limit:
                        return


def to_item(delivery: NoticeDelivery) -> dict[str, Any]:
    """Return a delivery as DynamoDB holds it; what an operator looks for comes first, absent values are left out."""
    last = delivery.attempts[-1] if delivery.attempts else None
    item = {
        _KEY: delivery.delivery_id,
        "status": delivery.status,
        "event": delivery.event,
        "endpoint": delivery.endpoint,
        "medium": delivery.medium,
        "record_id": delivery.record_id,
        "version": delivery.version,
        "kind": delivery.kind,
        "tries": delivery.tries,
        "last_answer": (last.code or last.said) if last else None,
        "due_at": _stamp(delivery.due_at),
        "reason": delivery.reason,
        "created_at": _stamp(delivery.created_at),
        "attempts": [
            attempt.model_dump(exclude_defaults=True) | {"at": _stamp(attempt.at)} for attempt in delivery.attempts
        ],
        "body": delivery.body,
        "begun": delivery.begun or None,
        "revision": delivery.revision,
        "expires_at": int(delivery.expires_at.timestamp()),
    }
    return {name: value for name, value in item.items() if value not in (None, "", [])}


def from_item(item: Mapping[str, Any]) -> NoticeDelivery:
    """Return the delivery that a row stands for."""
    return NoticeDelivery(
        delivery_id=item[_KEY],
        status=item["status"],
        event=item["event"],
        endpoint=item["endpoint"],
        medium=item["medium"],
        record_id=item["record_id"],
        version=int(item["version"]),
        kind=item.get("kind", ""),
        tries=int(item["tries"]),
        due_at=item["due_at"],
        reason=item.get("reason", ""),
        created_at=item["created_at"],
        attempts=tuple(
            Try(
                at=found["at"],
                code=int(found["code"]),
                said=found.get("said", ""),
                took_ms=int(found.get("took_ms", 0)),
            )
            for found in item.get("attempts", ())
        ),
        body=item["body"],
        begun=bool(item.get("begun", False)),
        revision=int(item["revision"]),
        expires_at=datetime.fromtimestamp(int(item["expires_at"]), UTC),
    )


def _condition_failed(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ClientError):
            return error.response.get("Error", {}).get("Code") == "ConditionalCheckFailedException"
        error = error.__cause__
    return False


def _key(name: str) -> dict[str, dict[str, str]]:
    return {_KEY: {"S": name}}


def _switch(endpoint: str) -> dict[str, dict[str, str]]:
    return _key(f"endpoint#{endpoint}")


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")


def _attributes(item: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _serialize(_storable(value)) for name, value in item.items()}


def _storable(value: Any) -> Any:
    if isinstance(value, float):
        return Decimal(str(value))
    if isinstance(value, Mapping):
        return {name: _storable(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_storable(inner) for inner in value]
    return str(value) if isinstance(value, str) else value


def _plain(attributes: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _deserialize(value) for name, value in attributes.items()}
