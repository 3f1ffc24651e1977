"""The queries of docs/how-to/questions.md, taken from the page and run on the emulator over rows that are known."""

import re
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from boto3.dynamodb.types import TypeDeserializer

from local.twin.deploy import client
from local.twin.emulator import ROOT, Emulator
from mailroom.adapters.dynamodb import DynamoDBRecordStore
from mailroom.domain.cost import Usage
from mailroom.domain.message import Channel
from mailroom.domain.record import Attempt, CacheVerdict, Decision, FieldResult, Record, Status
from tests.deployed_tables import create_records_table
from tests.fakes import START

PAGE = (ROOT / "docs" / "how-to" / "questions.md").read_text(encoding="utf-8")
QUESTIONS = {
    int(number): query
    for number, query in re.findall(r"^## (\d+)\..*?```sql\n(.*?)```", PAGE, flags=re.DOTALL | re.MULTILINE)
}
ACME, BOLT = "billing@acme.example", "ana@bolt.example"
DAY = timedelta(days=1)


def value(text: str, kind: str = "text") -> FieldResult:
    return FieldResult(value=text, method="exact", zone="latest", start=3, end=9, confidence=0.97, kind=kind)


def record(number: int, **changes: Any) -> Record:
    cost = changes.pop("cost", "0.004")
    attempt = Attempt(
        step="extract",
        model="claude-haiku-4-5",
        outcome="complete",
        usage=Usage(600, 150),
        cost_usd=Decimal(cost),
        cache=CacheVerdict.HIT,
        duration_ms=900,
        at=START,
    )
    given = {
        "record_id": f"mail-{number}",
        "status": Status.ACCEPTED,
        "channel": Channel.EMAIL,
        "received_at": START,
        "updated_at": START,
        "bucket": "raw",
        "key": f"raw/{number}",
        "kind": "invoice",
        "confidence": 0.99,
        "sender": ACME,
        "subject": f"Message {number}",
        "attempts": (attempt,),
    }
    return Record.model_validate(given | changes)


RECORDS = [
    record(
        1,
        fields={"total_amount": value("12400.50", "amount"), "currency": value("EUR", "currency")},
        status=Status.NEEDS_HUMAN,
        confidence=0.61,
        reasons=("The total does not add up.",),
    ),
    record(2, status=Status.NEEDS_HUMAN, confidence=0.12, received_at=START - DAY, kind="lead", sender=BOLT),
    record(
        3,
        fields={"total_amount": value("250", "amount"), "currency": value("EUR", "currency")},
        confidence=0.91,
        cost="0.031",
    ),
    record(
        4,
        status=Status.CORRECTED,
        received_at=START - 40 * DAY,
        decisions=(Decision(action="corrected", by="ana", at=START, before={"total_amount": "1.00"}),),
    ),
    record(5, status=Status.FAILED, kind="", confidence=None, reasons=("The model API answered 400.",), sender=BOLT),
    record(6, status=Status.EXTRACTING, confidence=None, kind="", lease_until=START, sender=BOLT),
    record(7, status=Status.EXTRACTING, confidence=None, kind="", lease_until=START + 2 * DAY, sender=BOLT),
]


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    emulator = Emulator(tmp_path_factory.mktemp("questions")).start()
    try:
        dynamodb = client("dynamodb", emulator.endpoint_url)
        create_records_table(dynamodb, "RecordsTable")
        store = DynamoDBRecordStore(dynamodb, "RecordsTable")
        for each in RECORDS:
            store.create(each)
        yield dynamodb
    finally:
        emulator.stop()


def answer(table: Any, number: int) -> list[dict[str, Any]]:
    read = TypeDeserializer().deserialize
    items = table.execute_statement(Statement=QUESTIONS[number])["Items"]
    return [{name: read(found) for name, found in item.items()} for item in items]


def ids(rows: list[dict[str, Any]]) -> list[str]:
    return [row["record_id"] for row in rows]


def test_the_page_asks_ten_questions_each_with_one_query():
    assert sorted(QUESTIONS) == list(range(1, 11))
    assert PAGE.count("```sql") == 10


def test_what_needs_a_person_comes_worst_first_and_says_why(table):
    rows = answer(table, 1)

    assert ids(rows) == ["mail-2", "mail-1"]
    assert rows[0]["confidence"] == Decimal("0.12")
    assert rows[1]["needs"] == "A person's decision, since 2026-03-02 09:00 UTC: The total does not add up."


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (2, {"mail-1", "mail-3"}),
        (3, {"mail-1", "mail-3"}),
        (4, {"mail-5"}),
        (5, {"mail-3"}),
        (6, {"mail-3"}),
        (7, {"mail-6"}),
        (10, {"mail-1"}),
    ],
)
def test_each_question_finds_the_rows_that_answer_it_and_no_other(table, number, expected):
    assert set(ids(answer(table, number))) == expected


def test_a_failure_says_its_reason_in_words(table):
    (row,) = answer(table, 4)

    assert row["needs"] == "A mend, then a requeue, since 2026-03-02 09:00 UTC: The model API answered 400."


def test_a_record_says_what_was_read_and_where_it_stands(table):
    (row,) = answer(table, 8)

    assert row["fields"]["total_amount"] == "12400.50"
    assert row["evidence"]["total_amount"]["zone"] == "latest"
    assert row["reasons"] == ["The total does not add up."]


def test_a_record_says_who_decided_what(table):
    (row,) = answer(table, 9)

    assert (row["status"], row["decisions"][0]["by"]) == ("corrected", "ana")
    assert row["decisions"][0]["before"] == {"total_amount": "1.00"}


def test_amounts_are_numbers_that_a_query_compares(table):
    (row,) = answer(table, 10)

    assert row["total_amount"] == Decimal("12400.50")
    assert row["currency"] == "EUR"
