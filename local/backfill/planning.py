"""What a backlog holds, what of it is known already, and what the rest will cost; nothing is written or paid."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from decimal import Decimal
from hashlib import sha256
from itertools import batched

from local.backfill.deployment import Deployment
from local.inputs import Input, InputError, Mail
from mailroom.adapters.ses import delivery_of
from mailroom.doctypes.registry import document_types
from mailroom.domain.delivery import Delivery, Post
from mailroom.domain.errors import PermanentError
from mailroom.domain.message import Channel
from mailroom.domain.record import Record, Status
from mailroom.pipeline.asking import Reader, load, whole_request
from mailroom.pipeline.bulk_cost import CostRange, expected, live
from mailroom.pipeline.bulk_intake import Arrival, known
from mailroom.pipeline.receive import screened
from mailroom.ports import CacheLife, ModelRequest, StoredMail
from mailroom.prompts.schema_prompt import render

SAMPLE = 100
"""Messages that are read to estimate what all will cost: within a tenth for mail as even as most."""

LOOK_UPS = 16
"""Look-ups in the ledger at once."""


def arrival_of(item: Input, place: Deployment) -> Arrival:
    """Return a message as the pipeline's doors take it; two runs over the same files give the same records."""
    now = place.receiving.clock.now()
    if isinstance(item, Mail):
        key = f"{place.settings.raw_prefix}{item.ses_message_id}"
        delivery = delivery_of(item.raw, StoredMail(key, now, len(item.raw)), place.settings.raw_bucket)
        return Arrival(delivery, item.raw)
    # The day on which a form was posted is not known any more: its words alone identify it.
    key = f"backfill {sha256(item.body).hexdigest()}"
    return Arrival(Post(item.form, item.body, item.content_type, key, now.date()), item.body)


@dataclass
class Plan:
    """Counts of a backlog; ``estimate`` and ``live_usd`` are for all of ``new``, from the sample."""

    found: int = 0
    new: int = 0
    double: int = 0
    known: Counter[str] = field(default_factory=Counter)
    under_way: list[str] = field(default_factory=list)
    """Of the known ones, those that an earlier run put into the bulk lane and that are not read yet."""
    errors: list[str] = field(default_factory=list)
    sampled: int = 0
    estimate: CostRange = field(default_factory=lambda: CostRange(Decimal(0), Decimal(0)))
    live_usd: Decimal = Decimal(0)

    def affordable(self, budget_usd: Decimal, *, batch: bool) -> int:
        """Return how many of the new ones a budget pays for at the worst; all of them where it is 0."""
        worst = self.estimate.high_usd if batch else self.live_usd
        if not budget_usd or not worst or not self.new:
            return self.new
        return min(self.new, int(budget_usd / (worst / self.new)))


def arrivals(
    items: Iterable[Input | InputError], place: Deployment, plan: Plan
) -> Iterator[tuple[Arrival, Record | None]]:
    """Yield each message once, with the record that it has already; counts into the plan as it goes."""
    seen: set[str] = set()
    with ThreadPoolExecutor(LOOK_UPS) as pool:
        for group in batched(items, LOOK_UPS * 4, strict=False):
            taken = [arrival_of(item, place) for item in group if not isinstance(item, InputError)]
            plan.errors += [str(item) for item in group if isinstance(item, InputError)]
            records = pool.map(lambda arrival: known(arrival, place.taking_in), taken)
            for arrival, record in zip(taken, records, strict=True):
                plan.found += 1
                if arrival.record_id in seen:
                    plan.double += 1
                    continue
                seen.add(arrival.record_id)
                if record:
                    plan.known[record.status] += 1
                    if record.status is Status.BATCHED:
                        plan.under_way.append(record.record_id)
                else:
                    plan.new += 1
                yield arrival, record


def planned(
    items: Iterable[Input | InputError], place: Deployment, limit: int, progress: Callable[[int], None]
) -> Plan:
    """Go through a backlog once and say what it holds; stops after ``limit`` new messages where that is not 0."""
    plan = Plan()
    reader = Reader(place.model, render(document_types()), CacheLife.ONE_HOUR, place.settings.model_timeout_s)
    costs, alive = CostRange(Decimal(0), Decimal(0)), Decimal(0)
    for arrival, record in arrivals(items, place, plan):
        progress(plan.found)
        if record is None and plan.sampled < SAMPLE:
            plan.sampled += 1
            if request := _request(arrival, place, reader):
                costs += expected(request, place.model)
                alive += live(request, place.model)
        if limit and plan.new >= limit:
            break
    if plan.sampled:
        share = Decimal(plan.new) / plan.sampled
        plan.estimate, plan.live_usd = costs.times(share), alive * share
    return plan


class _InHand:
    """The one message that is read for the estimate."""

    def __init__(self, raw: bytes) -> None:
        self._raw = raw

    def get(self, key: str) -> bytes:  # noqa: ARG002 -- the port's signature
        """Return the message."""
        return self._raw

    def head(self, key: str, length_bytes: int) -> bytes:  # noqa: ARG002 -- the port's signature
        """Return its beginning."""
        return self._raw[:length_bytes]

    def put(self, key: str, body: bytes, *, content_type: str) -> None:
        """Store nothing: an estimate changes nothing."""


def _request(arrival: Arrival, place: Deployment, reader: Reader) -> ModelRequest | None:
    """Return what the model will be asked; None where it will not be, or nothing can be read."""
    ports, raw = place.receiving, arrival.raw or b""
    now = ports.clock.now()
    if isinstance(arrival.what, Delivery):
        record = screened(arrival.what, now, ports.retention, ports.sender_policy)
        if record.status is Status.QUARANTINED:
            return None
    else:
        record = _form_record(arrival.what, arrival.record_id, place)
    try:
        reading = load(record, _InHand(raw), reader)
    except PermanentError:
        return None
    return whole_request(record, "extract", reading, reader=reader, types=document_types())


def _form_record(post: Post, record_id: str, place: Deployment) -> Record:
    now = place.receiving.clock.now()
    return Record(
        record_id=record_id,
        status=Status.RECEIVED,
        channel=Channel.FORM,
        received_at=now,
        updated_at=now,
        bucket=place.settings.raw_bucket,
        key="",
        content_type=post.content_type,
        form=post.form,
    )
