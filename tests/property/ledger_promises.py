"""What the ledger promises, held against a world that has settled; and schedules to try it with."""

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import product

from mailroom.domain.record import AT_REST, TRANSITIONS, WORKING, Status
from mailroom.pipeline.sweep import NEVER_CAME_BACK, sweep
from tests.property.ledger_ports import Fault, Kind, Step
from tests.property.ledger_world import ACTIONS, World

ARRIVALS = ("plain", "doubtful", "garbled", "form", "spam")
TO_BE_TOLD = AT_REST | {Status.NEEDS_HUMAN}
BULK_LANE = ("backlog", "bulk", "end")
LIVE_LANE = tuple(name for name in ACTIONS if name not in BULK_LANE)
WRITES = 9
"""No action makes more writes: store, create, take, begin, note the kind, keep, file, delete."""


def broken_promises(world: World) -> list[str]:
    """Return what is wrong with a settled world, each in a sentence; nothing is what the ledger promises."""
    wrong = [f"lost: {name} has no row" for name in world.delivered - world.store.rows.keys()]
    wrong += [f"a row from nowhere: {name}" for name in world.store.rows.keys() - world.delivered]
    wrong += [
        f"unfinished: {row.record_id} is {row.status}" for row in world.store.rows.values() if row.status in WORKING
    ]
    wrong += _wrong_changes(world)
    counts = sweep(world.sweeping)
    if counts.missing or counts.in_flight or counts.put_back:
        wrong.append(f"miscounted: all is settled, and the reconciliation says {counts}")
    given_up = _given_up_batches(world)
    wrong += [
        f"paid {count} times: {key}"
        for key, count in world.model.paid.items()
        if count > 1 + world.model.lost[key] + given_up[key.partition("/")[0]]
    ]
    for row in world.store.rows.values():
        bought = [key for key in world.model.kept if key.startswith(f"{row.record_id}/")]
        if not given_up[row.record_id]:
            bought += world.batches.bought[row.record_id]
        if row.status is not Status.FAILED and len(row.attempts) != len(bought):
            wrong.append(f"uncounted: {row.record_id} has {len(row.attempts)} attempts for {len(bought)} paid answers")
    return wrong


def _given_up_batches(world: World) -> Counter[str]:
    """Count by record how often the sweep took it from a parcel, for whose batch somebody may still pay."""
    return Counter(
        record.record_id
        for before, record in world.store.stream
        if before and before.status is Status.BATCHED and NEVER_CAME_BACK in record.reasons[len(before.reasons) :]
    )


def _wrong_changes(world: World) -> Iterator[str]:
    opened: set[str] = set()
    for before, record in world.store.stream:
        if before is None and record.record_id in opened:
            yield f"doubled: {record.record_id} was opened twice"
        opened.add(record.record_id)
        moved = before is None or record.status is not before.status
        if before and before.version != record.version != before.version + 1:
            yield f"skipped: {record.record_id} went from {before.version} to {record.version}"
        if before and moved and record.status not in TRANSITIONS[before.status]:
            yield f"illegal: {record.record_id} went from {before.status} to {record.status}"
        if moved and record.status in TO_BE_TOLD and not world.bus.told[record.record_id, record.version]:
            yield f"untold: {record.record_id} became {record.status}"
        heard = before is not None and record.status is before.status and record.triaged != before.triaged
        if heard and not world.bus.told[record.record_id, record.version]:
            yield f"untold: {record.record_id} was heard to be {record.triaged}"


def outcome(steps: Sequence[Step]) -> list[str]:
    """Run a schedule, let the world settle, and return the promises that broke."""
    world = World()
    world.run(steps)
    world.settle()
    return broken_promises(world)


def random_schedule(seed: int) -> list[Step]:
    """Draw a schedule of 4 to 14 steps of the live lane; nearly half of them have a fault."""
    draw = random.Random(seed)
    arrivals = [Step(draw.choice(ARRIVALS)) for _ in range(draw.choice((1, 1, 2)))]
    return [*arrivals, *(_random_step(draw, 0, LIVE_LANE) for _ in range(draw.randrange(3, 13)))]


def random_bulk_schedule(seed: int) -> list[Step]:
    """Draw the same of both lanes, with a backlog for one thing that comes in."""
    draw = random.Random(f"bulk {seed}")
    arrivals = [Step("backlog", draw.randrange(2)), *(Step(draw.choice(ARRIVALS)) for _ in range(draw.choice((0, 1))))]
    names = (*ACTIONS, *BULK_LANE)  # its three actions twice as often as any other
    return [*arrivals, *(_random_step(draw, 0, names) for _ in range(draw.randrange(3, 13)))]


def _random_step(draw: random.Random, depth: int, names: Sequence[str]) -> Step:
    fault = None
    if draw.random() < 0.45:
        kind = draw.choice(list(Kind))
        meanwhile = _random_step(draw, depth + 1, names) if kind is Kind.MEANWHILE and depth < 2 else None
        fault = Fault(kind, draw.randrange(WRITES), meanwhile)
    return Step(draw.choice(names), draw.randrange(5), draw.choice((1, 1, 2, 4)), fault)


COURSE = ("receive", "intake", "stream", "review", "stream")
"""The way of one message when nothing goes wrong."""


def one_fault_everywhere() -> Iterator[list[Step]]:
    """Yield every arrival with every kind of fault at every write of every step of its course."""
    meanwhile = [Step(name) for name in ("intake again", "review again", "sweep", "replay", "plain")]
    meanwhile += [Step("time", which) for which in range(4)]
    kinds: list[tuple[Kind, Step | None]] = [(kind, None) for kind in Kind if kind is not Kind.MEANWHILE]
    kinds += [(Kind.MEANWHILE, step) for step in meanwhile]
    for arrival, place, (kind, step), at in product(ARRIVALS, range(len(COURSE)), kinds, range(WRITES)):
        yield _course(arrival, {place: Fault(kind, at, step)})


BULK_COURSE = ("backlog", "bulk", "end", "bulk", "stream", "review", "stream")
"""The way of one message of a backlog when nothing goes wrong."""


def one_fault_in_the_bulk_lane() -> Iterator[list[Step]]:
    """Yield both mails of a backlog with every kind of fault at every write of every step of their course."""
    meanwhile = [Step(name) for name in ("bulk", "end", "intake", "receive", "sweep")]
    meanwhile += [Step("backlog", which) for which in range(2)] + [Step("time", 3)]
    kinds: list[tuple[Kind, Step | None]] = [(kind, None) for kind in Kind if kind is not Kind.MEANWHILE]
    kinds += [(Kind.MEANWHILE, step) for step in meanwhile]
    for which, ending, place, (kind, step), at in product(range(2), range(3), range(4), kinds, range(WRITES)):
        steps = [Step("plain"), *(Step(name, ending if name == "end" else which, 4) for name in BULK_COURSE)]
        steps[place + 1] = replace(steps[place + 1], fault=Fault(kind, at, step))
        yield [*steps[: place + 2], Step("time", 2), *steps[place + 2 :]]


def two_faults_everywhere(kinds: Sequence[Kind] = (Kind.DIES_AFTER, Kind.UNHEARD)) -> Iterator[list[Step]]:
    """Yield a doubtful mail with a crash or a lost answer at every pair of writes of its course."""
    faults = [Fault(kind, at) for kind in kinds for at in range(WRITES)]
    for first, second in product(range(len(COURSE)), repeat=2):
        if first < second:
            for one, other in product(faults, repeat=2):
                yield _course("doubtful", {first: one, second: other})


def every_order(length: int) -> Iterator[list[Step]]:
    """Yield every sequence of actions of one length after one arrival, without faults."""
    names = ("plain", "receive", "intake", "intake again", "stream", "replay", "review again", "sweep")
    steps = [*(Step(name) for name in names), Step("time", 1), Step("time", 2)]
    for arrival in ("doubtful", "form"):
        for rest in product(steps, repeat=length):
            yield [Step(arrival), *rest]


def _course(arrival: str, faults: dict[int, Fault]) -> list[Step]:
    # Before each further step the leases and visibility timeouts of a crash are over, as the next worker finds it.
    steps = [Step(arrival)]
    for place, name in enumerate(COURSE):
        steps += (
            [Step(name, size=4, fault=faults.get(place)), Step("time", 2)] if place in faults else [Step(name, size=4)]
        )
    return steps


def shrunk(steps: Sequence[Step]) -> list[Step]:
    """Return the shortest schedule that still breaks a promise, found by leaving out and simplifying steps."""
    best = list(steps)
    while smaller := next((each for each in _smaller(best) if outcome(each)), None):
        best = smaller
    return best


def _smaller(steps: list[Step]) -> Iterator[list[Step]]:
    for index, step in enumerate(steps):
        yield steps[:index] + steps[index + 1 :]
        for simpler in (replace(step, fault=None), replace(step, size=1), replace(step, which=0)):
            if simpler != step:
                yield [*steps[:index], simpler, *steps[index + 1 :]]
