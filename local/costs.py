"""What a thousand records cost, line by line: the model by its catalogue, AWS by aws_prices.toml, both dated.

Counts per message are read off the code and the template and stand here with their reasons; tokens and milliseconds
are the caller's (measured, or ``Workload``'s defaults). Nothing is measured here and nothing is asked of a network.
"""

import json
import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache
from pathlib import Path

from mailroom.catalogue import ModelCard
from mailroom.domain.cost import Usage, cost_usd

_HERE = Path(__file__).parent
_THOUSAND = Decimal(1000)


@dataclass(frozen=True, slots=True)
class Workload:
    """One message on average. Tokens are Haiku 4.5's; a model of another tokenizer has its factor of them.

    Defaults of 2026-11-28: the prompt of the shipped kinds and a plain mail (README), the published speed of Haiku 4.5
    (0.6 s to the first token, 97 tokens a second), and `make bench-warm`'s overhead on a shared machine. Mail and
    attachments of 60 KB are an office's; the record's size is that of the samples.
    """

    prompt_tokens: int = 6_200
    message_tokens: int = 600
    answer_tokens: int = 250
    review_tokens: int = 3_500
    review_answer_tokens: int = 150
    review_rate: Decimal = Decimal("0.15")
    cache_misses: Decimal = Decimal("0.02")
    overhead_ms: int = 60
    model_ms: int = 3_200
    batch: int = 10
    mail_kb: int = 60
    record_kb: int = 4
    kept_months: int = 12


@dataclass(frozen=True, slots=True)
class Way:
    """How messages are worked on: how many share an invocation, whether the prompt is cached, whether in bulk."""

    name: str
    batch: int
    cached: bool
    bulk: bool = False


WAYS = (
    Way("one at a time, no cache", 1, cached=False),
    Way("one at a time", 1, cached=True),
    Way("batches", 10, cached=True),
    Way("bulk lane", 1, cached=False, bulk=True),
    Way("bulk lane, prompt found", 1, cached=True, bulk=True),
)
"""In the bulk lane a cache hit is luck (the API's documentation: best effort), so it has a row without and one with."""


@dataclass(frozen=True, slots=True)
class Cost:
    """US dollars per thousand records, by service; ``per_month_usd`` is there however many come."""

    way: str
    extract_model: str
    review_model: str
    per_thousand_usd: Mapping[str, Decimal]

    @property
    def total_usd(self) -> Decimal:
        """All services together, per thousand records."""
        return sum(self.per_thousand_usd.values(), Decimal(0))


@cache
def prices() -> Mapping[str, Decimal]:
    """Return AWS's prices by the name they have in aws_prices.toml, in US dollars."""
    found = tomllib.loads((_HERE / "aws_prices.toml").read_text(encoding="utf-8"))["prices"]
    return {name: Decimal(each["usd"]) for name, each in found.items()}


@cache
def price_notes() -> tuple[str, tuple[str, ...]]:
    """Return the day as of which AWS's prices stand, and the names of those that nobody has verified on that day."""
    found = tomllib.loads((_HERE / "aws_prices.toml").read_text(encoding="utf-8"))
    return str(found["as_of"]), tuple(name for name, each in found["prices"].items() if not each["verified"])


def measured(workload: Workload, bench: Path) -> Workload:
    """Return a workload with the milliseconds of the benches that were run here (build/bench/*.json)."""
    if (warm := bench / "warm.json").exists():
        overhead_ms = json.loads(warm.read_text()).get("batch_cpu_ms_p50", workload.overhead_ms)
        workload = replace(workload, overhead_ms=round(overhead_ms))
    if (batch := bench / "batch.json").exists():
        model_s = json.loads(batch.read_text()).get("one_s", workload.model_ms / 1000)
        workload = replace(workload, model_ms=round(model_s * 1000))
    return workload


def cost_of(way: Way, workload: Workload, extract: ModelCard, review: ModelCard) -> Cost:
    """Return what a thousand records cost in one way with these two models."""
    per_message = {
        "Claude: reading": _reading_usd(way, workload, extract),
        "Claude: review": _review_usd(workload, review) * workload.review_rate,
        "Lambda": _lambda_usd(way, workload),
        "SQS": _sqs_usd(way, workload),
        "DynamoDB": _dynamodb_usd(workload),
        "S3": _s3_usd(workload),
        "SES": prices()["ses_thousand_received"] / _THOUSAND,
        "KMS": prices()["kms_ten_thousand_requests"] / 10_000 / 5,  # one in five: keys of bucket, queue, table are kept
        "EventBridge": prices()["eventbridge_million_events"] / 1_000_000,  # one event per decided record
        "Logs": prices()["logs_gb"] * 3 / 1_000_000,  # six lines of JSON and their metrics, some 3 KB
    }
    return Cost(way.name, extract.name, review.name, {name: usd * _THOUSAND for name, usd in per_message.items()})


def fixed_usd_per_month() -> Mapping[str, Decimal]:
    """Return what the stack costs a month without a message: by template.yaml's resources."""
    template = (_HERE.parent / "template.yaml").read_text(encoding="utf-8")
    return {
        "KMS key": prices()["kms_key_month"],
        "secrets": prices()["secret_month"] * template.count("Type: AWS::SecretsManager::Secret"),
        "alarms": prices()["alarm_month"] * template.count("Type: AWS::CloudWatch::Alarm"),
        "dashboard": prices()["dashboard_month"] * template.count("Type: AWS::CloudWatch::Dashboard"),
        "metrics": prices()["metric_month"] * 30,  # some thirty names, one dimension each
    }


def _tokens(count: int, card: ModelCard) -> int:
    return round(count * card.tokenizer_factor)


def _reading_usd(way: Way, workload: Workload, card: ModelCard) -> Decimal:
    prompt, message = _tokens(workload.prompt_tokens, card), _tokens(workload.message_tokens, card)
    answer = _tokens(workload.answer_tokens, card)
    plain = Usage(input_tokens=prompt + message, output_tokens=answer)
    price_of = card.batch_price_for if way.bulk else card.price_for
    if not way.cached:
        return cost_usd(plain, price_of(plain))
    hit = Usage(input_tokens=message, output_tokens=answer, cache_read_tokens=prompt)
    write = Usage(input_tokens=message, output_tokens=answer, cache_write_5m_tokens=prompt)
    misses = workload.cache_misses
    return cost_usd(hit, price_of(hit)) * (1 - misses) + cost_usd(write, price_of(write)) * misses


def _review_usd(workload: Workload, card: ModelCard) -> Decimal:
    usage = Usage(
        input_tokens=_tokens(workload.review_tokens, card), output_tokens=_tokens(workload.review_answer_tokens, card)
    )
    return cost_usd(usage, card.price_for(usage))


def _lambda_usd(way: Way, workload: Workload) -> Decimal:
    """Five functions at the template's memory: receive and dispatch at 512 MB, extract at 1 GB, review at 1 GB."""
    request, gb_s = prices()["lambda_million_requests"] / 1_000_000, prices()["lambda_gb_s_arm64"]
    batch = min(way.batch, workload.batch) if way.batch > 1 else 1
    waited_ms = 0 if way.bulk else workload.model_ms
    extract_s = (Decimal(waited_ms) / batch + workload.overhead_ms) / 1000
    review_s = Decimal(workload.model_ms + workload.overhead_ms) / 1000 * workload.review_rate
    small_s = Decimal(workload.overhead_ms) / 1000  # receive and dispatch together: no reading, no judging
    requests = 1 + Decimal(1) / batch + Decimal(3) / 10 + workload.review_rate  # receive, extract, dispatch, review
    return requests * request + gb_s * (extract_s + review_s + small_s / 2)


def _sqs_usd(way: Way, workload: Workload) -> Decimal:
    """A send for each message; a receive and a delete for each batch."""
    shared = Decimal(2) / (1 if way.batch == 1 else workload.batch)
    return prices()["sqs_million_requests"] / 1_000_000 * (1 + shared + 3 * workload.review_rate)


def _dynamodb_usd(workload: Workload) -> Decimal:
    """Writes of the table, of its six indexes and of the memory of paid answers; reads of one row thrice.

    received: 1 + by_day, by_status, by_lease, by_sender; begun: 1 + by_day 1, by_status 2, by_lease 2, by_sender 1;
    concluded: a unit for each KB + by_day 1, by_status 2, by_lease 1, by_kind 1, by_sender 1; a review begins and
    concludes again; the memory takes 1 and 3. The sweep comes every five minutes, 288 times a day, and counts: a record
    is read whole by half of the runs of its own day and by one in 34 of the 34 days after it (docs/adr/0055), and its
    row in the index by day by every run of two days, both at half price and an eighth of a unit a row.
    """
    begun, concluded = 1 + 6, workload.record_kb + 6
    writes = (1 + 4) + (begun + concluded) * (1 + workload.review_rate) + 4 * (1 + workload.review_rate)
    counted = Decimal(288 // 2 + 288) * math.ceil(workload.record_kb / 4) / 2 + Decimal(2 * 288) / 16
    reads = 3 * (1 + workload.review_rate) + counted
    kept_gb = Decimal(workload.record_kb + 4) / 1_000_000
    return (
        writes * prices()["dynamodb_million_writes"] / 1_000_000
        + reads * prices()["dynamodb_million_reads"] / 1_000_000
        + kept_gb * prices()["dynamodb_gb_month"] * workload.kept_months
    )


def _s3_usd(workload: Workload) -> Decimal:
    gets = 1 + workload.review_rate
    kept = Decimal(workload.mail_kb) / 1_000_000 * prices()["s3_gb_month"] * workload.kept_months
    return prices()["s3_thousand_puts"] / _THOUSAND + gets * prices()["s3_thousand_gets"] / _THOUSAND + kept
