"""Reviewing the doubtful fields alone against asking the review model for the whole message: ``make bench-review``.

Messages: the shared sets of receipts, tickets and seminars as plain mails, and the mails under events/. The stand-in
reads each as the small model, told to swap digits and dates, or to invent values, in half of its answers. Every
record that then waits for review with a kind is reviewed twice by the same model, which here answers honestly: by the
shipped review step, and by reading the whole message anew under the extraction prompt. A changed value is a doubtful
one that came out of the review another: changed, found or withdrawn.

Tokens are the stand-in's estimates, so tokens and dollars are simulated; prices and requests are the real ones.
``cost_ratio`` compares dollars per changed value, field-level over whole-message, neither cached, as reviews are.
``cost_ratio_both_cached`` lets both read their prompt from the cache every time, ``cost_ratio_whole_cached`` only the
whole-message one, whose prompt serves all kinds: the best that can befall it.

Writes build/bench/review.json.
"""

# ruff: noqa: T201 - a bench prints its table

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

from local.standin import serve
from local.standin.faults import Behaviour, Honesty
from local.standin.tokens import of_text
from mailroom.adapters.claude import ClaudeModel
from mailroom.adapters.claude_client import ClaudeClients
from mailroom.catalogue import ModelCard, card
from mailroom.doctypes.registry import document_types
from mailroom.domain.cost import Usage, cost_usd
from mailroom.domain.errors import MailroomError
from mailroom.domain.judgement import Policy, judge
from mailroom.domain.paths import list_of
from mailroom.domain.record import ClaimCheck, FlipVerdict, Record, Status
from mailroom.domain.retention import Retention
from mailroom.pipeline.asking import Reader, ask_whole, load
from mailroom.pipeline.extract import ExtractPorts, extract
from mailroom.pipeline.filing import judged_fields, results
from mailroom.pipeline.review import ReviewPorts, review
from mailroom.ports import CacheLife
from mailroom.prompts.schema_prompt import render, review_prompt
from mailroom.settings import Asking
from tests.bench.labelled import LABELLED
from tests.fakes import FakeClock, FakeMailStore, FakeRecordStore

RESULT = Path("build/bench/review.json")
EVENTS = Path(__file__).parents[2] / "events" / "emails"
OF_EACH_SET = 60
SEED = 20261123
READ_BY, REVIEWED_BY = "claude-haiku-4-5", "claude-sonnet-4-6"
SETS = {"sroie": "invoices@inbox.example", "redmine": "support@inbox.example", "seminars": "meetings@inbox.example"}
TYPES = document_types()
CHANGES = frozenset({FlipVerdict.CHANGED, FlipVerdict.FOUND, FlipVerdict.WITHDRAWN})


def mails() -> Iterator[tuple[str, bytes]]:
    """Yield (name, raw mail) in a fixed order."""
    for path in sorted(EVENTS.glob("*.eml")):
        yield path.stem, path.read_bytes()
    for name, address in SETS.items():
        if not (LABELLED / f"{name}.jsonl").exists():
            continue
        lines = (LABELLED / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
        for line in lines[:OF_EACH_SET]:
            row = json.loads(line)
            mail = EmailMessage(policy=SMTP)
            mail["From"], mail["To"], mail["Date"] = "ana@post.example", address, "Mon, 2 Mar 2026 09:00:00 +0000"
            mail["Message-ID"] = f"<{name}-{row['id']}@post.example>"
            mail.set_content(row["text"])
            yield f"{name}-{row['id']}", mail.as_bytes()


@dataclass
class Sum:
    """What one way of reviewing cost and changed."""

    cost_usd: Decimal = Decimal(0)
    cached_usd: Decimal = Decimal(0)
    tokens_in: int = 0
    tokens_out: int = 0
    changed: int = 0

    def add(self, usage: Usage, price_card: ModelCard, changed: int, *, prefix_tokens: int) -> None:
        """Count one call; ``prefix_tokens`` of its prompt could have come from a cache."""
        self.cost_usd += cost_usd(usage, price_card.price_for(usage))
        cached = replace(usage, input_tokens=usage.input_tokens - prefix_tokens, cache_read_tokens=prefix_tokens)
        self.cached_usd += cost_usd(cached, price_card.price_for(cached))
        self.tokens_in += usage.prompt_tokens
        self.tokens_out += usage.output_tokens
        self.changed += changed

    def per_change(self) -> Decimal:
        """Return dollars per changed value."""
        return self.cost_usd / max(1, self.changed)


@dataclass
class Bench:
    """The two ways side by side, over one stand-in."""

    model: ClaudeModel
    reviewed: int = 0
    doubts: int = 0
    accepted: int = 0

    def __post_init__(self) -> None:
        self.fields, self.whole = Sum(), Sum()
        self._mail, self._records, self._clock = FakeMailStore(), FakeRecordStore(), FakeClock()
        self._prompt = render(TYPES)

    def run(self, name: str, raw: bytes) -> None:
        """Read one mail, and review it both ways where it waits for review."""
        claim = ClaimCheck(name, "raw", name)
        self._mail.objects[name] = raw
        try:
            record = extract(claim, self._extracting())
        except MailroomError:
            return
        if record.status is not Status.IN_REVIEW or not record.kind:
            return
        self.reviewed += 1
        self.doubts += len(record.doubtful)
        self._whole(record)
        after = review(claim, ReviewPorts(**self._shared(), reader=self._reader(REVIEWED_BY)))
        self.accepted += after.status is Status.ACCEPTED
        changed = sum(flip.verdict in CHANGES for flip in after.flips)
        prefix = of_text(review_prompt(TYPES[record.kind]).text)
        self.fields.add(after.attempts[-1].usage, card(REVIEWED_BY), changed, prefix_tokens=prefix)

    def _whole(self, record: Record) -> None:
        reader = self._reader(REVIEWED_BY)
        reading = load(record, self._mail, reader)
        answer, attempt, _ = ask_whole(
            record, "whole", reading, reader=reader, model=self.model, types=TYPES, clock=self._clock
        )
        changed = 0
        if answer is not None and answer.kind == record.kind:
            judged = judge(answer, reading.message, TYPES[answer.kind], Policy())
            anew = record.model_copy(update=judged_fields(judged, origin="review"))
            before, now = _values(record), _values(anew)
            changed = sum(before.get(path) != now.get(path) for path in record.doubtful)
        self.whole.add(attempt.usage, reader.card, changed, prefix_tokens=of_text(self._prompt.text))

    def _reader(self, name: str) -> Reader:
        return Reader(card(name), self._prompt, CacheLife.OFF, 30)

    def _shared(self) -> dict[str, object]:
        return {
            "mail": self._mail,
            "records": self._records,
            "model": self.model,
            "clock": self._clock,
            "types": TYPES,
            "policy": Policy(),
            "retention": Retention(timedelta(days=1)),
        }

    def _extracting(self) -> ExtractPorts:
        return ExtractPorts(
            **self._shared(),
            reader=self._reader(READ_BY),
            lease=timedelta(minutes=2),
            review_lease=timedelta(hours=1),
        )


def _values(record: Record) -> dict[str, list[object]]:
    found: dict[str, list[object]] = {}
    for path, result in results(record):
        found.setdefault(path, []).append(result.value)
        if name := list_of(path):
            found.setdefault(name, []).append(result.value)
    return found


def run(honesty: Honesty) -> Bench:
    """Return the bench of one way of lying."""
    # The client for secrets wants a region even where no secret is read.
    os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")
    behaviour = Behaviour(seed=SEED, honesty=honesty, honesty_rate=0.5, only_models=("claude-haiku",))
    with serve(0, behaviour) as standin:
        settings = Asking(
            records_table="none",
            raw_bucket="none",
            idempotency_table="none",
            anthropic_api_key="sk-bench",
            anthropic_base_url=standin.url,
        )
        clients = ClaudeClients(settings)
        bench = Bench(ClaudeModel(clients, card, "api"))
        for name, raw in mails():
            bench.run(name, raw)
        clients.close()
    return bench


def main() -> None:
    """Print the table, and write the figures."""
    benches = {honesty.value: run(honesty) for honesty in (Honesty.SWAPPING, Honesty.INVENTIVE)}
    heads = f"{'tokens in':>11}{'out':>8}{'$':>9}{'changed':>9}{'$/change':>10}"
    print(f"{'small model':14}{'records':>8}{'doubts':>8}  {'review':10}{heads}")
    for name, bench in benches.items():
        for way, each in (("fields", bench.fields), ("whole", bench.whole)):
            print(
                f"{name:14}{bench.reviewed:>8}{bench.doubts:>8}  {way:10}{each.tokens_in:>11}{each.tokens_out:>8}"
                f"{each.cost_usd:>9.4f}{each.changed:>9}{each.per_change():>10.5f}"
            )
    figures = figures_of(list(benches.values()))
    RESULT.parent.mkdir(parents=True, exist_ok=True)
    RESULT.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(figures, indent=2))


def figures_of(benches: list[Bench]) -> dict[str, object]:
    """Return the figures over all ways of lying."""
    total = {way: Sum() for way in ("fields", "whole")}
    for bench in benches:
        for way, each in (("fields", bench.fields), ("whole", bench.whole)):
            for name in ("cost_usd", "cached_usd", "tokens_in", "tokens_out", "changed"):
                setattr(total[way], name, getattr(total[way], name) + getattr(each, name))
    fields, whole = total["fields"], total["whole"]
    fields_cached = fields.cached_usd / max(1, fields.changed)
    whole_cached = whole.cached_usd / max(1, whole.changed)
    return {
        "cost_ratio": round(float(fields.per_change() / whole.per_change()), 4),
        "cost_ratio_both_cached": round(float(fields_cached / whole_cached), 4),
        "cost_ratio_whole_cached": round(float(fields.per_change() / whole_cached), 4),
        "tokens_per_change_fields": round((fields.tokens_in + fields.tokens_out) / max(1, fields.changed)),
        "tokens_per_change_whole": round((whole.tokens_in + whole.tokens_out) / max(1, whole.changed)),
        "usd_per_change_fields": round(float(fields.per_change()), 6),
        "usd_per_change_whole": round(float(whole.per_change()), 6),
        "records": sum(bench.reviewed for bench in benches),
        "doubts": sum(bench.doubts for bench in benches),
        "accepted_after_review": sum(bench.accepted for bench in benches),
        "tokens": "simulated",
        "models": [READ_BY, REVIEWED_BY],
        "seed": SEED,
    }


if __name__ == "__main__":
    main()
