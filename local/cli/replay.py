"""``mailroom replay``: stored messages read again under a change, compared with the ledger, which is only read."""

import json
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

from rich import box
from rich.table import Table

from local.backfill.deployment import Deployment
from local.cli.tables import console, progress_bar
from local.places import Place, PlaceError, place
from local.replay.differences import compared
from local.replay.reading import Changed, again, again_in_batches, batches_for, live_cost, ports_for
from local.replay.report import Report, report_on
from mailroom.adapters.claude_client import ClaudeClients
from mailroom.domain.errors import MailroomError
from mailroom.domain.listing import Wanted
from mailroom.domain.record import AT_REST, Record, Status
from mailroom.pipeline.extract import ExtractPorts
from mailroom.settings import Asking

READABLE = (AT_REST | {Status.NEEDS_HUMAN}) - {Status.QUARANTINED, Status.FAILED}
MANY = 1_000_000


@dataclass(frozen=True, slots=True)
class Wish:
    """What the command was asked for."""

    since: date
    kind: str = ""
    model: str = ""
    threshold: float | None = None
    limit: int = 500
    stack: str = ""
    batch: bool = False
    as_json: bool = False
    seed: int = 0


def run(wish: Wish) -> int:
    """Return 0 for go, 1 for no-go, 2 when nothing could begin."""
    try:
        where = place(wish.stack)
        deployed = Deployment.of(where.outputs)
        settings = _settings(deployed)
        clients = ClaudeClients(settings)
        ports = ports_for(settings, deployed.mail, Changed(wish.model, wish.threshold), clients)
        report = _reported(_chosen(where, wish), ports, settings, clients, wish)
    except (PlaceError, MailroomError) as error:
        print(f"mailroom: {error}", file=sys.stderr)
        return 2
    _print(report, wish, ports, simulated="127.0.0.1" in settings.anthropic_base_url)
    return 0 if report.go else 1


def _settings(deployed: Deployment) -> Asking:
    """Return the deployment's settings; an API key of one's own goes before the deployment's secret."""
    key = os.environ.get("ANTHROPIC_API_KEY", "")
    own = {"ANTHROPIC_API_KEY": key, "ANTHROPIC_SECRET_ID": ""} if key else {}
    return Asking.from_environment({**deployed.variables, **own})


def _chosen(where: Place, wish: Wish) -> list[Record]:
    since = datetime.combine(wish.since, time(), UTC)
    found = (record for record in where.whole(Wanted(kind=wish.kind, since=since), MANY) if record.status in READABLE)
    return [record for _, record in zip(range(wish.limit), found, strict=False)]


def _reported(
    records: Sequence[Record], ports: ExtractPorts, settings: Asking, clients: ClaudeClients, wish: Wish
) -> Report:
    def tell(said: str) -> None:
        print(f"mailroom: {said}", file=sys.stderr)

    readings: Iterator[tuple[Record, Record]]
    if wish.batch:
        poll_s = 1.0 if settings.anthropic_base_url else 30.0
        readings = again_in_batches(records, ports, batches_for(settings, clients), tell, poll_s)
    else:
        readings = again(records, ports, tell)
    found = []
    with progress_bar() as bar:
        task = bar.add_task("Reading again", total=len(records))
        for record, second in readings:
            costs = (live_cost(record), live_cost(second))
            found.append(compared(record, second, ports.types, costs))
            bar.advance(task)
    return report_on(found, seed=wish.seed)


def _print(report: Report, wish: Wish, ports: ExtractPorts, *, simulated: bool) -> None:
    if wish.as_json:
        print(json.dumps(_data(report) | {"simulated": simulated, "model": ports.reader.card.id}, indent=2))
        return
    out = console()
    changes = Table(
        title=f"{report.messages} messages read again by {ports.reader.card.name}",
        title_justify="left",
        box=box.HORIZONTALS,
    )
    for name in ("field", "gained", "lost", "changed", "better", "worse"):
        changes.add_column(name, justify="left" if name == "field" else "right")
    for each in report.fields:
        changes.add_row(*(str(value) for value in asdict(each).values()))
    out.print(changes)
    for sentence in _sentences(report):
        out.print(sentence, highlight=False)
    if simulated:
        out.print("Simulated: the stand-in model read them.")
    out.print(f"{'Go' if report.go else 'No go'}: {report.reason}", style="bold", highlight=False)


def _sentences(report: Report) -> Iterator[str]:
    f1, per = report.f1, Decimal(max(1, report.messages))
    yield (
        f"Kinds that changed: {report.kinds_changed}. Fields that people decided: {report.decided}; better "
        f"{report.better}, worse {report.worse} (McNemar, p = {report.p_value:.3f}); F1 {f1.difference:+.3f}, with "
        f"95 % between {f1.low:+.3f} and {f1.high:+.3f} (paired bootstrap over messages)."
    )
    yield (
        f"To be looked at: {report.seen_before} before, {report.seen_after} after (p = {report.p_seen:.3f}). First "
        f"reading at live prices: ${report.cost_before_usd / per:.5f} a message before, "
        f"${report.cost_after_usd / per:.5f} after."
    )


def _data(report: Report) -> dict[str, Any]:
    return asdict(report) | {
        "go": report.go,
        "reason": report.reason,
        "cost_before_usd": str(report.cost_before_usd),
        "cost_after_usd": str(report.cost_after_usd),
    }
