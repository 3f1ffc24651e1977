"""What a document type is written with: one import line for a file that describes a kind of document.

    from mailroom.doctypes.base import Amount, Date, DocumentType, Example, Row, check, field, group, many

A field is one line: its type, then ``field("what it is")``. Every field may be absent, so every scalar is ``| None``.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from types import FunctionType
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from mailroom.doctypes.machinery.values import (
    Address,
    Amount,
    Boolean,
    Country,
    Currency,
    Date,
    DateTime,
    Email,
    Iban,
    Identifier,
    Language,
    Name,
    Number,
    Phone,
    Prose,
    Text,
    Time,
    Url,
    VatId,
)
from mailroom.domain.errors import MailroomError

__all__ = [
    "Address",
    "Amount",
    "Boolean",
    "Country",
    "Currency",
    "Date",
    "DateTime",
    "DocumentType",
    "DocumentTypeError",
    "Email",
    "Example",
    "Iban",
    "Identifier",
    "Language",
    "Name",
    "Number",
    "Phone",
    "Prose",
    "Row",
    "Text",
    "Time",
    "Url",
    "VatId",
    "check",
    "field",
    "group",
    "many",
]

type Found = str | tuple[str, str] | Sequence[str | tuple[str, str]]
"""What a worked example finds: the words that are the value, or (words, value), or several of these for ``many``."""

CHECKED_FIELDS = "__mailroom_checked_fields__"


class DocumentTypeError(MailroomError):
    """A document type is written in a way that cannot work; the sentence names the file and the mend."""


@dataclass(frozen=True, slots=True)
class Example:
    """A message and what is to be read from it, shown to the model as a worked example.

    ``zones`` are (kind, label, text) as the reader cuts a message: ("header", "Subject", "Offer"), ("latest", "", "…");
    a text may be indented like a docstring, and a header or a form's answer gets its label in front, as in real
    messages. ``found`` maps fields to the exact words, or to (words, value) where the
    normal form differs; for a derived field the one string is the value. ``rows`` are (group, found). ``attachments``
    are (file name, media type).
    """

    zones: tuple[tuple[str, str, str], ...]
    found: Mapping[str, Found] = dataclass_field(default_factory=dict)
    rows: tuple[tuple[str, Mapping[str, Found]], ...] = ()
    unsure: tuple[str, ...] = ()
    form: str = ""
    attachments: tuple[tuple[str, str], ...] = ()


class Row(BaseModel):
    """One row of a repeated group, such as an invoice's line."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class DocumentType(BaseModel):
    """One kind of document; the docstring of the subclass is the description that the model reads.

    ``kind`` is its name on the wire, ``addresses`` are the mailboxes it usually arrives at ("invoices@"), ``forms`` the
    forms that carry it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: ClassVar[str]
    addresses: ClassVar[tuple[str, ...]] = ()
    forms: ClassVar[tuple[str, ...]] = ()
    examples: ClassVar[tuple[Example, ...]] = ()


def field(description: str, *, essential: bool = False, derived: bool = False, labels: tuple[str, ...] = ()) -> Any:
    """Describe one value.

    ``essential``: a record without it goes to review. ``derived``: concluded from the message rather than found in it.
    ``labels``: what documents call it, in any language.
    """
    extra = {"essential": essential, "derived": derived, "labels": list(labels)}
    return Field(default=None, description=description, json_schema_extra=extra)  # type: ignore[arg-type]  # JSON it is


def many(description: str, *, essential: bool = False, derived: bool = False, labels: tuple[str, ...] = ()) -> Any:
    """Describe a list of values, such as a person's skills."""
    extra = {"essential": essential, "derived": derived, "labels": list(labels)}
    return Field(default_factory=list, description=description, json_schema_extra=extra)  # type: ignore[arg-type]  # the same


def group(description: str) -> Any:
    """Describe a repeated group of values, such as an invoice's lines."""
    return Field(default_factory=list, description=description)


def check[Method: Callable[..., str | None]](*fields: str) -> Callable[[Method], Method]:
    """Mark a method as a check across fields: it returns a sentence about what does not add up, or None.

    The named fields are those that the sentence casts doubt on; without names it is about the document as a whole.
    """

    def mark(method: Method) -> Method:
        setattr(method, CHECKED_FIELDS, fields)
        return method

    return mark


def checks_of(model: type[BaseModel]) -> tuple[FunctionType, ...]:
    """Return a model's checks in the order in which they are written, inherited ones first."""
    members = {name: member for parent in reversed(model.__mro__) for name, member in vars(parent).items()}
    return tuple(
        member for member in members.values() if isinstance(member, FunctionType) and hasattr(member, CHECKED_FIELDS)
    )
