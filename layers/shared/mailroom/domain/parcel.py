"""A parcel: some hundred messages that go through the bulk lane together, and how far they have come.

A parcel is all that the bulk lane remembers, and it remembers only what it still owes: what became of a message stands
in the ledger and nowhere else. Losing time between two writes of a parcel therefore costs time, never a message.
"""

import hashlib
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from pydantic import BaseModel, ConfigDict

CUSTOM_ID_LENGTH = 64
"""What the API takes: ^[a-zA-Z0-9_-]{1,64}$ (platform.claude.com, batch-processing)."""


class Member(BaseModel):
    """One message of a parcel. ``tries`` counts the batches that brought it back undone."""

    model_config = ConfigDict(frozen=True)

    record_id: str
    tries: int = 0
    custom_id: str = ""
    """What it is called in the batch that holds it; "" while it waits for one."""


class Lot(BaseModel):
    """The members of one batch. It is written before the batch is made, with no ``batch_id``: that is the intent.

    ``estimate_usd`` is what it may cost at most, and is reserved of the day's budget until its results are in;
    ``broken`` counts how often they came in incomplete.
    """

    model_config = ConfigDict(frozen=True)

    members: tuple[Member, ...]
    intended_at: datetime
    estimate_usd: Decimal
    batch_id: str = ""
    broken: int = 0

    @property
    def names(self) -> frozenset[str]:
        """The custom ids of its requests."""
        return frozenset(member.custom_id for member in self.members)


class Parcel(BaseModel):
    """Messages on their way: ``waiting`` for a batch, or in one of the ``lots``. ``total`` never changes.

    ``job`` is whatever run brought them in; ``cost_usd`` is what their answers have cost; ``said`` is why it waits.
    """

    model_config = ConfigDict(frozen=True)

    parcel_id: str
    job: str
    made_at: datetime
    total: int
    held_at: datetime
    """When the leases of what waits were made or renewed."""
    waiting: tuple[Member, ...] = ()
    lots: tuple[Lot, ...] = ()
    cost_usd: Decimal = Decimal(0)
    said: str = ""

    @property
    def done(self) -> bool:
        """Whether nothing is owed any more."""
        return not self.waiting and not self.lots

    @property
    def in_batches(self) -> int:
        """How many messages are in a batch, or about to be."""
        return sum(len(lot.members) for lot in self.lots)

    @property
    def reserved_usd(self) -> Decimal:
        """What its batches may still cost."""
        return sum((lot.estimate_usd for lot in self.lots), Decimal(0))

    def exchanged(self, lot: Lot, *after: Lot, back: Iterable[Member] = ()) -> "Parcel":
        """Return the parcel with a lot replaced, or gone where ``after`` is nothing; ``back`` wait again."""
        lots = [new for old in self.lots for new in (after if old is lot else (old,))]
        waiting = (*(member.model_copy(update={"custom_id": ""}) for member in back), *self.waiting)
        return self.model_copy(update={"lots": tuple(lots), "waiting": waiting})


def parcel_id(made_at: datetime, record_ids: Iterable[str]) -> str:
    """Name a parcel so that names sort by age, and two runs at the same moment do not collide."""
    digest = hashlib.sha256("\n".join(record_ids).encode()).hexdigest()[:12]
    return f"{made_at:%Y%m%dT%H%M%S%f}-{digest}"


def custom_id(record_id: str, call_key: str, tries: int) -> str:
    """Name a request in a batch: the record for people, then a digest of the question and of how often it was asked.

    The same question in a later batch has another name, so that a batch found again is known for what it is.
    """
    digest = hashlib.sha256(f"{call_key}/{tries}".encode()).hexdigest()[:24]
    return f"{record_id[: CUSTOM_ID_LENGTH - 25]}_{digest}"
