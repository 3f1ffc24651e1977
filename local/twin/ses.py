"""What Amazon SES does with a mail that arrives: rules, verdicts, the object in S3, and the event for the function.

Shapes: SES developer guide, "Contents of notifications for email receiving" and "Event of the Lambda action".
"""

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email import policy
from email.headerregistry import Address
from email.parser import BytesHeaderParser
from email.utils import format_datetime
from typing import Any

from local.twin.errors import RefusedMailError

LARGEST_BYTES = 40 * 1024 * 1024
"""SES takes no larger mail (SES quotas, "Maximum message size" for receiving)."""

VERDICTS = ("spam", "virus", "spf", "dkim", "dmarc")
_HEADERS_TOLD_BYTES = 10 * 1024  # the event's list ends there, and headersTruncated says so
_ID_LETTERS = "0123456789abcdefghijklmnopqrstuv"
_ID_LENGTH = 40


@dataclass(frozen=True, slots=True)
class Envelope:
    """One delivery: who handed it over, for whom, what SES thinks of it. ``verdicts`` hold PASS, FAIL or GRAY."""

    ses_message_id: str
    mail_from: str
    recipients: Sequence[str]
    verdicts: Mapping[str, str]
    received_at: datetime


def new_message_id() -> str:
    """Return an id as SES makes them: 40 letters and digits."""
    return "".join(secrets.choice(_ID_LETTERS) for _ in range(_ID_LENGTH))


def message_id_of(raw: bytes) -> str:
    """Return an id that follows from the mail's bytes, for runs that must repeat themselves."""
    number = int.from_bytes(hashlib.sha256(raw).digest())
    return "".join(_ID_LETTERS[(number >> 5 * place) % 32] for place in range(_ID_LENGTH))


def envelope(
    mail_from: str, recipients: Sequence[str], verdicts: Mapping[str, str] | None, ses_message_id: str | None
) -> Envelope:
    """Complete a delivery; what is not said passes. Raises ValueError for a verdict that SES does not know."""
    unknown = sorted(set(verdicts or ()) - {*VERDICTS, "dmarc_policy"})
    if unknown:
        raise ValueError(f"SES gives no verdict {', '.join(unknown)}; it knows {', '.join(VERDICTS)} and dmarc_policy.")
    complete = dict.fromkeys(VERDICTS, "PASS") | dict(verdicts or {})
    return Envelope(ses_message_id or new_message_id(), mail_from, tuple(recipients), complete, datetime.now(UTC))


def taken_recipients(rule: Mapping[str, Any], recipients: Sequence[str]) -> list[str]:
    """Return the recipients that a receipt rule takes: an address, a domain, or ``.domain`` for its subdomains."""
    if not rule.get("Enabled", True):
        return []
    patterns = [pattern.lower() for pattern in rule.get("Recipients", [])]
    return [recipient for recipient in recipients if not patterns or _matches(recipient.lower(), patterns)]


def _matches(recipient: str, patterns: Sequence[str]) -> bool:
    domain = recipient.rpartition("@")[2]
    return any(
        pattern in {recipient, domain} or (pattern.startswith(".") and domain.endswith(pattern)) for pattern in patterns
    )


def as_stored(raw: bytes, delivery: Envelope) -> bytes:
    """Return the object that SES puts into the bucket: its own headers, then the mail's bytes as they came."""
    if len(raw) > LARGEST_BYTES:
        raise RefusedMailError(
            f"552 The mail has {len(raw):,} bytes; SES takes at most {LARGEST_BYTES:,}. It was not received."
        )
    end = b"\r\n" if b"\r\n" in raw[:2000] else b"\n"
    return b"".join(line.encode() + end for line in _own_headers(delivery)) + raw


def _own_headers(delivery: Envelope) -> list[str]:
    spf, dkim, dmarc = (delivery.verdicts[name].lower() for name in ("spf", "dkim", "dmarc"))
    domain = delivery.mail_from.rpartition("@")[2] or "localhost"
    server, moment = "inbound-smtp.us-east-1.amazonaws.com", format_datetime(delivery.received_at)
    sent = f"for {delivery.recipients[0]}; {moment}"
    checked = f"(spfCheck) client-ip=127.0.0.1; envelope-from={delivery.mail_from}; helo=localhost;"
    results = f"spf={spf} {checked} dkim={dkim} header.i=@{domain}; dmarc={dmarc} header.from={domain};"
    return [
        f"Return-Path: <{delivery.mail_from}>",
        f"Received: from localhost (localhost [127.0.0.1]) by {server} with SMTP id {delivery.ses_message_id} {sent}",
        f"X-SES-Spam-Verdict: {delivery.verdicts['spam']}",
        f"X-SES-Virus-Verdict: {delivery.verdicts['virus']}",
        f"Received-SPF: {spf} {checked}",
        f"Authentication-Results: amazonses.com; {results}",
    ]


def receipt_event(stored: bytes, delivery: Envelope, function_arn: str) -> dict[str, Any]:
    """Return the event with which SES invokes a function for the Lambda action of a rule."""
    headers = _headers_of(stored)
    told, truncated = _within(headers, _HEADERS_TOLD_BYTES)
    moment = delivery.received_at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    receipt: dict[str, Any] = {
        "timestamp": moment,
        "processingTimeMillis": 1,
        "recipients": list(delivery.recipients),
        **{f"{name}Verdict": {"status": delivery.verdicts[name]} for name in VERDICTS},
        "action": {"type": "Lambda", "functionArn": function_arn, "invocationType": "Event"},
    }
    if delivery.verdicts["dmarc"] == "FAIL":
        receipt["dmarcPolicy"] = delivery.verdicts.get("dmarc_policy", "none")
    mail = {
        "timestamp": moment,
        "source": delivery.mail_from,
        "messageId": delivery.ses_message_id,
        "destination": list(delivery.recipients),
        "headersTruncated": truncated,
        "headers": [{"name": name, "value": value} for name, value in told],
        "commonHeaders": _common_headers(stored, delivery),
    }
    record = {"eventSource": "aws:ses", "eventVersion": "1.0", "ses": {"mail": mail, "receipt": receipt}}
    return {"Records": [record]}


def _headers_of(stored: bytes) -> list[tuple[str, str]]:
    message = BytesHeaderParser(policy=policy.compat32).parsebytes(stored)
    return [(name, _unfolded(str(value))) for name, value in message.items()]


def _unfolded(value: str) -> str:
    # Lone surrogates stand for bytes that are no ASCII; JSON on the wire could not carry them.
    return " ".join(value.split()).encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _within(headers: Sequence[tuple[str, str]], most_bytes: int) -> tuple[list[tuple[str, str]], bool]:
    told: list[tuple[str, str]] = []
    for name, value in headers:
        most_bytes -= len(name) + len(value.encode())
        if most_bytes < 0:
            return told, True
        told.append((name, value))
    return told, False


def _common_headers(stored: bytes, delivery: Envelope) -> dict[str, Any]:
    """Return the headers that SES hands over decoded; a header that cannot be decoded is left out."""
    message = BytesHeaderParser(policy=policy.default).parsebytes(stored)
    common: dict[str, Any] = {"returnPath": delivery.mail_from}
    for key, name in (("from", "From"), ("to", "To"), ("cc", "Cc"), ("replyTo", "Reply-To")):
        addresses = _addresses(message, name)
        if addresses:
            common[key] = [_unfolded(str(address)) for address in addresses]
    for key, name in (("date", "Date"), ("messageId", "Message-ID"), ("subject", "Subject")):
        value = _decoded(message, name)
        if value:
            common[key] = value
    return common


def _addresses(message: Any, name: str) -> Sequence[Address]:
    try:
        return tuple(message[name].addresses) if message[name] else ()
    except Exception:  # noqa: BLE001 -- the standard library's parser raises many kinds on malformed headers
        return ()


def _decoded(message: Any, name: str) -> str:
    try:
        return _unfolded(str(message[name] or ""))
    except Exception:  # noqa: BLE001 -- as above
        return ""
