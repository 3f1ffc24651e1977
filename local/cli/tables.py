"""Tables that a person enjoys reading."""

import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from decimal import Decimal

from rich import box
from rich.console import Console, Group
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from mailroom.domain.listing import Listed, needs_of
from mailroom.domain.record import FieldResult, Record, Status
from mailroom.pipeline.filing import results

COLOURS: Mapping[Status, str] = {
    Status.ACCEPTED: "green",
    Status.APPROVED: "green",
    Status.CORRECTED: "green",
    Status.NEEDS_HUMAN: "yellow",
    Status.QUARANTINED: "magenta",
    Status.FAILED: "red",
    Status.REJECTED: "red",
}
WIDTH_WHEN_PIPED = 120
SHORT = 34
"""Characters of a value that a table shows."""


def console(*, stderr: bool = False) -> Console:
    """Return a console that is as wide as the terminal, or wide enough for the tables where there is none."""
    probe = Console(stderr=stderr)
    return probe if probe.is_terminal else Console(stderr=stderr, width=WIDTH_WHEN_PIPED)


def progress_bar() -> Progress:
    """Return a bar on stderr for long work, which shows nothing where stderr is no terminal."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console(stderr=True),
        transient=True,
        disable=not sys.stderr.isatty(),
    )


@dataclass(frozen=True, slots=True)
class Line:
    """One input and what became of it."""

    source: str
    record: Record | None
    deliveries: int = 1
    note: str = ""
    refusal: str = ""
    seconds: float = 0.0


def records_table(lines: Sequence[Line], title: str) -> Table:
    """Return the table of what became of each input; five columns, so that 80 characters are enough."""
    table = Table(
        title=title,
        title_justify="left",
        title_style="bold",
        header_style="bold",
        pad_edge=False,
        show_lines=True,
        box=box.HORIZONTALS,
        expand=True,
    )
    table.add_column("Input", overflow="fold", ratio=4)
    table.add_column("Kind, status,\nconfidence")
    table.add_column("What was read, or why not", overflow="fold", ratio=5)
    table.add_column("Answered by, cache,\ntokens in / out")
    table.add_column("Cost $\nTime s", justify="right")
    for line in lines:
        table.add_row(*_cells(line))
    return table


def heads_table(heads: Sequence[Listed], title: str) -> Table:
    """Return the table of a list; five columns, so that 80 characters are enough."""
    table = Table(title=title, title_justify="left", title_style="bold", header_style="bold", pad_edge=False)
    table.add_column("Record", overflow="fold", min_width=12)
    table.add_column("Kind, status,\nconfidence")
    table.add_column("Received (UTC)")
    table.add_column("Sender, subject, what it needs", overflow="fold", ratio=1)
    table.add_column("Cost $", justify="right")
    for head in heads:
        about = Text(head.sender or "nobody named")
        about.append("\n" + _shortened(head.subject, 80), style="dim")
        if head.needs:
            about.append("\n" + head.needs, style="yellow")
        received = head.received_at.astimezone(UTC).strftime("%Y-%m-%d\n%H:%M:%S")
        verdict = _verdict(head.kind, head.status, head.confidence)
        table.add_row(Text(head.record_id), verdict, received, about, f"{head.cost_usd:.5f}")
    return table


def record_page(record: Record) -> Group:
    """Return all that is known of one record: each value with its proof, the doubts, the calls, the decisions."""
    title = f"{record.record_id}  {record.kind or 'no kind'}  {record.status.replace('_', ' ')}"
    lines = [Text(title, style="bold"), Text(f"from {record.sender or 'nobody named'}: {record.subject}")]
    if needs := needs_of(record):
        lines.append(Text(needs, style="yellow"))
    for path, found in results(record):
        lines += _proof_lines(path, found)
    lines += [Text(f"  {reason}", style="yellow") for reason in (*record.reasons, *record.defects)]
    for flip in record.flips:
        was = f" (was {flip.before})" if flip.before else ""
        lines.append(Text(f"  review of {flip.path}{was}: {flip.verdict}, ${flip.cost_usd}", style="dim"))
    for attempt in record.attempts:
        said = f"  {attempt.step}: {attempt.model}, {attempt.outcome}, cache {attempt.cache.replace('_', ' ')}, "
        said += f"{attempt.usage.prompt_tokens:,} tokens in, {attempt.usage.output_tokens:,} out, ${attempt.cost_usd}"
        lines.append(Text(said, style="dim"))
    for decision in record.decisions:
        before = "; ".join(f"{path} was {was or 'missing'}" for path, was in decision.before.items())
        why = "".join(f": {text}" for text in (decision.reason, before) if text)
        moment = decision.at.astimezone(UTC).strftime("%Y-%m-%d %H:%M")
        lines.append(Text(f"  {decision.action} by {decision.by}, {moment} UTC{why}"))
    return Group(*lines)


def _proof_lines(path: str, found: FieldResult) -> list[Text]:
    place = f"{found.zone} {found.start}–{found.end}" if found.start >= 0 else "not in the text"
    line = Text(f"  {path}: ", style="cyan").append(str(found.value), style="default")
    line.append(f"   {found.confidence:.2f}  {found.method}, {place}, by {found.origin}", style="dim")
    lines = [line]
    if found.quote and found.quote != str(found.value):
        lines.append(Text(f"      “{found.quote}”", style="dim"))
    return lines + [Text(f"      {doubt}", style="yellow") for doubt in found.doubts]


def _verdict(kind: str, status: Status, confidence: float | None) -> Text:
    verdict = Text(kind.replace("_", " ") + "\n" if kind else "")
    verdict.append(status.replace("_", " "), style=COLOURS.get(status, ""))
    if confidence is not None:
        verdict.append(f"\n{confidence:.2f}")
    return verdict


def _cells(line: Line) -> list[Text | str]:
    name = Text(line.source.rsplit("/", 1)[-1])
    if line.deliveries > 1:
        name.append(f" (delivered {line.deliveries} times)", style="dim")
    if line.note:
        name.append("\n" + line.note, style="dim")
    if line.record is None:
        return [name, Text("refused", style="red"), Text(line.refusal), "", ""]
    record = line.record
    verdict = _verdict(record.kind, record.status, record.confidence)
    return [name, verdict, _main_fields(record), _answered_by(record), f"{record.cost_usd:.5f}\n{line.seconds:.1f}"]


def _answered_by(record: Record) -> Text:
    if not record.attempts:
        return Text("no model", style="dim")
    calls = [f"{_short_model(attempt.model)}  {attempt.cache.replace('_', ' ')}" for attempt in record.attempts]
    usage = record.usage
    text = Text("\n".join(calls))
    return text.append(f"\n{usage.prompt_tokens:,} / {usage.output_tokens:,}", style="dim")


def _main_fields(record: Record) -> Text:
    """Show the first few values, then the first reason where a person or nobody can go on."""
    text = Text()
    for name, found in list(record.fields.items())[:4]:
        value = ", ".join(str(item.value) for item in found) if isinstance(found, tuple) else str(found.value)
        text.append(("\n" if text else "") + f"{name} ", style="dim")
        text.append(_shortened(value))
    for name, rows in record.groups.items():
        text.append(f"\n{len(rows)} {name.replace('_', ' ')}", style="dim")
    if record.status in {Status.NEEDS_HUMAN, Status.FAILED, Status.QUARANTINED} and record.reasons:
        more = f" (+{len(record.reasons) - 1})" if len(record.reasons) > 1 else ""
        text.append(("\n" if text else "") + _shortened(record.reasons[0], 110) + more, style="yellow")
    return text


def _shortened(value: str, most: int = SHORT) -> str:
    flat = " ".join(value.split())
    return flat if len(flat) <= most else flat[: most - 1] + "…"


def _short_model(name: str) -> str:
    return re.sub(r"-\d{8}$", "", name.removeprefix("claude-"))


def totals(records: Sequence[Record]) -> str:
    """Return the sums in one sentence."""
    cost = sum((record.cost_usd for record in records), Decimal(0))
    by_status: dict[str, int] = {}
    for record in records:
        by_status[record.status.replace("_", " ")] = by_status.get(record.status.replace("_", " "), 0) + 1
    states = ", ".join(f"{count} {name}" for name, count in sorted(by_status.items(), key=lambda item: -item[1]))
    calls = sum(len(record.attempts) for record in records)
    hits = sum(attempt.cache == "hit" for record in records for attempt in record.attempts)
    return f"{len(records)} records: {states}. {calls} model calls, {hits} from a cached prompt, ${cost:.5f} in all."
