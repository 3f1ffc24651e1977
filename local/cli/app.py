"""The ``mailroom`` command: what it can do, and how its exit codes read."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from local.cli import dead_letters, decisions, deliveries, doctypes
from local.cli.options import Json, Stack

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Open every email and form, read its fields with Claude, and check each value against the words it came from.",
    epilog=(
        "Exit codes: 0 all is well; 1 something could not be done or was found wrong (a line on stderr says what, the "
        "rest was done); 2 the call was wrong, or nothing could start. --install-completion completes in your shell."
    ),
)
app.add_typer(doctypes.app, name="doctypes")
app.add_typer(decisions.app, name="records")
app.add_typer(dead_letters.app, name="dead-letters")
app.add_typer(deliveries.app, name="deliveries")

Live = Annotated[bool, typer.Option("--live", help="Ask Claude itself (needs ANTHROPIC_API_KEY), not the stand-in.")]


def _that_runs(host: str) -> str:
    if host == "none":
        raise typer.BadParameter("On none no message would ever be done; it is for `mailroom dev`.")
    return host


Host = Annotated[
    str,
    typer.Option(
        "--functions",
        help="Where the functions run: inprocess, processes, artifacts or sam.",
        callback=_that_runs,
    ),
]
DevHost = Annotated[str, typer.Option("--functions", help="The same, or none: you call them by `sam local invoke`.")]


@app.command()
def demo(
    *,
    live: Live = False,
    functions: Host = "",
    as_json: Json = False,
) -> None:
    """Push the sample mails and forms through the whole pipeline and show what became of each."""
    from local.cli.demo import run

    raise typer.Exit(run(live=live, host=functions or None, as_json=as_json))


@app.command()
def process(
    paths: Annotated[list[Path], typer.Argument(help=".eml, .mbox, .json or .urlencoded files, or folders of them.")],
    *,
    as_json: Json = False,
    form: Annotated[str, typer.Option(help="The form's name for form files; the file's name where not given.")] = "",
    live: Live = False,
    functions: Host = "",
    timeout: Annotated[float, typer.Option(help="Seconds that all messages together may take.")] = 600.0,
) -> None:
    """Push your own files through the pipeline; with --json one record per line."""
    from local.cli.process import run

    raise typer.Exit(run(paths, as_json=as_json, form=form, live=live, host=functions or None, timeout_s=timeout))


@app.command()
def cost(
    *,
    per_day: Annotated[int, typer.Option(help="Your messages a day, for what a month costs.", min=0)] = 0,
    review_rate: Annotated[float, typer.Option(help="The share that goes to review.", min=0, max=1)] = 0.15,
    cache_misses: Annotated[float, typer.Option(help="The share of calls that find no prompt.", min=0, max=1)] = 0.02,
    message_tokens: Annotated[int, typer.Option(help="Tokens of a message (Haiku 4.5's).", min=1)] = 600,
    answer_tokens: Annotated[int, typer.Option(help="Tokens of an answer.", min=1)] = 250,
    as_json: Json = False,
) -> None:
    """Show what a thousand records cost: one at a time, in batches, with the cache, in bulk; by service and model."""
    from decimal import Decimal

    from local.cli.cost import run
    from local.costs import Workload

    workload = Workload(
        review_rate=Decimal(str(review_rate)),
        cache_misses=Decimal(str(cache_misses)),
        message_tokens=message_tokens,
        answer_tokens=answer_tokens,
    )
    raise typer.Exit(run(workload, per_day=per_day, as_json=as_json))


@app.command()
def read(
    path: Annotated[Path, typer.Argument(help="An .eml file, or a form's body.")],
    as_json: Json = False,
    form: Annotated[str, typer.Option(help="The form's name, for form files.")] = "",
) -> None:
    """Show how a message is read: its zones, defects and attachments. No model is called."""
    from local.cli.read import run

    raise typer.Exit(run(path, as_json=as_json, form=form))


@app.command()
def dev(
    *,
    live: Live = False,
    functions: DevHost = "",
    smtp_port: Annotated[int, typer.Option(help="Where mail is received.")] = 1025,
    forms_port: Annotated[int, typer.Option(help="Where forms are received.")] = 8025,
    console_port: Annotated[int, typer.Option(help="Where people look and decide, in a browser.")] = 8026,
    as_json: Json = False,
) -> None:
    """Keep the twin up: mail by SMTP, forms by HTTP, the console in a browser; Ctrl-C stops everything."""
    from local.cli.dev import run

    ports = {"smtp_port": smtp_port, "forms_port": forms_port, "console_port": console_port}
    raise typer.Exit(run(live=live, host=functions or None, as_json=as_json, **ports))


@app.command("eval")
def evaluate(
    dataset: Annotated[str, typer.Argument(help="A folder with labels.jsonl, or events, sroie, redmine, seminars, …")],
    *,
    live: Live = False,
    limit: Annotated[int | None, typer.Option(min=1, help="At most so many messages, drawn by the seed.")] = None,
    seed: Annotated[int, typer.Option(help="What the draw and the tests start from.")] = 0,
    against: Annotated[Path | None, typer.Option(help="An earlier run: say whether the difference is real.")] = None,
    record: Annotated[Path | None, typer.Option(help="Keep the model's answers in this file.")] = None,
    replay: Annotated[Path | None, typer.Option(help="Answer from such a file; nothing is called or paid.")] = None,
    out: Annotated[Path | None, typer.Option(help="The run's folder; one is made where not given.")] = None,
    as_json: Json = False,
) -> None:
    """Measure the reading on labelled messages: precision, recall, what passes unseen, what it costs."""
    from local.cli.evaluate import Wish, run

    raise typer.Exit(run(Wish(dataset, live, limit, seed, against, record, replay, out, as_json)))


@app.command()
def calibrate(
    *,
    runs: Annotated[
        list[Path] | None, typer.Option("--from", help="A run of `mailroom eval`; may be repeated.")
    ] = None,
    stack: Annotated[str, typer.Option(help="A deployed stack in which people approved and corrected records.")] = "",
    table: Annotated[str, typer.Option(help="The same, by the table's name.")] = "",
    out: Annotated[Path | None, typer.Option(help="Where the files go.")] = None,
    target_error_rate: Annotated[float, typer.Option(min=0.0001, max=0.5, help="What may be wrong unseen.")] = 0.01,
    seed: Annotated[int, typer.Option(help="What the split into halves starts from.")] = 0,
    as_json: Json = False,
) -> None:
    """Learn weights and thresholds of confidence from reviewed values; the last evaluation's where none are named."""
    from local.cli.calibrate import Wish, run

    raise typer.Exit(run(Wish(tuple(runs or ()), table, stack, out, target_error_rate, seed, as_json)))


@app.command()
def reconcile(
    stack: Stack = "",
    days: Annotated[int, typer.Option(min=1, help="How far back.")] = 2,
    as_json: Json = False,
) -> None:
    """Hold what came in against what was filed; the exit code is 1 when something is missing."""
    from local.cli.reconcile import run

    raise typer.Exit(run(stack=stack, days=days, as_json=as_json))


@app.command()
def backfill(
    where: Annotated[str, typer.Argument(help="A file, a folder, an .mbox, or s3://bucket/prefix.")],
    *,
    batch: Annotated[bool, typer.Option("--batch", help="At half price, within a day.")] = False,
    stack: Annotated[
        str, typer.Option(help="A deployed stack's name; the running twin, or one of its own, otherwise.")
    ] = "",
    live: Live = False,
    limit: Annotated[int, typer.Option(min=0, help="At most so many new messages; 0 is no limit.")] = 0,
    since: Annotated[str, typer.Option(help="Leave out mails that are dated before this day (YYYY-MM-DD).")] = "",
    budget_usd: Annotated[float, typer.Option(min=0, help="Take in no more than this pays for at the worst.")] = 0.0,
    rate: Annotated[float, typer.Option(min=0.01, help="Messages a second, without --batch.")] = 5.0,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: Json = False,
) -> None:
    """Read a backlog: estimate, ask, put it in, watch. Run again after anything: what is in is not paid again."""
    from decimal import Decimal

    from local.backfill.sources import day_of
    from local.cli.backfill import Wish, run

    try:
        day = day_of(since)
    except ValueError:
        raise typer.BadParameter("Write the day as YYYY-MM-DD.", param_hint="--since") from None
    wish = Wish(where, batch, stack, live, limit, day, Decimal(str(budget_usd)), rate, yes, as_json)
    raise typer.Exit(run(wish))


@app.command()
def doctor(
    stack: Stack = "",
    no_model: Annotated[bool, typer.Option("--no-model", help="Do not ask the models their tiny question.")] = False,
    as_json: Json = False,
) -> None:
    """Look a deployed stack over: does mail get in, does the model answer, does somebody hear the alarms?

    It changes nothing. The exit code is 1 when a check fails. Asking both models costs less than a tenth of a cent.
    """
    from local.cli.doctor import run

    raise typer.Exit(run(stack=stack, ask_model=not no_model, as_json=as_json))


@app.command()
def replay(
    *,
    since: Annotated[str, typer.Option(help="Messages received from this day on (YYYY-MM-DD).")],
    doctype: Annotated[str, typer.Option(help="Only records of this kind.")] = "",
    model: Annotated[str, typer.Option(help="Read by this model; the deployed one where not given.")] = "",
    threshold: Annotated[float | None, typer.Option(min=0, max=1.01, help="One threshold for every field.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many messages, newest first.")] = 500,
    stack: Annotated[str, typer.Option(help="A deployed stack's name; the running twin otherwise.")] = "",
    batch: Annotated[bool, typer.Option("--batch", help="At half price, within a day.")] = False,
    as_json: Json = False,
) -> None:
    """Read stored messages again with the types and prompt of this folder, and say what that would change. Go is 0."""
    from local.backfill.sources import day_of
    from local.cli.replay import Wish, run

    try:
        day = day_of(since)
    except ValueError:
        day = None
    if day is None:
        raise typer.BadParameter("Write the day as YYYY-MM-DD.", param_hint="--since")
    raise typer.Exit(run(Wish(day, doctype, model, threshold, limit, stack, batch, as_json)))


@app.command()
def chaos(
    *,
    messages: Annotated[int, typer.Option(min=1, help="How many different messages.")] = 1000,
    seed: Annotated[int, typer.Option(help="What every draw starts from.")] = 0,
    faults: Annotated[str, typer.Option(help="Which, by commas; all where not given. See local/chaos.")] = "",
    timeout: Annotated[float, typer.Option(help="Seconds in which no message is delivered or done.")] = 900.0,
    as_json: Json = False,
) -> None:
    """Let the model, the queues and the workers fail at random, and count what was lost, doubled and paid twice."""
    from local.chaos import FAULTS, Chaos
    from local.cli.chaos import main as run

    named = tuple(name.strip() for name in faults.split(",") if name.strip()) or tuple(FAULTS)
    raise typer.Exit(run(Chaos(messages, seed, named, timeout), as_json=as_json))


def main() -> None:
    """Run the command line; what Mailroom raises on purpose, or AWS refuses, is one line on stderr and exit code 2."""
    from mailroom.domain.errors import MailroomError

    try:
        app()
    except MailroomError as error:
        print(f"mailroom: {error}", file=sys.stderr)
        sys.exit(2)
    except Exception as error:
        if not type(error).__module__.startswith("botocore."):  # not imported: --help must not wait for the AWS SDK
            raise
        print(f"mailroom: AWS did not do it: {error}", file=sys.stderr)
        sys.exit(2)
