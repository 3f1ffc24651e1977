"""``mailroom suggestions``: what equal corrections of one sender's mail mean, and what to do."""

import json

from rich.text import Text

from local.cli.options import said
from local.cli.tables import console
from local.places import records_of
from mailroom.domain.listing import Wanted
from mailroom.domain.record import Status
from mailroom.domain.suggestions import suggestions

MOST_CORRECTIONS = 20_000
"""Corrected records that are looked at, newest first: some 200 MB read at the very most, a cent."""


def run(*, stack: str, table: str, wanted: Wanted, as_json: bool) -> int:
    """Print the suggestions, those with most records first; returns 0 with or without any."""
    records, note = records_of(stack, table)
    if note:
        said(note)
    corrected = Wanted(Status.CORRECTED, wanted.kind, wanted.sender, wanted.since, wanted.until)
    found = suggestions(records.whole(corrected, MOST_CORRECTIONS))
    out = console()
    for each in found:
        if as_json:
            row = {
                "sender": each.sender,
                "kind": each.kind,
                "field": each.field,
                "way": each.way.value,
                "detail": each.detail,
                "records": list(each.record_ids),
                "last_at": each.last_at.isoformat(),
                "said": each.said,
                "todo": each.todo,
            }
            print(json.dumps(row, ensure_ascii=False))
        else:
            out.print(Text(each.said, style="bold"))
            out.print(Text(f"  {each.todo}"))
            out.print(Text(f"  {', '.join(each.record_ids)}", style="dim"))
    if not found and not as_json:
        out.print("Nothing was corrected the same way in three records of one sender.")
    return 0
