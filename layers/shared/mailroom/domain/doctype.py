"""What the rest of the system knows of a document type: plain specifications, no Pydantic model in sight."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class ValueKind(StrEnum):
    """How a value is written, normalised and looked for in the message."""

    TEXT = "text"  # free words, short
    PROSE = "prose"  # free words, long; usually derived
    NAME = "name"  # a person or an organisation
    ADDRESS = "address"  # a postal address
    EMAIL = "email"
    PHONE = "phone"  # E.164
    URL = "url"
    DATE = "date"  # YYYY-MM-DD
    TIME = "time"  # HH:MM
    DATETIME = "datetime"  # YYYY-MM-DDTHH:MM, with an offset where one is given
    AMOUNT = "amount"  # plain decimal, two places or as written, dot as the decimal sign
    NUMBER = "number"  # plain decimal or integer
    CURRENCY = "currency"  # ISO 4217
    COUNTRY = "country"  # ISO 3166-1 alpha-2
    LANGUAGE = "language"  # ISO 639-1
    IDENTIFIER = "identifier"  # invoice number, order number, reference: kept as written
    IBAN = "iban"
    VAT_ID = "vat_id"
    CHOICE = "choice"  # one of FieldSpec.choices
    BOOLEAN = "boolean"  # true or false


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """One field of a document type.

    ``essential``: without it the record is not accepted unseen. ``derived``: concluded rather than found (a summary,
    an urgency): validated, never grounded. ``many``: a list of scalars, listed once per value on the wire.
    ``labels``: how documents usually call it, in any language.
    """

    name: str
    kind: ValueKind
    description: str
    essential: bool = False
    derived: bool = False
    many: bool = False
    choices: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class GroupSpec:
    """A repeated group, such as an invoice's lines: each row carries some of these fields."""

    name: str
    description: str
    fields: tuple[FieldSpec, ...]

    def field(self, name: str) -> FieldSpec | None:
        """Return the field of that name, or None."""
        return next((spec for spec in self.fields if spec.name == name), None)


@dataclass(frozen=True, slots=True)
class WorkedExample:
    """A message and the answer it deserves, shown to the model; ``answer`` is in the format of ``prompts.wire``."""

    message: str
    answer: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Problem:
    """A value that does not validate: its field ("" for the document, "group[3].field" for a row), and why."""

    field: str
    reason: str


@dataclass(frozen=True, slots=True)
class Validated:
    """What validation makes of an answer: normalised JSON values by field name, and what did not pass."""

    values: Mapping[str, Any]
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class TypeSpec:
    """One kind of document: what it is, what it holds, how it usually arrives, and how its values are validated.

    ``validate`` takes raw wire strings: scalars by field name, lists for ``many`` fields, lists of mappings for groups.
    It drops what does not validate and names it, and never raises.
    """

    kind: str
    description: str
    fields: tuple[FieldSpec, ...]
    groups: tuple[GroupSpec, ...]
    addresses: tuple[str, ...]
    forms: tuple[str, ...]
    examples: tuple[WorkedExample, ...]
    validate: Callable[[Mapping[str, Any]], Validated]

    def field(self, name: str) -> FieldSpec | None:
        """Return the field of that name, or None."""
        return next((spec for spec in self.fields if spec.name == name), None)

    def group(self, name: str) -> GroupSpec | None:
        """Return the group of that name, or None."""
        return next((spec for spec in self.groups if spec.name == name), None)


OTHER = "other"
"""The catch-all kind: nothing that arrives is without a kind."""
