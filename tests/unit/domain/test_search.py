import pytest

from mailroom.domain.search import Sought

FIELDS = {
    "total_amount": "1190.00",
    "supplier_name": "Lindenhof  Bürotechnik GmbH",
    "tags": ["urgent", "toner"],
    "line_items": [{"description": "Paper", "amount": "12.50"}],
}


HEAD = ("ann@acme.example", "Your Invoice")


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
    assert Sought(sender="ann@acme.example").may_be(*HEAD)
    assert not Sought(sender="nn@acme.example").may_be(*HEAD)
    assert Sought(sender="ACME").may_be(*HEAD)


def test_all_that_is_given_must_fit():
    assert Sought(sender="acme", subject="invoice").may_be(*HEAD)
    assert not Sought(sender="acme", subject="offer").may_be(*HEAD)
