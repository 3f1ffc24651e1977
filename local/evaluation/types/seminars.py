"""Announcements of talks at a university (the CMU seminar announcements)."""

from typing import ClassVar

from mailroom.doctypes.base import DocumentType, Name, Text, Time, field, many


class Seminar(DocumentType):
    """An announcement of a talk, a lecture or a seminar."""

    kind: ClassVar = "seminar"

    speakers: list[Name] = many("Each person who speaks.", labels=("Speaker", "Name", "Who"))
    location: Text | None = field("The room or building.", essential=True, labels=("Place", "Where", "Location"))
    start_time: Time | None = field("When it starts.", labels=("Time", "When"))
    end_time: Time | None = field("When it ends, where that is written.")
