"""What SES says of a mail: in its receipt event, and in the headers it puts on the stored object."""

import re
from datetime import UTC, datetime
from email.utils import getaddresses
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from mailroom.domain.delivery import Delivery
from mailroom.ports import MailStore, StoredMail
from mailroom.reading.identity import header_pairs

HEAD_BYTES = 64 * 1024
"""How much of a stored mail is read for its headers; SES itself truncates the event's headers at 10 KB."""


class _Verdict(BaseModel):
    status: str = "GRAY"


class _Action(BaseModel):
    type: str
    bucketName: str = ""  # noqa: N815 -- the names are SES's
    objectKey: str = ""  # noqa: N815


class _Receipt(BaseModel):
    recipients: list[str] = []
    spamVerdict: _Verdict = _Verdict()  # noqa: N815
    virusVerdict: _Verdict = _Verdict()  # noqa: N815
    spfVerdict: _Verdict = _Verdict()  # noqa: N815
    dkimVerdict: _Verdict = _Verdict()  # noqa: N815
    dmarcVerdict: _Verdict = _Verdict()  # noqa: N815
    dmarcPolicy: str = ""  # noqa: N815


class _Header(BaseModel):
    name: str
    value: str


class _CommonHeaders(BaseModel):
    model_config = ConfigDict(extra="ignore")

    subject: str = ""


class _Mail(BaseModel):
    messageId: str = Field(pattern=r"^[A-Za-z0-9._-]{1,128}$")  # noqa: N815 -- becomes part of a key
    timestamp: datetime
    source: str = ""
    headers: list[_Header] = []
    commonHeaders: _CommonHeaders = _CommonHeaders()  # noqa: N815


class _Ses(BaseModel):
    mail: _Mail
    receipt: _Receipt


class _Record(BaseModel):
    eventSource: Literal["aws:ses"]  # noqa: N815
    ses: _Ses


class ReceiptEvent(BaseModel):
    """The event SES invokes a function with, as far as it is used here.

    See https://docs.aws.amazon.com/ses/latest/dg/receiving-email-action-lambda-event.html.
    """

    Records: list[_Record]


def deliveries(event: ReceiptEvent, bucket: str, prefix: str) -> list[Delivery]:
    """Return the deliveries that an event tells of; the receipt rule stores each under prefix + message id."""
    return [
        Delivery(
            ses_message_id=item.ses.mail.messageId,
            bucket=bucket,
            key=prefix + item.ses.mail.messageId,
            headers=[(header.name, header.value) for header in item.ses.mail.headers],
            sender=_first_address([header.value for header in item.ses.mail.headers if header.name.lower() == "from"])
            or item.ses.mail.source,
            subject=item.ses.mail.commonHeaders.subject,
            recipients=tuple(item.ses.receipt.recipients),
            verdicts=_verdicts(item.ses.receipt),
            received_at=item.ses.mail.timestamp,
        )
        for item in event.Records
    ]


def delivery_from_stored(stored: StoredMail, mail: MailStore, bucket: str) -> Delivery:
    """Rebuild a delivery from the object alone, from the headers that SES itself put on it."""
    return delivery_of(mail.head(stored.key, HEAD_BYTES), stored, bucket)


def delivery_of(raw: bytes, stored: StoredMail, bucket: str) -> Delivery:
    """The same, with the message, or its head, at hand."""
    headers = header_pairs(raw[:HEAD_BYTES])
    found = {name.lower(): value for name, value in reversed(headers)}
    seen = found.get("authentication-results", "")
    verdicts = {
        "spam": found.get("x-ses-spam-verdict", "GRAY"),
        "virus": found.get("x-ses-virus-verdict", "GRAY"),
        **{name: _authentication(seen, name) for name in ("spf", "dkim", "dmarc")},
    }
    return Delivery(
        ses_message_id=stored.key.rsplit("/", 1)[-1],
        bucket=bucket,
        key=stored.key,
        headers=headers,
        sender=_first_address([found.get("from", "")]),
        subject=found.get("subject", ""),
        recipients=tuple(address for _, address in getaddresses([found.get("to", "")]) if address),
        verdicts=verdicts,
        received_at=stored.stored_at.astimezone(UTC),
    )


def _verdicts(receipt: _Receipt) -> dict[str, str]:
    found = {
        "spam": receipt.spamVerdict.status,
        "virus": receipt.virusVerdict.status,
        "spf": receipt.spfVerdict.status,
        "dkim": receipt.dkimVerdict.status,
        "dmarc": receipt.dmarcVerdict.status,
    }
    if receipt.dmarcPolicy:
        found["dmarc_policy"] = receipt.dmarcPolicy.lower()
    return found


def _authentication(results: str, name: str) -> str:
    """Read one method's result from an Authentication-Results header (RFC 8601)."""
    found = re.search(rf"\b{name}=(\w+)", results)
    return {"pass": "PASS", "fail": "FAIL", "softfail": "FAIL"}.get(found[1].lower() if found else "", "GRAY")


def _first_address(values: list[str]) -> str:
    return next((address for _, address in getaddresses(values) if address), "")
