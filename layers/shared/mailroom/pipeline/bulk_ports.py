"""What the bulk lane needs, how long it waits for what, and what a run of it tells."""

from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal

from mailroom.pipeline.extract import ExtractPorts
from mailroom.ports import BatchModel, Guard, Parcels, Purse, Queue, Turn

LEASE = timedelta(hours=30)
"""How long the bulk lane owns a record: a day in a batch, and six hours to wait before it and to be filed after it."""

IN_A_BATCH = timedelta(hours=26)
"""What must be left of a lease when a record goes into a batch: a day, and two hours to file what it says."""

HELD_EVERY = timedelta(hours=12)
"""How often the leases of what waits (for the budget, say) are renewed."""

TRIES = 3
"""Batches that may bring a message back undone; then it goes the ordinary way."""

BROKEN = 5
"""How often the results of a batch may come in incomplete before what is missing counts as undone."""

SETTLED = timedelta(minutes=5)
"""How long after its intent a batch that is not listed was never made: the call's timeout twice, and a minute."""

OVERRUN = timedelta(minutes=3)
"""How long a run may go on after it should end: one call to the vendor, and what is written after it."""

SKEW = timedelta(minutes=5)
"""How far the vendor's clock may be behind ours."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one batch may hold, far below the API's own 100,000 requests and 256 MB, and what all may hold together.

    A batch is packed, and its results are filed, within one run of a function: a thousand messages take it some three
    minutes, and their requests some 40 MB of its memory. ``open_requests`` is half of what the smallest tier may have
    waiting (200,000; platform.claude.com, rate-limits).
    """

    requests: int = 1_000
    size_bytes: int = 40_000_000
    open_requests: int = 100_000


@dataclass(frozen=True, slots=True)
class BulkPorts:
    """What the bulk lane needs. ``extracting`` is what reads live, with a prompt cached for an hour."""

    extracting: ExtractPorts
    batches: BatchModel
    parcels: Parcels
    turn: Turn
    guard: Guard
    intake: Queue
    purse: Purse
    daily_usd: Decimal = Decimal(0)
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True, slots=True)
class Progress:
    """What a run has done, and what is left; ``stopped`` when the account is refused, ``said`` why anything waits."""

    submitted: int = 0
    filed: int = 0
    undone: int = 0
    troubled: int = 0
    waiting: int = 0
    in_batches: int = 0
    cost_usd: Decimal = Decimal(0)
    oldest_batch_s: int = 0
    stopped: bool = False
    said: str = ""
