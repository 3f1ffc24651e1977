"""``mailroom records approve``, ``correct``, ``reject``, ``requeue``: what a person does with records."""

import getpass
import json
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from local.cli.options import By, CallError, Json, Stack, Table, said
from local.cli.records import app as app  # noqa: PLC0414 -- the group that these commands join
from local.cli.tables import progress_bar

if TYPE_CHECKING:
    from local.places import Place
    from mailroom.domain.record import Record
    from mailroom.pipeline.decide import DecidePorts

Ids = Annotated[list[str], typer.Argument(help="The records' whole ids; - reads them from stdin, one a line.")]


@app.command()
def approve(record_ids: Ids, stack: Stack = "", table: Table = "", by: By = "", as_json: Json = False) -> None:
    """Take records as they stand."""
    from mailroom.pipeline.decide import approve as decide

    where = _place(stack, table)
    ports, who = _ports(where), by or getpass.getuser()
    _each(record_ids, lambda record_id: decide(record_id, who, ports), as_json=as_json)


@app.command()
def reject(
    record_ids: Ids,
    *,
    reason: Annotated[str, typer.Option(help="Why, for whoever looks later.")],
    stack: Stack = "",
    table: Table = "",
    by: By = "",
    as_json: Json = False,
) -> None:
    """Put records aside for good."""
    from mailroom.pipeline.decide import reject as decide

    where = _place(stack, table)
    ports, who = _ports(where), by or getpass.getuser()
    _each(record_ids, lambda record_id: decide(record_id, who, reason, ports), as_json=as_json)


@app.command()
def correct(
    record_id: Annotated[str, typer.Argument(help="The record's whole id.")],
    changes: Annotated[list[str], typer.Argument(help="field=value, as you would write it; field= takes it away.")],
    *,
    stack: Stack = "",
    table: Table = "",
    by: By = "",
    as_json: Json = False,
) -> None:
    """Write values in place of the machine's; they are validated and normalised like the model's.

    Lists and rows by number, counted from 0: 'skills[1]=SQL', 'line_items[2].amount=12.50', 'line_items[0]=' takes a
    row away, and one number past the end adds one.
    """
    from mailroom.pipeline.decide import correct as decide

    written = dict(change.partition("=")[::2] for change in changes if "=" in change)
    if len(written) != len(changes):
        raise CallError("Write each change once, as field=value.")
    where = _place(stack, table)
    ports, who = _ports(where), by or getpass.getuser()
    _each([record_id], lambda each: decide(each, who, written, ports), as_json=as_json)


@app.command()
def undo(record_ids: Ids, stack: Stack = "", table: Table = "", by: By = "", as_json: Json = False) -> None:
    """Take back your last decision about records, within a day; state and values are again what they were."""
    from mailroom.pipeline.decide import undo as decide

    where = _place(stack, table)
    ports, who = _ports(where), by or getpass.getuser()
    _each(record_ids, lambda record_id: decide(record_id, who, ports), as_json=as_json)


@app.command()
def requeue(
    record_ids: Ids,
    reason: Annotated[str, typer.Option(help="Why, for whoever looks later.")] = "",
    stack: Stack = "",
    by: By = "",
    as_json: Json = False,
) -> None:
    """Have records at rest, or such as wait for a person, read again from the beginning.

    The model is asked, and paid, anew.
    """
    from mailroom.adapters.clock import SystemClock
    from mailroom.pipeline.redrive import RedrivePorts
    from mailroom.pipeline.redrive import requeue as decide

    where = _place(stack, "")
    ports, who = RedrivePorts(where.store, where.intake(), SystemClock()), by or getpass.getuser()
    _each(record_ids, lambda record_id: decide(record_id, who, reason, ports), as_json=as_json)


def _place(stack: str, table: str) -> "Place":
    from local.places import place

    return place(stack, table)


def _ports(where: "Place") -> "DecidePorts":
    from mailroom.adapters.clock import SystemClock
    from mailroom.doctypes.registry import document_types
    from mailroom.pipeline.decide import DecidePorts

    return DecidePorts(where.store, SystemClock(), document_types())


def _each(record_ids: Sequence[str], decide: "Callable[[str], Record]", *, as_json: bool) -> None:
    """Decide one after the other; one that is refused has its line on stderr, the others go on, the exit code is 1."""
    from mailroom.domain.errors import MailroomError

    names = [line.strip() for line in sys.stdin if line.strip()] if list(record_ids) == ["-"] else list(record_ids)
    refused = 0
    with progress_bar() as bar:
        for record_id in bar.track(names, description="Deciding"):
            try:
                record = decide(record_id)
            except MailroomError as error:
                refused += 1
                said(str(error))
            else:
                done = {"record_id": record.record_id, "status": record.status.value, "version": record.version}
                print(json.dumps(done) if as_json else f"{record.record_id} {record.status}")
    if refused:
        raise typer.Exit(1)
