"""``mailroom dead-letters``: what the queues gave up, why, and the way back."""

import json
from collections.abc import Iterable, Sequence
from functools import cache
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table
from rich.text import Text

from local.cli.options import CallError, Json, Stack, said
from local.cli.tables import console, progress_bar
from mailroom.domain.errors import MailroomError

if TYPE_CHECKING:
    from local.dead_letters import DeadLetters, Letter

app = typer.Typer(no_args_is_help=True, help="List, show and redrive what the queues gave up.")


@app.command("list")
def list_letters(stack: Stack = "", as_json: Json = False) -> None:
    """List the dead letters, each with the cause that its record names."""
    found = list(_dead_letters(stack).letters())
    if as_json:
        for letter in found:
            print(json.dumps(_row(letter)))
        return
    table = Table(
        "Letter", "Gave up", "Record", "Status", "Cause", title=f"{len(found)} dead letters", title_justify="left"
    )
    for letter in found:
        about = letter.record_id or f"{len(letter.records)} records"
        table.add_row(letter.message_id, letter.step, about, _status(letter), Text(letter.cause))
    console().print(table)


@app.command()
def show(
    letter: Annotated[str, typer.Argument(help="The id of a letter or its record, or its beginning.")],
    *,
    stack: Stack = "",
    _as_json: Json = True,
) -> None:
    """Show one dead letter as JSON: its message, its record's state and every reason on it."""
    for found in _named(_dead_letters(stack).letters(), letter):
        print(json.dumps(_row(found) | {"body": found.body}, indent=2))


@app.command()
def redrive(
    letter: Annotated[
        str, typer.Argument(help="The id of a letter or its record, or its beginning; all with --all.")
    ] = "",
    *,
    everything: Annotated[bool, typer.Option("--all", help="Redrive every letter.")] = False,
    stack: Stack = "",
    as_json: Json = False,
) -> None:
    """Take letters back; doing it twice does it once.

    A failed record is received again and asked for. A mail that could not be received goes through
    ReceiveEmailFunction again. Changes that nobody was told of: their records are told of as they stand now.
    """
    if everything == bool(letter):
        raise CallError("Name one letter, or say --all.")
    letters = _dead_letters(stack)
    found = letters.letters(hidden_s=60)
    stayed = 0
    with progress_bar() as bar:
        for each in bar.track(list(found if everything else _named(found, letter)), description="Redriving"):
            try:
                done = letters.redrive(each)
            except MailroomError as error:
                stayed += 1
                said(f"{each.message_id}: {error}")
                continue
            shown = {"letter": each.message_id, "record_id": each.record_id, "done": done}
            print(json.dumps(shown) if as_json else f"{each.message_id}  {each.record_id or '-'}  {done}")
    if stayed:
        raise typer.Exit(1)


def _named(letters: "Iterable[Letter]", name: str) -> "Sequence[Letter]":
    found = [each for each in letters if any(its.startswith(name) for its in _names(each))]
    if not found:
        said(f"no dead letter is called {name}.")
        raise typer.Exit(1)
    return found


def _names(letter: "Letter") -> list[str]:
    return [letter.message_id, letter.record_id, *(record.record_id for record in letter.records)]


def _row(letter: "Letter") -> dict[str, str | int | list[str]]:
    return {
        "letter": letter.message_id,
        "gave_up": letter.step,
        "queue": letter.queue.rpartition("/")[2],
        "record_id": letter.record_id,
        "records": [f"{record.record_id} {record.status}" for record in letter.records],
        "status": _status(letter),
        "cause": letter.cause,
        "reasons": list(letter.record.reasons) if letter.record else [],
        "tries": letter.tries,
    }


def _status(letter: "Letter") -> str:
    return ", ".join(dict.fromkeys(record.status.value for record in letter.records)) or "no record"


def _dead_letters(stack: str) -> "DeadLetters":
    from local.dead_letters import DeadLetters
    from local.places import place
    from mailroom.adapters.aws import client

    return DeadLetters(cache(client), place(stack).outputs)
