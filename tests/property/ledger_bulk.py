"""The bulk lane's ports in the ledger's small world: batches at a vendor, parcels on a shelf, and whose turn it is."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from mailroom.domain.cost import Usage
from mailroom.domain.errors import PermanentError, TransientError, UnheardError
from mailroom.domain.parcel import Parcel
from mailroom.domain.record import CacheVerdict, Lane
from mailroom.ports import Batch, BatchResult, Ending, ModelAnswer, ModelRequest, Outcome
from tests.property.ledger_ports import PaidModel, World

RUN = timedelta(minutes=10)


@dataclass
class MemoryBatches:
    """Batches at a vendor who bills what it answers, whether or not anybody hears of it."""

    world: World
    model: PaidModel
    asked: dict[str, tuple[datetime, dict[str, ModelRequest]]] = field(default_factory=dict)
    results_of: dict[str, list[BatchResult]] = field(default_factory=dict)
    bought: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    """The questions that were answered in batches, by record."""

    def weight(self, request: ModelRequest) -> int:
        return len(request.system)

    def create(self, requests: Mapping[str, ModelRequest]) -> Batch:
        done = False
        try:
            with self.world.write("create a batch"):
                name = f"batch-{len(self.asked) + 1}"
                self.asked[name] = (self.world.moment, dict(requests))
                done = True
        except TransientError as error:  # the adapter tells the two apart by what the vendor answered
            if done:
                raise UnheardError("no answer came") from error
            raise
        return self.get(name)

    def get(self, batch_id: str) -> Batch:
        made, requests = self.asked[batch_id]
        return Batch(batch_id, made, batch_id in self.results_of, len(requests))

    def listed(self, since: datetime) -> Iterator[Batch]:
        return (self.get(name) for name, (made, _) in reversed(self.asked.items()) if made >= since)

    def results(self, batch_id: str) -> Iterator[BatchResult]:
        if batch_id not in self.results_of:
            raise PermanentError("It has not ended.")
        yield from reversed(self.results_of[batch_id])

    def end(self, which: int) -> None:
        """End every batch under way: all answered, the first of each undone, or all undone."""
        for name, (_, requests) in self.asked.items():
            if name not in self.results_of:
                undone = (0, 1, len(requests))[which % 3]
                self.results_of[name] = [
                    BatchResult(each, Ending.UNDONE, said="expired")
                    if place < undone
                    else BatchResult(each, Ending.ANSWERED, self._answer(request))
                    for place, (each, request) in enumerate(requests.items())
                ]

    def _answer(self, request: ModelRequest) -> ModelAnswer:
        self.model.paid[request.call_key] += 1
        record_id = request.call_key.partition("/")[0]
        self.bought[record_id].append(request.call_key)
        text = self.world.answers[record_id]
        usage = Usage(1000, 100)
        return ModelAnswer(request.model, Outcome.COMPLETE, text, usage, CacheVerdict.OFF, 0, lane=Lane.BATCH)


@dataclass
class Shelf:
    """Parcels, as text."""

    world: World
    kept: dict[str, str] = field(default_factory=dict)

    def open(self) -> Sequence[str]:
        return [name for name, text in self.kept.items() if not Parcel.model_validate_json(text).done]

    def load(self, parcel_id: str) -> Parcel | None:
        return Parcel.model_validate_json(self.kept[parcel_id]) if parcel_id in self.kept else None

    def save(self, parcel: Parcel) -> None:
        with self.world.write("write a parcel"):
            self.kept[parcel.parcel_id] = parcel.model_dump_json()


@dataclass
class MemoryTurn:
    """Whose turn it is."""

    world: World
    until: datetime | None = None

    def take(self, now: datetime, until: datetime) -> bool:
        with self.world.write("take the turn"):
            if self.until and self.until > now:
                return False
            self.until = until
        return True

    def give_back(self) -> None:
        with self.world.write("give the turn back"):
            self.until = None


class NoPurse:
    """No budget, and nobody counts."""

    def spent(self, day: str) -> dict[str, Decimal]:  # noqa: ARG002 -- the port's signature
        return {}

    def add(self, day: str, kinds: Sequence[str], cost_usd: Decimal) -> None:
        pass


class OpenLine:
    """A line that is never stopped."""

    def run[T](self, call: Callable[[], T]) -> T:
        return call()
