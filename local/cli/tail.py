"""``mailroom tail``: new and changed records of a deployment as they come, until Ctrl-C."""

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from rich.text import Text

from local.cli.rows import listed_row
from local.cli.tables import COLOURS, console
from local.places import Place, place
from mailroom.domain.listing import Listed, Wanted

MOST_A_LOOK = 500
"""Heads of one look, newest first; more than these in one pause are told as missed."""

LOOKS_BACK = timedelta(days=1)
"""A record is followed for a day after it was received; what a person decides later is in `records list`."""


def run(*, stack: str, table: str, wanted: Wanted, every_s: float, for_s: float, as_json: bool) -> int:
    """Print each record when it is new, and again when it has changed; ``for_s`` ends it, 0 never."""
    where, out = place(stack, table), console()
    ends = time.monotonic() + for_s if for_s else float("inf")
    known: dict[str, datetime] = {}
    try:
        while True:
            for head in _changed(where, wanted, known):
                if as_json:
                    print(json.dumps(listed_row(head), ensure_ascii=False), flush=True)
                else:
                    out.print(_line(head))
            if time.monotonic() + every_s > ends:
                return 0
            time.sleep(every_s)
    except KeyboardInterrupt:
        return 0


def _changed(where: Place, wanted: Wanted, known: dict[str, datetime]) -> Iterator[Listed]:
    """Yield what is new or has changed since the last look, oldest change first; the first look shows the last ten."""
    first = not known
    recent = Wanted(wanted.status, wanted.kind, wanted.sender, datetime.now(UTC) - LOOKS_BACK)
    heads = list(where.listed(recent, MOST_A_LOOK))
    fresh = [head for head in heads if known.get(head.record_id) != head.updated_at]
    known.clear()
    known.update({head.record_id: head.updated_at for head in heads})
    fresh.sort(key=lambda head: head.updated_at)
    yield from fresh[-10:] if first else fresh


def _line(head: Listed) -> Text:
    moment = head.updated_at.astimezone(UTC).strftime("%H:%M:%S")
    line = Text(f"{moment}  {head.record_id}  {head.kind or '-'}  ")
    line.append(head.status.replace("_", " "), style=COLOURS.get(head.status, ""))
    line.append(f"{'' if head.confidence is None else f' {head.confidence:.2f}'}  ${head.cost_usd:.5f}  ")
    line.append(f"{head.sender}: {head.subject}"[:100], style="dim")
    return line
