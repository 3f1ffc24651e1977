"""What the events in ``events/`` speak of, put where they say it is: the mails in the raw bucket, one record's row."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from local.inputs import HEAD_BYTES
from local.twin import Twin
from local.twin.emulator import ROOT
from mailroom.pipeline.receive import email_record_id
from mailroom.reading.identity import header_pairs

EVENTS = ROOT / "events"
KEPT_S = 24 * 60 * 60


def lay_out(twin: Twin, events: Path = EVENTS) -> None:
    """Store each mail that a receipt or a claim check names, and the row of the record that waits for its review."""
    mails = {_record_id(path): path.read_bytes() for path in sorted((events / "emails").glob("*.eml"))}
    bucket, table = twin.outputs["RawBucket"], twin.outputs["RecordsTable"]
    for key, record_id in _named(events):
        twin.client("s3").put_object(Bucket=bucket, Key=key, Body=mails[record_id])
    for row in _rows_in_review(events):
        # The file is of one day; here it was received just now, so that neither its lease nor its life is over.
        now = int(time.time())
        row |= {"lease_until": {"N": str(now + 3600)}, "expires_at": {"N": str(now + KEPT_S)}}
        twin.client("dynamodb").put_item(TableName=table, Item=row)


def _record_id(path: Path) -> str:
    return email_record_id(header_pairs(path.read_bytes()[:HEAD_BYTES]), "")


def _named(events: Path) -> Iterator[tuple[str, str]]:
    """Yield the keys that events name, each with the id of the record whose mail lies there."""
    for path in sorted(events.glob("*.json")):
        for record in _records_of(path):
            if "ses" in record:
                headers = [(header["name"], header["value"]) for header in record["ses"]["mail"]["headers"]]
                ses_message_id = record["ses"]["mail"]["messageId"]
                yield f"raw/{ses_message_id}", email_record_id(headers, ses_message_id)
            elif record.get("body", "").startswith('{"record_id"'):
                claim = json.loads(record["body"])
                yield claim["key"], claim["record_id"]


def _rows_in_review(events: Path) -> Iterator[dict[str, Any]]:
    for record in _records_of(events / "dispatch-record-stream.json"):
        image = record["dynamodb"]["NewImage"]
        if image["status"]["S"] == "in_review":
            yield dict(image)


def _records_of(path: Path) -> list[dict[str, Any]]:
    event = json.loads(path.read_text(encoding="utf-8"))
    return list(event.get("Records", ())) if isinstance(event, dict) else []
