"""A customer's call for help."""

from typing import ClassVar, Literal

from mailroom.doctypes.base import (
    Date,
    DocumentType,
    Email,
    Example,
    Identifier,
    Name,
    Phone,
    Prose,
    Text,
    field,
    many,
)


class SupportRequest(DocumentType):
    """A customer reports something broken, missing or unclear, asks for help, complains, or wants to return it."""

    kind: ClassVar = "support_request"
    addresses: ClassVar = ("support@", "help@", "service@", "returns@")
    forms: ClassVar = ("support", "return_request", "complaint")

    customer_name: Name | None = field(
        "Who asks.", essential=True, labels=("Name", "Kunde", "Client", "Cliente", "Klant", "Klient")
    )
    customer_email: Email | None = field("Where to answer.", essential=True)
    customer_phone: Phone | None = field("Where to call back.", labels=("Phone", "Telefon", "Téléphone", "Telefoon"))
    customer_number: Identifier | None = field(
        "Our number of the customer.",
        labels=("Customer no.", "Kundennummer", "N° client", "Codice cliente", "Klantnummer"),
    )
    order_number: Identifier | None = field(
        "The order it is about.",
        labels=("Order no.", "Bestellnummer", "N° de commande", "N.º de pedido", "Numero d'ordine", "Bestelnummer"),
    )
    ticket_number: Identifier | None = field(
        "The existing ticket it continues.", labels=("Ticket", "Case", "Vorgangsnummer", "Dossier")
    )
    product: Text | None = field(
        "What is affected, as the customer names it.", labels=("Product", "Artikel", "Producto")
    )
    serial_number: Identifier | None = field("Its serial number.", labels=("S/N", "Seriennummer", "N° de série"))
    error_messages: list[Text] = many("Each error message or code, exactly as it is shown.")
    occurred_on: Date | None = field("The day it first happened.")
    problem: Prose | None = field(
        "What is wrong and what was tried, in English, at most three sentences.", derived=True
    )
    requested_resolution: Literal["repair", "replacement", "refund", "information", "cancellation", "other"] | None = (
        field("What the customer wants.", derived=True)
    )
    urgency: Literal["low", "normal", "high"] | None = field(
        "High where work has stopped, harm or a legal step is named, or a deadline is within two days.", derived=True
    )

    examples: ClassVar = (
        Example(
            zones=(
                ("header", "From", "Luc Fontaine <luc.fontaine@atelier-nord.example>"),
                ("header", "Subject", "TR: machine en panne"),
                ("latest", "", "Voici le message de notre technicienne, merci de la rappeler directement."),
                (
                    "forwarded",
                    "Awa Diallo",
                    """
                    -------- Message transféré --------
                    De : Awa Diallo <awa.diallo@atelier-nord.example>
                    La découpeuse Lumen 300 (n° de série LM3-88214) s'arrête depuis le 3 mars 2026 avec
                    « E-47 cover open », capot fermé. Commande 2025-11873. Toute la production est bloquée.
                    Tél. 04 72 00 91 18
                    """,
                ),
            ),
            found={
                "customer_name": "Awa Diallo",
                "customer_email": "awa.diallo@atelier-nord.example",
                "customer_phone": ("04 72 00 91 18", "0472009118"),
                "order_number": "2025-11873",
                "product": "Lumen 300",
                "serial_number": "LM3-88214",
                "error_messages": ["E-47 cover open"],
                "occurred_on": ("3 mars 2026", "2026-03-03"),
                "problem": "The Lumen 300 cutter stops with E-47 although its cover is closed; production is blocked.",
                "requested_resolution": "repair",
                "urgency": "high",
            },
        ),
        Example(
            zones=(
                ("header", "From", "s.vermeer@posthoek.example"),
                ("header", "Subject", "Re: [Case 55-20931] Wrong colour delivered"),
                ("latest", "", "Any news? I would still like my money back for the blue kettle.\n\nSanne"),
                (
                    "quoted",
                    "Support",
                    "> Dear Sanne Vermeer, thank you for your message about order 77120. We will check.",
                ),
            ),
            found={
                "customer_name": "Sanne Vermeer",
                "customer_email": "s.vermeer@posthoek.example",
                "order_number": "77120",
                "ticket_number": "55-20931",
                "product": "blue kettle",
                "problem": "The kettle came in the wrong colour and the customer has had no answer yet.",
                "requested_resolution": "refund",
                "urgency": "normal",
            },
        ),
    )
