"""The ledger in DynamoDB: flat, plainly named attributes first, fields as a map of plain values, evidence apart."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from botocore.exceptions import ClientError

from mailroom.adapters.aws import aws_errors
from mailroom.adapters.batch_reads import fetched
from mailroom.adapters.figures import figures
from mailroom.adapters.record_lists import PERSON
from mailroom.domain.cost import Usage
from mailroom.domain.errors import ConflictError
from mailroom.domain.listing import needs_of
from mailroom.domain.record import WORKING, Attempt, Decision, FieldResult, Flip, Lane, Record, Status
from mailroom.ports import Standing

_serialize = TypeSerializer().serialize
_deserialize = TypeDeserializer().deserialize
_KEY = "record_id"
_GROWS_ONLY = "raw_keys"
"""The one attribute that a second delivery may write at any time; a new version of the record leaves it alone."""


class DynamoDBRecordStore:
    """Records in one table; every write is conditional on the version or the absence it expects."""

    def __init__(self, dynamodb: Any, table: str) -> None:
        self._dynamodb = dynamodb
        self._table = table

    def create(self, record: Record) -> bool:
        """File a new record; False when there is one already, which then only learns of the second delivery."""
        try:
            with aws_errors("opening a record"):
                self._dynamodb.put_item(
                    TableName=self._table,
                    Item=_attributes(to_item(record)),
                    ConditionExpression="attribute_not_exists(record_id)",
                )
        except Exception as error:
            if not _condition_failed(error):
                raise
        else:
            return True
        if record.raw_keys:
            with aws_errors("noting a second delivery"):
                self._dynamodb.update_item(
                    TableName=self._table,
                    Key={_KEY: {"S": record.record_id}},
                    UpdateExpression="ADD raw_keys :keys",
                    ExpressionAttributeValues={":keys": {"SS": list(record.raw_keys)}},
                )
        return False

    def get(self, record_id: str) -> Record | None:
        """Return a record as it stands now, consistently."""
        with aws_errors("reading a record"):
            answer = self._dynamodb.get_item(TableName=self._table, Key={_KEY: {"S": record_id}}, ConsistentRead=True)
        return from_item(plain(answer["Item"])) if "Item" in answer else None

    def replace(self, record: Record, *, expected_version: int) -> None:
        """Write the next version; raises ConflictError when somebody else wrote first."""
        item = _attributes(to_item(record))
        names = {f"#{index}": name for index, name in enumerate(_ATTRIBUTES)}
        kept = {mark: name for mark, name in names.items() if name in item}
        gone = [mark for mark, name in names.items() if name not in item]
        update = "SET " + ", ".join(f"{mark} = :{mark[1:]}" for mark in kept)
        if gone:
            update += " REMOVE " + ", ".join(gone)
        values = {f":{mark[1:]}": item[name] for mark, name in kept.items()}
        try:
            with aws_errors("writing a record"):
                self._dynamodb.update_item(
                    TableName=self._table,
                    Key={_KEY: {"S": record.record_id}},
                    UpdateExpression=update,
                    ConditionExpression="version = :expected",
                    ExpressionAttributeNames=names,
                    ExpressionAttributeValues={**values, ":expected": {"N": str(expected_version)}},
                )
        except Exception as error:
            if _condition_failed(error):
                raise ConflictError(f"Record {record.record_id} moved on from version {expected_version}.") from error
            raise

    def overdue(self, now: datetime, limit: int) -> Sequence[Record]:
        """Return records whose lease ran out while a machine was to work on them, oldest first."""
        found: list[str] = []
        for status in sorted(WORKING):
            query = {
                "IndexName": "by_lease",
                "KeyConditionExpression": "working = :status AND lease_until < :now",
                "ExpressionAttributeValues": {":status": {"S": status.value}, ":now": {"N": str(_epoch(now))}},
            }
            found += [item[_KEY]["S"] for item in self._pages("query", query, limit - len(found))]
        return self.many(found)

    def query(self, *, day: str | None = None, limit: int = 10_000) -> Sequence[Record]:
        """Return records, newest first, of one day (YYYY-MM-DD) or of all."""
        if day:
            query = {
                "IndexName": "by_day",
                "KeyConditionExpression": "received_on = :day",
                "ExpressionAttributeValues": {":day": {"S": day}},
                "ScanIndexForward": False,
            }
            ids = [item[_KEY]["S"] for item in self._pages("query", query, limit)]
            return self.many(ids)
        items = self._pages("scan", {"ConsistentRead": True}, limit)
        records = [from_item(plain(item)) for item in items]
        return sorted(records, key=lambda record: (record.received_at, record.record_id), reverse=True)

    def standing(self, day: str, limit: int) -> Sequence[Standing]:
        """Return where the records of one day stand, newest first, as the index by day knows it: a moment late, maybe.

        The index alone is read, some 500 bytes a row: a sweep counts days of mail every five minutes, and whole rows
        would cost it ten times as much.
        """
        query = {
            "IndexName": "by_day",
            "KeyConditionExpression": "received_on = :day",
            "ExpressionAttributeValues": {":day": {"S": day}},
            "ScanIndexForward": False,
            "ProjectionExpression": "record_id, #status, raw_keys",
            "ExpressionAttributeNames": {"#status": "status"},
        }
        return [
            Standing(
                item[_KEY]["S"], Status(item["status"]["S"]), tuple(sorted(item.get(_GROWS_ONLY, {}).get("SS", ())))
            )
            for item in self._pages("query", query, limit)
        ]

    def _pages(self, operation: str, request: Mapping[str, Any], limit: int) -> Iterator[dict[str, Any]]:
        seen = 0
        with aws_errors("listing records"):
            for page in self._dynamodb.get_paginator(operation).paginate(TableName=self._table, **request):
                for item in page["Items"]:
                    if seen >= limit:
                        return
                    seen += 1
                    yield item

    def everything(self) -> Iterator[Record]:
        """Yield every record in no order, page by page: what an export of the whole table reads, and nothing else."""
        for item in self._pages("scan", {"ConsistentRead": True}, sys.maxsize):
            yield from_item(plain(item))

    def many(self, record_ids: Sequence[str]) -> list[Record]:
        """Return whole records in the order asked for, 100 keys a call; without those that are not there."""
        items = fetched(self._dynamodb, self._table, record_ids, {})
        found = {item[_KEY]["S"]: from_item(plain(item)) for item in items}
        return [found[name] for name in record_ids if name in found]


def to_item(record: Record) -> dict[str, Any]:
    """Return a record as DynamoDB holds it, in plain Python values; absent and empty attributes are left out."""
    working = record.status in WORKING
    item = {
        _KEY: record.record_id,
        "status": record.status,
        "kind": record.kind,
        "confidence": record.confidence,
        "received_at": stamp(record.received_at),
        "sender": record.sender,
        "subject": record.subject,
        "needs": needs_of(record),
        "waiting_for": PERSON if record.status is Status.NEEDS_HUMAN else None,
        "reasons": list(record.reasons),
        "cost_usd": record.cost_usd,
        "models": list(record.models),
        "fields": {name: _values(found) for name, found in record.fields.items()}
        | {name: [_values(row) for row in rows] for name, rows in record.groups.items()},
        "figures": figures(record),
        "evidence": {name: _proof(found) for name, found in record.fields.items()}
        | {name: [_proof(row) for row in rows] for name, rows in record.groups.items()},
        "doubtful": list(record.doubtful),
        "channel": record.channel,
        "form": record.form,
        "content_type": record.content_type,
        "recipients": list(record.recipients),
        "verdicts": dict(record.verdicts),
        "left_out": list(record.left_out),
        "defects": list(record.defects),
        "attempts": [_attempt_item(attempt) for attempt in record.attempts],
        "parcel": record.parcel,
        "put_backs": record.put_backs or None,
        "decisions": [
            decision.model_dump(exclude_defaults=True) | {"at": stamp(decision.at)} for decision in record.decisions
        ],
        "flips": [flip.model_dump(exclude_defaults=True) for flip in record.flips],
        "triaged": record.triaged,
        "prompt_fingerprint": record.prompt_fingerprint,
        "bucket": record.bucket,
        "key": record.key,
        _GROWS_ONLY: set(record.raw_keys),
        "received_on": record.received_at.astimezone(UTC).date().isoformat(),
        "updated_at": stamp(record.updated_at),
        "version": record.version,
        "working": record.status if working else None,
        "lease_until": _epoch(record.lease_until) if working and record.lease_until else None,
        "expires_at": int(record.expires_at.timestamp()) if record.expires_at else None,
    }
    if record.status is Status.NEEDS_HUMAN and record.confidence is None:
        item["confidence"] = 0  # the index "worst first" needs a number
    return {name: value for name, value in item.items() if value not in (None, "", [], {}, set())}


_ATTRIBUTES = [
    "status",
    "kind",
    "confidence",
    "received_at",
    "sender",
    "subject",
    "needs",
    "waiting_for",
    "reasons",
    "cost_usd",
    "models",
    "fields",
    "figures",
    "evidence",
    "doubtful",
    "channel",
    "form",
    "content_type",
    "recipients",
    "verdicts",
    "left_out",
    "defects",
    "attempts",
    "flips",
    "decisions",
    "parcel",
    "put_backs",
    "triaged",
    "prompt_fingerprint",
    "bucket",
    "key",
    "received_on",
    "updated_at",
    "version",
    "working",
    "lease_until",
    "expires_at",
]
"""All attributes that a new version writes or removes: everything but the key and what only grows."""


def from_item(item: Mapping[str, Any]) -> Record:
    """Return the record that an item of the table, or an image of its stream, stands for."""
    values, proofs = item.get("fields", {}), item.get("evidence", {})
    groups = {name: proof for name, proof in proofs.items() if _is_group(proof)}
    return Record(
        record_id=item[_KEY],
        status=item["status"],
        channel=item["channel"],
        received_at=item["received_at"],
        updated_at=item["updated_at"],
        version=int(item["version"]),
        lease_until=datetime.fromtimestamp(float(item["lease_until"]), UTC) if "lease_until" in item else None,
        bucket=item["bucket"],
        key=item["key"],
        raw_keys=tuple(sorted(item.get(_GROWS_ONLY, ()))),
        content_type=item.get("content_type", ""),
        form=item.get("form", ""),
        sender=item.get("sender", ""),
        subject=item.get("subject", ""),
        recipients=tuple(item.get("recipients", ())),
        verdicts=item.get("verdicts", {}),
        kind=item.get("kind", ""),
        triaged=item.get("triaged", ""),
        fields={
            name: tuple(_result(*pair) for pair in zip(values[name], proof, strict=True))
            if isinstance(proof, list)
            else _result(values[name], proof)
            for name, proof in proofs.items()
            if name not in groups
        },
        groups={
            name: tuple(
                {field: _result(row[field], proof) for field, proof in proofs_of_row.items()}
                for row, proofs_of_row in zip(values[name], rows, strict=True)
            )
            for name, rows in groups.items()
        },
        doubtful=tuple(item.get("doubtful", ())),
        confidence=float(item["confidence"]) if "confidence" in item else None,
        reasons=tuple(item.get("reasons", ())),
        left_out=tuple(item.get("left_out", ())),
        defects=tuple(item.get("defects", ())),
        prompt_fingerprint=item.get("prompt_fingerprint", ""),
        attempts=tuple(_attempt(found) for found in item.get("attempts", ())),
        parcel=item.get("parcel", ""),
        put_backs=int(item.get("put_backs", 0)),
        decisions=tuple(Decision(**found) for found in item.get("decisions", ())),
        flips=tuple(Flip(**found) for found in item.get("flips", ())),
        expires_at=datetime.fromtimestamp(int(item["expires_at"]), UTC) if "expires_at" in item else None,
    )


def image_to_record(image: Mapping[str, Any]) -> Record:
    """Return the record of a stream image in DynamoDB's own JSON (``{"S": …}``)."""
    return from_item(plain(image))


def _condition_failed(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ClientError):
            return error.response.get("Error", {}).get("Code") == "ConditionalCheckFailedException"
        error = error.__cause__
    return False


def _values(found: Any) -> Any:
    if isinstance(found, FieldResult):
        return found.value
    if isinstance(found, Mapping):
        return {name: item.value for name, item in found.items()}
    return [item.value for item in found]


def _proof(found: Any) -> Any:
    if isinstance(found, FieldResult):
        return found.model_dump(exclude={"value"}, exclude_defaults=True)
    if isinstance(found, Mapping):
        return {name: _proof(item) for name, item in found.items()}
    return [_proof(item) for item in found]


def _is_group(proof: Any) -> bool:
    """Tell rows of a group from a field with many values: each proof of a value names its method as text."""
    return isinstance(proof, list) and bool(proof) and not isinstance(proof[0].get("method"), str)


def _result(value: Any, proof: Mapping[str, Any]) -> FieldResult:
    return FieldResult(value=value, **proof)


def _attempt_item(attempt: Attempt) -> dict[str, Any]:
    usage = attempt.usage
    lane = {} if attempt.lane is Lane.LIVE else {"lane": attempt.lane}
    return lane | {
        "step": attempt.step,
        "model": attempt.model,
        "outcome": attempt.outcome,
        "cost_usd": attempt.cost_usd,
        "cache": attempt.cache,
        "duration_ms": attempt.duration_ms,
        "at": stamp(attempt.at),
        "input_tokens": usage.input_tokens,
        "output_tokens": usage.output_tokens,
        "cache_read_tokens": usage.cache_read_tokens,
        "cache_write_5m_tokens": usage.cache_write_5m_tokens,
        "cache_write_1h_tokens": usage.cache_write_1h_tokens,
    }


def _attempt(item: Mapping[str, Any]) -> Attempt:
    counts = {name: int(value) for name, value in item.items() if name.endswith("_tokens")}
    rest = {name: value for name, value in item.items() if not name.endswith("_tokens")}
    return Attempt(usage=Usage(**counts), **rest)


def stamp(moment: datetime) -> str:
    """Write a moment as the ledger does: UTC, to the millisecond, so that text's order is time's."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")


def _epoch(moment: datetime) -> Decimal:
    return Decimal(f"{moment.timestamp():.3f}")


def _attributes(item: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _serialize(_storable(value)) for name, value in item.items()}


def plain(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Return attributes in DynamoDB's own JSON as plain Python values."""
    return {name: _deserialize(value) for name, value in attributes.items()}


def _storable(value: Any) -> Any:
    """Make a value fit DynamoDB, which knows no floats and no tuples."""
    if isinstance(value, float):
        return Decimal(str(value))
    if isinstance(value, Mapping):
        return {name: _storable(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_storable(item) for item in value]
    if isinstance(value, str):
        return str(value)
    return value
