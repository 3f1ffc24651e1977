"""``mailroom stats``, ``tail`` and ``suggestions``: commands of those who operate a deployment."""

from typing import Annotated

import typer

from local.cli.app import app as app  # noqa: PLC0414 -- the command line that these commands join
from local.cli.app import main as main  # noqa: PLC0414 -- what runs it
from local.cli.options import Json, OfKind, OfSender, OfStatus, Since, Stack, Table


@app.command()
def stats(
    stack: Stack = "",
    table: Table = "",
    days: Annotated[int, typer.Option(min=1, max=35, help="How many days, today included.")] = 7,
    as_json: Json = False,
) -> None:
    """Say what the last days brought: volume, accepted unseen, reviewed, decided by people, cost, cache, speed."""
    from local.cli.stats import run

    raise typer.Exit(run(stack=stack, table=table, days=days, as_json=as_json))


@app.command()
def tail(
    *,
    stack: Stack = "",
    table: Table = "",
    status: OfStatus = "",
    kind: OfKind = "",
    sender: OfSender = "",
    every: Annotated[float, typer.Option(min=0.2, help="Seconds between two looks.")] = 2.0,
    seconds: Annotated[float, typer.Option("--for", min=0, help="End after so many seconds; 0 is never.")] = 0.0,
    as_json: Json = False,
) -> None:
    """Show new and changed records as they come, until Ctrl-C; one index is read at each look."""
    from local.cli.options import wanted
    from local.cli.tail import run

    chosen = wanted(status=status, kind=kind, sender=sender)
    raise typer.Exit(run(stack=stack, table=table, wanted=chosen, every_s=every, for_s=seconds, as_json=as_json))


@app.command()
def suggestions(
    *,
    stack: Stack = "",
    table: Table = "",
    kind: OfKind = "",
    sender: OfSender = "",
    since: Since = "",
    as_json: Json = False,
) -> None:
    """Say where one field of one sender was corrected the same way in three records, and what to do about it."""
    from local.cli.options import wanted
    from local.cli.suggest import run

    chosen = wanted(kind=kind, sender=sender, since=since)
    raise typer.Exit(run(stack=stack, table=table, wanted=chosen, as_json=as_json))
