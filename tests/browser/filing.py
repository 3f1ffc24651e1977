"""Records for the browser to look at: filed straight into the twin's ledger, or read there from generated mails."""

import os
import random
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from local.chaos.messages import messages
from local.inputs import Mail, mail_of
from local.session import Session
from local.twin.emulator import ROOT
from mailroom.adapters.aws import client
from mailroom.adapters.deliveries import DynamoDBDeliveryStore
from mailroom.adapters.dynamodb import _attributes, to_item
from mailroom.adapters.statistics import DynamoDBStatistics
from mailroom.domain.cost import Usage
from mailroom.domain.message import Channel
from mailroom.domain.notice_delivery import NoticeDelivery
from mailroom.domain.record import Attempt, CacheVerdict, Decision, FieldResult, Record, Status
from mailroom.domain.statistics import DayStatistics, counted
from mailroom.pipeline.count_days import KEPT_DAYS

NOW = datetime.now(UTC)


def waiting(number: int, **more: Any) -> Record:
    """Return a record that waits for a person, and has no message behind it unless ``key`` names one."""
    doubtful = FieldResult(
        value="2026-05-01", method="fuzzy", confidence=0.4, doubts=("The message has only similar words.",)
    )
    given = {
        "record_id": f"mail-{number:05d}",
        "status": Status.NEEDS_HUMAN,
        "channel": Channel.EMAIL,
        "received_at": NOW - timedelta(minutes=number + 1),
        "updated_at": NOW - timedelta(minutes=number),
        "bucket": os.environ["RAW_BUCKET"],
        "key": f"raw/{number}",
        "raw_keys": (f"raw/{number}",),
        "kind": "invoice",
        "sender": f"billing{number % 50}@papel.example",
        "subject": f"Invoice {number}",
        "confidence": round(0.2 + (number % 700) / 1000, 3),
        "doubtful": ("issue_date",),
        "reasons": ("The message has only similar words for issue_date.",),
        "fields": {
            "issue_date": doubtful,
            "invoice_number": FieldResult(value=f"A-{number}", method="exact", confidence=0.99),
            "total_amount": FieldResult(value=f"{number}.00", method="exact", confidence=0.97),
        },
        "attempts": (attempt(NOW),),
    }
    return Record(**(given | more))


def attempt(at: datetime, step: str = "extract", cache: CacheVerdict = CacheVerdict.HIT) -> Attempt:
    """Return a call as a cheap model or its reviewer makes it."""
    review = step == "review"
    return Attempt(
        step=step,
        model="claude-sonnet-4-6" if review else "claude-haiku-4-5",
        outcome="complete",
        usage=Usage(600, 150, 6200),
        cost_usd=Decimal("0.0128") if review else Decimal("0.0025"),
        cache=cache,
        duration_ms=900,
        at=at,
    )


class Filing:
    """A ledger for filling: its two tables, in whatever DynamoDB the environment names."""

    def __init__(self) -> None:
        self.dynamodb = client("dynamodb")
        self.table, self.notes = os.environ["RECORDS_TABLE"], os.environ["IDEMPOTENCY_TABLE"]

    def clear(self) -> None:
        """Empty the ledger and the notes."""
        for table, key in ((self.table, "record_id"), (self.notes, "id")):
            items = self.dynamodb.scan(TableName=table, ProjectionExpression=key)["Items"]
            self._write(table, [{"DeleteRequest": {"Key": item}} for item in items])

    def file(self, records: Iterable[Record]) -> list[Record]:
        """Write records as they are, in batches."""
        found = list(records)
        self._write(self.table, [{"PutRequest": {"Item": _attributes(to_item(record))}} for record in found])
        return found

    def tell(self, deliveries: Iterable[NoticeDelivery]) -> None:
        """Open deliveries as they are."""
        book = DynamoDBDeliveryStore(self.dynamodb, os.environ["DELIVERIES_TABLE"])
        for delivery in deliveries:
            book.create(delivery)

    def delivery(self, delivery_id: str) -> NoticeDelivery:
        """Return a delivery as it stands."""
        found = DynamoDBDeliveryStore(self.dynamodb, os.environ["DELIVERIES_TABLE"]).get(delivery_id)
        assert found is not None
        return found

    def count(self, records: Iterable[Record]) -> None:
        """Keep the statistics of these records' days, as the sweep would."""
        days: dict[str, list[Record]] = {}
        for record in records:
            days.setdefault(record.received_at.date().isoformat(), []).append(record)
        store = DynamoDBStatistics(self.dynamodb, self.notes)
        for day, found in days.items():
            store.put(DayStatistics(day=day, counted_at=NOW, counts=counted(found)))

    def _write(self, table: str, requests: list[dict[str, Any]]) -> None:
        for start in range(0, len(requests), 25):
            self.dynamodb.batch_write_item(RequestItems={table: requests[start : start + 25]})


def deliver_doubtful(twin: Session, count: int, seed: int = 11) -> list[Record]:
    """Deliver generated mails that all wait for a person; return their records."""
    mails = [item for item in messages(count * 2, seed, twin.domain) if isinstance(item, Mail)][:count]
    return delivered(twin, mails)


def deliver_samples(twin: Session, *names: str) -> list[Record]:
    """Deliver mails of events/emails that all wait for a person; return their records, in this order."""
    folder = ROOT / "events" / "emails"
    mails = [mail_of((folder / f"{name}.eml").read_bytes(), name, twin.domain) for name in names]
    records = {record.key.rpartition("/")[2]: record for record in delivered(twin, mails)}
    return [records[mail.ses_message_id] for mail in mails]


def delivered(twin: Session, mails: Iterable[Mail]) -> list[Record]:
    """Deliver mails as if their senders failed DMARC, so that each waits for a person; return their records."""
    forged: Mapping[str, str] = {"dmarc": "FAIL"}
    told = [twin.deliver(Mail(mail.source, mail.raw, mail.mail_from, mail.recipients, forged)) for mail in mails]
    records = list(twin.at_rest([each.record_id for each in told], timeout_s=100))
    assert {record.status for record in records} == {Status.NEEDS_HUMAN}, [record.reasons for record in records]
    return records


def five_weeks(seed: int = 5, a_day: int = 12) -> list[Record]:
    """Return records of 35 days as an office has them, with one sender who turns bad in the last week."""
    draw = random.Random(seed)
    return [
        _past(draw, back, 1000 * back + number)
        for back in range(KEPT_DAYS)
        for number in range(a_day + draw.randrange(a_day))
    ]


def _past(draw: random.Random, back: int, number: int) -> Record:
    at = NOW - timedelta(days=back, minutes=draw.randrange(10, 60))
    sender = draw.choice(["ana@papel.example", "bo@kiln.example", "cy@fifth.example", "di@harbor.example"])
    bad = sender.startswith("cy") and back < 7
    roll = draw.random()
    confidence = draw.choice([0.35, 0.55, 0.75, 0.92, 0.97])
    field = FieldResult(value="9.00", method="exact", confidence=confidence)
    more: dict[str, Any] = {"status": Status.ACCEPTED, "doubtful": ()}
    attempts = [attempt(at, cache=CacheVerdict.WRITE if draw.random() < 0.1 else CacheVerdict.HIT)]
    if bad or roll < 0.25:
        attempts.append(attempt(at, "review", CacheVerdict.OFF))
        more["doubtful"] = ("total_amount",)
    if (bad and roll < 0.6) or roll < 0.1:
        right = draw.random() < confidence
        decision = Decision(
            action="approved" if right else "corrected",
            by="ana",
            at=at,
            before={} if right else {"total_amount": "8.00"},
        )
        more |= {"status": Status.APPROVED if right else Status.CORRECTED, "decisions": (decision,)}
    return waiting(
        number,
        received_at=at,
        updated_at=at + timedelta(seconds=draw.uniform(2, 12)),
        sender=sender,
        fields={"total_amount": field, "invoice_number": FieldResult(value="A", method="exact", confidence=0.98)},
        attempts=tuple(attempts),
        **more,
    )
