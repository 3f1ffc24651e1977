"""Who is signed in to the console, and what that person may do."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

SESSION_LIFE = timedelta(hours=8)
"""A working day; whoever stays longer signs in again."""


class Role(StrEnum):
    """What a person may do here."""

    READER = "reader"
    REVIEWER = "reviewer"


@dataclass(frozen=True, slots=True)
class Person:
    """Who is signed in: the name that decisions are kept under, and the role."""

    name: str
    role: Role = Role.READER

    @property
    def decides(self) -> bool:
        """Whether this person may change anything."""
        return self.role is Role.REVIEWER


@dataclass(frozen=True, slots=True)
class Session:
    """A signed-in browser. ``csrf`` must come back with every post; it is no secret from the person."""

    person: Person
    csrf: str
