"""The start of a new document type's file, for ``mailroom doctypes new``."""

import re

from mailroom.doctypes.base import DocumentTypeError

_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")

_FILE = '''\
"""One line: what this kind of document is."""

from typing import ClassVar, Literal

from mailroom.doctypes.base import Date, DocumentType, Example, Identifier, Name, Prose, Text, field, many


class {class_name}(DocumentType):
    """Say in one sentence what makes a message a {words}; the model decides by it."""

    kind: ClassVar = "{name}"
    addresses: ClassVar = ()  # the mailboxes it usually arrives at, such as ("orders@",)
    forms: ClassVar = ()  # the forms that carry it, such as ("order",)

    # One line per field: its type (see mailroom.doctypes.base), and what it is, for the model and for people.
    # essential=True: without it a record goes to review. derived=True: concluded, not found. labels: its usual names.
    sender_name: Name | None = field("Who sends it.", essential=True)
    reference: Identifier | None = field("Its number or reference.", labels=("Ref.", "Reference"))
    issued_on: Date | None = field("The day it was written.", labels=("Date", "Datum"))
    subjects: list[Text] = many("Each thing it is about.")
    urgency: Literal["low", "normal", "high"] | None = field("How soon it needs an answer.", derived=True)
    summary: Prose | None = field("The message in one sentence, in English.", derived=True)

    # Two examples of different shapes and languages raise accuracy more than any description.
    examples: ClassVar = (
        Example(
            zones=(
                ("header", "From", "Ada Byron <ada@example.org>"),
                ("header", "Subject", "Reference A-17"),
                (
                    "latest",
                    "",
                    """
                    Dear all,
                    on 3 March 2026 we agreed on blue tiles. Is that still so?
                    Ada Byron
                    """,
                ),
            ),
            found={{
                "sender_name": "Ada Byron",  # the exact words, where they are the value
                "reference": "A-17",
                "issued_on": ("3 March 2026", "2026-03-03"),  # the exact words, and their normal form
                "subjects": ["blue tiles"],  # a list, where the field is a list
                "urgency": "normal",  # a derived field has only a value
                "summary": "Asks whether the blue tiles agreed on are still wanted.",
            }},
        ),
    )
'''


def new_type(name: str) -> str:
    """Return the content of ``doctypes/<name>.py``; it passes its own check as it stands.

    Raises ``DocumentTypeError`` where the name cannot be a kind's.
    """
    if not _NAME.fullmatch(name):
        raise DocumentTypeError(
            f"{name!r} cannot name a kind; use lower case and underscores, such as 'purchase_order'."
        )
    class_name = "".join(part.capitalize() for part in name.split("_"))
    return _FILE.format(class_name=class_name, name=name, words=name.replace("_", " "))
