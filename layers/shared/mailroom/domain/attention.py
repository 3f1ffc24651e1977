"""The queue of records that wait for a person: a place in it, a filter over it, a page of it."""

from dataclasses import dataclass

from mailroom.domain.record import Record


@dataclass(frozen=True, slots=True)
class Place:
    """Where a record stands in the queue: its confidence as the ledger's index writes it, and its id."""

    confidence: str
    record_id: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which of the waiting records: of a kind, of senders whose address contains a text; "" is all."""

    kind: str = ""
    sender: str = ""

    @property
    def everything(self) -> bool:
        """Whether no record is left out."""
        return not self.kind and not self.sender

    def takes(self, kind: str, sender: str) -> bool:
        """Whether a record of this kind and sender is one of these."""
        return (not self.kind or kind == self.kind) and self.sender.casefold() in sender.casefold()


@dataclass(frozen=True, slots=True)
class Count:
    """How many records wait; with ``and_more`` at least so many, for a longer queue is not counted to its end."""

    number: int
    and_more: bool = False

    def __str__(self) -> str:
        return f"{self.number:,}{'+' if self.and_more else ''}"


@dataclass(frozen=True, slots=True)
class Waiting:
    """Some of the waiting records, worst first; ``after`` is where the next page begins, None at the end."""

    records: tuple[Record, ...]
    after: Place | None
