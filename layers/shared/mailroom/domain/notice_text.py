"""What a notice says: the webhook's JSON, and the lines in a Slack channel. What comes from a mail is data in both."""

import json
import re
import unicodedata
from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from mailroom.domain.notice import Notice
from mailroom.domain.record import FieldResult, Record

MOST_BODY_BYTES = 200_000
"""A larger body goes without the record's fields: DynamoDB takes items of 400 KB, and few receivers take more."""

LONGEST_IN_SLACK = 120
"""Characters of a sender in a Slack message."""

_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Unicode's categories of what is not seen: controls, direction marks, joiners, surrogates."""

_BLANKS = re.compile(r"\s+")


def webhook_body(notice: Notice, record: Record | None, console_url: str, *, with_fields: bool) -> str:
    """Return the payload as JSON, in Standard Webhooks' shape; docs/reference/events.md describes it.

    ``record`` is as it stands now. Where it has moved on from the notice's version its fields are left out (what became
    of it is told by a notice of its own), and so they are where the body would be too large; ``omitted`` says which.
    """
    data: dict[str, Any] = {
        "record_id": notice.record_id,
        "version": notice.version,
        "status": notice.status,
        "kind": notice.kind,
        "confidence": notice.confidence,
        "channel": notice.channel,
        "received_at": notice.received_at.isoformat(),
        "url": record_url(console_url, notice.record_id),
    }
    payload = {"type": notice.event, "timestamp": notice.at.isoformat(), "data": data}
    if not with_fields:
        return as_json(payload)
    if record is None or record.version != notice.version:
        return as_json(payload | {"data": data | {"omitted": "superseded"}})
    whole = as_json(payload | {"data": data | {"omitted": None} | _content(record)})
    if len(whole.encode()) <= MOST_BODY_BYTES:
        return whole
    return as_json(payload | {"data": data | {"omitted": "too_large"}})


def _content(record: Record) -> dict[str, Any]:
    return {
        "sender": record.sender,
        "subject": record.subject,
        "form": record.form,
        "doubtful": list(record.doubtful),
        "reasons": list(record.reasons),
        "fields": field_values(record),
    }


def as_json(payload: Mapping[str, Any]) -> str:
    """Write a payload compactly and the same each time; amounts are text, so that no cent is lost to a float."""
    return json.dumps(payload, ensure_ascii=False, separators=(",", ":"), default=_plain)


def _plain(value: object) -> str | int:
    if isinstance(value, Decimal) and value == value.to_integral_value():
        return int(value)
    return str(value)


def field_values(record: Record) -> dict[str, Any]:
    """Return a record's values by field, lists and rows of groups included, without their evidence."""
    values: dict[str, Any] = {}
    for name, found in record.fields.items():
        values[name] = found.value if isinstance(found, FieldResult) else [item.value for item in found]
    for name, rows in record.groups.items():
        values[name] = [{field: item.value for field, item in row.items()} for row in rows]
    return values


def record_url(console_url: str, record_id: str) -> str:
    """Return where a person sees the record; "" where no console is configured."""
    return f"{console_url.rstrip('/')}/records/{quote(record_id, safe='')}" if console_url else ""


def slack_message(notice: Notice, record: Record | None, console_url: str) -> str:
    """Return an incoming webhook's message as JSON: kind, status, confidence, sender, and the way to the record.

    What a mail says is one code span of escaped text, in which Slack sees no markup, mention or link; ``verbatim``
    keeps it from making links of what looks like one. The text of notifications has nothing from the mail at all.
    """
    kind = notice.kind.replace("_", " ") or "message"
    said = "being read" if notice.status == "extracting" else notice.status.replace("_", " ")
    headline = f"*{in_mrkdwn(kind.capitalize())}*: {in_mrkdwn(said)}"
    if notice.confidence is not None:
        headline += f" ({notice.confidence:.2f})"
    lines = [headline]
    if record is not None and record.sender:
        lines.append(f"From {in_code(record.sender)}")
    if url := record_url(console_url, notice.record_id):
        lines.append(f"<{in_mrkdwn(url)}|Open the record>")
    block = {"type": "section", "text": {"type": "mrkdwn", "text": "\n".join(lines), "verbatim": True}}
    return as_json({"text": in_mrkdwn(f"{kind.capitalize()}: {said}"), "blocks": [block]})


def in_mrkdwn(text: str) -> str:
    """Escape the three characters with which Slack's markup begins and ends (docs.slack.dev, formatting)."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def in_code(text: str) -> str:
    """Return untrusted text as one code span on one line: seen as it is, and nothing in it is markup."""
    return f"`{in_mrkdwn(one_line(text, LONGEST_IN_SLACK).replace('`', chr(39))) or ' '}`"


def one_line(text: str, longest: int) -> str:
    """Return text on one line, without what is not seen, cut to ``longest`` characters."""
    seen = "".join(" " if each.isspace() else each for each in text if each.isspace() or not _is_unseen(each))
    plain = _BLANKS.sub(" ", seen).strip()
    return plain if len(plain) <= longest else plain[: longest - 1] + "…"


def _is_unseen(character: str) -> bool:
    return unicodedata.category(character) in _UNSEEN
