"""Scanned till receipts of shops (the SROIE competition of ICDAR 2019: company, date, address, total)."""

from typing import ClassVar

from mailroom.doctypes.base import Address, Amount, Date, DocumentType, Name, field


class Receipt(DocumentType):
    """The text of a shop's or restaurant's till receipt, line by line as a scanner read it."""

    kind: ClassVar = "receipt"

    company: Name | None = field(
        "The shop or firm that issued it, with its legal form; usually in the first lines, and not the cashier.",
        essential=True,
    )
    date: Date | None = field(
        "The day of the purchase; these receipts write the day before the month.", essential=True, labels=("Date",)
    )
    address: Address | None = field("The shop's postal address, all of its lines.")
    total: Amount | None = field(
        "What was to be paid, tax and rounding included; not the cash that was handed over, not the change.",
        essential=True,
        labels=("Total", "Grand total", "Total amount", "Nett total", "Rounded total", "Amount due"),
    )
