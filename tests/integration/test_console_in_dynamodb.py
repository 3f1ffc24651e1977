"""The console's ports against moto's DynamoDB, on the tables that the template describes."""

import boto3
import pytest
from moto import mock_aws

from local.twin.emulator import ROOT
from local.twin.template import load_template, resources_of
from mailroom.adapters.attention import DynamoDBAttention
from mailroom.adapters.dynamodb import DynamoDBRecordStore
from mailroom.adapters.sessions import DynamoDBSessions
from mailroom.console.pages.queue import place_of_record
from mailroom.doctypes.registry import document_types
from mailroom.domain.attention import Count, Wanted
from mailroom.domain.record import FieldResult, Status
from mailroom.domain.session import SESSION_LIFE, Person, Role, Session
from mailroom.domain.sign_in import ATTEMPT_LIFE, SignInAttempt
from mailroom.pipeline.decide import DecidePorts, approve, correct, undo
from tests.deployed_tables import create_records_table
from tests.fakes import FakeClock
from tests.unit.console.browser import waiting

ANA = Session(Person("ana@example.com", Role.REVIEWER), "token")


@pytest.fixture
def dynamodb():
    with mock_aws():
        client = boto3.client("dynamodb")
        create_records_table(client)
        table = resources_of(load_template(ROOT / "template.yaml"), "AWS::DynamoDB::Table")["ConsoleSessionsTable"]
        parts = ("AttributeDefinitions", "KeySchema", "BillingMode")
        client.create_table(TableName="sessions", **{part: table[part] for part in parts})
        yield client


def filed(dynamodb, *records):
    store = DynamoDBRecordStore(dynamodb, "records")
    for record in records:
        store.create(record)
    return store, DynamoDBAttention(dynamodb, "records")


def test_the_queue_comes_worst_first_in_pages_that_miss_and_repeat_nothing(dynamodb):
    records = [waiting(f"mail-{number:02}", confidence=number / 50) for number in range(25)]
    _, attention = filed(dynamodb, *reversed(records), waiting("done", status=Status.ACCEPTED))

    seen, after = [], None
    for _ in range(3):
        page = attention.waiting(Wanted(), after, 10)
        seen += [record.record_id for record in page.records]
        after = page.after
    assert seen == [record.record_id for record in records]
    assert after is None
    assert attention.count_waiting() == Count(25)


def test_a_filter_reads_on_until_a_page_is_full(dynamodb):
    kinds = ("invoice", "lead")
    records = [waiting(f"mail-{number:02}", confidence=number / 50, kind=kinds[number % 2]) for number in range(20)]
    _, attention = filed(dynamodb, *records)

    page = attention.waiting(Wanted(kind="lead", sender="PAPEL"), None, 6)
    assert [record.record_id for record in page.records] == [f"mail-{number:02}" for number in range(1, 13, 2)]
    rest = attention.waiting(Wanted(kind="lead", sender="PAPEL"), page.after, 6)
    assert [record.record_id for record in rest.records] == [f"mail-{number:02}" for number in range(13, 20, 2)]
    assert rest.after is None


def test_what_comes_behind_a_record_is_found_even_after_it_was_decided(dynamodb):
    store, attention = filed(dynamodb, *(waiting(f"mail-{number}", confidence=number / 10) for number in (1, 2, 3)))
    place = place_of_record(store.get("mail-2"))
    approve("mail-2", "ana", DecidePorts(store, FakeClock(), document_types()))

    assert [record.record_id for record in attention.waiting(Wanted(), place, 9).records] == ["mail-3"]


def test_a_record_without_a_confidence_waits_at_the_very_top(dynamodb):
    store, attention = filed(dynamodb, waiting("mail-1", confidence=0.1), waiting("mail-2", confidence=None))

    assert attention.waiting(Wanted(), None, 1).records[0].record_id == "mail-2"
    place = place_of_record(store.get("mail-2"))
    assert attention.waiting(Wanted(), place, 1).records[0].record_id == "mail-1"


def test_a_correction_is_undone_exactly_after_a_way_through_the_table(dynamodb):
    cell = FieldResult(
        value="40.00", quote="40,00", method="format", zone="latest", part="1", start=3, end=8, confidence=0.61
    )
    skills = (cell.model_copy(update={"value": "A"}), cell.model_copy(update={"value": True, "doubts": ("Unsure.",)}))
    groups = {"line_items": ({"amount": cell}, {})}
    before = waiting("mail-1", groups=groups).model_copy()
    before = before.model_copy(update={"fields": {**before.fields, "skills": skills}})
    store, _ = filed(dynamodb, before)
    ports = DecidePorts(store, FakeClock(), document_types())
    before = store.get("mail-1")
    correct("mail-1", "ana", {"line_items[0].amount": "41.00", "issue_date": "", "due_date": "2026-02-01"}, ports)
    assert store.get("mail-1").status is Status.CORRECTED

    undo("mail-1", "ana", ports)

    after = store.get("mail-1")
    assert (after.status, after.fields, after.groups) == (before.status, before.fields, before.groups)


def test_a_session_is_found_by_its_secret_until_it_is_over_or_closed(dynamodb):
    clock = FakeClock()
    sessions = DynamoDBSessions(dynamodb, "sessions", clock)
    secret = sessions.open(ANA)
    other = sessions.open(ANA)

    assert sessions.find(secret) == ANA
    assert sessions.find("guessed") is None
    sessions.close(other)
    assert sessions.find(other) is None
    clock.pass_by(SESSION_LIFE)
    assert sessions.find(secret) is None


def test_the_table_holds_no_secret(dynamodb):
    sessions = DynamoDBSessions(dynamodb, "sessions", FakeClock())
    secret = sessions.open(ANA)

    assert len(secret) >= 43  # 256 bits in base64
    assert secret not in str(dynamodb.scan(TableName="sessions")["Items"])


def test_a_sign_in_is_finished_once_and_in_time_and_is_no_session(dynamodb):
    clock, attempt = FakeClock(), SignInAttempt("state", "nonce", "verifier", "/records/x")
    sessions = DynamoDBSessions(dynamodb, "sessions", clock)
    once, late = sessions.keep_attempt(attempt), sessions.keep_attempt(attempt)

    assert sessions.find(once) is None
    assert sessions.take_attempt(once) == attempt
    assert sessions.take_attempt(once) is None
    clock.pass_by(ATTEMPT_LIFE)
    assert sessions.take_attempt(late) is None
    assert sessions.take_attempt(sessions.open(ANA)) is None
