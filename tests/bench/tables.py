"""Orders and invoices with tables, written in many layouts and languages, each with the answer it deserves."""

# ruff: noqa: E501 - a language's words are compared best on one line each

import random
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from mailroom.domain.doctype import FieldSpec, GroupSpec, TypeSpec, Validated, ValueKind

_K = ValueKind
SPEC = TypeSpec(
    kind="order",
    description="An order or an invoice.",
    fields=(
        FieldSpec(
            "reference",
            _K.IDENTIFIER,
            "",
            essential=True,
            labels=("Order no", "Bestellnummer", "Commande n°", "Pedido", "Ordine n.", "Ordernummer"),
        ),
        FieldSpec("issue_date", _K.DATE, "", labels=("Date", "Datum", "Fecha", "Data")),
        FieldSpec("customer_name", _K.NAME, "", labels=("Customer", "Kunde", "Client", "Cliente", "Klant")),
        FieldSpec(
            "net_amount",
            _K.AMOUNT,
            "",
            labels=("Subtotal", "Netto", "Total HT", "Base imponible", "Imponibile", "Subtotaal"),
        ),
        FieldSpec(
            "total_amount", _K.AMOUNT, "", essential=True, labels=("Total", "Gesamt", "Total TTC", "Totale", "Totaal")
        ),
    ),
    groups=(
        GroupSpec(
            "line_items",
            "",
            (
                FieldSpec(
                    "description",
                    _K.TEXT,
                    "",
                    labels=(
                        "Description",
                        "Bezeichnung",
                        "Désignation",
                        "Descripción",
                        "Descrizione",
                        "Omschrijving",
                        "Item",
                    ),
                ),
                FieldSpec("quantity", _K.NUMBER, "", labels=("Qty", "Menge", "Qté", "Cant.", "Q.tà", "Aantal")),
                FieldSpec(
                    "unit_price",
                    _K.AMOUNT,
                    "",
                    labels=("Unit price", "Einzelpreis", "P.U.", "Precio", "Prezzo", "Prijs"),
                ),
                FieldSpec(
                    "amount", _K.AMOUNT, "", labels=("Amount", "Betrag", "Montant", "Importe", "Importo", "Bedrag")
                ),
            ),
        ),
    ),
    addresses=(),
    forms=(),
    examples=(),
    validate=lambda wire: Validated(dict(wire)),
)

WORDS = {
    "en": ("Order no", "Date", "Customer", "Description", "Qty", "Unit price", "Amount", "Subtotal", "VAT 20%", "Shipping", "Discount", "Total", "Hello,\n\nplease find our order below.", "Kind regards\nSam"),
    "de": ("Bestellnummer", "Datum", "Kunde", "Bezeichnung", "Menge", "Einzelpreis", "Betrag", "Netto", "MwSt. 19 %", "Versand", "Rabatt", "Gesamt", "Guten Tag,\n\nhiermit bestellen wir.", "Mit freundlichen Grüßen\nUte"),
    "fr": ("Commande n°", "Date", "Client", "Désignation", "Qté", "P.U.", "Montant", "Total HT", "TVA 20 %", "Livraison", "Remise", "Total TTC", "Bonjour,\n\nvoici notre commande.", "Cordialement\nLéa"),
    "es": ("Pedido", "Fecha", "Cliente", "Descripción", "Cant.", "Precio", "Importe", "Base imponible", "IVA 21 %", "Envío", "Descuento", "Total", "Buenos días,\n\nadjunto nuestro pedido.", "Saludos\nInés"),
    "it": ("Ordine n.", "Data", "Cliente", "Descrizione", "Q.tà", "Prezzo", "Importo", "Imponibile", "IVA 22 %", "Spedizione", "Sconto", "Totale", "Buongiorno,\n\necco il nostro ordine.", "Cordiali saluti\nElio"),
    "nl": ("Ordernummer", "Datum", "Klant", "Omschrijving", "Aantal", "Prijs", "Bedrag", "Subtotaal", "Btw 21 %", "Verzending", "Korting", "Totaal", "Goedendag,\n\nhierbij onze bestelling.", "Met vriendelijke groet\nJan"),
}  # fmt: skip
THINGS = (
    "Oak table 180 cm", "Desk lamp LED 7W", "USB-C cable 2 m", "Paper A4 80 g", "Toner black", "Office chair", "Wall clock", "Water carafe 1 l",
    "Notebook ruled", "HDMI adapter 4K", "Monitor 27 inch", "Keyboard ISO", "Mouse pad", "Coffee beans 1 kg", "Green tea", "Door handle steel",
    "Hex screws M6 x 40", "Shelf board white", "Paint 2.5 l", "Brush set", "Gloves size 9", "Cleaning service", "Assembly", "Licence 12 months",
    "Fahrradschlauch 28 Zoll", "Étagère murale", "Silla plegable", "Lampada da tavolo", "Stoel zwart", "Filtertüten Größe 4",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Item:
    """One row as it is in truth."""

    description: str
    quantity: int
    unit_price: Decimal

    @property
    def amount(self) -> Decimal:
        return self.quantity * self.unit_price


@dataclass(frozen=True, slots=True)
class Case:
    """A message with a table, and its true answer: scalars by field, and rows of values by field."""

    name: str
    text: str
    scalars: dict[str, str]
    rows: list[dict[str, str]]
    spec: TypeSpec = SPEC


type Layout = Callable[
    [random.Random, list[Item], tuple[str, ...], Callable[[Decimal], str]], tuple[str, tuple[str, ...]]
]


def columns(
    rng: random.Random, items: list[Item], w: tuple[str, ...], money: Callable[[Decimal], str]
) -> tuple[str, tuple[str, ...]]:
    lines = [f"{w[3]:<32}{w[4]:>8}{w[5]:>14}{w[6]:>12}"]
    lines += [f"{i.description:<32}{i.quantity:>8}{money(i.unit_price):>14}{money(i.amount):>12}" for i in items]
    return "\n".join(lines), ("description", "quantity", "unit_price", "amount")


def numbered_columns(
    rng: random.Random, items: list[Item], w: tuple[str, ...], money: Callable[[Decimal], str]
) -> tuple[str, tuple[str, ...]]:
    code = [rng.randrange(1000, 99999) for _ in items]
    lines = [f"Pos  Art.  {w[3]}   {w[4]}  {w[6]}"]
    lines += [
        f"{n}  {c}  {i.description}   {i.quantity}  {money(i.amount)}"
        for n, (i, c) in enumerate(zip(items, code, strict=True), 1)
    ]
    return "\n".join(lines), ("description", "quantity", "amount")


def pipes(
    rng: random.Random, items: list[Item], w: tuple[str, ...], money: Callable[[Decimal], str]
) -> tuple[str, tuple[str, ...]]:
    lines = [f"| {w[3]} | {w[4]} | {w[5]} | {w[6]} |", "|---|---|---|---|"]
    lines += [f"| {i.description} | {i.quantity} | {money(i.unit_price)} | {money(i.amount)} |" for i in items]
    return "\n".join(lines), ("description", "quantity", "unit_price", "amount")


def bullets(
    rng: random.Random, items: list[Item], w: tuple[str, ...], money: Callable[[Decimal], str]
) -> tuple[str, tuple[str, ...]]:
    return "\n".join(f"- {i.quantity} x {i.description}: {money(i.amount)}" for i in items), (
        "description",
        "quantity",
        "amount",
    )


def bare_bullets(
    rng: random.Random, items: list[Item], w: tuple[str, ...], money: Callable[[Decimal], str]
) -> tuple[str, tuple[str, ...]]:
    return "\n".join(f"* {i.description}, {i.quantity}" for i in items), ("description", "quantity")


def sentences(
    rng: random.Random, items: list[Item], w: tuple[str, ...], money: Callable[[Decimal], str]
) -> tuple[str, tuple[str, ...]]:
    return "\n".join(f"{i.quantity} × {i.description} ({money(i.unit_price)})" for i in items), (
        "description",
        "quantity",
        "unit_price",
    )


def stacked(
    rng: random.Random, items: list[Item], w: tuple[str, ...], money: Callable[[Decimal], str]
) -> tuple[str, tuple[str, ...]]:
    code = [rng.randrange(10**7, 10**8) for _ in items]
    blocks = [
        f"{i.description}\n{c}\n{i.quantity} X {money(i.unit_price)}\n{money(i.amount)}"
        for i, c in zip(items, code, strict=True)
    ]
    return "\n".join(blocks), ("description", "quantity", "unit_price", "amount")


def wrapped(
    rng: random.Random, items: list[Item], w: tuple[str, ...], money: Callable[[Decimal], str]
) -> tuple[str, tuple[str, ...]]:
    lines = [f"{w[3]}  {w[4]}  {w[6]}"]
    for i in items:
        lines += [f"{i.description}  {i.quantity}  {money(i.amount)}"] + (
            ["   colour as agreed, delivered flat"] if rng.random() < 0.4 else []
        )
    return "\n".join(lines), ("description", "quantity", "amount")


def simple(
    rng: random.Random, items: list[Item], w: tuple[str, ...], money: Callable[[Decimal], str]
) -> tuple[str, tuple[str, ...]]:
    return "\n".join(f"{i.description} {'.' * rng.randrange(3, 12)} {money(i.amount)}" for i in items), (
        "description",
        "amount",
    )


def tabs(
    rng: random.Random, items: list[Item], w: tuple[str, ...], money: Callable[[Decimal], str]
) -> tuple[str, tuple[str, ...]]:
    lines = [f"{w[4]}\t{w[3]}\t{w[5]}\t%\t{w[6]}"]
    lines += [f"{i.quantity}\t{i.description}\t{money(i.unit_price)}\t19%\t{money(i.amount)}" for i in items]
    return "\n".join(lines), ("description", "quantity", "unit_price", "amount")


LAYOUTS: tuple[Layout, ...] = (columns, numbered_columns, pipes, bullets, stacked, bare_bullets)
HELD_OUT: tuple[Layout, ...] = (sentences, wrapped, simple, tabs)
"""Layouts that were only measured, never looked at while the code was mended."""


def cases(count: int, seed: int, layouts: tuple[Layout, ...]) -> list[Case]:
    """Return messages with one to twelve rows, with and without a letter around them, totals below and a signature."""
    rng = random.Random(seed)
    return [_case(rng, layouts[n % len(layouts)], n) for n in range(count)]


def _case(rng: random.Random, layout: Layout, n: int) -> Case:
    language = rng.choice(list(WORDS))
    w = WORDS[language]
    euro = rng.choice(("", " €", " EUR")) if language != "en" else rng.choice(("", " EUR"))

    def money(amount: Decimal) -> str:
        plain = f"{amount:,.2f}"
        return (plain if language == "en" else plain.translate(str.maketrans(",.", ".,"))) + euro

    things = rng.sample(THINGS, rng.randint(1, 12))
    items = [
        Item(thing, rng.choice((1, 1, 2, 3, 4, 10, 12)), Decimal(rng.randrange(150, 90000)) / 100) for thing in things
    ]
    table, fields = layout(rng, items, w, money)
    net = sum((i.amount for i in items), Decimal())
    tax, freight = round(net * Decimal("0.2"), 2), Decimal(rng.choice((0, 0, 490, 990))) / 100
    day = f"{rng.randint(13, 28)}.{rng.randint(1, 12):02}.2026"
    reference = f"{rng.choice(('A', 'PO', 'B-26'))}-{rng.randrange(1000, 99999)}"
    scalars = {"reference": reference, "issue_date": "-".join(reversed(day.split("."))), "customer_name": "Alba Ruiz"}
    head = f"{w[0]}: {reference}\n{w[1]}: {day}\n{w[2]}: Alba Ruiz\n"
    foot = ""
    has_amounts = "amount" in fields
    if has_amounts and rng.random() < 0.7:
        foot = f"\n{w[7]} {money(net)}\n{w[8]} {money(tax)}\n" + (f"{w[9]} {money(freight)}\n" if freight else "")
        scalars |= {"net_amount": str(net), "total_amount": str(net + tax + freight)}
        foot += f"{w[11]} {money(net + tax + freight)}\n"
    else:
        scalars |= {"total_amount": str(net)}
        foot = f"\n{w[11]}: {money(net)}\n"
    page = f"\nPage 1 of 1\n" if rng.random() < 0.15 else ""  # noqa: F541
    text = f"{w[12]}\n\n{head}\n{table}\n{foot}{page}\n{w[13]}\nTel. +49 30 1234567\n"
    values = [
        {
            "description": i.description,
            "quantity": str(i.quantity),
            "unit_price": str(i.unit_price),
            "amount": str(i.amount),
        }
        for i in items
    ]
    rows = [{field: value[field] for field in fields} for value in values]
    return Case(f"{layout.__name__} {language} {n}", text, scalars, rows)
