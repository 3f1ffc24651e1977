"""A small world for the ledger: the real pipeline steps over ports in memory, in which everything fails on order.

A schedule is a list of steps. Each step is one action (deliver a mail, work on a queue, pass on the stream, sweep, let
time pass) and at most one fault, which happens at the action's n-th write: the process dies before or after it, the
write is refused, it is done but its answer is lost, it is done and then repeated by the SDK, or another step is taken
in the midst of this one. Nothing here knows what is right: tests/property/test_ledger_model.py does.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from unittest.mock import patch

from mailroom.catalogue import card
from mailroom.doctypes.registry import document_types
from mailroom.domain.delivery import Delivery, Post
from mailroom.domain.errors import (
    MailroomError,
    OverBudgetError,
    PermanentError,
    StopTheLineError,
    TransientError,
)
from mailroom.domain.judgement import Policy
from mailroom.domain.patience import wait_s
from mailroom.domain.record import WORKING, ClaimCheck, Record, Status
from mailroom.domain.retention import Retention
from mailroom.pipeline import extract as extract_step
from mailroom.pipeline import review as review_step
from mailroom.pipeline.asking import Reader, load
from mailroom.pipeline.bulk import advance
from mailroom.pipeline.bulk_intake import Arrival, BulkIntake, take_in
from mailroom.pipeline.bulk_ports import BulkPorts
from mailroom.pipeline.decide import DecidePorts, approve, correct, reject, undo
from mailroom.pipeline.dispatch import DispatchPorts, dispatch
from mailroom.pipeline.extract import ExtractPorts, extract
from mailroom.pipeline.receive import ReceivePorts, email_record_id, receive, receive_post
from mailroom.pipeline.redrive import RedrivePorts, redrive
from mailroom.pipeline.review import ReviewPorts, review
from mailroom.pipeline.sweep import SweepPorts, sweep
from mailroom.ports import CacheLife, StoredMail
from mailroom.prompts.schema_prompt import SystemPrompt
from tests.fakes import START, FakeMarks
from tests.property.ledger_bulk import RUN, MemoryBatches, MemoryTurn, NoPurse, OpenLine, Shelf
from tests.property.ledger_ports import (
    ANSWERS,
    LEAD,
    LEASE,
    TRIES,
    Fault,
    Killed,
    Kind,
    MemoryBus,
    MemoryMail,
    MemoryQueue,
    MemoryStore,
    Message,
    PaidModel,
    Step,
)

SPANS = (timedelta(seconds=6), LEASE + timedelta(seconds=1), timedelta(minutes=50), timedelta(hours=40))
TYPES = document_types()
KEPT = Retention(timedelta(days=9))


class World:
    """Everything at once. ``run`` takes steps; ``settle`` lets faults stop and work be done."""

    def __init__(self) -> None:
        self.moment = START
        self.numbers = 0
        self.answers: dict[str, str] = {}
        self.delivered: set[str] = set()
        self.calls: list[Delivery] = []
        self.plan: list[tuple[Fault | None, int]] = []
        self.dispatched = 0
        self.intake, self.reviews = MemoryQueue(self, "intake"), MemoryQueue(self, "reviews")
        self.store, self.mail, self.bus, self.model = (
            MemoryStore(self),
            MemoryMail(self),
            MemoryBus(self),
            PaidModel(self),
        )
        prompt = SystemPrompt("prompt", "fingerprint", 10)
        reader = Reader(card("claude-haiku-4-5"), prompt, CacheLife.OFF, timeout_s=30)
        stronger = replace(reader, card=card("claude-sonnet-4-6"))
        self.extracting = ExtractPorts(
            self.mail,
            self.store,
            self.model,
            self,
            reader,
            TYPES,
            Policy(),
            LEASE,
            timedelta(hours=1),
            KEPT,
            first_notice=True,
        )
        self.reviewing = ReviewPorts(self.mail, self.store, self.model, self, stronger, TYPES, Policy(), KEPT)
        self.dispatching = DispatchPorts(self.reviews, self.bus, self.mail, "raw")
        self.receiving = ReceivePorts(self.store, self.intake, self, KEPT)
        self.redriving = RedrivePorts(self.store, self.intake, self)
        self.shelf, self.batches = Shelf(self), MemoryBatches(self, self.model)
        self.bulk = BulkPorts(
            extracting=self.extracting,
            batches=self.batches,
            parcels=self.shelf,
            turn=MemoryTurn(self),
            guard=OpenLine(),
            intake=self.intake,
            purse=NoPurse(),
        )
        self.taking_in = BulkIntake(self.mail, self.store, self.shelf, self, "raw", KEPT)
        self.deciding = DecidePorts(self.store, self, TYPES)
        self.sweeping = SweepPorts(
            archive=self.mail,
            bucket="raw",
            records=self.store,
            roll_call=self.store,
            intake=self.intake,
            reviews=self.reviews,
            clock=self,
            marks=FakeMarks(),
            received_again=self._again,
            receive=lambda item: receive(item, self.receiving),
        )

    def now(self) -> datetime:
        """Return the world's time: the world is its own clock."""
        return self.moment

    @contextmanager
    def write(self, name: str) -> Iterator[bool]:  # noqa: ARG002 -- a name makes a debugger's stack readable
        """Do one write under the fault that is planned for it; yields whether it is done twice."""
        fault, count = self.plan[-1] if self.plan else (None, 0)
        if self.plan:
            self.plan[-1] = (fault, count + 1)
        kind = fault.kind if fault and fault.at == count else None
        if kind is Kind.DIES_BEFORE:
            raise Killed
        if kind is Kind.REFUSED:
            raise TransientError("refused")
        if kind is Kind.MEANWHILE and fault and fault.step:
            self._meanwhile(fault.step)
        yield kind is Kind.REPEATED
        if kind is Kind.DIES_AFTER:
            raise Killed
        if kind is Kind.UNHEARD:
            raise TransientError("done, but the answer was lost")

    def _meanwhile(self, step: Step) -> None:
        before = self.moment
        self.take(step)
        if self.moment - before >= LEASE:
            raise Killed  # Lambda ends what outlives its timeout, which is the lease

    def run(self, steps: Sequence[Step]) -> None:
        for step in steps:
            self.take(step)

    def take(self, step: Step) -> None:
        """Take one step; whatever its process fails or dies of stays inside."""
        self.plan.append((step.fault, 0))
        try:
            ACTIONS[step.action](self, step)
        except (MailroomError, Killed):
            pass
        finally:
            self.plan.pop()

    def settle(self) -> None:
        """Let the faults stop: queues, stream and sweep go on, and a person redrives, until all is quiet."""
        self.model.trouble.clear()
        for swept in range(140):  # longer than the bulk lane owns a row
            for action in ("receive", "intake", "end", "bulk", "review", "stream"):
                self.take(Step(action, size=1000))
            if swept and self._quiet():  # what a crash kept from being noted, the next sweep notes
                return
            self.moment += timedelta(minutes=16)
            self.take(Step("sweep"))
            self.take(Step("redrive"))

    def _quiet(self) -> bool:
        return (
            not (self.calls or self.intake.waiting or self.reviews.waiting or self.intake.dead or self.reviews.dead)
            and self.dispatched == len(self.store.stream)
            and self.delivered <= self.store.rows.keys()
            and not self.shelf.open()
            and not [row for row in self.store.rows.values() if row.status in WORKING]
        )

    def deliver(self, name: str) -> None:
        """Store a mail and announce it; the same name again is another delivery of the same mail."""
        self.numbers += 1
        ses_message_id = f"ses-{self.numbers}"
        headers = (("Message-ID", f"<{name}@papel.example>"),)
        record_id = email_record_id(headers, ses_message_id)
        self.mail.objects[f"raw/{ses_message_id}"] = (_mail(name), self.moment)
        self.delivered.add(record_id)
        self.answers[record_id] = ANSWERS.get(name, LEAD)
        self.calls.append(self._delivery(ses_message_id, headers, "FAIL" if name == "spam" else "PASS"))

    def backlog(self, step: Step) -> None:
        """Take in one mail of a backlog, as `mailroom backfill --batch` does; again is the command run again."""
        name = ("plain", "doubtful")[step.which % 2]
        delivery = self._delivery(f"old-{name}", (("Message-ID", f"<{name}@papel.example>"),), "PASS")
        arrival = Arrival(delivery, _mail(name))
        self.answers[arrival.record_id] = ANSWERS[name]
        try:
            take_in([arrival], self.taking_in, "job")
        finally:
            if delivery.key in self.mail.objects:
                self.delivered.add(arrival.record_id)

    def post(self) -> None:
        """Put a form's post on the queue, as the HTTP API does."""
        post = Post("", _mail("form"), "message/rfc822", "", self.moment.date())
        self.intake.put(post)

    def _again(self, stored: StoredMail) -> Delivery:
        name = self.mail.get(stored.key).split(b"Message-ID: <", 1)[1].split(b"@", 1)[0].decode()
        headers = (("Message-ID", f"<{name}@papel.example>"),)
        return self._delivery(stored.key.removeprefix("raw/"), headers, "FAIL" if name == "spam" else "PASS")

    def _delivery(self, ses_message_id: str, headers: Sequence[tuple[str, str]], spam: str) -> Delivery:
        return Delivery(
            ses_message_id=ses_message_id,
            bucket="raw",
            key=f"raw/{ses_message_id}",
            headers=headers,
            sender="ana@papel.example",
            subject="Chairs",
            recipients=("sales@inbox.example",),
            verdicts={"spam": spam},
            received_at=self.moment,
        )

    def receive_one(self, step: Step) -> None:
        """Run receive for an announced delivery; Lambda tries an asynchronous call again, the sweep is for the rest."""
        for _ in range(min(step.size, len(self.calls))):
            if not self.calls:
                return  # somebody else took them meanwhile
            delivery = self.calls.pop(step.which % len(self.calls))
            try:
                receive(delivery, self.receiving)
            except MailroomError:
                self.calls.append(delivery)
            except Killed:
                if self.numbers % 2:  # sometimes Lambda loses count, and only the sweep can find the mail
                    self.calls.append(delivery)
                raise

    def work(self, queue: MemoryQueue, step: Step, handle: Callable[[Message, bool], None], *, hidden: bool) -> None:
        """Do what Lambda and batches.py do with a batch: each fails alone, and what succeeded is deleted at the end."""
        done = []
        for message in queue.take(step.which, step.size, hidden=hidden):
            try:
                handle(message, message.receives >= TRIES)
            except OverBudgetError:
                done.append(message)
            except StopTheLineError:
                queue.put(message.body)
                done.append(message)
            except Exception as error:  # noqa: BLE001 -- as batches.py does
                asked_s = error.retry_after_s if isinstance(error, TransientError) else 0.0
                wait = (
                    0 if message.receives >= TRIES else wait_s(message.receives, str(message.number), asked_s=asked_s)
                )
                message.visible_at = self.moment + timedelta(seconds=wait)
            else:
                done.append(message)
        for message in done:
            try:
                queue.delete(message)
            except MailroomError:
                continue

    def extract_one(self, message: Message, last_try: bool) -> None:
        body = message.body
        claim = receive_post(body, "raw", self.mail) if isinstance(body, Post) else body
        if isinstance(body, Post):
            self.delivered.add(claim.record_id)
            self.answers[claim.record_id] = LEAD
        extract(claim, self.extracting, last_try=last_try)

    def review_one(self, message: Message, last_try: bool) -> None:
        assert isinstance(message.body, ClaimCheck)
        review(message.body, self.reviewing, last_try=last_try)

    def pass_on(self, step: Step) -> None:
        """Dispatch changes in order; the position moves only past a whole batch, or to the first that failed."""
        start = self.dispatched
        for index in range(start, min(len(self.store.stream), start + step.size)):
            before, record = self.store.stream[index]
            try:
                dispatch(before, record, self.dispatching)
            except MailroomError:
                self.dispatched = max(self.dispatched, index)
                return
        self.dispatched = max(self.dispatched, min(len(self.store.stream), start + step.size))

    def redrive_all(self, _: Step) -> None:
        for queue in (self.intake, self.reviews):
            for message in list(queue.dead):
                if isinstance(message.body, ClaimCheck):
                    redrive(message.body.record_id, self.redriving)
                else:
                    self.intake.put(message.body)
                queue.dead.remove(message)

    def decide(self, step: Step) -> None:
        """Let a person decide about one of the records that wait."""
        rows = [row for row in self.store.rows.values() if row.status is Status.NEEDS_HUMAN]
        if not rows:
            return
        record_id = rows[step.which % len(rows)].record_id
        if step.size == 1:
            approve(record_id, "ana", self.deciding)
        elif step.size == 2:
            reject(record_id, "ana", "not ours", self.deciding)
        else:
            correct(record_id, "ana", {"company": "Papel Sur"}, self.deciding)

    def take_back(self, step: Step) -> None:
        """Let the person take the last decision back."""
        rows = [row for row in self.store.rows.values() if row.decisions]
        if rows:
            undo(rows[step.which % len(rows)].record_id, "ana", self.deciding)


def _pass_time(world: World, step: Step) -> None:
    world.moment += SPANS[step.which % len(SPANS)]


def _trouble(world: World, step: Step) -> None:
    errors = (
        TransientError("429", retry_after_s=20),
        StopTheLineError("401"),
        PermanentError("400"),
        ValueError("?"),
        OverBudgetError("Parked.", until=world.moment + timedelta(hours=9)),
    )
    world.model.trouble.append(errors[step.which % len(errors)])


ACTIONS: dict[str, Callable[[World, Step], Any]] = {
    "plain": lambda world, _: world.deliver("plain"),
    "doubtful": lambda world, _: world.deliver("doubtful"),
    "garbled": lambda world, _: world.deliver("garbled"),
    "spam": lambda world, _: world.deliver("spam"),
    "form": lambda world, _: world.post(),
    "receive": World.receive_one,
    "intake": lambda world, step: world.work(world.intake, step, world.extract_one, hidden=False),
    "intake again": lambda world, step: world.work(world.intake, step, world.extract_one, hidden=True),
    "review": lambda world, step: world.work(world.reviews, step, world.review_one, hidden=False),
    "review again": lambda world, step: world.work(world.reviews, step, world.review_one, hidden=True),
    "stream": World.pass_on,
    "replay": lambda world, step: setattr(world, "dispatched", max(0, world.dispatched - 1 - step.which % 4)),
    "sweep": lambda world, _: sweep(world.sweeping),
    "redrive": World.redrive_all,
    "decide": World.decide,
    "take back": World.take_back,
    "backlog": World.backlog,
    "bulk": lambda world, _: advance(world.bulk, world.moment + RUN),
    "end": lambda world, step: world.batches.end(step.which),
    "time": _pass_time,
    "trouble": _trouble,
}
"""What can happen, by name."""


def _mail(name: str) -> bytes:
    return (
        f"From: Ana Diaz <ana@papel.example>\r\nTo: sales@inbox.example\r\nSubject: Chairs\r\n"
        f"Message-ID: <{name}@papel.example>\r\nDate: Mon, 02 Mar 2026 09:00:00 +0000\r\n"
        f"\r\nWe are Papel Norte and need 40 chairs by 30 April 2026.\r\n"
    ).encode()


@contextmanager
def pure_parts_remembered() -> Iterator[None]:
    """Remember what reading and judging make of the same words: they are pure, and a schedule repeats them."""
    kept: dict[tuple[bytes, str], Any] = {}

    def load_once(record: Record, mail: MemoryMail, reader: Reader) -> Any:
        at = (mail.get(record.key), reader.card.id)
        if at not in kept:
            kept[at] = load(record, mail, reader)
        return kept[at]

    judged: dict[Any, Any] = {}
    real_judge = extract_step.judge

    def judge_once(answer: Any, message: Any, spec: Any, policy: Any, **rest: Any) -> Any:
        at = (repr(answer), id(message), repr(rest))
        if at not in judged:
            judged[at] = (message, real_judge(answer, message, spec, policy, **rest))
        return judged[at][1]

    with (
        patch.object(extract_step, "load", load_once),
        patch.object(review_step, "load", load_once),
        patch.object(extract_step, "judge", judge_once),
        patch.object(review_step, "judge", judge_once),
        patch.object(review_step, "review_prompt", lambda _: SystemPrompt("prompt", "second", 10)),
    ):
        yield
