"""Claim checks on SQS, and what a queue's message says when it comes back."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from mailroom.adapters.aws import aws_errors
from mailroom.domain.delivery import Post, foreign_record_id
from mailroom.domain.errors import PermanentError
from mailroom.domain.message import Channel
from mailroom.domain.patience import ROUND_S
from mailroom.domain.record import ClaimCheck

FIRST_SENT = "first_sent_at"
"""The attribute in which a message that is sent again keeps the milliseconds at which it was sent first."""


class SqsQueue:
    """One SQS queue of claim checks."""

    def __init__(self, sqs: Any, queue_url: str) -> None:
        self._sqs = sqs
        self._queue_url = queue_url

    def send(self, claim: ClaimCheck) -> None:
        """Put a claim check on the queue."""
        body = {
            "record_id": claim.record_id,
            "channel": claim.channel.value,
            "bucket": claim.bucket,
            "key": claim.key,
            "form": claim.form,
            "content_type": claim.content_type,
        }
        with aws_errors("sending a claim check"):
            self._sqs.send_message(QueueUrl=self._queue_url, MessageBody=json.dumps(body))

    def send_again(self, message: Mapping[str, Any], wait_s: int) -> None:
        """Send a copy of a message (Lambda's form of it) that has been received never, to be seen in ``wait_s``."""
        sent = message.get("messageAttributes", {})
        attributes = {
            name: {"DataType": found["dataType"], "StringValue": found["stringValue"]}
            for name, found in sent.items()
            if "stringValue" in found
        }
        attributes.setdefault(FIRST_SENT, {"DataType": "Number", "StringValue": message["attributes"]["SentTimestamp"]})
        with aws_errors("sending a message round again"):
            self._sqs.send_message(
                QueueUrl=self._queue_url,
                MessageBody=message["body"],
                MessageAttributes=attributes,
                DelaySeconds=max(0, min(ROUND_S, wait_s)),
            )

    def put_back(self, receipt_handle: str, wait_s: int) -> None:
        """Let a message that was handed out be seen again in ``wait_s`` seconds, whatever the queue's own timeout."""
        with aws_errors("putting a message back"):
            self._sqs.change_message_visibility(
                QueueUrl=self._queue_url, ReceiptHandle=receipt_handle, VisibilityTimeout=wait_s
            )


def opened(body: str, attributes: Mapping[str, str], sent_at: datetime, bucket: str) -> ClaimCheck | Post:
    """Read a message of the intake queue: a form's post if its attributes say so, else a claim check.

    A producer of its own may send ``{"bucket", "key"}`` alone. What is neither is treated as a post to no form, so
    that it too ends as a record with a reason. Only the stack's own bucket is ever read from.
    """
    if "form" not in attributes:
        claim = _claim(body, bucket)
        if claim:
            return claim
    return Post(
        form=attributes.get("form", ""),
        body=body.encode(),
        content_type=attributes.get("content_type", "application/octet-stream"),
        idempotency_key=attributes.get("idempotency_key", ""),
        posted_on=sent_at.astimezone(UTC).date(),
    )


def claim_check(body: str, bucket: str) -> ClaimCheck:
    """Read a claim check; raises PermanentError for anything else."""
    claim = _claim(body, bucket)
    if claim is None:
        raise PermanentError("The queue's message is no claim check for this stack's bucket.")
    return claim


def _claim(body: str, bucket: str) -> ClaimCheck | None:
    try:
        found = json.loads(body)
        key, home = found["key"], found["bucket"]
        channel = Channel(found.get("channel", Channel.EMAIL))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    if home != bucket or not isinstance(key, str):
        return None
    return ClaimCheck(
        record_id=str(found.get("record_id") or foreign_record_id(key)),
        bucket=bucket,
        key=key,
        channel=channel,
        form=str(found.get("form", "")),
        content_type=str(found.get("content_type", "")),
    )
