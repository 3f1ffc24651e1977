"""The queue: what waits for a person, worst first."""

import re
from urllib.parse import urlencode

from mailroom.console.ports import ConsolePorts
from mailroom.console.queue_view import queue_view
from mailroom.console.templating import render
from mailroom.console.web import Request, Response, see_other
from mailroom.domain.attention import Count, Place, Wanted
from mailroom.domain.record import Record

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
    whole = after is None and page.after is None and wanted.everything
    view = queue_view(page.records, ports.clock.now(), ports.types)
    return render(
        "queue.html",
        request,
        rows=view,
        wanted=wanted,
        kinds=sorted(ports.types),
        total=Count(len(page.records)) if whole else ports.attention.count_waiting(),
        after=page.after,
        filters=query_of(wanted),
        next_page="/" + query_of(wanted, after=written(page.after)),
        first=after is None,
    )


def filters_of(form: Request) -> Wanted:
    """Read the filters that a posted form carries along."""
    return Wanted(kind=form.posted("kind")[:80], sender=form.posted("sender")[:320])


def following(wanted: Wanted, after: Place, ports: ConsolePorts) -> str:
    """Return the id of the next waiting record behind a place, from the top again at the end; "" where none is left."""
    for place in (after, None):
        page = ports.attention.waiting(wanted, place, 2)
        others = [record for record in page.records if record.record_id != after.record_id]
        if others:
            return others[0].record_id
    return ""


def place_of_record(record: Record) -> Place:
    """Return where a waiting record stands in the queue."""
    return Place(str(record.confidence or 0), record.record_id)


def open_next(request: Request, ports: ConsolePorts) -> Response:
    """Open the next record without deciding about this one."""
    wanted = wanted_of(request)
    after = place_of(request.asked("after"))
    record_id = following(wanted, after, ports) if after else ""
    return see_other(f"/records/{record_id}" if record_id else "/", kind=wanted.kind, sender=wanted.sender)
