"""``mailroom doctor``: look a deployed stack over, and say what is wrong and what to do."""

import json
from dataclasses import asdict

from botocore.exceptions import BotoCoreError, ClientError
from rich.text import Text

from local.cli.options import CallError
from local.cli.tables import console, progress_bar
from local.doctor import CHECKS, Finding, Verdict, look
from local.doctor.rounds import ASKS_THE_MODEL, house_of
from local.places import place
from mailroom.adapters.aws import client

COLOURS = {Verdict.OK: "green", Verdict.WARN: "yellow", Verdict.FAIL: "red", Verdict.SKIPPED: "dim"}


def run(*, stack: str, ask_model: bool, as_json: bool) -> int:
    """Print what each check finds; returns 1 when one fails."""
    where = place(stack)
    try:
        house = house_of(where.stack, client)
    except (ClientError, BotoCoreError, KeyError) as error:
        raise CallError(f"The stack {where.stack} cannot be looked at: {error}") from error
    names = [name for name in CHECKS if ask_model or name != ASKS_THE_MODEL]
    found: list[Finding] = []
    with progress_bar() as bar:
        for name in bar.track(names, description="Looking"):
            found += look(house, [name])
    if as_json:
        for finding in found:
            print(json.dumps(asdict(finding)))
    else:
        _show(found)
    return 1 if any(finding.verdict is Verdict.FAIL for finding in found) else 0


def _show(found: list[Finding]) -> None:
    out = console()
    for finding in found:
        line = Text(f"{finding.verdict:<8}", style=COLOURS[finding.verdict])
        line.append(f"{finding.check}: ", style="bold").append(finding.said, style="default")
        out.print(line)
        if finding.todo:
            out.print(Text(f"        → {finding.todo}", style="dim"), soft_wrap=True)  # a command must be one to copy
    counts = {verdict: sum(finding.verdict is verdict for finding in found) for verdict in Verdict}
    out.print(", ".join(f"{count} {verdict}" for verdict, count in counts.items() if count) + ".")
