"""``mailroom records``: list, show, export, and decide, in a deployed table, a running twin, or the last run."""

import getpass
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from local.cli.rows import row, write_csv, write_jsonl
from local.cli.tables import Line, console, records_table
from local.snapshot import kept
from mailroom.domain.record import FieldResult, Record

if TYPE_CHECKING:
    from mailroom.adapters.dynamodb import DynamoDBRecordStore
    from mailroom.pipeline.decide import DecidePorts

app = typer.Typer(no_args_is_help=True, help="List, show, export and decide records.")
Table = Annotated[
    str, typer.Option("--table", help="A deployed table's name; the running twin, else the last run, otherwise.")
]
Json = Annotated[bool, typer.Option("--json", help="Print data, and nothing else, on stdout.")]


@app.command("list")
def list_records(
    table: Table = "",
    status: Annotated[str, typer.Option(help="Only records of this status.")] = "",
    kind: Annotated[str, typer.Option(help="Only records of this kind.")] = "",
    limit: Annotated[int, typer.Option(help="At most so many, newest first.")] = 100,
    as_json: Json = False,
) -> None:
    """List records, newest first."""
    found = [
        record
        for record in _records(table)
        if (not status or record.status == status) and (not kind or record.kind == kind)
    ][:limit]
    if as_json:
        write_jsonl(found, sys.stdout)
        return
    seconds = {record.record_id: (record.updated_at - record.received_at).total_seconds() for record in found}
    lines = [Line(record.record_id, record, seconds=max(0.0, seconds[record.record_id])) for record in found]
    console().print(records_table(lines, f"{len(found)} records"))


@app.command()
def show(
    record_id: Annotated[str, typer.Argument(help="The record's id, or the beginning of it.")],
    table: Table = "",
    as_json: Json = False,
) -> None:
    """Show one record: every value with the words it came from and where they stand."""
    found = [record for record in _records(table) if record.record_id.startswith(record_id)]
    if len(found) != 1:
        said = "no record" if not found else f"{len(found)} records"
        print(f"mailroom: {said} with an id that begins with {record_id}.", file=sys.stderr)
        raise typer.Exit(1)
    if as_json:
        print(json.dumps(row(found[0]), ensure_ascii=False, indent=2))
        return
    _show(found[0])


@app.command()
def export(
    csv: Annotated[Path | None, typer.Option("--csv", help="Write CSV here; - is stdout.")] = None,
    jsonl: Annotated[Path | None, typer.Option("--jsonl", help="Write JSON lines here; - is stdout.")] = None,
    table: Table = "",
) -> None:
    """Export records as CSV (safe against formulas) or JSON lines."""
    if (csv is None) == (jsonl is None):
        print("mailroom: name one of --csv FILE and --jsonl FILE.", file=sys.stderr)
        raise typer.Exit(2)
    records = _records(table)
    target, write = (csv, write_csv) if csv else (jsonl, write_jsonl)
    assert target is not None
    if str(target) == "-":
        write(records, sys.stdout)
        return
    with target.open("w", encoding="utf-8", newline="") as out:
        count = write(records, out)
    print(f"{count} records written to {target}.", file=sys.stderr)


@app.command()
def savings(table: Table = "", as_json: Json = False) -> None:
    """Say what second readings cost and what they saved, kind by kind (SECOND_READING switches them on)."""
    from mailroom.domain.second_reading import savings_of

    found = savings_of(_records(table))
    if as_json:
        rows = [{**asdict(each), "cost_usd": str(each.cost_usd), "saved_usd": str(each.saved_usd)} for each in found]
        print(json.dumps(rows, indent=2))
        return
    if not found:
        print("No record was read twice.", file=sys.stderr)
    for each in found:
        print(
            f"{each.kind}: {each.asked} second readings cost ${each.cost_usd:.5f}; {each.settled} of them spared a "
            f"review, which saved ${each.saved_usd:.5f}."
        )


By = Annotated[str, typer.Option(help="Who decides; your login where not given.")]


@app.command()
def approve(
    record_ids: Annotated[list[str], typer.Argument(help="The records' ids.")], table: Table = "", by: By = ""
) -> None:
    """Take records as they stand."""
    from mailroom.pipeline.decide import approve as decide

    _decide(record_ids, table, lambda record_id, ports: decide(record_id, by or getpass.getuser(), ports))


@app.command()
def reject(
    record_ids: Annotated[list[str], typer.Argument(help="The records' ids.")],
    reason: Annotated[str, typer.Option(help="Why, for whoever looks later.")],
    table: Table = "",
    by: By = "",
) -> None:
    """Put records aside for good."""
    from mailroom.pipeline.decide import reject as decide

    _decide(record_ids, table, lambda record_id, ports: decide(record_id, by or getpass.getuser(), reason, ports))


@app.command()
def correct(
    record_id: Annotated[str, typer.Argument(help="The record's id.")],
    changes: Annotated[list[str], typer.Argument(help="field=value, as you would write it; field= takes it away.")],
    table: Table = "",
    by: By = "",
) -> None:
    """Write values in place of the machine's."""
    from mailroom.pipeline.decide import correct as decide

    written = dict(change.partition("=")[::2] for change in changes if "=" in change)
    if len(written) != len(changes):
        print("mailroom: write each change as field=value.", file=sys.stderr)
        raise typer.Exit(2)
    _decide([record_id], table, lambda each, ports: decide(each, by or getpass.getuser(), written, ports))


def _decide(record_ids: Sequence[str], table: str, decide: Callable[[str, "DecidePorts"], Record]) -> None:
    from mailroom.adapters.clock import SystemClock
    from mailroom.doctypes.registry import document_types
    from mailroom.domain.errors import MailroomError
    from mailroom.pipeline.decide import DecidePorts

    store = _store(table)
    if store is None:
        print("mailroom: no twin is running; start `mailroom dev`, or name a --table.", file=sys.stderr)
        raise typer.Exit(2)
    ports = DecidePorts(store, SystemClock(), document_types())
    refused = 0
    for record_id in record_ids:
        try:
            record = decide(record_id, ports)
        except MailroomError as error:
            refused += 1
            print(f"mailroom: {error}", file=sys.stderr)
        else:
            print(f"{record.record_id} {record.status}")
    if refused:
        raise typer.Exit(1)


def _store(table: str) -> "DynamoDBRecordStore | None":
    if table:
        from mailroom.adapters.aws import client
        from mailroom.adapters.dynamodb import DynamoDBRecordStore

        return DynamoDBRecordStore(client("dynamodb"), table)
    from local.cli.dev import running_store

    return running_store()


def _records(table: str) -> Sequence[Record]:
    store = _store(table)
    if store:
        return store.query()
    found = kept()
    if not found:
        print(
            "mailroom: no twin is running and there is no last run; try `mailroom demo`, or --table.", file=sys.stderr
        )
        raise typer.Exit(2)
    print("mailroom: no twin is running; these are the last run's records.", file=sys.stderr)
    return sorted(found, key=lambda record: record.received_at, reverse=True)


def _show(record: Record) -> None:
    out = console()
    out.print(Text(f"{record.record_id}  {record.kind or 'no kind'}  {record.status.replace('_', ' ')}", style="bold"))
    out.print(Text(f"from {record.sender or 'nobody named'}: {record.subject}"))
    for path, found in _values(record):
        place = f"{found.zone} {found.start}–{found.end}" if found.start >= 0 else "not in the text"
        out.print(Text(f"  {path}: ", style="cyan"), Text(str(found.value)), end="")
        out.print(Text(f"   {found.confidence:.2f}  {found.method}, {place}, by {found.origin}", style="dim"))
        if found.quote and found.quote != str(found.value):
            out.print(Text(f"      “{found.quote}”", style="dim"))
        for doubt in found.doubts:
            out.print(Text(f"      {doubt}", style="yellow"))
    for reason in (*record.reasons, *record.defects):
        out.print(Text(f"  {reason}", style="yellow"))
    for flip in record.flips:
        was = f" (was {flip.before})" if flip.before else ""
        out.print(Text(f"  review of {flip.path}{was}: {flip.verdict}, ${flip.cost_usd}", style="dim"))
    for attempt in record.attempts:
        used = attempt.usage
        out.print(
            Text(
                f"  {attempt.step} by {attempt.model}: {attempt.outcome}, cache {attempt.cache}, "
                f"{used.prompt_tokens:,} in / {used.output_tokens:,} out, ${attempt.cost_usd}",
                style="dim",
            )
        )


def _values(record: Record) -> list[tuple[str, FieldResult]]:
    from mailroom.pipeline.filing import results

    return list(results(record))
