"""What is learnt from reviewed values, and what is not claimed to be learnt."""

import random

import pytest

from local.evaluation.calibrating import calibrate, thresholds_of
from local.evaluation.reviewed import Reviewed, of_records
from mailroom.doctypes.registry import document_types
from mailroom.domain.confidence import Signals, default_weights, field_confidence
from mailroom.domain.evidence import Method
from mailroom.domain.message import ZoneKind
from mailroom.domain.record import FieldResult
from mailroom.domain.signal_notes import noted
from mailroom.domain.thresholds import NONE_ACCEPTED
from mailroom.pipeline.decide import DecidePorts, approve, correct
from tests.fakes import FakeClock, FakeRecordStore
from tests.unit.evaluation.test_scoring import found, record

EXACT = Signals(Method.EXACT, ZoneKind.LATEST, denotes=True, quote_found=True, score=1.0, candidates=1, kind="date")
RIVALS = Signals(Method.EXACT, ZoneKind.LATEST, denotes=True, quote_found=True, score=1.0, candidates=9, kind="date")


def reviewed(count: int, share_right: dict[Signals, float], seed: int = 1) -> list[Reviewed]:
    """Values of both sorts, right as often as told, four to a message."""
    rng = random.Random(seed)
    made = []
    for number in range(count):
        signals = rng.choice(list(share_right))
        right = rng.random() < share_right[signals]
        confidence = field_confidence(signals)
        made.append(Reviewed(f"m{number // 4}", "letter.date", confidence, right, signals))
    return made


def test_too_few_values_change_nothing_and_the_words_say_so():
    calibration = calibrate(reviewed(40, {EXACT: 0.9}), default_weights(), target_error_rate=0.01, seed=0)

    assert calibration.weights is None
    assert any("it takes 200" in words for words in calibration.words)


def test_values_that_are_all_right_do_not_move_the_weights():
    calibration = calibrate(reviewed(900, {EXACT: 1.0}), default_weights(), target_error_rate=0.01, seed=0)

    assert calibration.weights is None


def test_what_reviews_contradict_is_learnt_and_measured_on_other_messages():
    calibration = calibrate(
        reviewed(1200, {EXACT: 0.95, RIVALS: 0.3}), default_weights(), target_error_rate=0.01, seed=0
    )

    assert calibration.weights is not None
    assert field_confidence(RIVALS, calibration.weights) < 0.5 < field_confidence(EXACT, calibration.weights)
    before, after = calibration.quality_of("")
    assert after.brier < before.brier
    assert 0 < calibration.held_out < calibration.values


def test_the_same_values_and_seed_teach_the_same():
    values = reviewed(600, {EXACT: 0.9, RIVALS: 0.4})

    assert calibrate(values, default_weights(), target_error_rate=0.02, seed=4) == calibrate(
        values, default_weights(), target_error_rate=0.02, seed=4
    )


def test_a_field_that_is_always_right_gets_a_threshold_of_its_own():
    values = [Reviewed(f"m{n}", "letter.date", 0.95, True) for n in range(600)]

    thresholds, _ = thresholds_of(values, 0.01, default_weights())

    assert thresholds["letter.date"] <= 0.95


def test_a_field_that_is_often_wrong_is_never_accepted_and_does_not_condemn_its_neighbours():
    bad = [Reviewed(f"m{n}", "letter.name", 0.999, n % 3 > 0) for n in range(90)]
    good = [Reviewed(f"m{n}", "letter.date", 0.999, True) for n in range(90)]

    thresholds, words = thresholds_of([*bad, *good], 0.01, default_weights())

    assert thresholds == {"letter.name": NONE_ACCEPTED}
    assert any("letter.name" in said and "never accepted" in said for said in words)


def test_values_that_never_pass_unseen_do_not_count_for_thresholds():
    wrong = [Reviewed(f"m{n}", "letter.name", 0.999, False, may_pass=False) for n in range(90)]

    assert thresholds_of(wrong, 0.01, default_weights())[0] == {}


@pytest.mark.parametrize("seed", range(5))
def test_thresholds_keep_their_promise_on_values_they_did_not_see(seed: int):
    rng = random.Random(seed)

    def values(count: int) -> list[Reviewed]:
        drawn = (rng.random() ** 0.15 for _ in range(count))
        return [Reviewed(f"m{n}", "k.f", p, rng.random() < p) for n, p in enumerate(drawn)]

    thresholds, _ = thresholds_of(values(4000), 0.05, default_weights())
    least = thresholds["k.f"]
    passed = [each.right for each in values(20_000) if each.confidence >= least]

    assert least < NONE_ACCEPTED
    assert sum(not right for right in passed) / len(passed) <= 0.05


def decided(*records, changes=()):
    """Decide each record: corrected where there are changes for it, approved where there are none."""
    store = FakeRecordStore({each.record_id: each for each in records})
    ports = DecidePorts(store, FakeClock(), document_types())
    for each, change in zip(records, changes, strict=False):
        if change:
            correct(each.record_id, "ana", change, ports)
        else:
            approve(each.record_id, "ana", ports)
    return list(store.rows.values())


def test_peoples_decisions_are_examples_and_undecided_records_are_not():
    fields = {"contact_name": found("Ada", 0.7), "contact_email": found("a@b.example", 0.8), "company": found("B", 0.6)}
    records = [record("lead", fields).model_copy(update={"record_id": name}) for name in ("a", "b", "c")]

    seen = list(of_records(decided(*records, changes=[{"contact_name": "Ada Byron", "company": ""}, {}])))

    assert [(each.message, each.field, each.confidence, each.right) for each in seen] == [
        ("a", "lead.contact_email", 0.8, True),
        ("a", "lead.company", 0.6, False),
        ("a", "lead.contact_name", 0.7, False),
        ("b", "lead.contact_name", 0.7, True),
        ("b", "lead.contact_email", 0.8, True),
        ("b", "lead.company", 0.6, True),
    ]


def test_a_value_that_a_person_added_is_no_example_of_the_machines():
    (one,) = decided(record("lead", {"contact_name": found("Ada", 0.7)}), changes=[{"company": "Acme"}])

    assert [each.field for each in of_records([one])] == ["lead.contact_name"]


def test_items_and_cells_that_people_replaced_are_found_by_their_places_before():
    lines = ({"description": found("Paper", 0.5)}, {"description": found("Pens", 0.6)})
    before = record("invoice", {}, {"line_items": lines})

    (one,) = decided(before, changes=[{"line_items[0]": "", "line_items[1].description": "Pencils"}])

    assert [(each.field, each.confidence, each.right) for each in of_records([one])] == [
        ("invoice.line_items.description", 0.5, False),
        ("invoice.line_items.description", 0.6, False),
    ]


def test_peoples_decisions_teach_weights_as_labels_do():
    rng = random.Random(3)
    records, changes = [], []
    for number in range(500):
        signals = rng.choice([EXACT, RIVALS])
        value = FieldResult(
            value="2026-05-01",
            method=signals.method,
            confidence=round(field_confidence(signals), 4),
            kind=signals.kind,
            signals=noted(signals),
        )
        records.append(record("invoice", {"issue_date": value}).model_copy(update={"record_id": f"r{number}"}))
        right = rng.random() < (0.99 if signals is EXACT else 0.3)
        changes.append({} if right else {"issue_date": "2026-01-05"})

    calibration = calibrate(
        list(of_records(decided(*records, changes=changes))), default_weights(), target_error_rate=0.05, seed=0
    )

    assert calibration.weights is not None
    assert field_confidence(EXACT, calibration.weights) > 0.8
    assert field_confidence(RIVALS, calibration.weights) < 0.6
