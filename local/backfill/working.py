"""Put a backlog in, by the bulk lane or by the live one, and watch what becomes of it."""

import json
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import batched, islice

from local.backfill.deployment import Deployment
from local.backfill.planning import Plan, arrivals
from local.inputs import Input, InputError
from mailroom.adapters.aws import client
from mailroom.domain.delivery import Delivery
from mailroom.domain.record import WORKING, ClaimCheck, Record
from mailroom.pipeline.bulk_intake import Arrival, take_in
from mailroom.pipeline.bulk_ports import Limits
from mailroom.pipeline.receive import receive, receive_post

LOOKED_AT_ONCE = 200
"""Records of one look at the ledger."""


@dataclass(frozen=True, slots=True)
class Going:
    """How far a backlog has come; ``said`` is why what waits does."""

    total: int
    done: int
    cost_usd: Decimal
    said: str = ""


@dataclass
class Job:
    """One run over one backlog. ``record_ids`` are the messages that it brought in, or an earlier one did."""

    name: str
    place: Deployment
    record_ids: list[str] = field(default_factory=list)
    parcels: set[str] = field(default_factory=set)

    def put_in_batches(self, items: Iterable[Input | InputError], most: int, progress: Callable[[int], None]) -> None:
        """Store and open up to ``most`` new messages, a parcel at a time; from then on they are the lane's."""
        new = (arrival for arrival, record in arrivals(items, self.place, Plan()) if record is None)
        for group in batched(islice(new, most), Limits().requests, strict=False):
            taken = take_in(group, self.place.taking_in, self.name)
            self.record_ids += taken.record_ids
            self.parcels |= {taken.parcel_id} - {""}
            progress(len(self.record_ids))

    def put_in_live(
        self, items: Iterable[Input | InputError], most: int, per_second: float, progress: Callable[[int], None]
    ) -> None:
        """Deliver up to ``most`` new messages to the live lane, so many a second."""
        new = (arrival for arrival, record in arrivals(items, self.place, Plan()) if record is None)
        began = time.monotonic()
        for count, arrival in enumerate(islice(new, most), start=1):
            self._deliver(arrival)
            self.record_ids.append(arrival.record_id)
            progress(count)
            time.sleep(max(0.0, began + count / per_second - time.monotonic()))

    def _deliver(self, arrival: Arrival) -> None:
        ports = self.place.receiving
        if isinstance(arrival.what, Delivery):
            self.place.mail.put(arrival.what.key, arrival.raw or b"", content_type="message/rfc822")
            receive(arrival.what, ports)
            return
        claim: ClaimCheck = receive_post(arrival.what, self.place.settings.raw_bucket, self.place.mail)
        ports.intake.send(claim)

    def kick(self) -> None:
        """Have the deployed function advance the bulk lane now; its schedule does so in any case."""
        client("lambda").invoke(
            FunctionName=self.place.function_name, InvocationType="Event", Payload=json.dumps({}).encode()
        )

    def going(self) -> Going:
        """Return how far the bulk lane has come, with this backlog and whatever else is in it."""
        waiting, total, cost, said = 0, 0, Decimal(0), ""
        self.parcels |= set(self.place.parcels.open())
        for name in sorted(self.parcels):
            if parcel := self.place.parcels.load(name):
                total += parcel.total
                waiting += len(parcel.waiting) + parcel.in_batches
                cost, said = cost + parcel.cost_usd, said or parcel.said
        return Going(total, total - waiting, cost, said)

    def records(self) -> Iterator[Record]:
        """Yield the records of this job as they stand."""
        for record_id in self.record_ids:
            if record := self.place.records.get(record_id):
                yield record

    def working(self) -> int:
        """Return how many of this job's records a machine still owes something."""
        return sum(record.status in WORKING for record in self.records())
