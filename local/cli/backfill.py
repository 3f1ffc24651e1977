"""``mailroom backfill``: last quarter's mail through the pipeline, in batches at half price or the live way."""

import json
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from local.backfill.deployment import FUNCTION, Deployment
from local.backfill.planning import Plan, planned
from local.backfill.sources import backlog
from local.backfill.working import Going, Job
from local.cli.dev import running_store
from local.cli.tables import console, totals
from local.inputs import Input, InputError
from local.places import place
from local.session import DOMAIN, Session, SessionError, session
from local.snapshot import keep
from mailroom.domain.errors import MailroomError
from mailroom.domain.record import Record

TWIN_POLL_S, STACK_POLL_S = 0.5, 15.0
"""A deployed lane is asked how far it is every quarter of a minute, and told to go on every minute."""

SETTLE_S = 600.0
"""How long what is in review may take after a batch, on the twin."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What the command was asked for; ``rate`` is messages a second in the live lane."""

    where: str
    batch: bool = False
    stack: str = ""
    live: bool = False
    limit: int = 0
    since: date | None = None
    budget_usd: Decimal = Decimal(0)
    rate: float = 5.0
    yes: bool = False
    as_json: bool = False


def run(wish: Wish) -> int:
    """Put a backlog in and watch it; on the twin until all is read.

    Returns 0 when all is in, 1 when some inputs could not be taken in, 2 when nothing could begin.
    """
    try:
        with ExitStack() as undo:
            running: Session | None = None
            if wish.stack or running_store() is not None:
                outputs = place(wish.stack).outputs
            else:
                running = undo.enter_context(session(live=wish.live))
                outputs = running.twin.outputs
            return _Backfill(wish, Deployment.of(outputs), running).run()
    except (SessionError, MailroomError) as error:
        print(f"mailroom: {error}", file=sys.stderr)
        return 2


class _Backfill:
    """One run of the command against one deployment; ``running`` is the twin of our own, where there is no other."""

    def __init__(self, wish: Wish, place: Deployment, running: Session | None) -> None:
        self.wish, self.place, self.running = wish, place, running
        self.simulated = (running is not None and not running.live) or self._asks_elsewhere()

    def _asks_elsewhere(self) -> bool:
        return "127.0.0.1" in self.place.variables.get("ANTHROPIC_BASE_URL", "")

    def items(self) -> Iterable[Input | InputError]:
        return backlog(self.wish.where, DOMAIN, since=self.wish.since)

    def run(self) -> int:
        if self.wish.batch:
            _check_route(self.place)
        with _bar() as bar:
            task = bar.add_task("Looking", total=None, rate="", cost="")
            plan = planned(self.items(), self.place, self.wish.limit, lambda done: bar.update(task, completed=done))
        for error in plan.errors:
            print(f"mailroom: {error}", file=sys.stderr)
        most = plan.affordable(self.wish.budget_usd, batch=self.wish.batch)
        self._tell(plan, most)
        job = Job(f"{datetime.now(UTC):%Y%m%dT%H%M%S}", self.place, list(plan.under_way))
        if not most and not job.record_ids:
            self._print(plan, job, [])
            return 1 if plan.errors else 0
        if most and not self._agreed():
            return 2
        with _bar() as bar:
            self._put_in(job, most, bar)
            self._wait(job, bar)
        records = list(job.records())
        if self.running:
            keep(records)
        self._print(plan, job, records)
        return 1 if plan.errors else 0

    def _agreed(self) -> bool:
        if self.wish.yes:
            return True
        if not sys.stdin.isatty():
            print("mailroom: say --yes, since nobody is here to be asked.", file=sys.stderr)
            return False
        return input("Go on? [y/N] ").strip().lower() in {"y", "yes"}

    def _tell(self, plan: Plan, most: int) -> None:
        out = console(stderr=True)
        already = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in sorted(plan.known.items()))
        known = f", {sum(plan.known.values())} known already ({already})" if already else ""
        twice = f", {plan.double} twice" if plan.double else ""
        out.print(f"{plan.found} messages: {plan.new} new{known}{twice}.", highlight=False)
        if not plan.new:
            return
        low, high = plan.estimate.low_usd, plan.estimate.high_usd
        chosen = "in batches" if self.wish.batch else "live"
        out.print(
            f"Estimate from {plan.sampled} of them, with {self.place.model.name}: ${low:.2f} to ${high:.2f} in batches "
            f"(30 to 98 % of prompts cached), ${plan.live_usd:.2f} live with a warm cache; reviews come on top. "
            f"This goes {chosen}.",
            highlight=False,
        )
        if most < plan.new:
            out.print(f"The budget of ${self.wish.budget_usd} pays for {most} of them.", highlight=False)

    def _put_in(self, job: Job, most: int, bar: Progress) -> None:
        task = bar.add_task("Putting in", total=most, rate="", cost="")

        def progress(done: int) -> None:
            bar.update(task, completed=done)

        if self.wish.batch:
            job.put_in_batches(self.items(), most, progress)
        else:
            job.put_in_live(self.items(), most, self.wish.rate, progress)

    def _wait(self, job: Job, bar: Progress) -> None:
        task = bar.add_task("Reading", total=None, rate="", cost="")
        began = time.monotonic()

        def show(going: Going) -> None:
            rate = going.done / max(0.001, time.monotonic() - began)
            bar.update(
                task,
                completed=going.done,
                total=going.total,
                rate=f"{rate:.1f}/s",
                cost=f"${going.cost_usd:.4f} {going.said}",
            )

        try:
            if self.wish.batch:
                self._until_read(job, show)
            if self.running:
                self._until_settled(self.running, job)
        except KeyboardInterrupt:
            print("mailroom: left alone. What is in goes on by itself; run the same command again.", file=sys.stderr)

    def _until_read(self, job: Job, show: Callable[[Going], None]) -> None:
        """Wait for the lane to be through, and have it advance more often than its schedule does."""
        poll_s = TWIN_POLL_S if self.simulated else STACK_POLL_S
        kicked_at = float("-inf")
        while True:
            if self.running is not None:
                self.running.twin.invoke(FUNCTION, {})
            elif time.monotonic() - kicked_at >= 4 * poll_s:
                job.kick()
                kicked_at = time.monotonic()
            going = job.going()
            show(going)
            if going.done >= going.total:
                return
            time.sleep(poll_s)

    @staticmethod
    def _until_settled(running: Session, job: Job) -> None:
        for _ in running.at_rest(job.record_ids, SETTLE_S):
            pass

    def _print(self, plan: Plan, job: Job, records: list[Record]) -> None:
        statuses = Counter(record.status.value for record in records)
        if self.wish.as_json:
            print(json.dumps(self._data(plan, job, records, statuses), indent=2))
        elif records:
            simulated = " Simulated: the stand-in model read them." if self.simulated else ""
            console().print(f"{totals(records)}{simulated}", highlight=False)

    def _data(self, plan: Plan, job: Job, records: list[Record], statuses: Counter[str]) -> dict[str, Any]:
        return {
            "job": job.name,
            "lane": "batch" if self.wish.batch else "live",
            "found": plan.found,
            "new": plan.new,
            "known": dict(plan.known),
            "double": plan.double,
            "unreadable": len(plan.errors),
            "taken_in": len(job.record_ids),
            "estimate_usd": [str(plan.estimate.low_usd), str(plan.estimate.high_usd)],
            "live_estimate_usd": str(plan.live_usd),
            "cost_usd": str(sum((record.cost_usd for record in records), Decimal(0))),
            "by_status": dict(statuses),
            "record_ids": [record.record_id for record in records],
            "simulated": self.simulated,
        }


def _check_route(place: Deployment) -> None:
    """Raise SettingsError where the deployment's route to Claude has no batches."""
    from mailroom.adapters.claude_batches import check_route

    check_route(place.settings.model_provider)


def _bar() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]} {task.fields[cost]}"),
        TimeRemainingColumn(),
        console=console(stderr=True),
        transient=True,
        disable=not sys.stderr.isatty(),
    )
