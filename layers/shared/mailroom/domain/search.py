"""What a person looks for among the records, and whether a record is it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mailroom.domain.listing import Listed

type Values = tuple[tuple[str, str], ...]
"""Values that fit, each behind its field's name."""

_ADDRESS = re.compile(r"[^\s@]+@[^\s@]+")
_FEWEST_DIGITS = 3
_BETWEEN_DIGITS = re.compile(r"[\s.,'’]")


@dataclass(frozen=True, slots=True)
class Sought:
    """What to look for; "" does not matter, and all that is given must fit. Texts fit as parts, whatever their case."""

    sender: str = ""
    subject: str = ""
    value: str = ""

    @property
    def nothing(self) -> bool:
        """Whether nothing is looked for."""
        return not (self.sender or self.subject or self.value)

    @property
    def address(self) -> str:
        """The whole address of a sender, which an index answers; "" where only a part of one is given."""
        return self.sender if _ADDRESS.fullmatch(self.sender) else ""

    def may_be(self, sender: str, subject: str) -> bool:
        """Whether a record of this sender and subject fits; its values are another matter."""
        fits = sender == self.sender if self.address else _part(self.sender, sender)
        return fits and _part(self.subject, subject)

    def fitting(self, fields: Mapping[str, Any]) -> Values:
        """Return the values that fit, each with its field ("line_items.amount"); ``fields`` are as the ledger has them.

        A number fits however it is punctuated: 1.190,00 finds 1190.00.
        """
        return tuple((name, value) for name, value in _values(fields) if self._fits(value))

    def _fits(self, value: str) -> bool:
        if _part(self.value, value):
            return True
        digits = _BETWEEN_DIGITS.sub("", self.value)
        return len(digits) >= _FEWEST_DIGITS and digits.isdecimal() and digits == _BETWEEN_DIGITS.sub("", value)


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a search goes on: behind the record that was received then and has this id; "" is none, only the day."""

    received_at: str
    record_id: str


@dataclass(frozen=True, slots=True)
class Hit:
    """A record that fits, with the values that do."""

    head: Listed
    values: Values = ()


@dataclass(frozen=True, slots=True)
class Searched:
    """One stretch of a search: what it found among ``looked_at`` records, back to when, and where it goes on.

    ``after`` is None where everything there is has been looked at.
    """

    hits: tuple[Hit, ...]
    looked_at: int
    back_to: datetime | None
    after: Mark | None


def _part(sought: str, text: str) -> bool:
    return _folded(sought) in _folded(text)


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()


def _values(fields: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in fields.items():
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, Mapping):
                yield from ((f"{name}.{cell}", str(each)) for cell, each in item.items())
            else:
                yield name, str(item)
