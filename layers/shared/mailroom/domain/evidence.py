"""Evidence: where in the message a value was found, how, and how many rivals it has."""

from dataclasses import dataclass
from enum import StrEnum

from mailroom.domain.message import ZoneKind


class Method(StrEnum):
    """How a value was found, strongest first."""

    EXACT = "exact"  # the very words
    NORMALISED = "normalised"  # up to case, white space, Unicode form, hyphenation
    FORMAT = "format"  # the words denote the value: a date, an amount, a phone number in another notation
    FUZZY = "fuzzy"  # nearly the words: shown to a person, never accepted unseen on its own
    PICTURE = "picture"  # the message has pictures the value may come from; nothing in the text to check against
    DERIVED = "derived"  # concluded, not found; the field is declared so
    ABSENT = "absent"  # nowhere


@dataclass(frozen=True, slots=True)
class Evidence:
    """Proof of one value: ``message.text[start:end]`` are the words; -1 where there are none.

    ``candidates`` counts the distinct values of the same kind that stand in the message (this one included);
    ``quote_found`` says whether the quoted words are in the message, ``denotes`` whether they mean the value;
    ``labelled`` whether the field's label stands before the words on their line or the line above.
    """

    method: Method
    start: int = -1
    end: int = -1
    zone: ZoneKind | None = None
    part: str = ""
    page: int = 0
    score: float = 0.0
    candidates: int = 0
    quote_found: bool = False
    denotes: bool = False
    labelled: bool = False

    @property
    def grounded(self) -> bool:
        """Whether the message says the value: words were found, and they mean it."""
        return self.denotes and self.method in {Method.EXACT, Method.NORMALISED, Method.FORMAT}
