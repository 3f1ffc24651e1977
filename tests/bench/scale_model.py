"""A day of mail as a discrete-event model: queues, workers, the model API's rate limits, and what each key is written.

Pure arithmetic, seeded; no clock and no network. Simplifications, each on the safe side or named: a queue hands out in
order; a worker that is free takes what is there, up to a batch; a call that meets an empty bucket goes back to its
queue and waits as long as the bucket needs, five seconds at least (mailroom/domain/patience.py); a batch ends with its
slowest call (mailroom/batches.py). SES's own limits are not modelled: AWS publishes none for receiving.
"""

import heapq
import math
import random
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field

DAY_S = 86_400
HOURS = (1, 1, 1, 1, 1, 2, 4, 8, 14, 16, 15, 13, 11, 13, 14, 13, 11, 8, 5, 4, 3, 2, 2, 1)
"""Relative arrivals by hour of the day: an office's mail. The busiest hour has 2.3 times the day's mean."""

BURSTS = ((9.0, 300), (14.0, 300), (16.5, 60))
"""When bursts begin (hours) and how many seconds each lasts: a campaign's answers, an outbox emptied."""


@dataclass(frozen=True, slots=True)
class Api:
    """The rate limits of one model class: requests, uncached input tokens and output tokens, each per minute."""

    rpm: float = 4_000
    itpm: float = 4_000_000
    otpm: float = 800_000


@dataclass(frozen=True, slots=True)
class Step:
    """One function behind a queue. Milliseconds and tokens are per message, as measured or as its caller says."""

    concurrency: int
    batch: int
    overhead_s: float
    ttft_s: float
    tokens_per_s: float
    input_tokens: float
    output_tokens: float
    api: Api


@dataclass(frozen=True, slots=True)
class Day:
    """What comes in: messages over a day, of which a share comes in bursts, and the share that goes to review."""

    messages: int = 1_000_000
    burst_share: float = 0.05
    review_rate: float = 0.15
    received_s: float = 0.9  # SES to queue: 0.6 s as AWS's sample event says, and the receiving function
    dispatched_s: float = 0.5  # stream to review queue


@dataclass
class Bucket:
    """A token bucket that refills continuously and holds one minute's worth."""

    per_minute: float
    level: float = 0.0
    at: float = 0.0

    def __post_init__(self) -> None:
        self.level = self.per_minute

    def lacks_s(self, now: float, amount: float) -> float:
        """Return the seconds until an amount is there; 0 when it is."""
        self.level = min(self.per_minute, self.level + (now - self.at) * self.per_minute / 60)
        self.at = now
        return max(0.0, (amount - self.level) * 60 / self.per_minute)


@dataclass
class Result:
    """What one queue saw: seconds each message waited for its worker, billed worker seconds, calls and refusals."""

    waits_s: list[float] = field(default_factory=list)
    busy_s: float = 0.0
    invocations: int = 0
    calls: int = 0
    refused: int = 0
    peak_workers: int = 0
    finished: list[float] = field(default_factory=list)


def arrivals(day: Day, rng: random.Random) -> list[float]:
    """Return the seconds of the day at which messages arrive, sorted."""
    in_bursts = int(day.messages * day.burst_share)
    total = sum(HOURS)
    times: list[float] = []
    for hour, weight in enumerate(HOURS):
        count = round((day.messages - in_bursts) * weight / total)
        times += [hour * 3600 + rng.random() * 3600 for _ in range(count)]
    for begins_h, lasts_s in BURSTS:
        times += [begins_h * 3600 + rng.random() * lasts_s for _ in range(in_bursts // len(BURSTS))]
    return sorted(times)


def served(step: Step, times: list[float], rng: random.Random) -> Result:
    """Run one queue and its function over the times at which messages reach the queue (sorted seconds)."""
    result = Result()
    buckets = [Bucket(step.api.rpm), Bucket(step.api.itpm), Bucket(step.api.otpm)]
    waiting: deque[tuple[float, float]] = deque()  # (reached the queue, visible since)
    back: list[tuple[float, float]] = []  # (visible again, reached the queue)
    workers: list[float] = []  # when each busy one is free
    coming = iter(times)
    upcoming = next(coming, math.inf)
    while True:
        now = min(upcoming, back[0][0] if back else math.inf, workers[0] if workers and waiting else math.inf)
        if now is math.inf or now == math.inf:
            break
        while upcoming <= now:
            waiting.append((upcoming, upcoming))
            upcoming = next(coming, math.inf)
        while back and back[0][0] <= now:
            visible, reached = heapq.heappop(back)
            waiting.append((reached, visible))
        while workers and workers[0] <= now:
            heapq.heappop(workers)
        while waiting and len(workers) < step.concurrency:
            lasted = 0.0
            taken = [waiting.popleft() for _ in range(min(step.batch, len(waiting)))]
            for reached, _ in taken:
                output = rng.lognormvariate(math.log(step.output_tokens) - 0.18, 0.6)  # its mean is output_tokens
                needs = (1.0, step.input_tokens, output)
                lacking = max(each.lacks_s(now, amount) for each, amount in zip(buckets, needs, strict=True))
                result.calls += 1
                if lacking > 0:
                    result.refused += 1
                    heapq.heappush(back, (now + max(5.0, lacking) * (1 + rng.random()), reached))
                    continue
                for each, amount in zip(buckets, needs, strict=True):
                    each.level -= amount
                took = step.ttft_s * rng.lognormvariate(0, 0.25) + output / step.tokens_per_s
                result.waits_s.append(now - reached)
                result.finished.append(now + took)
                lasted = max(lasted, took)
            lasted += step.overhead_s * len(taken)
            result.invocations += 1
            result.busy_s += lasted
            heapq.heappush(workers, now + lasted)
            result.peak_workers = max(result.peak_workers, len(workers))
    return result


def later(times: list[float], by_s: float, rng: random.Random, share: float = 1.0) -> list[float]:
    """Return a share of the times, each some seconds later, sorted."""
    return sorted(each + by_s * (0.5 + rng.random()) for each in times if share >= 1 or rng.random() < share)


@dataclass(frozen=True, slots=True)
class Writes:
    """How often one key of a table or index is written when a message takes a step (write units, items under 1 KB)."""

    key: str
    received: float = 0.0
    begun: float = 0.0
    concluded: float = 0.0
    reviewed: float = 0.0


# From adapters/dynamodb.py and template.yaml. An index whose key does not change is written once a change (1 unit);
# one whose key changes is written twice, the old key's entry deleted and the new one's put: one unit on each key.
# by_kind and by_sender have a key per kind and sender: the busiest kind is taken as half of all mail.
KEYS = (
    Writes("by_day: today", received=1, begun=1, concluded=1, reviewed=1),
    Writes("by_status: received", received=1, begun=1),
    Writes("by_status: extracting", begun=1, concluded=1),
    Writes("by_status: accepted", concluded=0.85, reviewed=0.7),
    Writes("by_status: in_review", concluded=0.15, reviewed=1),
    Writes("by_lease: received", received=1, begun=1),
    Writes("by_lease: extracting", begun=1, concluded=1),
    Writes("by_kind: the busiest, half of all", concluded=0.5, reviewed=0.5),
    Writes("by_attention: open", reviewed=0.3),
)
PARTITION_WCU = 1_000
"""Write units a second that one partition takes (AWS: DynamoDB, partitions and data distribution)."""


def write_units(by_second: dict[str, Counter[int]]) -> dict[str, int]:
    """Return the greatest write units of a second for each key; ``by_second`` counts messages a second by step."""
    peaks = {}
    for key in KEYS:
        units: Counter[int] = Counter()
        for step, counts in by_second.items():
            weight = getattr(key, step)
            for second, count in counts.items() if weight else ():
                units[second] += count * weight
        peaks[key.key] = math.ceil(max(units.values(), default=0))
    return peaks


def per_second(times: list[float]) -> Counter[int]:
    """Count times by whole seconds."""
    return Counter(map(int, times))


def quantiles(waits_s: list[float]) -> dict[str, float]:
    """Return the median, the 99th percentile and the greatest wait in seconds."""
    ordered = sorted(waits_s)
    if not ordered:
        return {"p50_s": 0.0, "p99_s": 0.0, "max_s": 0.0}
    picks = {"p50_s": 0.5, "p99_s": 0.99, "max_s": 1.0}
    return {name: round(ordered[min(len(ordered) - 1, int(len(ordered) * at))], 2) for name, at in picks.items()}


def hours_of(times: list[float]) -> Iterator[int]:
    """Yield the messages of each hour of the day."""
    counts = Counter(int(each // 3600) for each in times)
    for hour in range(24):
        yield counts[hour]
