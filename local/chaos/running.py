"""One run of chaos, and what it must come to: nothing lost, nothing doubled, and paid twice at most once per kill."""

import logging
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from local.chaos.messages import messages
from local.session import DOMAIN, STANDIN_KEY, STATE, Session
from local.standin import serve
from local.standin.faults import Behaviour
from local.standin.running import Handle
from local.twin import Twin
from mailroom import wiring
from mailroom.adapters.sqs import SqsQueue
from mailroom.domain.record import WORKING, ClaimCheck, Status

FAULTS: Mapping[str, Mapping[str, float]] = {
    "throttle": {"rate_limit": 0.06},
    "overload": {"overloaded": 0.04},
    "errors": {"server_error": 0.03},
    "timeouts": {"timeout": 0.004},
    "cuts": {"cut": 0.02},
    "garbage": {"garbage": 0.015, "not_json": 0.01, "empty": 0.01, "truncation": 0.01},
    "refusals": {"refusal": 0.01},
    "kills": {},
    "duplicates": {},
}
"""What can go wrong, by the name that ``--faults`` takes; the rates are shares of the model's calls."""

_SWEEP_EVERY_S = 5.0
_KILL_EVERY = (15, 60)
"""Invocations between two kills. Counted, not timed: a busy machine must not make one death in forty one in two."""
_DELIVERERS = 2


@dataclass(frozen=True, slots=True)
class Chaos:
    """What is asked for. ``timeout_s`` bounds the time to drain once every message is in."""

    count: int
    seed: int = 0
    faults: tuple[str, ...] = tuple(FAULTS)
    timeout_s: float = 900.0


@dataclass
class Report:
    """What came of it. ``filed`` counts records by status; times in seconds."""

    delivered: int = 0
    filed: Mapping[str, int] = field(default_factory=dict)
    lost: int = 0
    doubled: int = 0
    paid_twice: int = 0
    kills: int = 0
    drained_s: float = 0.0
    deliveries: int = 0
    redriven: int = 0
    calls: int = 0
    paid: int = 0
    unanswered: int = 0
    killed: Mapping[str, int] = field(default_factory=dict)
    outcomes: Mapping[str, int] = field(default_factory=dict)
    per_second: float = 0.0

    @property
    def holds(self) -> bool:
        """Say whether the promises were kept."""
        return not (self.lost or self.doubled) and self.paid_twice <= self.kills

    def public(self) -> dict[str, Any]:
        """Return the report as JSON; ``in`` is the number of different messages."""
        rest = {name: getattr(self, name) for name in self.__dataclass_fields__ if name != "delivered"}
        return {"in": self.delivered} | rest


def run(chaos: Chaos, tell: Callable[[str], None] = lambda _: None) -> Report:
    """Run it on a twin of its own; raises TwinError where that cannot start."""
    with serve(0, _behaviour(chaos)) as standin, _quiet_pumps():
        twin = Twin.start(
            host="workers",
            state_dir=STATE / "chaos",
            model_url=standin.url,
            api_key=STANDIN_KEY,
            parameters={"RecipientDomain": DOMAIN},
        )
        with twin:
            wiring.forget()
            return _Run(chaos, Session(twin, live=False), standin, tell).report()


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
    return Behaviour(seed=chaos.seed, timeout_s=6.0, **rates)


class _Run:
    """The threads of one run: who delivers, who kills, who doubles, who sweeps."""

    def __init__(self, chaos: Chaos, session: Session, standin: Handle, tell: Callable[[str], None]) -> None:
        self._chaos = chaos
        self._session = session
        self._twin = session.twin
        self._standin = standin
        self._tell = tell
        self._draw = random.Random(chaos.seed)  # noqa: S311 -- not for secrets
        self._expected: set[str] = set()
        self._redriven: set[str] = set()
        self._calm = threading.Event()
        self._over = threading.Event()
        self._report = Report()

    def report(self) -> Report:
        began = time.monotonic()
        with self._beside(self._sweep), self._beside(self._kill), self._beside(self._double):
            self._deliver()
            all_in = time.monotonic()
            self._tell(f"{len(self._expected)} messages are in after {all_in - began:.0f} s.")
            self._wait(began)
        report, ledger = self._report, self._standin.api.ledger
        report.drained_s = round(time.monotonic() - all_in, 1)
        report.per_second = round(len(self._expected) / (time.monotonic() - began), 1)
        report.delivered = len(self._expected)
        self._count()
        report.kills, report.killed = self._twin.workers.kills.total(), dict(self._twin.workers.kills)
        report.calls, report.paid = ledger.calls, ledger.paid.total()
        report.paid_twice, report.unanswered = ledger.paid_twice, ledger.unanswered.total()
        report.outcomes = dict(ledger.outcomes)
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

    def _deliver(self) -> None:
        def deliver(item: Any, times: int) -> None:
            for _ in range(times):
                told = self._session.deliver(item)
                self._expected.add(told.record_id)
                self._report.deliveries += 1

        doubling = "duplicates" in self._chaos.faults
        with ThreadPoolExecutor(_DELIVERERS) as pool:
            waiting = [
                pool.submit(deliver, item, 2 if doubling and self._draw.random() < 0.1 else 1)
                for item in messages(self._chaos.count, self._chaos.seed, DOMAIN)
            ]
            for done in waiting:
                done.result()

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
        queues = [
            SqsQueue(self._twin.client("sqs"), self._twin.outputs[f"{name}QueueUrl"]) for name in ("Intake", "Review")
        ]
        while "duplicates" in self._chaos.faults and not self._over.wait(0.5):
            if self._calm.is_set() or not self._expected:
                continue
            record = self._session.records().get(draw.choice(sorted(self._expected)))
            if record:
                claim = ClaimCheck(
                    record.record_id, record.bucket, record.key, record.channel, record.form, record.content_type
                )
                draw.choice(queues).send(claim)

    def _sweep(self) -> None:
        while not self._over.wait(_SWEEP_EVERY_S):
            try:
                self._twin.invoke("SweepRecordsFunction", {})
            except Exception as error:  # noqa: BLE001 -- a sweep may be killed too; the next one comes
                self._tell(f"a sweep failed: {error}")

    def _wait(self, began: float) -> None:
        """Wait until all is at rest; the faults stop when nine in ten are, and then the dead letters are redriven."""
        deadline = time.monotonic() + self._chaos.timeout_s
        while time.monotonic() < deadline:
            found = self._standing()
            done = sum(status not in WORKING for status in found.values())
            kills = self._twin.workers.kills.total()
            self._tell(f"{time.monotonic() - began:5.0f} s  {done} of {len(self._expected)} done, {kills} kills")
            if done >= 0.9 * len(self._expected) and not self._calm.is_set():
                self._calm.set()
                self._standin.api.behaviour = Behaviour(seed=self._chaos.seed)
            if self._calm.is_set() and done >= len(self._expected) and not self._redrive():
                return
            time.sleep(1.0)

    def _redrive(self) -> int:
        """Take back what was given up while everything failed; once per record, so that it ends."""
        from local.dead_letters import DeadLetters  # noqa: PLC0415 -- only where there are some

        letters = DeadLetters.of_twin(self._twin)
        redriven = letters.redrive_all()
        self._redriven.update(redriven)
        self._report.redriven += len(redriven)
        return len(redriven)

    def _standing(self) -> dict[str, Status]:
        pages = (
            self._twin.client("dynamodb")
            .get_paginator("scan")
            .paginate(
                TableName=self._twin.environment["RECORDS_TABLE"],
                ProjectionExpression="record_id, #status",
                ExpressionAttributeNames={"#status": "status"},
            )
        )
        return {item["record_id"]["S"]: Status(item["status"]["S"]) for page in pages for item in page["Items"]}

    def _count(self) -> None:
        records = self._session.records().query(limit=10 * self._chaos.count + 100)
        known = {record.record_id for record in records}
        stuck = [record for record in records if record.status in WORKING]
        # Who redrives a record asks anew, on purpose; on any other, a step twice is work done twice.
        once = [record for record in records if record.record_id not in self._redriven]
        steps = [Counter(attempt.step for attempt in record.attempts) for record in once]
        self._report.filed = dict(Counter(str(record.status) for record in records))
        self._report.lost = len(self._expected - known) + len(stuck)
        self._report.doubled = len(known - self._expected) + sum(
            max(counts.values(), default=0) > 1 for counts in steps
        )
