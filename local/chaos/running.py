"""One run of chaos, and what it must come to: nothing lost, nothing doubled, and paid twice at most once per kill."""

import logging
import random
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from local.chaos.aws_faults import AWS_FAULTS, AwsFaults
from local.chaos.messages import messages
from local.chaos.proxy import Proxy, between
from local.chaos.report import Report
from local.chaos.unfinished import Unfinished
from local.dead_letters import DeadLetters
from local.session import DOMAIN, STANDIN_KEY, STATE, Session
from local.standin import serve
from local.standin.faults import Behaviour
from local.standin.running import Handle
from local.twin import Twin
from local.twin.emulator import LOOPBACK, free_port
from mailroom import wiring
from mailroom.adapters.dynamodb import DynamoDBRecordStore
from mailroom.adapters.sqs import SqsQueue
from mailroom.pipeline.dispatch import claim_of

FAULTS: Mapping[str, Mapping[str, float]] = {
    "throttle": {"rate_limit": 0.06},
    "overload": {"overloaded": 0.04},
    "errors": {"server_error": 0.03},
    "timeouts": {"timeout": 0.004},
    "cuts": {"cut": 0.02},
    "garbage": {"garbage": 0.015, "not_json": 0.01, "empty": 0.01, "truncation": 0.01},
    "refusals": {"refusal": 0.01},
    **{name: {} for name in AWS_FAULTS},
    "kills": {},
    "duplicates": {},
}
"""What can go wrong, by the name that ``--faults`` takes; the rates are shares of the model's calls."""

_SWEEP_EVERY_S = 5.0
_SWEEP_SHARE = 0.2
"""Of the time, how much may go into sweeping: on this clock a sweep comes every five seconds, at any size of ledger."""

_KILL_EVERY = (15, 60)
"""Invocations between two kills. Counted, not timed: a busy machine must not make one death in forty one in two."""
_DELIVERERS = 2
_UNDER_WAY = 300
"""Messages that are under way at once, beyond which delivering waits. The clock is compressed and the work is not: what
waits for a minute here has waited for an hour, and the sweep would ask for it again and again.
"""

type Watch = Callable[[Twin, int], None]
"""Is told once a second how many messages are done."""


@dataclass(frozen=True, slots=True)
class Chaos:
    """What is asked for. ``timeout_s`` bounds the time without a message delivered or done.

    ``latency_s`` is what the model takes for each call.
    """

    count: int
    seed: int = 0
    faults: tuple[str, ...] = tuple(FAULTS)
    timeout_s: float = 900.0
    sweeps: bool = True
    latency_s: float = 0.0


def run(chaos: Chaos, tell: Callable[[str], None] = lambda _: None, watch: Watch = lambda *_: None) -> Report:
    """Run it on a twin of its own; raises TwinError where that cannot start."""
    port = free_port()
    rates = {name: rate for name, rate in AWS_FAULTS.items() if name in chaos.faults}
    with (
        serve(0, _behaviour(chaos)) as standin,
        between(f"http://{LOOPBACK}:{port}", AwsFaults(rates, chaos.seed)) as proxy,
        _quiet_pumps(),
        Twin.start(
            host="workers",
            state_dir=STATE / "chaos",
            model_url=standin.url,
            api_key=STANDIN_KEY,
            parameters={"RecipientDomain": DOMAIN},
            port=port,
            functions_endpoint=proxy.url if rates else "",
        ) as twin,
    ):
        wiring.forget()
        return _Run(chaos, twin, standin, proxy, tell=tell, watch=watch).report()


@contextmanager
def _quiet_pumps() -> Iterator[None]:
    """Keep to itself what the pumps say of each failed call: here failing is the point, and the report counts it."""
    log = logging.getLogger("local.twin")
    before = log.level
    log.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        log.setLevel(before)


def _behaviour(chaos: Chaos) -> Behaviour:
    rates: dict[str, Any] = {}
    for name in chaos.faults:
        rates |= FAULTS[name]
    return Behaviour(seed=chaos.seed, timeout_s=6.0, latency_s=chaos.latency_s, **rates)


class _Run:
    """The threads of one run: who delivers, who kills, who doubles, who sweeps."""

    def __init__(
        self, chaos: Chaos, twin: Twin, standin: Handle, proxy: Proxy, *, tell: Callable[[str], None], watch: Watch
    ) -> None:
        self._chaos = chaos
        self._twin = twin
        self._session = Session(twin, live=False)
        self._standin = standin
        self._proxy = proxy
        self._tell = tell
        self._watch = watch
        self._draw = random.Random(chaos.seed)  # noqa: S311 -- not for secrets
        table = twin.environment["RECORDS_TABLE"]
        self._records = DynamoDBRecordStore(twin.client("dynamodb"), table)
        self._unfinished = Unfinished(twin.client("dynamodb"), table, chaos.seed)
        self._letters = DeadLetters.of_twin(twin)
        self._delivered: list[str] = []
        self._redriven: set[str] = set()
        self._calm = threading.Event()
        self._over = threading.Event()
        self._report = Report()

    def report(self) -> Report:
        self._watch(self._twin, 0)
        self._began = self._moved_at = time.monotonic()
        with self._beside(self._sweep), self._beside(self._kill), self._beside(self._double):
            self._deliver()
            all_in = time.monotonic()
            self._tell(f"{len(self._delivered)} messages are in after {all_in - self._began:.0f} s.")
            self._wait()
        report, ledger, kills = self._report, self._standin.api.ledger, self._twin.workers.kills
        report.drained_s = round(time.monotonic() - all_in, 1)
        report.took_s = round(time.monotonic() - self._began, 1)
        report.per_second = round(self._done / report.took_s, 1)
        report.count(self._records.query(limit=10 * self._chaos.count + 100), set(self._delivered), self._redriven)
        report.kills, report.killed = kills.total(), dict(kills)
        report.calls, report.paid = ledger.calls, ledger.paid.total()
        report.paid_twice, report.unanswered = ledger.paid_twice, ledger.unanswered.total()
        report.outcomes = dict(ledger.outcomes)
        report.aws = {"calls": self._proxy.calls.total()} | dict(self._proxy.met)
        return report

    @contextmanager
    def _beside(self, work: Callable[[], None]) -> Iterator[None]:
        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._over.set()
            thread.join(timeout=30)

    @property
    def _done(self) -> int:
        return len(self._delivered) - len(self._unfinished)

    def _deliver(self) -> None:
        """Deliver as fast as work gets done, with a bounded number under way."""

        def deliver(item: Any, times: int) -> str:
            for _ in range(times):
                told = self._session.deliver(item)
                self._report.deliveries += 1
            return told.record_id

        doubling = "duplicates" in self._chaos.faults
        coming = messages(self._chaos.count, self._chaos.seed, DOMAIN)
        with ThreadPoolExecutor(_DELIVERERS) as pool:
            while len(self._delivered) < self._chaos.count:
                under_way = [
                    pool.submit(deliver, item, 2 if doubling and self._draw.random() < 0.1 else 1)
                    for item in islice(coming, _UNDER_WAY - len(self._unfinished))
                ]
                names = [delivered.result() for delivered in under_way]
                self._delivered += names
                self._unfinished.back(names)
                if not self._look():
                    return

    def _look(self) -> bool:
        """Look what is done, and say it; False once nothing has moved for too long."""
        before = self._done
        self._unfinished.look()
        if self._done != before:
            self._moved_at = time.monotonic()
        self._watch(self._twin, self._done)
        kills, now = self._twin.workers.kills.total(), time.monotonic()
        self._tell(f"{now - self._began:5.0f} s  {self._done} of {self._chaos.count} done, {kills} kills")
        self._over.wait(1.0)
        return now - self._moved_at < self._chaos.timeout_s

    def _kill(self) -> None:
        draw = random.Random(self._chaos.seed + 1)  # noqa: S311
        workers = self._twin.workers
        due = draw.randrange(*_KILL_EVERY)
        while "kills" in self._chaos.faults and not self._over.wait(draw.uniform(0.0, 0.03)):
            if self._calm.is_set():
                return
            if workers.invocations >= due and workers.kill_one(draw):
                due = workers.invocations + draw.randrange(*_KILL_EVERY)

    def _double(self) -> None:
        """Send claim checks again that were sent long ago, finished or not, to both queues."""
        draw = random.Random(self._chaos.seed + 2)  # noqa: S311
        sqs, outputs = self._twin.client("sqs"), self._twin.outputs
        queues = [SqsQueue(sqs, outputs[f"{name}QueueUrl"]) for name in ("Intake", "Review")]
        while "duplicates" in self._chaos.faults and not self._over.wait(0.5):
            if self._calm.is_set() or not self._delivered:
                continue
            record = self._records.get(draw.choice(self._delivered))
            if record:
                draw.choice(queues).send(claim_of(record))

    def _sweep(self) -> None:
        took = 0.0
        while self._chaos.sweeps and not self._over.wait(max(_SWEEP_EVERY_S, took / _SWEEP_SHARE)):
            began = time.monotonic()
            try:
                self._twin.invoke("SweepRecordsFunction", {})
            except Exception as error:  # noqa: BLE001 -- a sweep may be killed too; the next one comes
                self._tell(f"a sweep failed: {error}")
            took = time.monotonic() - began

    def _wait(self) -> None:
        """Wait until all is at rest; the faults stop when nine in ten are, and then the dead letters are redriven."""
        while self._look():
            if self._done >= 0.9 * self._chaos.count and not self._calm.is_set():
                self._calm.set()
                self._standin.api.behaviour = _behaviour(replace(self._chaos, faults=()))
                self._proxy.faults.stop()
            if self._calm.is_set() and not self._unfinished and not self._redrive():
                return

    def _redrive(self) -> bool:
        """Take back what was given up while everything failed; once per record, so that it ends."""
        redriven = self._letters.redrive_all()
        self._redriven.update(redriven)
        self._unfinished.back(redriven)
        return bool(redriven)
