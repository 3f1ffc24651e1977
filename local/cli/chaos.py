"""``mailroom chaos``: everything fails at random; nothing may be lost or doubled."""

import json
import sys

from rich.table import Table

from local.chaos import FAULTS, Chaos, Report, run
from local.cli.tables import console
from local.twin import TwinError


def main(chaos: Chaos, *, as_json: bool) -> int:
    """Run it and print the report; 0 when the promises held, 1 when not, 2 when it could not start."""
    unknown = sorted(set(chaos.faults) - set(FAULTS))
    if unknown:
        print(f"mailroom: no fault is called {', '.join(unknown)}; there are {', '.join(FAULTS)}.", file=sys.stderr)
        return 2
    try:
        report = run(chaos, tell=lambda said: print(said, file=sys.stderr, flush=True))
    except TwinError as error:
        print(f"mailroom: {error}", file=sys.stderr)
        return 2
    if as_json:
        print(json.dumps(report.public()))
    else:
        _show(report)
    return 0 if report.holds else 1


def _show(report: Report) -> None:
    table = Table("", "", title="What came of the chaos", show_header=False)
    for name, value in report.public().items():
        said = ", ".join(f"{key} {count}" for key, count in value.items()) if isinstance(value, dict) else str(value)
        table.add_row(name.replace("_", " "), said)
    out = console()
    out.print(table)
    out.print("Every promise held." if report.holds else "A promise was broken.")
