"""Somebody who wants to meet, or to move a meeting."""

from typing import ClassVar, Literal

from mailroom.doctypes.base import (
    DateTime,
    DocumentType,
    Email,
    Example,
    Name,
    Number,
    Phone,
    Prose,
    Text,
    Url,
    check,
    field,
    many,
)


class MeetingRequest(DocumentType):
    """Somebody proposes, moves, confirms or cancels a meeting, a call or a visit, in words or as an invitation."""

    kind: ClassVar = "meeting_request"
    addresses: ClassVar = ("office@", "calendar@", "appointments@", "termine@")
    forms: ClassVar = ("meeting", "appointment", "callback")

    organiser_name: Name | None = field(
        "Who asks for the meeting.", essential=True, labels=("Organizer", "Organisator", "Organisateur", "Organizador")
    )
    organiser_email: Email | None = field("Where to answer.", essential=True)
    organiser_phone: Phone | None = field("Where to call.")
    subject: Text | None = field("What it is about.", labels=("Subject", "Betreff", "Objet", "Asunto", "Oggetto"))
    starts_at: DateTime | None = field(
        "The first time proposed; only where both the day and the time of day are certain.",
        labels=("When", "Wann", "Quand", "Fecha y hora", "Quando", "Wanneer"),
    )
    ends_at: DateTime | None = field("When it ends, where that is written.")
    alternatives: list[Text] = many("Each further time proposed, in the sender's words.")
    duration_minutes: Number | None = field("How long, in minutes.", labels=("Duration", "Dauer", "Durée", "Duración"))
    location: Text | None = field("The place or room.", labels=("Where", "Location", "Ort", "Lieu", "Lugar", "Luogo"))
    video_url: Url | None = field("The link of the call.")
    participants: list[Name] = many(
        "Each further person who is to come.", labels=("Attendees", "Teilnehmer", "Invités")
    )
    request: Literal["propose", "move", "confirm", "cancel"] | None = field("What the message does.", derived=True)
    summary: Prose | None = field("The request in one sentence, in English.", derived=True)

    @check("starts_at", "ends_at")
    def ends_after_it_starts(self) -> str | None:
        """A meeting ends after it starts; times with and without an offset are not compared."""
        if self.starts_at is None or self.ends_at is None:
            return None
        if (self.starts_at.tzinfo is None) != (self.ends_at.tzinfo is None) or self.ends_at > self.starts_at:
            return None
        return f"It ends at {self.ends_at:%Y-%m-%d %H:%M}, not after its start at {self.starts_at:%Y-%m-%d %H:%M}."

    examples: ClassVar = (
        Example(
            zones=(
                ("header", "From", "Inés Carranza <ines.carranza@puertonorte.example>"),
                ("header", "Date", "Mon, 4 May 2026 08:12:00 +0200"),
                ("header", "Subject", "Re: Visita a la planta"),
                (
                    "latest",
                    "",
                    """
                    Hola, el martes 12 a las 9:30 ya no puedo. ¿Les viene bien el
                    jueves 14 de mayo de 2026 a las 16:00, hora y media, en la sala Delta?
                    Si no, el viernes por la mañana. Vendrá también Pablo Rey.
                    Inés
                    """,
                ),
                ("quoted", "Planta", "> Quedamos el martes 12 de mayo a las 9:30 en recepción."),
            ),
            found={
                "organiser_name": "Inés Carranza",
                "organiser_email": "ines.carranza@puertonorte.example",
                "subject": "Visita a la planta",
                "starts_at": ("jueves 14 de mayo de 2026 a las 16:00", "2026-05-14T16:00"),
                "alternatives": ["el viernes por la mañana"],
                "duration_minutes": ("hora y media", "90"),
                "location": "sala Delta",
                "participants": ["Pablo Rey"],
                "request": "move",
                "summary": "Asks to move the plant visit to Thursday 14 May 2026 at 16:00.",
            },
        ),
        Example(
            attachments=(("invite.ics", "text/calendar"),),
            zones=(
                ("header", "From", "calendar@brightwell.example"),
                ("header", "Subject", "Invitation: Quarterly review"),
                (
                    "attachment",
                    "invite.ics",
                    """
                    Method: REQUEST

                    Start: 2026-07-02T10:00+01:00
                    End: 2026-07-02T11:00+01:00
                    Summary: Quarterly review
                    Organizer: Ravi Menon <ravi.menon@brightwell.example>
                    Attendee: Bo Li <bo.li@brightwell.example>
                    Location: https://meet.brightwell.example/qr
                    """,
                ),
            ),
            found={
                "organiser_name": "Ravi Menon",
                "organiser_email": "ravi.menon@brightwell.example",
                "subject": "Quarterly review",
                "starts_at": "2026-07-02T10:00+01:00",
                "ends_at": "2026-07-02T11:00+01:00",
                "participants": ["Bo Li"],
                "video_url": "https://meet.brightwell.example/qr",
                "request": "propose",
                "summary": "Invites to the quarterly review on 2 July 2026, 10:00 to 11:00.",
            },
        ),
    )
