"""Corrections of fields, lists and rows, with and without the message beside them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailroom.doctypes.registry import document_types
from mailroom.domain.errors import PermanentError
from mailroom.domain.message import Channel, Message, Zone, ZoneKind
from mailroom.domain.record import FieldResult
from mailroom.pipeline.corrections import Source, corrected
from tests.unit.pipeline.test_decide import waiting

TYPES = document_types()
TEXT = "Invoice A-17 of 5 January 2026.\nTotal due: 1,250.00 EUR, or 1,250.00 EUR by cheque.\n"


def found(value, confidence=0.6):
    return FieldResult(value=value, method="exact", confidence=confidence)


def invoice():
    rows = ({"description": found("Chairs"), "amount": found("40.00")}, {"description": found("Tables")})
    return waiting().model_copy(update={"groups": {"line_items": rows}})


def application():
    skills = tuple(found(skill) for skill in ("Python", "Go", "Rust"))
    return waiting().model_copy(update={"kind": "job_application", "fields": {"skills": skills}})


def source(**selected):
    zone = Zone(ZoneKind.LATEST, 0, len(TEXT), "1")
    return Source(Message(Channel.EMAIL, TEXT, (zone,)), selected)


def values(rows):
    return [{name: cell.value for name, cell in row.items()} for row in rows]


def test_a_cell_is_changed_and_its_neighbours_stay():
    made = corrected(invoice(), {"line_items[0].amount": "1.250,5"}, TYPES["invoice"])

    assert values(made.groups["line_items"]) == [
        {"description": "Chairs", "amount": made.groups["line_items"][0]["amount"].value},
        {"description": "Tables"},
    ]
    assert made.groups["line_items"][0]["amount"].value.startswith("1250.5")
    assert made.before == {"line_items[0].amount": "40.00"}


def test_one_past_the_end_adds_a_row_and_an_item():
    made = corrected(
        invoice(), {"line_items[2].description": "Lamps", "line_items[2].amount": "9.00"}, TYPES["invoice"]
    )
    assert values(made.groups["line_items"])[2] == {"description": "Lamps", "amount": "9.00"}

    made = corrected(application(), {"skills[3]": "SQL"}, TYPES["job_application"])
    assert [item.value for item in made.fields["skills"]] == ["Python", "Go", "Rust", "SQL"]
    assert made.fields["skills"][3].origin == "person"


def test_what_is_taken_away_closes_its_gap_after_every_change_is_made():
    made = corrected(application(), {"skills[0]": "", "skills[2]": "Zig"}, TYPES["job_application"])
    assert [item.value for item in made.fields["skills"]] == ["Go", "Zig"]

    made = corrected(invoice(), {"line_items[0]": ""}, TYPES["invoice"])
    assert values(made.groups["line_items"]) == [{"description": "Tables"}]
    assert made.before == {"line_items[0].description": "Chairs", "line_items[0].amount": "40.00"}


def test_an_empty_list_is_no_field_at_all():
    emptied = dict.fromkeys(("skills[0]", "skills[1]", "skills[2]"), "")

    assert "skills" not in corrected(application(), emptied, TYPES["job_application"]).fields


@pytest.mark.parametrize(
    "path", ["line_items[9].amount", "line_items[0].colour", "line_items", "line_items[7]", "total_amount[0]", "x[0].y"]
)
def test_a_place_that_the_record_does_not_have_is_refused_in_words(path):
    with pytest.raises(PermanentError, match=r"\w{3,}"):
        corrected(invoice(), {path: "1"}, TYPES["invoice"])


def test_a_value_that_the_message_says_carries_its_place():
    made = corrected(waiting(), {"total_amount": "1250"}, TYPES["invoice"], source())

    result = made.fields["total_amount"]
    assert TEXT[result.start : result.end] == result.quote == "1,250.00"
    assert (result.zone, result.part, result.origin) == ("latest", "1", "person")
    assert result.method == "format"


def test_words_that_a_person_marked_are_the_place_and_no_others():
    second = TEXT.rindex("1,250.00")
    made = corrected(
        waiting(), {"total_amount": "1,250.00"}, TYPES["invoice"], source(total_amount=(second, second + 8))
    )

    assert (made.fields["total_amount"].start, made.fields["total_amount"].end) == (second, second + 8)


def test_a_value_that_the_message_does_not_say_claims_no_place():
    result = corrected(waiting(), {"total_amount": "99.00"}, TYPES["invoice"], source()).fields["total_amount"]

    assert (result.method, result.start, result.quote) == ("person", -1, "")


PATHS = st.sampled_from(
    ["issue_date", "invoice_number", "line_items[0].amount", "line_items[1]", "line_items[2].amount"]
)


@given(st.dictionaries(PATHS, st.sampled_from(["", "2026-01-05", "7.00", "A-9", "soon"]), max_size=4))
def test_a_correction_changes_nothing_but_what_it_names(changes):
    record = invoice()
    try:
        made = corrected(record, changes, TYPES["invoice"])
    except PermanentError:
        return
    named = {path.partition("[")[0] for path in changes}
    assert {name: value for name, value in made.fields.items() if name not in named} == {
        name: value for name, value in record.fields.items() if name not in named
    }
    if "line_items" not in named:
        assert made.groups == record.groups


@pytest.mark.parametrize("written", ["5 January 2026", "Jan 5, 2026", "05.01.2026", "2026-01-05", "5 de enero de 2026"])
def test_a_day_may_be_written_as_the_message_writes_it(written):
    assert corrected(waiting(), {"issue_date": written}, TYPES["invoice"]).fields["issue_date"].value == "2026-01-05"


def test_a_day_that_may_be_two_is_asked_about_and_not_guessed():
    with pytest.raises(PermanentError, match=r"2026-10-11 or 2026-11-10|2026-11-10 or 2026-10-11"):
        corrected(waiting(), {"issue_date": "11/10/2026"}, TYPES["invoice"])


def test_a_moment_may_be_written_in_words():
    meeting = waiting().model_copy(update={"kind": "meeting_request", "fields": {}})
    made = corrected(meeting, {"starts_at": "5 January 2026 at 14:30"}, TYPES["meeting_request"])

    assert made.fields["starts_at"].value.startswith("2026-01-05T14:30")
