"""The queue: what waits for a person, worst first."""

import re
from urllib.parse import urlencode

from mailroom.console.ports import ConsolePorts
from mailroom.console.queue_view import queue_view
from mailroom.console.templating import render
from mailroom.console.web import Request, Response
from mailroom.domain.attention import Place, Wanted

PAGE = 50
"""Rows of one page: two screens."""

_PLACE = re.compile(r"([0-9.eE+-]{1,40})~([A-Za-z0-9_-]{1,200})")


def wanted_of(request: Request) -> Wanted:
    """Read the filters of the query."""
    return Wanted(kind=request.asked("kind")[:80], sender=request.asked("sender")[:320])


def place_of(text: str) -> Place | None:
    """Read a place in the queue as ``written`` writes it; None for anything else."""
    found = _PLACE.fullmatch(text)
    return Place(found[1], found[2]) if found else None


def written(place: Place | None) -> str:
    """Write a place for an address."""
    return f"{place.confidence}~{place.record_id}" if place else ""


def query_of(wanted: Wanted, **more: str) -> str:
    """Write filters for an address, with more beside them; "" where there is nothing to write."""
    given = {"kind": wanted.kind, "sender": wanted.sender, **more}
    text = urlencode({name: value for name, value in given.items() if value})
    return f"?{text}" if text else ""


def show(request: Request, ports: ConsolePorts) -> Response:
    """Show a page of the queue, filtered as asked."""
    wanted = wanted_of(request)
    after = place_of(request.asked("after"))
    page = ports.attention.waiting(wanted, after, PAGE)
    view = queue_view(page.records, ports.clock.now())
    return render(
        "queue.html",
        request,
        rows=view,
        wanted=wanted,
        kinds=sorted(ports.types),
        total=ports.attention.count_waiting(),
        after=page.after,
        filters=query_of(wanted),
        next_page="/" + query_of(wanted, after=written(page.after)),
        first=after is None,
    )
