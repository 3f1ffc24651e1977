"""``mailroom records``: look at records in a deployed stack, a table, a running twin, or the last run."""

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from local.cli.options import (
    CallError,
    Json,
    OfDay,
    OfKind,
    OfSender,
    OfStatus,
    Since,
    Stack,
    Table,
    said,
    wanted,
)
from local.cli.rows import row, write_jsonl
from local.cli.tables import console, heads_table, progress_bar, record_page

if TYPE_CHECKING:
    from local.places import Records
    from mailroom.domain.record import Record

app = typer.Typer(no_args_is_help=True, help="List, show, export and decide records.")
MOST_EXPORTED = 10_000_000


@app.command("list")
def list_records(
    *,
    stack: Stack = "",
    table: Table = "",
    status: OfStatus = "",
    kind: OfKind = "",
    sender: OfSender = "",
    day: OfDay = "",
    since: Since = "",
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 100,
    as_json: Json = False,
) -> None:
    """List records, newest first; with --status needs_human worst first.

    Every list is served by one index. Without any filter it goes back 31 days; --since goes further. With --json whole
    records are printed, one a line.
    """
    records, filters = _records(stack, table), wanted(status=status, kind=kind, sender=sender, day=day, since=since)
    if as_json:
        write_jsonl(records.whole(filters, limit), sys.stdout)
        return
    found = list(records.listed(filters, limit))
    more = "; --limit shows more" if len(found) == limit else ""
    console().print(heads_table(found, f"{len(found)} records{more}"))


@app.command()
def show(
    record_id: Annotated[str, typer.Argument(help="The record's id, or the beginning of a recent one's.")],
    stack: Stack = "",
    table: Table = "",
    as_json: Json = False,
) -> None:
    """Show one record: every value with the words it came from and where they stand, and who decided what."""
    from local.places import NotNamedError

    try:
        found = _records(stack, table).named(record_id)
    except NotNamedError as error:
        said(str(error))
        raise typer.Exit(1) from error
    if as_json:
        print(json.dumps(row(found), ensure_ascii=False, indent=2))
        return
    console().print(record_page(found))


@app.command()
def export(
    *,
    csv: Annotated[Path | None, typer.Option("--csv", help="Write CSV here; - is stdout.")] = None,
    jsonl: Annotated[Path | None, typer.Option("--jsonl", help="Write JSON lines here; - is stdout.")] = None,
    xlsx: Annotated[Path | None, typer.Option("--xlsx", help="Write an Excel workbook here.")] = None,
    parquet: Annotated[Path | None, typer.Option("--parquet", help="Write a Parquet file here.")] = None,
    stack: Stack = "",
    table: Table = "",
    status: OfStatus = "",
    kind: OfKind = "",
    sender: OfSender = "",
    day: OfDay = "",
    since: Since = "",
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = MOST_EXPORTED,
) -> None:
    """Export records, of any number, in one of four formats; no cell of them runs as a formula.

    Without a filter the whole table is read once, in no order; with one an index serves it, newest first.
    """
    from local.cli.exports import write_csv, write_parquet, write_xlsx

    streams: list[tuple[Path | None, Callable[[Iterable[Record], TextIO], int]]]
    streams = [(csv, write_csv), (jsonl, write_jsonl)]
    files: list[tuple[Path | None, Callable[[Iterable[Record], Path], int]]]
    files = [(xlsx, write_xlsx), (parquet, write_parquet)]
    targets = [path for path, _ in (*streams, *files) if path is not None]
    if len(targets) != 1 or (str(targets[0]) == "-" and targets[0] in {xlsx, parquet}):
        raise CallError(
            "Name one of --csv FILE, --jsonl FILE, --xlsx FILE and --parquet FILE (- only for the first two)."
        )
    records, filters = _records(stack, table), wanted(status=status, kind=kind, sender=sender, day=day, since=since)
    narrowed = any((status, kind, sender, day, since))
    found = records.whole(filters, limit) if narrowed else islice(records.everything(), limit)
    with progress_bar() as bar:
        counted = _counted(found, bar.add_task("Exporting", total=None), bar.advance)
        count = sum(write(counted, path) for path, write in files if path)
        count += sum(_streamed(write, counted, path) for path, write in streams if path)
    if str(targets[0]) != "-":
        said(f"{count} records written to {targets[0]}.")


def _streamed(write: "Callable[[Iterable[Record], TextIO], int]", records: "Iterable[Record]", target: Path) -> int:
    if str(target) == "-":
        return write(records, sys.stdout)
    with target.open("w", encoding="utf-8", newline="") as out:
        return write(records, out)


def _counted[Task](found: "Iterable[Record]", task: Task, advance: Callable[[Task], None]) -> "Iterator[Record]":
    for record in found:
        yield record
        advance(task)


@app.command()
def savings(stack: Stack = "", table: Table = "", since: Since = "", as_json: Json = False) -> None:
    """Say what second readings cost and what they saved, kind by kind (SECOND_READING switches them on)."""
    from mailroom.domain.second_reading import savings_of

    records = _records(stack, table)
    found = savings_of(records.whole(wanted(since=since), MOST_EXPORTED) if since else records.everything())
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


def _records(stack: str, table: str) -> "Records":
    from local.places import records_of

    records, note = records_of(stack, table)
    if note:
        said(note)
    return records
