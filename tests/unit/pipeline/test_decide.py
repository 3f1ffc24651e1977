from datetime import timedelta

import pytest

from mailroom.doctypes.registry import document_types
from mailroom.domain.errors import ConflictError, PermanentError
from mailroom.domain.message import Channel
from mailroom.domain.record import FieldResult, Record, Status
from mailroom.pipeline.decide import MOST_ROWS_KEPT, UNDO_WITHIN, DecidePorts, approve, correct, reject, undo
from tests.fakes import START, FakeClock, FakeRecordStore


def waiting(status=Status.NEEDS_HUMAN):
    found = FieldResult(value="2026-05-01", method="fuzzy", confidence=0.4)
    return Record(
        record_id="mail-1",
        status=status,
        channel=Channel.EMAIL,
        received_at=START,
        updated_at=START,
        bucket="raw",
        key="raw/1",
        kind="invoice",
        fields={"issue_date": found, "invoice_number": FieldResult(value="A-1", method="exact", confidence=0.99)},
    )


@pytest.fixture
def ports():
    return DecidePorts(FakeRecordStore({"mail-1": waiting()}), FakeClock(), document_types())


def test_an_approved_record_keeps_its_values_and_says_who_approved_it(ports):
    record = approve("mail-1", "ana", ports)

    assert record.status is Status.APPROVED
    assert record.fields == waiting().fields
    assert [(decision.action, decision.by) for decision in record.decisions] == [("approved", "ana")]


def test_a_correction_is_validated_like_a_models_value_and_keeps_what_it_replaced(ports):
    record = correct("mail-1", "ana", {"issue_date": "2026-01-05"}, ports)

    assert record.status is Status.CORRECTED
    assert record.fields["issue_date"].value == "2026-01-05"
    assert record.fields["issue_date"].origin == "person"
    assert record.fields["issue_date"].confidence == 0.4
    assert record.decisions[0].before == {"issue_date": "2026-05-01"}


def test_an_empty_correction_takes_a_field_away(ports):
    assert "invoice_number" not in correct("mail-1", "ana", {"invoice_number": ""}, ports).fields


@pytest.mark.parametrize("changes", [{"issue_date": "soon"}, {"no_such_field": "x"}, {"line_items": "x"}])
def test_what_the_kind_does_not_take_is_refused_in_words_and_changes_nothing(ports, changes):
    with pytest.raises(PermanentError, match=next(iter(changes))):
        correct("mail-1", "ana", changes, ports)

    assert ports.records.rows["mail-1"] == waiting()


def test_two_people_never_overwrite_each_other_and_the_second_is_told(ports):
    seen = ports.records.rows["mail-1"].version
    reject("mail-1", "ana", "not ours", ports, version=seen)

    with pytest.raises(ConflictError, match="Somebody"):
        approve("mail-1", "ben", ports, version=seen)
    assert ports.records.rows["mail-1"].status is Status.REJECTED


def test_what_does_not_wait_for_a_person_is_not_decided(ports):
    ports.records.rows["mail-1"] = waiting(Status.EXTRACTING)

    with pytest.raises(PermanentError, match="extracting"):
        approve("mail-1", "ana", ports)


def test_a_record_that_was_accepted_unseen_can_still_be_corrected_and_rejected(ports):
    ports.records.rows["mail-1"] = waiting(Status.ACCEPTED)
    assert correct("mail-1", "ana", {"issue_date": "2026-01-05"}, ports).status is Status.CORRECTED
    ports.records.rows["mail-1"] = waiting(Status.ACCEPTED)

    assert reject("mail-1", "ana", "spam", ports).status is Status.REJECTED


def test_an_undone_correction_leaves_values_and_state_as_they_were_and_both_decisions_on_record(ports):
    before = ports.records.rows["mail-1"]
    correct("mail-1", "ana", {"issue_date": "2026-01-05", "due_date": "2026-02-05", "invoice_number": ""}, ports)

    record = undo("mail-1", "ana", ports)

    assert (record.status, record.fields, record.groups) == (before.status, before.fields, before.groups)
    assert [decision.action for decision in record.decisions] == ["corrected", "undone"]


@pytest.mark.parametrize("status", [Status.NEEDS_HUMAN, Status.ACCEPTED])
def test_undoing_leads_back_to_where_the_decision_came_from(ports, status):
    ports.records.rows["mail-1"] = waiting(status)
    reject("mail-1", "ana", "not ours", ports)

    assert undo("mail-1", "ana", ports).status is status


def test_only_who_decided_takes_it_back(ports):
    approve("mail-1", "ana", ports)

    with pytest.raises(PermanentError, match="ana decided this"):
        undo("mail-1", "ben", ports)


def test_what_is_long_decided_or_already_undone_is_not_taken_back(ports):
    approve("mail-1", "ana", ports)
    ports.clock.pass_by(UNDO_WITHIN + timedelta(seconds=1))
    with pytest.raises(PermanentError, match="more than a day"):
        undo("mail-1", "ana", ports)
    ports.clock.pass_by(-UNDO_WITHIN)
    undo("mail-1", "ana", ports)

    with pytest.raises(PermanentError, match="no decision"):
        undo("mail-1", "ana", ports)


def test_an_undo_of_what_has_moved_on_is_refused(ports):
    seen = approve("mail-1", "ana", ports).version
    undo("mail-1", "ana", ports, version=seen)

    with pytest.raises(ConflictError):
        undo("mail-1", "ana", ports, version=seen)


def test_what_is_only_written_in_another_way_is_approved_and_no_correction(ports):
    record = correct("mail-1", "ana", {"issue_date": "1 May 2026"}, ports)

    assert (record.status, record.fields) == (Status.APPROVED, waiting().fields)
    assert [decision.action for decision in record.decisions] == ["approved"]


def test_a_correction_of_a_very_long_table_is_filed_but_cannot_be_taken_back(ports):
    cell = FieldResult(value="1.00", method="exact", confidence=0.9)
    rows = ({"amount": cell},) * (MOST_ROWS_KEPT + 1)
    ports.records.rows["mail-1"] = waiting().model_copy(update={"groups": {"line_items": rows}})
    record = correct("mail-1", "ana", {"line_items[3].amount": "2.00"}, ports)

    assert record.groups["line_items"][3]["amount"].value == "2.00"
    assert record.decisions[0].groups == {}
    with pytest.raises(PermanentError, match="no decision"):
        undo("mail-1", "ana", ports)
