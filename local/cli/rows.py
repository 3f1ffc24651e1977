"""A record as a row of data: what ``--json`` prints and exports hold."""

import json
from collections.abc import Iterable
from typing import Any, TextIO

from mailroom.domain.listing import Listed
from mailroom.domain.record import FieldResult, Record


def row(record: Record, source: str = "") -> dict[str, Any]:
    """Return one record as JSON-ready data; ``evidence`` says where in the message each value was found."""
    usage = record.usage
    return {
        "record_id": record.record_id,
        "source": source,
        "channel": record.channel.value,
        "kind": record.kind,
        "status": record.status.value,
        "fields": _tree(record, lambda found: found.value),
        "evidence": _tree(record, _evidence),
        "confidence": record.confidence,
        "doubtful": list(record.doubtful),
        "reasons": list(record.reasons),
        "defects": list(record.defects),
        "left_out": list(record.left_out),
        "sender": record.sender,
        "subject": record.subject,
        "received_at": record.received_at.isoformat(),
        "models": list(record.models),
        "usage": {
            "input_tokens": usage.input_tokens,
            "output_tokens": usage.output_tokens,
            "cache_read_tokens": usage.cache_read_tokens,
            "cache_write_tokens": usage.cache_write_5m_tokens + usage.cache_write_1h_tokens,
        },
        "attempts": [attempt.model_dump(mode="json") for attempt in record.attempts],
        "flips": [flip.model_dump(mode="json") for flip in record.flips],
        "cost_usd": str(record.cost_usd),
        "cache": [attempt.cache.value for attempt in record.attempts],
    }


def _tree(record: Record, leaf: Any) -> dict[str, Any]:
    fields = {
        name: [leaf(item) for item in found] if isinstance(found, tuple) else leaf(found)
        for name, found in record.fields.items()
    }
    groups = {
        name: [{field: leaf(item) for field, item in line.items()} for line in rows]
        for name, rows in record.groups.items()
    }
    return fields | groups


def _evidence(found: FieldResult) -> dict[str, Any]:
    return found.model_dump(mode="json", exclude={"value"})


FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What makes a spreadsheet run a cell instead of showing it (OWASP, CSV injection)."""


def safe_cell(value: object) -> str:
    """Return a cell's text with an apostrophe before anything that a spreadsheet would run; numbers stay numbers."""
    text = "" if value is None else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    if text.startswith(FORMULA_STARTS) and not _is_number(text):
        return "'" + text
    return text


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return text.strip() == text


def write_jsonl(records: Iterable[Record], out: TextIO) -> int:
    """Write one JSON object a line as the records come; returns how many."""
    count = 0
    for record in records:
        out.write(json.dumps(row(record), ensure_ascii=False) + "\n")
        count += 1
    return count


def listed_row(head: Listed) -> dict[str, Any]:
    """Return a head as JSON-ready data."""
    return {
        "record_id": head.record_id,
        "status": head.status.value,
        "kind": head.kind,
        "confidence": head.confidence,
        "received_at": head.received_at.isoformat(),
        "sender": head.sender,
        "subject": head.subject,
        "needs": head.needs,
        "cost_usd": str(head.cost_usd),
    }
