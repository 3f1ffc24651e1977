import pytest

from mailroom.domain.completeness import Held, missing_parts
from mailroom.domain.doctype import FieldSpec, GroupSpec, TypeSpec, Validated, ValueKind
from mailroom.domain.evidence_location import locate_in
from mailroom.domain.locate.index import MessageIndex
from mailroom.domain.message import Channel, Message, Zone, ZoneKind

_K = ValueKind
FIELDS = (
    FieldSpec("total_amount", _K.AMOUNT, "", labels=("Total",)),
    FieldSpec("due_date", _K.DATE, "", labels=("Due",)),
    FieldSpec("orders", _K.IDENTIFIER, "", many=True),
)
LINES = GroupSpec(
    "lines",
    "",
    (
        FieldSpec("description", _K.TEXT, "", labels=("Item",)),
        FieldSpec("quantity", _K.NUMBER, "", labels=("Qty",)),
        FieldSpec("amount", _K.AMOUNT, "", labels=("Amount",)),
    ),
)
SPEC = TypeSpec("order", "", FIELDS, (LINES,), (), (), (), lambda wire: Validated(dict(wire)))


def missing(
    text: str, rows: list[dict[str, str]] | None = None, kind: ZoneKind = ZoneKind.LATEST, **scalars
) -> tuple[str, ...]:
    index = MessageIndex(Message(Channel.EMAIL, text, (Zone(kind, 0, len(text)),)))
    wanted = [
        (SPEC.field(name), v, "", -1)
        for name, values in scalars.items()
        for v in ([values] if isinstance(values, str) else values)
    ]
    wanted += [(LINES.field(n), v, "lines", i) for i, row in enumerate(rows or []) for n, v in row.items()]
    held = []
    for field, value, group, row in wanted:
        evidence = locate_in(index, value=value, quote=value, spec=field)
        held.append(Held(field, value, group, row, evidence.start, evidence.end))
    return missing_parts(index, SPEC, held)


TABLE = "Item  Qty  Amount\nDesk  2  200.00\nLamp  1  30.00\nChair 4  100.00\nTotal 330.00"
ROWS = [
    {"description": "Desk", "quantity": "2", "amount": "200.00"},
    {"description": "Lamp", "quantity": "1", "amount": "30.00"},
    {"description": "Chair", "quantity": "4", "amount": "100.00"},
]


def test_a_complete_answer_lacks_nothing():
    assert missing(TABLE, ROWS, total_amount="330.00") == ()


@pytest.mark.parametrize("kept", [0, 1, 2])
def test_every_missing_row_is_noticed(kept):
    assert missing(TABLE, ROWS[:kept], total_amount="330.00")


def test_a_row_left_out_of_the_middle_is_noticed():
    assert missing(TABLE, [ROWS[0], ROWS[2]])


def test_a_half_written_row_is_noticed():
    assert missing(TABLE, [*ROWS[:2], {"description": "Chair"}], total_amount="330.00")


def test_tax_and_freight_between_rows_and_total_are_no_gap():
    text = TABLE.replace("Total 330.00", "VAT 20% 66.00\nShipping 4.90\nTotal 400.90")
    assert missing(text, ROWS, total_amount="400.90") == ()


def test_rows_that_nothing_adds_up_to_are_noticed():
    assert missing("Desk, Lamp\nTotal 99.00", [{"description": "Desk", "amount": "20.00"}], total_amount="99.00")


@pytest.mark.parametrize(
    ("text", "is_complete"),
    [
        ("Page 1 of 3", False),
        ("Page 1 of 2\nPage 2 of 2", True),
        ("Seite 1/2", False),
        ("page 1 of 1", True),
        ("Page 3/2026", True),
    ],
)
def test_pages_that_did_not_come_are_noticed(text, is_complete):
    assert (missing(text) == ()) is is_complete


def test_a_stated_count_of_rows_is_held_against_the_answer():
    text = "Desk 2, Lamp 1\nItems: 3"
    assert missing(text, [{"description": "Desk", "quantity": "2"}])
    assert missing("Desk 2\nItems: 1", [{"description": "Desk", "quantity": "2"}]) == ()


def test_references_like_the_answered_ones_are_noticed():
    text = "Please cancel ORD-1001, ORD-1002 and ORD-1003."
    assert missing(text, orders=["ORD-1001", "ORD-1002"])
    assert missing(text, orders=["ORD-1001", "ORD-1002", "ORD-1003"]) == ()
    assert missing("Cancel 71001, 71002 and 71003.", orders=["71001", "71002"])


def test_a_labelled_value_that_no_field_holds_is_noticed():
    assert missing("Total: 20.00\nDue: 5 March 2026", total_amount="20.00")
    assert missing("Total: 20.00\nDue: 5 March 2026", total_amount="20.00", due_date="2026-03-05") == ()
    assert missing("Total: 20.00\nDue: on receipt", total_amount="20.00") == ()


def test_labels_in_quoted_mail_ask_for_nothing():
    assert missing("Total: 20.00", kind=ZoneKind.QUOTED) == ()


def test_a_message_that_says_it_goes_on_is_not_complete():
    assert missing("Dear all,\n[Message clipped]")
    assert missing("Total: 20.00\ncontinued on next page", total_amount="20.00")
