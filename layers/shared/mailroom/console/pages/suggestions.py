"""Suggestions: what is corrected the same way again and again, and what to do about it."""

from mailroom.console.ports import ConsolePorts
from mailroom.console.templating import render
from mailroom.console.web import Request, Response
from mailroom.domain.suggestions import suggestions

MOST_CORRECTIONS = 200
"""Corrected records that a page looks at, the newest: some 2 MB, one query and two reads of a hundred records each."""

SHOWN_RECORDS = 10
"""Records that one suggestion leads to."""


def show(request: Request, ports: ConsolePorts) -> Response:
    """Show what the newest corrections suggest, most records first."""
    records = ports.corrections.newest(MOST_CORRECTIONS)
    found = suggestions(records)
    return render(
        "suggestions.html",
        request,
        suggestions=found,
        looked_at=len(records),
        newest_only=len(records) == MOST_CORRECTIONS,
        shown=SHOWN_RECORDS,
    )
