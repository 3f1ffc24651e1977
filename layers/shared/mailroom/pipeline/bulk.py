"""The bulk lane: messages that can wait a day are read in batches, at half price, by the code that reads all others.

``advance`` does whatever can be done now and remembers the rest in parcels (``domain.parcel``): it may be killed at any
point and called again. Requests are built, answers judged and verdicts filed by ``pipeline.extract``; a record in this
lane is ``batched`` and names the parcel that owns it, so that each answer is filed once, and by its owner.

A batch has no key by which the vendor would know it again, so the intent to make one is written first. An intent
without an id is looked for among the workspace's batches before the batch is made anew (docs/adr/0081).
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial

from mailroom.catalogue import card
from mailroom.domain.errors import (
    ConflictError,
    MailroomError,
    PermanentError,
    StopTheLineError,
    TransientError,
    UnheardError,
)
from mailroom.domain.parcel import Lot, Member, Parcel, custom_id
from mailroom.domain.record import Lane, Record, Status
from mailroom.pipeline import receive
from mailroom.pipeline.asking import attempt_of
from mailroom.pipeline.bulk_cost import at_most
from mailroom.pipeline.bulk_ports import (
    BROKEN,
    HELD_EVERY,
    IN_A_BATCH,
    LEASE,
    OVERRUN,
    SETTLED,
    SKEW,
    TRIES,
    BulkPorts,
    Progress,
)
from mailroom.pipeline.dispatch import claim_of
from mailroom.pipeline.extract import question, read
from mailroom.ports import BatchResult, Ending, ModelAnswer, ModelRequest, ReaderModel


def advance(ports: BulkPorts, until: datetime) -> Progress:
    """File what has come back, submit what waits, and return by ``until``; nothing is raised that time may mend."""
    if not ports.turn.take(ports.extracting.clock.now(), until + OVERRUN):
        return Progress(said="Another run of the bulk lane is under way.")
    run = _Run(ports, until)
    try:
        run.everything()
    finally:
        ports.turn.give_back()
    return run.progress()


@dataclass(frozen=True, slots=True)
class Answered:
    """A model whose answer to the first question has been bought already; what else is asked goes to ``model``."""

    answer: ModelAnswer
    model: ReaderModel

    def ask(self, request: ModelRequest) -> ModelAnswer:
        """Answer."""
        return self.answer if request.step == "extract" else self.model.ask(request)


class _Run:
    """One run over all open parcels, and what it has counted."""

    def __init__(self, ports: BulkPorts, until: datetime) -> None:
        self.ports = ports
        self.until = until
        self.records = ports.extracting.records
        self.parcels: dict[str, Parcel] = {}
        self.counted = Progress()
        self.oldest: datetime | None = None

    def now(self) -> datetime:
        return self.ports.extracting.clock.now()

    def late(self) -> bool:
        return self.now() >= self.until

    def count(self, *, said: str = "", cost_usd: Decimal = Decimal(0), **counts: int) -> None:
        done = {name: getattr(self.counted, name) + count for name, count in counts.items()}
        cost = self.counted.cost_usd + cost_usd
        self.counted = replace(self.counted, **done, cost_usd=cost, said=said or self.counted.said)

    def progress(self) -> Progress:
        open_parcels = self.parcels.values()
        age = self.now() - self.oldest if self.oldest else timedelta()
        return replace(
            self.counted,
            waiting=sum(len(parcel.waiting) for parcel in open_parcels),
            in_batches=sum(parcel.in_batches for parcel in open_parcels),
            oldest_batch_s=int(age.total_seconds()),
        )

    def everything(self) -> None:
        """Collect before submitting, so that what was reserved may be spent; keep leases even while the line stops."""
        for name in self.ports.parcels.open():
            if found := self.ports.parcels.load(name):
                self.parcels[name] = found
        for work in (self.hold, self.collect, self.submit):
            for name in list(self.parcels):
                if self.late():
                    return
                try:
                    work(self.parcels[name])
                except StopTheLineError as error:
                    self.counted = replace(self.counted, stopped=True)
                    self.count(said=str(error))
                    return
                except MailroomError as error:  # one parcel's trouble never stops the others
                    self.count(troubled=1, said=str(error))

    def save(self, parcel: Parcel) -> Parcel:
        self.ports.parcels.save(parcel)
        self.parcels[parcel.parcel_id] = parcel
        return parcel

    # What has come back

    def collect(self, parcel: Parcel) -> None:
        for lot in parcel.lots:
            if self.late():
                return
            named = lot if lot.batch_id else self.identified(lot, parcel)
            if named is not None:
                self.collect_lot(named, self.parcels[parcel.parcel_id])
            parcel = self.parcels[parcel.parcel_id]

    def identified(self, lot: Lot, parcel: Parcel) -> Lot | None:
        """Find the batch of an intent; None where it cannot be told yet, or was never made (then its members wait)."""
        found = self.lost_batch(lot)
        if found:
            named = lot.model_copy(update={"batch_id": found})
            self.save(parcel.exchanged(lot, named))
            return named
        if found is None and self.now() >= lot.intended_at + SETTLED:
            self.save(parcel.exchanged(lot, back=lot.members))
        return None

    def lost_batch(self, lot: Lot) -> str | None:
        """Return the batch's id, "" where one that is not done yet may be it, None where none is."""
        known = {each.batch_id for parcel in self.parcels.values() for each in parcel.lots}
        unclear = False
        since = lot.intended_at - SKEW
        for batch in self.ports.guard.run(lambda: list(self.ports.batches.listed(since))):
            if batch.batch_id in known or batch.requests != len(lot.members):
                continue
            if not batch.ended:
                unclear = True
            elif self.is_of(lot, batch.batch_id):
                return batch.batch_id
        return "" if unclear else None

    def is_of(self, lot: Lot, batch_id: str) -> bool:
        try:
            return any(result.custom_id in lot.names for result in _first(self.ports.batches.results(batch_id)))
        except PermanentError:
            return False  # it has no results, or not any more

    def collect_lot(self, lot: Lot, parcel: Parcel) -> None:
        try:
            batch = self.ports.guard.run(lambda: self.ports.batches.get(lot.batch_id))
        except PermanentError as error:
            self.give_back(lot, parcel, list(lot.members), str(error))
            return
        self.oldest = min(batch.created_at, self.oldest or batch.created_at)
        if batch.ended:
            self.take_in(lot, parcel)

    def take_in(self, lot: Lot, parcel: Parcel) -> None:
        """File an ended batch's results; the lot stays until each of its members has come to something."""
        left = {member.custom_id: member for member in lot.members}
        undone: list[Member] = []
        said, before, patient = "", self.counted, False
        try:
            for result in self.ports.batches.results(lot.batch_id):
                if self.late():
                    patient = True
                    break
                member = left.get(result.custom_id)
                if member is None:
                    continue
                try:
                    settled = self.settled(member, result, parcel)
                except MailroomError as error:  # its message is in the bucket still, and its answer with the vendor
                    self.count(troubled=1, said=str(error))
                    patient = True
                    continue
                del left[result.custom_id]
                if not settled:
                    undone.append(member)
                    said = result.said
        except PermanentError as error:
            undone, left, said = [*undone, *left.values()], {}, str(error)
        except TransientError as error:
            self.count(said=str(error))
        cost = self.counted.cost_usd - before.cost_usd
        parcel = parcel.model_copy(update={"cost_usd": parcel.cost_usd + cost})
        if left and (patient or lot.broken < BROKEN):
            again = lot if patient else lot.model_copy(update={"broken": lot.broken + 1})
            self.save(parcel.exchanged(lot, again))
            return
        self.give_back(lot, parcel, [*undone, *left.values()], said or "Its result was missing from its batch.")

    def settled(self, member: Member, result: BatchResult, parcel: Parcel) -> bool:
        """File one result; False where the message must be asked about again."""
        record = self.own(member, parcel)
        if record is None:
            return True  # filed before this run, or not this lane's any more
        if result.answer is not None:
            self.file(self.verdict(record, result.answer), record)
        elif result.ending is Ending.REFUSED:
            self.file(self.failed(record, result.said), record)
        else:
            return False
        return True

    def verdict(self, record: Record, answer: ModelAnswer) -> Record:
        """Judge a bought answer as any other; the model that gave it may not be the one that is asked today."""
        extracting = self.ports.extracting
        asked = replace(extracting.reader, card=card(answer.model))
        try:
            return read(record, replace(extracting, model=Answered(answer, extracting.model), reader=asked))
        except PermanentError as error:
            paid = attempt_of(answer, "extract", asked.card, self.now())
            return self.failed(record.model_copy(update={"attempts": (*record.attempts, paid)}), str(error))

    def give_back(self, lot: Lot, parcel: Parcel, members: list[Member], said: str) -> None:
        """Let members wait for the next batch, and those that have waited for enough of them go the ordinary way."""
        again = []
        for member in members:
            tried = member.model_copy(update={"tries": member.tries + 1})
            if tried.tries < TRIES:
                again.append(tried)
            else:
                self.ordinary(member, parcel, said)
        self.count(undone=len(members), said=said if members else "")
        self.save(parcel.exchanged(lot, back=again))

    def ordinary(self, member: Member, parcel: Parcel, said: str) -> None:
        record = self.own(member, parcel)
        if record is None:
            return
        now = self.now()
        reason = f"{said} After {TRIES} batches it was read the ordinary way."
        received = record.moved(
            Status.RECEIVED, at=now, lease_until=now + receive.LEASE, reasons=(*record.reasons, reason)
        )
        if self.written(received, record):
            self.ports.intake.send(claim_of(received))  # and if it is not sent, the sweep sends it

    # What waits

    def hold(self, parcel: Parcel) -> None:
        """Renew the leases of what waits, so that the sweep does not take it for lost."""
        now = self.now()
        if not parcel.waiting or now < parcel.held_at + HELD_EVERY:
            return
        for member in parcel.waiting:
            if self.late():
                return
            if record := self.own(member, parcel):
                self.written(record.moved(Status.BATCHED, at=now, lease_until=now + LEASE), record)
        self.save(parcel.model_copy(update={"held_at": now}))

    def submit(self, parcel: Parcel) -> None:
        while parcel.waiting and not self.late():
            room = self.ports.limits.open_requests - sum(each.in_batches for each in self.parcels.values())
            lot, requests, parcel = self.packed(parcel, room)
            if lot is None:
                self.save(parcel)
                return
            parcel = self.save(parcel.model_copy(update={"lots": (*parcel.lots, lot), "said": ""}))  # the intent
            try:
                batch = self.ports.guard.run(partial(self.ports.batches.create, requests))
            except UnheardError:
                raise  # the intent stands: the next run looks for the batch
            except MailroomError:
                self.save(parcel.exchanged(lot, back=lot.members))
                raise
            parcel = self.save(parcel.exchanged(lot, lot.model_copy(update={"batch_id": batch.batch_id})))
            self.oldest = self.oldest or batch.created_at
            self.count(submitted=len(lot.members))

    def packed(self, parcel: Parcel, room: int) -> tuple[Lot | None, dict[str, ModelRequest], Parcel]:
        """Take from what waits as much as one batch, the open batches and the day's budget allow."""
        most, budget = min(self.ports.limits.requests, room), self.budget_left()
        members: list[Member] = []
        requests: dict[str, ModelRequest] = {}
        later: list[Member] = []
        size, estimate, said, place = 0, Decimal(0), "", 0
        for place, member in enumerate(parcel.waiting):  # noqa: B007 -- where it stops is where the rest begins
            if len(members) >= most or self.late():
                break
            try:
                request = self.prepared(member, parcel)
            except TransientError as error:
                self.count(troubled=1, said=str(error))
                later.append(member)
                continue
            if request is None:
                continue
            weight, cost = self.ports.batches.weight(request), at_most(request, self.ports.extracting.reader.card)
            if members and size + weight > self.ports.limits.size_bytes:
                break
            if budget is not None and estimate + cost > budget:
                said = f"The day's budget of ${self.ports.daily_usd} is spent or reserved."
                self.count(said=said)
                break
            name = custom_id(member.record_id, request.call_key, member.tries)
            members.append(member.model_copy(update={"custom_id": name}))
            requests[name] = request
            size, estimate = size + weight, estimate + cost
        else:
            place = len(parcel.waiting)
        parcel = parcel.model_copy(update={"waiting": (*later, *parcel.waiting[place:]), "said": said})
        if not members:
            return None, {}, parcel
        return Lot(members=tuple(members), intended_at=self.now(), estimate_usd=estimate), requests, parcel

    def prepared(self, member: Member, parcel: Parcel) -> ModelRequest | None:
        """Return the question about a member; None where there is none to ask, and then it is filed or not ours."""
        record = self.own(member, parcel)
        if record is None:
            return None
        try:
            request = question(record, self.ports.extracting)
            if request is None:
                self.file(read(record, self.ports.extracting), record)
                return None
        except PermanentError as error:
            self.file(self.failed(record, str(error)), record)
            return None
        now = self.now()
        if record.lease_until and record.lease_until >= now + IN_A_BATCH:
            return request
        renewed = record.moved(Status.BATCHED, at=now, lease_until=now + LEASE)
        return request if self.written(renewed, record) else None

    def budget_left(self) -> Decimal | None:
        """Return what may still be reserved today; None where there is no limit."""
        if not self.ports.daily_usd:
            return None
        spent = self.ports.purse.spent(self.now().date().isoformat()).get("", Decimal(0))
        return self.ports.daily_usd - spent - sum(parcel.reserved_usd for parcel in self.parcels.values())

    # The ledger

    def own(self, member: Member, parcel: Parcel) -> Record | None:
        """Return a member's record where it is still this parcel's to have read."""
        record = self.records.get(member.record_id)
        if record is None or record.status is not Status.BATCHED or record.parcel != parcel.parcel_id:
            return None
        return record

    def failed(self, record: Record, reason: str) -> Record:
        return record.moved(Status.FAILED, at=self.now(), reasons=(*record.reasons, reason))

    def file(self, verdict: Record, record: Record) -> None:
        verdict = self.ports.extracting.retention.applied(verdict, self.now())
        if not self.written(verdict, record):
            return
        self.count(filed=1, cost_usd=verdict.cost_usd - record.cost_usd)
        bought = [each for each in verdict.attempts[len(record.attempts) :] if each.lane is Lane.BATCH]
        if bought:  # a second reading is asked live, where the line counts it
            cost = sum((each.cost_usd for each in bought), Decimal(0))
            self.ports.purse.add(self.now().date().isoformat(), ("",), cost)

    def written(self, after: Record, before: Record) -> bool:
        try:
            self.records.replace(after, expected_version=before.version)
        except ConflictError:
            return False  # somebody else has it, and owes it now
        return True


def _first(results: Iterator[BatchResult]) -> Iterator[BatchResult]:
    """Yield the first result only."""
    for result in results:
        yield result
        return
