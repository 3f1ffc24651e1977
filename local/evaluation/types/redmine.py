"""Mails that become tickets (the mail handler's own test mails of Redmine)."""

from typing import ClassVar

from mailroom.doctypes.base import Date, DocumentType, Email, Name, Number, Text, field, many


class Ticket(DocumentType):
    """A mail that opens or answers a ticket; its attributes may stand in the text as lines of a name and a value."""

    kind: ClassVar = "ticket"

    subject: Text | None = field("The mail's subject line.", labels=("Subject",))
    sender_email: Email | None = field("The address of whoever wrote it.", labels=("From",))
    project: Text | None = field("The project it belongs to.", labels=("Project",))
    tracker: Text | None = field("What sort of ticket it is.", labels=("Tracker", "トラッカー"))
    category: Text | None = field("Its category.", labels=("Category",))
    priority: Text | None = field("Its priority.", labels=("Priority",))
    status: Text | None = field("Its status.", labels=("Status",))
    assigned_to: Text | None = field("Who shall do it, as written: a name or an address.", labels=("Assigned to",))
    start_date: Date | None = field("When work starts.", labels=("Start date",))
    due_date: Date | None = field("When it is to be done.", labels=("Due date",))
    fixed_version: Text | None = field("The release that will hold it.", labels=("Fixed version",))
    estimated_hours: Number | None = field("The estimated hours.", labels=("Estimated hours",))
    done_ratio: Number | None = field("How much is done, in per cent.", labels=("Done ratio",))
    parent_issue: Number | None = field("The number of the ticket above it.", labels=("Parent issue",))
    database: Text | None = field("The data base in use.", labels=("Database",))
    searchable_field: Text | None = field("The searchable field's value.", labels=("Searchable field",))
    float_field: Number | None = field("The float field's value.", labels=("Float field",))
    systems: list[Name] = many("Each operating system that is named.", labels=("OS",))
