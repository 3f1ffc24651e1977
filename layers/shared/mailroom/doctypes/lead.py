"""A new business enquiry."""

from typing import ClassVar, Literal

from mailroom.doctypes.base import (
    Amount,
    Currency,
    DocumentType,
    Email,
    Example,
    Name,
    Phone,
    Prose,
    Text,
    Url,
    field,
    many,
)


class Lead(DocumentType):
    """Somebody who might buy asks about products, prices, a demo or working together."""

    kind: ClassVar = "lead"
    addresses: ClassVar = ("sales@", "info@", "hello@", "contact@")
    forms: ClassVar = ("contact", "demo_request", "quote_request")

    contact_name: Name | None = field(
        "The person who asks.", essential=True, labels=("Name", "Ansprechpartner", "Nom", "Nombre", "Nome", "Naam")
    )
    contact_email: Email | None = field("Where to answer.", essential=True, labels=("E-mail", "Courriel", "Correo"))
    contact_phone: Phone | None = field("Where to call back.", labels=("Phone", "Telefon", "Téléphone", "Teléfono"))
    company: Name | None = field(
        "The organisation the person asks for.", labels=("Company", "Firma", "Société", "Empresa", "Azienda", "Bedrijf")
    )
    website: Url | None = field("The organisation's web site.")
    job_title: Text | None = field("The person's role there.", labels=("Position", "Funktion", "Fonction", "Cargo"))
    products: list[Text] = many("Each product or service they ask about, in their words.")
    quantity: Text | None = field("How many or how much they want, with its unit.", labels=("Quantity", "Menge"))
    budget: Amount | None = field("What they can spend.", labels=("Budget", "Presupuesto"))
    currency: Currency | None = field("The currency of the budget.")
    timeline: Text | None = field("By when they need it, in their words.", labels=("Timeline", "Zeitrahmen", "Délai"))
    summary: Prose | None = field("The request in one sentence, in English.", derived=True)
    intent: Literal["buy", "demo", "quote", "partner", "question"] | None = field(
        "What they want as the next step.", derived=True
    )

    examples: ClassVar = (
        Example(
            zones=(
                ("header", "From", "Marta Oliveira <marta.oliveira@serraverde.example>"),
                ("header", "Subject", "Cotação para 250 cadeiras"),
                (
                    "latest",
                    "",
                    """
                    Bom dia,
                    precisamos de 250 cadeiras dobráveis para o nosso auditório até meados de setembro.
                    Temos cerca de 18 mil euros. Podem enviar uma proposta?
                    """,
                ),
                ("signature", "", "--\nMarta Oliveira\nCompras, Serra Verde Eventos Lda.\n+351 21 555 0147"),
            ),
            found={
                "contact_name": "Marta Oliveira",
                "contact_email": "marta.oliveira@serraverde.example",
                "contact_phone": ("+351 21 555 0147", "+351215550147"),
                "company": "Serra Verde Eventos Lda.",
                "job_title": "Compras",
                "products": ["cadeiras dobráveis"],
                "quantity": "250 cadeiras",
                "budget": ("18 mil euros", "18000.00"),
                "currency": ("euros", "EUR"),
                "timeline": "até meados de setembro",
                "summary": "Wants a quote for 250 folding chairs for an auditorium by mid-September.",
                "intent": "quote",
            },
        ),
        Example(
            form="demo_request",
            zones=(
                ("form", "Name", "Jonas Weidmann"),
                ("form", "Work e-mail", "j.weidmann@helvotec.example"),
                ("form", "Website", "www.helvotec.example"),
                (
                    "form",
                    "Message",
                    "Can we see the route planner and the driver app next week? 40 vans, no fixed budget yet.",
                ),
            ),
            found={
                "contact_name": "Jonas Weidmann",
                "contact_email": "j.weidmann@helvotec.example",
                "website": ("www.helvotec.example", "https://www.helvotec.example"),
                "products": ["route planner", "driver app"],
                "quantity": "40 vans",
                "timeline": "next week",
                "summary": "Wants a demo of the route planner and the driver app for 40 vans next week.",
                "intent": "demo",
            },
        ),
    )
