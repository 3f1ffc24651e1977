"""Receive: screen a delivery, open its ledger row, and put a claim check on the intake queue."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from mailroom.domain.delivery import Delivery, Post, form_key, post_record_id
from mailroom.domain.message import Channel
from mailroom.domain.record import ClaimCheck, Record, Status
from mailroom.domain.retention import Retention
from mailroom.domain.sender import SENDER_POLICY, SenderPolicy, sender_doubt
from mailroom.ports import Clock, MailStore, Queue, RecordStore
from mailroom.reading.identity import sender_identity

LEASE = timedelta(minutes=15)
"""How long a received message may wait for its first reader before the sweep asks again: Lambda's longest run."""


@dataclass(frozen=True, slots=True)
class ReceivePorts:
    """What receiving needs of the world."""

    records: RecordStore
    intake: Queue
    clock: Clock
    retention: Retention
    sender_policy: SenderPolicy = SenderPolicy.CAUTION


def email_record_id(headers: Sequence[tuple[str, str]], ses_message_id: str) -> str:
    """Derive a record's id from what the sender wrote, so that a second delivery of the same mail finds the first."""
    identity = sender_identity(headers) or f"ses:{ses_message_id}"
    return "mail-" + hashlib.sha256(identity.encode()).hexdigest()[:24]


def quarantine_reason(verdicts: Mapping[str, str], policy: SenderPolicy = SenderPolicy.CAUTION) -> str:
    """Say why a mail must not be read at all; "" when it may be. Viruses and spam are held back under every policy."""
    if verdicts.get("virus") == "FAIL":
        return "The virus scan failed this mail."
    if verdicts.get("spam") == "FAIL":
        return "The spam filter failed this mail."
    if policy is SenderPolicy.QUARANTINE and (doubt := sender_doubt(verdicts)):
        return doubt
    disowned = verdicts.get("dmarc") == "FAIL" and verdicts.get("dmarc_policy") in {"quarantine", "reject"}
    if policy is SenderPolicy.CAUTION and disowned:
        return "The sender's domain disowns this mail (DMARC failed, and its policy asks to hold such mail back)."
    return ""


def receive_post(post: Post, bucket: str, mail: MailStore) -> ClaimCheck:
    """Keep a form's raw body like a mail's, so that it can be read again; the same post twice is one object."""
    record_id = post_record_id(post)
    key = form_key(post.form, record_id)
    mail.put(key, post.body, content_type=post.content_type)
    return ClaimCheck(record_id, bucket, key, Channel.FORM, post.form, post.content_type)


def screened(delivery: Delivery, now: datetime, retention: Retention, policy: SenderPolicy) -> Record:
    """Return the row that a delivery opens: received, or quarantined with the reason."""
    reason = quarantine_reason(delivery.verdicts, policy)
    record = Record(
        record_id=email_record_id(delivery.headers, delivery.ses_message_id),
        status=Status.QUARANTINED if reason else Status.RECEIVED,
        channel=Channel.EMAIL,
        received_at=delivery.received_at,
        updated_at=now,
        lease_until=None if reason else now + LEASE,
        bucket=delivery.bucket,
        key=delivery.key,
        raw_keys=(delivery.key,),
        content_type="message/rfc822",
        sender=delivery.sender,
        subject=delivery.subject,
        recipients=delivery.recipients,
        verdicts={**delivery.verdicts, SENDER_POLICY: policy},
        reasons=(reason,) if reason else (),
    )
    return retention.applied(record, now)


def receive(delivery: Delivery, ports: ReceivePorts) -> Record:
    """File a delivery as received or quarantined; a delivery seen before adds its raw key and nothing else."""
    record = screened(delivery, ports.clock.now(), ports.retention, ports.sender_policy)
    if not ports.records.create(record):
        # The first delivery may have died between the row and the queue: asking twice is cheap, losing is not.
        record = ports.records.get(record.record_id) or record
    if record.status is Status.RECEIVED:
        ports.intake.send(ClaimCheck(record.record_id, record.bucket, record.key))
    return record
