"""A demand for payment, with its lines."""

from decimal import Decimal
from typing import ClassVar

from mailroom.doctypes.base import (
    Amount,
    Currency,
    Date,
    DocumentType,
    Example,
    Iban,
    Identifier,
    Name,
    Number,
    Row,
    Text,
    VatId,
    check,
    field,
    group,
)

_PER_LINE = Decimal("0.01")
"""Each line is rounded to a cent of its own, so a sum over n lines may be off by n cents."""


class LineItem(Row):
    """One charged position."""

    description: Text | None = field(
        "What is charged.", labels=("Description", "Bezeichnung", "Désignation", "Concepto")
    )
    quantity: Number | None = field("How many.", labels=("Qty", "Menge", "Qté", "Cant.", "Aantal"))
    unit_price: Amount | None = field("The price of one.", labels=("Unit price", "Einzelpreis", "P.U.", "Precio"))
    amount: Amount | None = field(
        "The price of the line.", labels=("Amount", "Betrag", "Montant", "Importe", "Importo")
    )


class Invoice(DocumentType):
    """A demand for payment for goods or services: an invoice, a bill, a receipt, a reminder that repeats one."""

    kind: ClassVar = "invoice"
    addresses: ClassVar = ("invoices@", "billing@", "accounting@", "rechnung@")
    forms: ClassVar = ("invoice",)

    supplier_name: Name | None = field(
        "Who is to be paid.", essential=True, labels=("From", "Lieferant", "Fournisseur")
    )
    supplier_vat_id: VatId | None = field(
        "The supplier's VAT number.", labels=("VAT no.", "USt-IdNr.", "N° TVA", "NIF", "P. IVA", "Btw-nr.")
    )
    customer_name: Name | None = field("Who is to pay.", labels=("Bill to", "Rechnungsempfänger", "Client", "Cliente"))
    invoice_number: Identifier | None = field(
        "The supplier's own number of the invoice.",
        essential=True,
        labels=("Invoice no.", "Rechnungsnummer", "Facture n°", "N.º de factura", "Fattura n.", "Factuurnummer"),
    )
    issue_date: Date | None = field(
        "The day it was issued.", essential=True, labels=("Date", "Rechnungsdatum", "Date de facture", "Fecha", "Datum")
    )
    due_date: Date | None = field(
        "The last day to pay, where a date is written.",
        labels=("Due", "Fällig am", "Échéance", "Vencimiento", "Scadenza", "Vervaldatum"),
    )
    currency: Currency | None = field("The currency of all its amounts.", essential=True)
    net_amount: Amount | None = field(
        "The sum before tax.", labels=("Subtotal", "Netto", "Total HT", "Base imponible", "Imponibile", "Subtotaal")
    )
    tax_amount: Amount | None = field("The tax.", labels=("VAT", "MwSt.", "TVA", "IVA", "Btw", "GST"))
    total_amount: Amount | None = field(
        "The sum with tax, before anything already paid.",
        essential=True,
        labels=("Total", "Gesamtbetrag", "Total TTC", "Importe total", "Totale", "Totaal", "Amount due"),
    )
    iban: Iban | None = field("The account to pay into.", labels=("IBAN",))
    purchase_order: Identifier | None = field(
        "The buyer's order it answers.", labels=("PO no.", "Bestellnummer", "N° de commande", "Pedido", "Ordine")
    )
    line_items: list[LineItem] = group("One row per charged position, in the order of the document; no totals.")

    @check("net_amount", "tax_amount", "total_amount")
    def net_and_tax_make_the_total(self) -> str | None:
        """Net and tax add up to the total, give or take the rounding of two amounts."""
        if self.net_amount is None or self.tax_amount is None or self.total_amount is None:
            return None
        if abs(self.net_amount + self.tax_amount - self.total_amount) <= 2 * _PER_LINE:
            return None
        return f"Net {self.net_amount} and tax {self.tax_amount} do not make the total {self.total_amount}."

    @check("line_items")
    def lines_make_the_sum(self) -> str | None:
        """The lines add up to the net amount, or to the total where prices include tax."""
        amounts = [line.amount for line in self.line_items if line.amount is not None]
        sums = [value for value in (self.net_amount, self.total_amount) if value is not None]
        if not sums or not amounts or len(amounts) < len(self.line_items):
            return None
        if any(abs(sum(amounts, Decimal()) - value) <= len(amounts) * _PER_LINE for value in sums):
            return None
        return f"The lines sum to {sum(amounts, Decimal())}, which is neither the net amount nor the total."

    @check("issue_date", "due_date")
    def due_after_issue(self) -> str | None:
        """Nobody asks for payment before the invoice exists."""
        if self.issue_date is None or self.due_date is None or self.due_date >= self.issue_date:
            return None
        return f"It is due on {self.due_date}, before it was issued on {self.issue_date}."

    examples: ClassVar = (
        Example(
            attachments=(("RE-2026-0317.pdf", "application/pdf"),),
            zones=(
                ("header", "From", "Buchhaltung <rechnung@tischlerei-brandt.example>"),
                ("header", "Subject", "Ihre Rechnung"),
                ("latest", "", "Guten Tag, anbei unsere Rechnung. Mit freundlichen Grüßen, Ute Brandt"),
                (
                    "attachment",
                    "RE-2026-0317.pdf",
                    """
                    Tischlerei Brandt GmbH · USt-IdNr. DE 136 695 976
                    Rechnungsempfänger: Hotel Seeblick KG
                    Rechnungsnummer RE-2026-0317 vom 12.03.2026, fällig am 26.03.2026
                    Ihre Bestellung: HS-4471
                    Bezeichnung | Menge | Einzelpreis | Betrag
                    Eichentisch 180 cm | 4 | 612,50 | 2.450,00
                    Lieferung | 1 | 90,00 | 90,00
                    Netto 2.540,00 EUR
                    MwSt. 19 % 482,60 EUR
                    Gesamtbetrag 3.022,60 EUR
                    IBAN DE89 3704 0044 0532 0130 00
                    """,
                ),
            ),
            found={
                "supplier_name": "Tischlerei Brandt GmbH",
                "supplier_vat_id": ("DE 136 695 976", "DE136695976"),
                "customer_name": "Hotel Seeblick KG",
                "invoice_number": "RE-2026-0317",
                "issue_date": ("12.03.2026", "2026-03-12"),
                "due_date": ("26.03.2026", "2026-03-26"),
                "currency": "EUR",
                "net_amount": ("2.540,00", "2540.00"),
                "tax_amount": ("482,60", "482.60"),
                "total_amount": ("3.022,60", "3022.60"),
                "iban": ("DE89 3704 0044 0532 0130 00", "DE89370400440532013000"),
                "purchase_order": "HS-4471",
            },
            rows=(
                (
                    "line_items",
                    {
                        "description": "Eichentisch 180 cm",
                        "quantity": "4",
                        "unit_price": ("612,50", "612.50"),
                        "amount": ("2.450,00", "2450.00"),
                    },
                ),
                (
                    "line_items",
                    {
                        "description": "Lieferung",
                        "quantity": "1",
                        "unit_price": ("90,00", "90.00"),
                        "amount": ("90,00", "90.00"),
                    },
                ),
            ),
        ),
        Example(
            zones=(
                ("header", "From", "Accounts <accounts@cloverpress.example>"),
                ("header", "Subject", "Invoice 8841 from Clover Press"),
                (
                    "latest",
                    "",
                    """
                    Hi Dana,
                    our bill for the spring brochure comes to $1,284.00, sales tax of $84.00 included.
                    Invoice 8841, dated 04/05/26, payable within 30 days.
                    Thanks, Clover Press
                    """,
                ),
            ),
            found={
                "supplier_name": "Clover Press",
                "invoice_number": "8841",
                "issue_date": ("04/05/26", "2026-04-05"),
                "currency": ("$", "USD"),
                "tax_amount": ("$84.00", "84.00"),
                "total_amount": ("$1,284.00", "1284.00"),
            },
            rows=(("line_items", {"description": "spring brochure"}),),
            unsure=("issue_date", "currency"),
        ),
    )
