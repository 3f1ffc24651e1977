"""Invoices of several firms in several languages (the test data of invoice2data)."""

from typing import ClassVar

from mailroom.doctypes.base import (
    Amount,
    Currency,
    Date,
    DocumentType,
    Iban,
    Identifier,
    Name,
    Number,
    Row,
    Text,
    VatId,
    field,
    group,
)


class Position(Row):
    """One charged position."""

    name: Text | None = field("What is charged.", labels=("Description", "Omschrijving", "Désignation"))
    quantity: Number | None = field("How many.", labels=("Qty", "Aantal", "Menge", "Nombre"))
    unit_price: Amount | None = field("The price of one.", labels=("Unit price", "Prijs", "P.U."))
    amount: Amount | None = field("The price of the position.", labels=("Amount", "Bedrag", "Montant"))


class ForeignInvoice(DocumentType):
    """An invoice: a demand for payment for goods or services."""

    kind: ClassVar = "foreign_invoice"

    issuer: Name | None = field("The firm that issued it.", essential=True)
    invoice_number: Identifier | None = field(
        "The invoice's number.",
        essential=True,
        labels=("Invoice number", "Facture n°", "Rechnungsnummer", "Factuurnummer", "Invoice no."),
    )
    date: Date | None = field("The day it was issued.", essential=True, labels=("Date", "Datum", "Invoice date"))
    date_due: Date | None = field("The last day to pay.", labels=("Due date", "Échéance"))
    currency: Currency | None = field("The currency of its amounts.", essential=True)
    amount: Amount | None = field(
        "The sum to be paid, tax included.", essential=True, labels=("Total", "Total TTC", "Gesamtbetrag", "Totaal")
    )
    amount_untaxed: Amount | None = field("The sum before tax.", labels=("Total HT", "Subtotal", "Netto", "Subtotaal"))
    vat: VatId | None = field("The issuer's VAT number.", labels=("VAT", "TVA", "USt-IdNr.", "BTW-nummer"))
    iban: Iban | None = field("The account to pay into.", labels=("IBAN",))
    positions: list[Position] = group("Each charged position, in the order of the invoice.")
