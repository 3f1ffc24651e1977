"""Somebody who wants to work here."""

from typing import ClassVar, Literal

from mailroom.doctypes.base import (
    Address,
    Amount,
    Currency,
    Date,
    DocumentType,
    Email,
    Example,
    Identifier,
    Language,
    Name,
    Number,
    Phone,
    Prose,
    Text,
    Url,
    field,
    many,
)


class JobApplication(DocumentType):
    """A person applies for a job, an apprenticeship or an internship, for a named position or unasked."""

    kind: ClassVar = "job_application"
    addresses: ClassVar = ("jobs@", "careers@", "hr@", "bewerbung@", "recrutement@")
    forms: ClassVar = ("job_application",)

    applicant_name: Name | None = field(
        "The person who applies.", essential=True, labels=("Name", "Nom", "Nombre", "Nome e cognome", "Naam")
    )
    applicant_email: Email | None = field("Where to answer.", essential=True)
    applicant_phone: Phone | None = field("Where to call.", labels=("Phone", "Mobil", "Portable", "Móvil", "Cellulare"))
    applicant_address: Address | None = field("Where the person lives.", labels=("Address", "Anschrift", "Adresse"))
    position: Text | None = field(
        "The job, as the applicant names it.",
        essential=True,
        labels=("Position", "Stelle", "Poste", "Puesto", "Functie"),
    )
    reference: Identifier | None = field("Our reference of the vacancy.", labels=("Ref.", "Kennziffer", "Réf."))
    available_from: Date | None = field(
        "The first day the person could work, where a date is written.",
        labels=("Available from", "Eintrittstermin", "Disponible à partir du", "Disponibilidad"),
    )
    salary_expectation: Amount | None = field(
        "The yearly pay asked for.", labels=("Salary", "Gehaltsvorstellung", "Prétentions", "Pretensiones")
    )
    currency: Currency | None = field("The currency of the pay.")
    years_of_experience: Number | None = field("Years in this line of work, where a number is written.")
    skills: list[Text] = many(
        "Each skill, tool or certificate that is named.", labels=("Skills", "Kenntnisse", "Compétences")
    )
    languages: list[Language] = many(
        "Each language the person says they speak.", labels=("Languages", "Sprachen", "Langues")
    )
    profile_url: Url | None = field("A portfolio or profile page.")
    summary: Prose | None = field("The application in one sentence, in English.", derived=True)
    seniority: Literal["student", "entry", "experienced", "lead"] | None = field(
        "The level that the message shows.", derived=True
    )

    examples: ClassVar = (
        Example(
            zones=(
                ("header", "From", "Giulia Ferrante <giulia.ferrante@postino.example>"),
                ("header", "Subject", "Candidatura: magazziniera, rif. MAG-12"),
                (
                    "latest",
                    "",
                    """
                    Buongiorno, mi candido come magazziniera. Ho 6 anni di esperienza, il patentino del muletto e
                    uso SAP. Parlo italiano e rumeno. Sono disponibile dal 1° giugno 2026; chiedo 26.500 € lordi
                    all'anno.
                    """,
                ),
                ("signature", "", "--\nGiulia Ferrante\nVia dei Tigli 8\n40129 Bologna\ncell. +39 347 555 0182"),
            ),
            found={
                "applicant_name": "Giulia Ferrante",
                "applicant_email": "giulia.ferrante@postino.example",
                "applicant_phone": ("+39 347 555 0182", "+393475550182"),
                "applicant_address": ("Via dei Tigli 8\n40129 Bologna", "Via dei Tigli 8, 40129 Bologna"),
                "position": "magazziniera",
                "reference": "MAG-12",
                "available_from": ("1° giugno 2026", "2026-06-01"),
                "salary_expectation": ("26.500 €", "26500.00"),
                "currency": ("€", "EUR"),
                "years_of_experience": ("6 anni", "6"),
                "skills": ["patentino del muletto", "SAP"],
                "languages": [("italiano", "it"), ("rumeno", "ro")],
                "summary": "Warehouse worker with 6 years of experience and a forklift licence applies for MAG-12.",
                "seniority": "experienced",
            },
        ),
        Example(
            form="job_application",
            zones=(
                ("form", "Your name", "Tomasz Zieliński"),
                ("form", "E-mail", "tomasz.zielinski@uczelnia.example"),
                ("form", "Position", "Internship, data team"),
                (
                    "form",
                    "About you",
                    "Third-year student, Python and R, C1 English. Work: https://tz.example/portfolio",
                ),
            ),
            found={
                "applicant_name": "Tomasz Zieliński",
                "applicant_email": "tomasz.zielinski@uczelnia.example",
                "position": "Internship, data team",
                "skills": ["Python", "R"],
                "languages": [("English", "en")],
                "profile_url": "https://tz.example/portfolio",
                "summary": "A third-year student applies for an internship in the data team.",
                "seniority": "student",
            },
        ),
    )
