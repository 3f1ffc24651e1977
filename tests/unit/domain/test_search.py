import pytest

from mailroom.domain.listing import Listed
from mailroom.domain.record import Status
from mailroom.domain.search import Sought
from tests.fakes import START

FIELDS = {
    "total_amount": "1190.00",
    "supplier_name": "Lindenhof  Bürotechnik GmbH",
    "tags": ["urgent", "toner"],
    "line_items": [{"description": "Paper", "amount": "12.50"}],
}


def head(sender="ann@acme.example", subject="Your Invoice"):
    return Listed("mail-1", Status.ACCEPTED, START, START, sender=sender, subject=subject)


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("lindenhof bürotechnik", (("supplier_name", "Lindenhof  Bürotechnik GmbH"),)),
        ("1.190,00", (("total_amount", "1190.00"),)),
        ("1 190.00", (("total_amount", "1190.00"),)),
        ("TONER", (("tags", "toner"),)),
        ("12.50", (("line_items.amount", "12.50"),)),
        ("9,9", ()),
        ("chairs", ()),
    ],
)
def test_a_value_fits_as_a_part_whatever_its_case_and_a_number_however_it_is_written(value, found):
    assert Sought(value=value).fitting(FIELDS) == found


def test_a_whole_address_fits_exactly_and_a_part_of_one_as_a_part():
    assert Sought(sender="ann@acme.example").may_be(head())
    assert not Sought(sender="nn@acme.example").may_be(head())
    assert Sought(sender="ACME").may_be(head())


def test_all_that_is_given_must_fit():
    assert Sought(sender="acme", subject="invoice").may_be(head())
    assert not Sought(sender="acme", subject="offer").may_be(head())
