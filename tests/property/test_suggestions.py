"""Suggestions follow from decisions alone, and it takes three different records to make one."""

from collections import Counter
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from mailroom.doctypes.registry import document_types
from mailroom.domain.message import Channel
from mailroom.domain.record import FieldResult, Record, Status
from mailroom.domain.suggestions import FEWEST_RECORDS, Suggestion, Way, suggestions
from mailroom.pipeline.decide import DecidePorts, approve, correct, undo
from tests.fakes import START, FakeClock, FakeRecordStore

TYPES = document_types()
SENDERS = ("ana@acme.example", "bo@acme.example")


def waiting(number: int, sender: str, **fields: str) -> Record:
    return Record(
        record_id=f"mail-{number}",
        status=Status.NEEDS_HUMAN,
        channel=Channel.EMAIL,
        received_at=START,
        updated_at=START,
        bucket="raw",
        key="raw/1",
        kind="lead",
        sender=sender,
        fields={name: FieldResult(value=value, method="exact", confidence=0.4) for name, value in fields.items()},
    )


def decided(records: list[Record], changes: list[dict[str, str]]) -> list[Record]:
    store = FakeRecordStore({record.record_id: record for record in records})
    ports = DecidePorts(store, FakeClock(), TYPES)
    for record, change in zip(records, changes, strict=True):
        ports.clock.pass_by(timedelta(minutes=1))
        if change:
            correct(record.record_id, "ana", change, ports)
        else:
            approve(record.record_id, "ana", ports)
    return list(store.rows.values())


names = st.sampled_from(["Ada Byron", "Acme Ltd", "Nobody"])
corrections = st.lists(st.tuples(st.sampled_from(SENDERS), names, st.one_of(st.just(""), names)), max_size=12)


@given(corrections)
def test_each_suggestion_names_at_least_three_different_records_of_its_sender(drawn):
    records = [waiting(number, sender, company=was) for number, (sender, was, _) in enumerate(drawn)]
    found = suggestions(decided(records, [{"company": now} for _, _, now in drawn]))

    for each in found:
        assert len(set(each.record_ids)) == len(each.record_ids) >= FEWEST_RECORDS
        assert {record.sender for record in records if record.record_id in each.record_ids} == {each.sender}


@given(corrections)
def test_a_value_that_three_records_of_a_sender_were_corrected_to_is_suggested_and_no_other(drawn):
    records = [waiting(number, sender, company=was) for number, (sender, was, _) in enumerate(drawn)]
    found = suggestions(decided(records, [{"company": now} for _, _, now in drawn]))

    changed = Counter((sender, now) for sender, was, now in drawn if now and now != was)
    taken = Counter(sender for sender, was, now in drawn if not now)
    assert {(each.sender, each.detail) for each in found if each.way is Way.SAME_VALUE} == {
        pair for pair, count in changed.items() if count >= 3
    }
    assert {each.sender for each in found if each.way is Way.TAKEN_AWAY} == {
        sender for sender, count in taken.items() if count >= 3
    }


@given(corrections, st.randoms(use_true_random=False))
def test_the_order_of_the_records_does_not_matter(drawn, chance):
    records = decided(
        [waiting(number, sender, company=was) for number, (sender, was, _) in enumerate(drawn)],
        [{"company": now} for _, _, now in drawn],
    )
    shuffled = list(records)
    chance.shuffle(shuffled)

    assert suggestions(records) == suggestions(shuffled)


def test_one_record_corrected_three_times_suggests_nothing():
    store = FakeRecordStore({"mail-1": waiting(1, SENDERS[0], company="Nobody")})
    ports = DecidePorts(store, FakeClock(), TYPES)
    for _ in range(3):
        correct("mail-1", "ana", {"company": "Acme Ltd"}, ports)
        undo("mail-1", "ana", ports)
    correct("mail-1", "ana", {"company": "Acme Ltd"}, ports)

    assert suggestions(store.rows.values()) == []


def three(**change: str) -> Suggestion:
    records = [waiting(number, SENDERS[0], company="Ada Byron", contact_name=f"Person {number}") for number in range(3)]
    (found,) = suggestions(decided(records, [change] * 3))
    return found


def test_a_correction_that_was_taken_back_counts_no_more():
    records = [waiting(number, SENDERS[0], company="Nobody") for number in range(3)]
    store = FakeRecordStore({record.record_id: record for record in records})
    ports = DecidePorts(store, FakeClock(), TYPES)
    for record in records:
        correct(record.record_id, "ana", {"company": "Acme Ltd"}, ports)
    assert len(suggestions(store.rows.values())) == 1
    undo("mail-1", "ana", ports)

    assert suggestions(store.rows.values()) == []


def test_a_value_that_stood_under_another_field_names_that_field():
    records = [waiting(number, SENDERS[0], company="Acme", contact_name=f"Firm {number}") for number in range(3)]
    (found,) = suggestions(decided(records, [{"company": f"Firm {number}"} for number in range(3)]))

    assert (found.way, found.detail) == (Way.FROM_FIELD, "contact_name")


def test_a_missed_value_asks_for_a_label_and_the_latest_record_is_the_one_to_teach():
    records = [waiting(number, SENDERS[0], contact_name="Ada") for number in range(3)]
    (found,) = suggestions(decided(records, [{"company": f"Firm {number}"} for number in range(3)]))

    assert found.way is Way.MISSED
    assert "labels" in found.todo
    assert "promote mail-2" in found.todo
    assert found.record_ids == ("mail-2", "mail-1", "mail-0")


def test_what_people_always_write_is_quoted():
    assert "people always write “Acme Ltd”" in three(company="Acme Ltd").said
