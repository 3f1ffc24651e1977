"""A day without the model, on a virtual clock: the real handlers, line, breaker, put-back, sweep and steps over memory.

Ten thousand messages wait for a model that is out of reach; Lambda reads the queues with as many environments as
template.yaml allows, each with a breaker's view of its own. A call to the model takes virtual seconds during which the
others go on: each message that may come so far runs in a thread, and exactly one thread runs at a time, in the order of
the virtual clock, so that a run is the same each time.
"""

import heapq
import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from itertools import count
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from functions.extract_record.handler import handle_record as extract_record
from functions.review_record.handler import handle_record as review_record
from mailroom import batches, wiring
from mailroom.adapters.sqs import SqsQueue
from mailroom.catalogue import card
from mailroom.domain.breaker import Breaker, Line
from mailroom.domain.cost import Usage
from mailroom.domain.delivery import Delivery
from mailroom.domain.errors import ConflictError, ModelUnavailableError, StopTheLineError, TransientError
from mailroom.domain.judgement import Policy
from mailroom.domain.record import WORKING, CacheVerdict, Status
from mailroom.domain.retention import Retention
from mailroom.pipeline.asking import Reader
from mailroom.pipeline.dispatch import DispatchPorts, dispatch
from mailroom.pipeline.extract import ExtractPorts
from mailroom.pipeline.form_door import FormDoor
from mailroom.pipeline.line import GuardedModel
from mailroom.pipeline.receive import ReceivePorts, email_record_id, receive
from mailroom.pipeline.review import ReviewPorts
from mailroom.pipeline.sweep import SweepPorts, sweep
from mailroom.ports import CacheLife, ModelAnswer, ModelRequest, Outcome, StoredMail
from mailroom.prompts.schema_prompt import SystemPrompt
from tests.fakes import START, FakeMarks
from tests.property.ledger_ports import DOUBTFUL, LEAD, MemoryBus, MemoryMail, MemoryStore
from tests.property.ledger_world import TYPES
from tests.property.outage_sqs import MemorySqs, QueueModel, Sent, as_lambda_sees

INTAKE, REVIEWS = "https://sqs/intake", "https://sqs/reviews"
TRIES = 5
FOUR_DAYS = timedelta(days=4)
SWEEP_EVERY = timedelta(minutes=5)
BATCHES = {INTAKE: 10, REVIEWS: 5}
ENVIRONMENTS = {INTAKE: 10, REVIEWS: 5}
"""Batch sizes, concurrency, retention and tries as in template.yaml."""

ANSWER = timedelta(seconds=4)
TURNED_AWAY = timedelta(seconds=0.1)
"""How long an invocation takes that asks the model, and one that finds the line stopped."""

OUTAGES: dict[str, tuple[timedelta, Callable[[], Exception]]] = {
    "overloaded": (timedelta(seconds=1), lambda: ModelUnavailableError("529 overloaded_error", retry_after_s=20)),
    "unreachable": (timedelta(seconds=60), lambda: ModelUnavailableError("The model API could not be reached.")),
    "refused": (timedelta(seconds=1), lambda: StopTheLineError("401 authentication_error")),
}
"""How the model is out: how long each call takes, and what it ends with."""


@dataclass(frozen=True)
class Outage:
    """What is tried. ``a_minute`` is the API's rate limit (0 is none), ``arriving`` how long messages come in for."""

    messages: int
    kind: str = "overloaded"
    lasts: timedelta = timedelta(hours=24)
    arriving: timedelta = timedelta(hours=1)
    a_minute: int = 4000
    drains_within: timedelta = timedelta(days=4)


@dataclass
class Baton:
    """Virtual time and who runs: events in order, and threads of which one at a time holds the baton."""

    moment: datetime = START
    _events: list[tuple[datetime, int, Callable[[], None]]] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=count)
    _pool: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(200))
    _back: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    _own: threading.local = field(default_factory=threading.local)
    _asleep: list[threading.Semaphore] = field(default_factory=list)
    _over: bool = False

    def now(self) -> datetime:
        return self.moment

    def at(self, moment: datetime, work: Callable[[], None]) -> None:
        heapq.heappush(self._events, (moment, next(self._numbers), work))

    def next_at(self) -> datetime | None:
        return self._events[0][0] if self._events else None

    def step(self) -> None:
        """Do the next event."""
        self.moment, _, work = heapq.heappop(self._events)
        work()

    def start(self, work: Callable[[], None]) -> None:
        """Run work in a thread until it sleeps or ends."""

        def run() -> None:
            self._own.wake = threading.Semaphore(0)
            try:
                work()
            finally:
                self._own.wake = None
                self._back.release()

        self._pool.submit(run)
        self._back.acquire()

    def sleep(self, span: timedelta) -> None:
        """Let virtual time pass for the thread that calls; outside of one nothing passes."""
        wake = getattr(self._own, "wake", None)
        if wake is None:
            return

        def resume() -> None:
            wake.release()
            self._back.acquire()

        self.at(self.moment + span, resume)
        self._asleep.append(wake)
        self._back.release()
        wake.acquire()
        self._asleep.remove(wake)
        if self._over:
            raise SystemExit("The world ended while this call was under way.")

    def close(self) -> None:
        """End every thread, those too that an error left asleep."""
        self._over = True
        for wake in list(self._asleep):
            wake.release()
        self._pool.shutdown()


@dataclass
class SharedBreaker:
    """The breaker's item."""

    breaker: Breaker = field(default_factory=Breaker)

    def load(self) -> Breaker:
        return self.breaker

    def replace(self, breaker: Breaker, *, expected_version: int) -> None:
        if self.breaker.version != expected_version:
            raise ConflictError("Another worker changed the breaker first.")
        self.breaker = breaker


class Model:
    """A model that is out for a while, and has a rate limit; it counts what is asked and what is paid."""

    def __init__(self, world: "OutageWorld", outage: Outage) -> None:
        self._world = world
        self._outage = outage
        self.until = world.moment + outage.lasts
        self.asked_in_outage = 0
        self.throttled = 0
        self.paid: Counter[str] = Counter()
        self._minute: tuple[datetime, int] = (world.moment, 0)

    def ask(self, request: ModelRequest) -> ModelAnswer:
        takes, error = OUTAGES[self._outage.kind]
        if self._world.moment < self.until:
            self.asked_in_outage += 1
            self._world.baton.sleep(takes)
            raise error()
        if self._over_the_limit():
            self.throttled += 1
            raise ModelUnavailableError("429 rate_limit_error", retry_after_s=20)
        self.paid[request.call_key] += 1
        self._world.baton.sleep(ANSWER)
        doubtful = request.call_key.partition("/")[0] in self._world.doubtful
        text = DOUBTFUL if doubtful and request.step == "extract" else LEAD
        return ModelAnswer(request.model, Outcome.COMPLETE, text, Usage(1000, 100), CacheVerdict.OFF, 900)

    def _over_the_limit(self) -> bool:
        minute = self._world.moment.replace(second=0, microsecond=0)
        self._minute = (minute, self._minute[1] + 1 if self._minute[0] == minute else 1)
        return 0 < self._outage.a_minute < self._minute[1]


@dataclass
class PaidOnce:
    """Powertools' protocol in memory: begun, paid, kept; forgotten on an error; shared by all environments."""

    world: "OutageWorld"
    model: Any
    begun: dict[str, datetime]
    kept: dict[str, ModelAnswer]

    def ask(self, request: ModelRequest) -> ModelAnswer:
        key = request.call_key
        if key in self.kept:
            return self.kept[key]
        if self.begun.get(key, START) > self.world.moment:
            raise TransientError("Another worker is asking the same question.")
        self.begun[key] = self.world.moment + timedelta(seconds=120)
        try:
            self.kept[key] = self.model.ask(request)
        except Exception:
            del self.begun[key]
            raise
        return self.kept[key]


@dataclass
class Environment:
    """One Lambda environment: its own view of the breaker, its own window of calls, its own wired ports."""

    url: str
    line: GuardedModel
    ports: Any
    busy: int = 0


class OutageWorld:
    """Everything at once; ``run`` lets it come to rest."""

    def __init__(self, outage: Outage) -> None:
        self.outage = outage
        self.baton = Baton()
        self.doubtful: set[str] = set()
        self.delivered: set[str] = set()
        self.numbers = 0
        self.answers: dict[str, str] = {}
        self.dispatched = 0
        self.put_back = 0
        self.store, self.mail, self.bus = MemoryStore(self), MemoryMail(self), MemoryBus(self)
        self.shared = SharedBreaker()
        self.model = Model(self, outage)
        self.intake = QueueModel(self, timedelta(seconds=720), FOUR_DAYS, TRIES)
        self.reviews = QueueModel(self, timedelta(seconds=1080), FOUR_DAYS, TRIES)
        self.queues = {INTAKE: self.intake, REVIEWS: self.reviews}
        self.sqs = MemorySqs(self, self.queues)
        kept = Retention(timedelta(days=30))
        self._receiving = ReceivePorts(self.store, SqsQueue(self.sqs, INTAKE), self, kept)
        self._dispatching = DispatchPorts(SqsQueue(self.sqs, REVIEWS), self.bus, self.mail, "raw")
        begun: dict[str, datetime] = {}
        paid: dict[str, ModelAnswer] = {}
        reader = Reader(card("claude-haiku-4-5"), SystemPrompt("p", "fingerprint", 10), CacheLife.OFF, 60)
        stronger = replace(reader, card=card("claude-sonnet-4-6"))
        self._environments = []
        for url, many in ENVIRONMENTS.items():
            for _ in range(many):
                line = GuardedModel(self.model, self.shared, self)
                once = PaidOnce(self, line, begun, paid)
                ports: Any = (
                    ExtractPorts(
                        self.mail, self.store, once, self, reader, TYPES, Policy(),
                        timedelta(seconds=120), wiring.REVIEW_LEASE, kept,
                    )
                    if url == INTAKE
                    else ReviewPorts(self.mail, self.store, once, self, stronger, TYPES, Policy(), kept)
                )  # fmt: skip
                self._environments.append(Environment(url, line, ports))
        self._sweeping = SweepPorts(
            archive=self.mail,
            bucket="raw",
            records=self.store,
            roll_call=self.store,
            intake=SqsQueue(self.sqs, INTAKE),
            reviews=SqsQueue(self.sqs, REVIEWS),
            clock=self,
            marks=FakeMarks(),
            received_again=self._again,
            receive=lambda item: receive(item, self._receiving),
            line_stopped=lambda: self.shared.load().line is not Line.CLOSED,
        )

    @property
    def moment(self) -> datetime:
        return self.baton.moment

    def now(self) -> datetime:
        return self.baton.moment

    def write(self, name: str) -> Any:  # noqa: ARG002 -- the ports ask before each write; here none fails
        return nullcontext(enter_result=False)

    def run(self) -> None:
        """Deliver, let the outage pass, and go on until every queue is empty, or the time to drain is over."""
        for number in range(self.outage.messages):
            moment = START + self.outage.arriving * (number / self.outage.messages)
            self.baton.at(moment, partial(self._deliver, number))
        self.baton.at(START + SWEEP_EVERY, self._sweep)
        give_up_at = self.model.until + self.outage.drains_within
        with closing(self.baton), self._wired():
            while self.moment < give_up_at and not self._quiet():
                self._hand_out()
                self._pass_on()
                visible, upcoming = self._next_visible(), self.baton.next_at()
                if visible and (upcoming is None or visible < upcoming):
                    self.baton.moment = max(self.moment, visible)
                else:
                    self.baton.step()

    def _quiet(self) -> bool:
        if len(self.delivered) < self.outage.messages or self.intake.messages or self.reviews.messages:
            return False
        return not any(row.status in WORKING for row in self.store.rows.values())

    def _next_visible(self) -> datetime | None:
        """Return when the next message can be handed out to an environment that is idle."""
        waiting = [queue.next_visible() for url, queue in self.queues.items() if self._idle(url)]
        return min((at for at in waiting if at), default=None)

    def _idle(self, url: str) -> Environment | None:
        return next((each for each in self._environments if each.url == url and not each.busy), None)

    def _hand_out(self) -> None:
        for url, queue in self.queues.items():
            while environment := self._idle(url):
                taken = queue.take(BATCHES[url])
                if not taken:
                    break
                environment.busy = len(taken)
                for message in taken:
                    self._invoke(environment, message)

    def _invoke(self, environment: Environment, message: Sent) -> None:
        queue = self.queues[environment.url]
        handle = extract_record if environment.url == INTAKE else review_record
        redelivery = SqsQueue(self.sqs, environment.url)
        record = SQSRecord(as_lambda_sees(message))

        def work() -> None:
            with_environment = partial(self._as, environment, handle)
            try:
                batches._put_back(redelivery, TRIES, with_environment, record)
            except Exception:  # noqa: BLE001 -- as Powertools does: named as failed, so Lambda leaves it on its queue
                done = False
            else:
                done = True
            ended = partial(self._ended, environment, queue, message if done else None)
            self.baton.at(self.moment + TURNED_AWAY, ended)

        if self.shared.breaker.wait(self.moment):
            work()  # it comes no further than the breaker, so it needs no thread
        else:
            self.baton.start(work)

    def _as(self, environment: Environment, handle: Callable[[SQSRecord], None], record: SQSRecord) -> None:
        _own.environment = environment
        handle(record)

    def _ended(self, environment: Environment, queue: QueueModel, done: Sent | None) -> None:
        if done is not None:
            queue.delete(done.number)
            queue.requests += 1
        environment.busy -= 1

    @contextmanager
    def _wired(self) -> Iterator[None]:
        """Let the real handlers find the environment in which they run."""
        settings = SimpleNamespace(raw_bucket="raw", max_receive_count=TRIES)
        door = FormDoor()
        found: dict[str, Callable[[], Any]] = {
            "line": lambda: _own.environment.line,
            "extraction": lambda: _own.environment.ports,
            "reviewing": lambda: _own.environment.ports,
            "asking": lambda: settings,
            "form_door": lambda: door,
        }
        with ExitStack() as stack:
            for name, function in found.items():
                stack.enter_context(patch.object(wiring, name, function))
            quiet = SimpleNamespace(info=lambda *_, **__: None, warning=lambda *_, **__: None)
            for module in ("mailroom.batches", "functions.extract_record.handler", "functions.review_record.handler"):
                stack.enter_context(patch(f"{module}.logger", quiet))
            yield

    def _pass_on(self) -> None:
        while self.dispatched < len(self.store.stream):
            before, record = self.store.stream[self.dispatched]
            dispatch(before, record, self._dispatching)
            self.dispatched += 1

    def _sweep(self) -> None:
        self.put_back += sweep(self._sweeping).put_back
        self.baton.at(self.moment + SWEEP_EVERY, self._sweep)

    def _deliver(self, number: int) -> None:
        """Deliver a message: one in eight is a form, and of the mails one in eight is doubtful."""
        if number % 8 == 7:
            self._post(number)
            return
        ses_message_id, headers = f"ses-{number}", _headers(number)
        record_id = email_record_id(headers, ses_message_id)
        self.delivered.add(record_id)
        if number % 8 == 3:
            self.doubtful.add(record_id)
        self.mail.objects[f"raw/{ses_message_id}"] = (_MAIL, self.moment)
        receive(self._delivery(ses_message_id, headers), self._receiving)

    def _post(self, number: int) -> None:
        said = f"Chairs, please. No. {number}"
        body = json.dumps({"name": "Ana Diaz", "email": "ana@papel.example", "message": said})
        attributes = {"form": "contact", "content_type": "application/json"}
        self.sqs.send_message(
            QueueUrl=INTAKE,
            MessageBody=body,
            MessageAttributes={name: {"DataType": "String", "StringValue": said} for name, said in attributes.items()},
        )
        self.delivered.add(f"form {number}")

    def _again(self, stored: StoredMail) -> Delivery:
        ses_message_id = stored.key.removeprefix("raw/")
        return self._delivery(ses_message_id, _headers(int(ses_message_id.partition("-")[2])))

    def _delivery(self, ses_message_id: str, headers: tuple[tuple[str, str], ...]) -> Delivery:
        return Delivery(
            ses_message_id=ses_message_id,
            bucket="raw",
            key=f"raw/{ses_message_id}",
            headers=headers,
            sender="ana@papel.example",
            subject="Chairs",
            recipients=("sales@inbox.example",),
            verdicts={"spam": "PASS"},
            received_at=self.moment,
        )


_own = threading.local()


def _headers(number: int) -> tuple[tuple[str, str], ...]:
    return (("Message-ID", f"<{number}@papel.example>"),)


_MAIL = (
    b"From: Ana Diaz <ana@papel.example>\r\nTo: sales@inbox.example\r\nSubject: Chairs\r\n"
    b"Message-ID: <0@papel.example>\r\nDate: Mon, 02 Mar 2026 09:00:00 +0000\r\n"
    b"\r\nWe are Papel Norte and need 40 chairs by 30 April 2026.\r\n"
)


def figures(world: OutageWorld) -> dict[str, Any]:
    """Return what came of it; hours and calls are virtual, nothing is measured."""
    rows = list(world.store.rows.values())
    finished = max((row.updated_at for row in rows), default=world.moment)
    steps = [Counter(attempt.step for attempt in row.attempts) for row in rows]
    opened = Counter(record.record_id for before, record in world.store.stream if before is None)
    hours = world.outage.lasts.total_seconds() / 3600
    queues = list(world.queues.values())
    return {
        "kind": world.outage.kind,
        "in": world.outage.messages,
        "filed": dict(Counter(str(row.status) for row in rows)),
        "lost": world.outage.messages - len(rows) + sum(row.status in WORKING for row in rows),
        "doubled": sum(max(each.values(), default=0) > 1 for each in steps) + sum(many > 1 for many in opened.values()),
        "paid_twice": sum(many - 1 for many in world.model.paid.values()),
        "dead_lettered": sum(len(queue.dead) for queue in queues),
        "failed": sum(row.status is Status.FAILED for row in rows),
        "expired": sum(len(queue.expired) for queue in queues),
        "most_receives": max(queue.most_receives for queue in queues),
        "oldest_on_queue_h": round(max(queue.oldest for queue in queues).total_seconds() / 3600, 2),
        "calls_in_outage": world.model.asked_in_outage,
        "calls_an_hour": round(world.model.asked_in_outage / hours, 1),
        "throttled_after": world.model.throttled,
        "sent_round": world.sqs.sent_round,
        "put_back_by_sweep": world.put_back,
        "sqs_requests": sum(queue.requests for queue in queues),
        "drained_min": round((finished - world.model.until).total_seconds() / 60, 1),
    }
