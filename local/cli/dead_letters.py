"""``mailroom dead-letters``: what the queues gave up, why, and the way back."""

import json
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from local.cli.tables import console

if TYPE_CHECKING:
    from local.dead_letters import DeadLetters, Letter

app = typer.Typer(no_args_is_help=True, help="List, show and redrive what the queues gave up.")
Stack = Annotated[str, typer.Option("--stack", help="A deployed stack's name; the running twin otherwise.")]
Json = Annotated[bool, typer.Option("--json", help="Print data, and nothing else, on stdout.")]


@app.command("list")
def list_letters(stack: Stack = "", as_json: Json = False) -> None:
    """List the dead letters, each with the cause that its record names."""
    found = list(_dead_letters(stack).letters())
    if as_json:
        for letter in found:
            print(json.dumps(_row(letter)))
        return
    table = Table("letter", "record", "status", "cause", title=f"{len(found)} dead letters")
    for letter in found:
        table.add_row(letter.message_id, letter.record_id, str(_row(letter)["status"]), letter.cause)
    console().print(table)


@app.command()
def show(
    letter: Annotated[str, typer.Argument(help="The id of a letter or its record, or its beginning.")],
    stack: Stack = "",
) -> None:
    """Show one dead letter: its message, its record's state and every reason on it."""
    for found in _named(_dead_letters(stack).letters(), letter):
        print(json.dumps(_row(found) | {"body": found.body}, indent=2))


@app.command()
def redrive(
    letter: Annotated[
        str, typer.Argument(help="The id of a letter or its record, or its beginning; all with --all.")
    ] = "",
    everything: Annotated[bool, typer.Option("--all", help="Redrive every letter.")] = False,
    stack: Stack = "",
) -> None:
    """Take failed records back to received and ask for them again; doing it twice does it once."""
    if everything == bool(letter):
        print("mailroom: name one letter, or say --all.", file=sys.stderr)
        raise typer.Exit(2)
    letters = _dead_letters(stack)
    found = letters.letters(hidden_s=60)
    for each in found if everything else _named(found, letter):
        print(f"{each.message_id}  {each.record_id}  {letters.redrive(each)}")


def _named(letters: "Iterable[Letter]", name: str) -> "Sequence[Letter]":
    found = [each for each in letters if each.message_id.startswith(name) or each.record_id.startswith(name)]
    if not found:
        print(f"mailroom: no dead letter is called {name}.", file=sys.stderr)
        raise typer.Exit(1)
    return found


def _row(letter: "Letter") -> dict[str, str | int | list[str]]:
    record = letter.record
    return {
        "letter": letter.message_id,
        "queue": letter.queue.rpartition("/")[2],
        "record_id": letter.record_id,
        "status": str(record.status) if record else "no record",
        "cause": letter.cause,
        "reasons": list(record.reasons) if record else [],
        "tries": letter.tries,
    }


def _dead_letters(stack: str) -> "DeadLetters":
    from local.dead_letters import DeadLetters
    from local.stacks import stack_outputs
    from mailroom.adapters.aws import client
    from mailroom.adapters.dynamodb import DynamoDBRecordStore

    outputs = stack_outputs(stack)
    return DeadLetters.of(client("sqs"), DynamoDBRecordStore(client("dynamodb"), outputs["RecordsTable"]), outputs)
