"""The search: a sender by the index, anything else from the newest record back, a stretch at a time."""

import re
from urllib.parse import urlencode

from mailroom.console.ports import ConsolePorts
from mailroom.console.templating import render
from mailroom.console.web import Request, Response
from mailroom.domain.search import Mark, Sought

HITS = 50
"""Hits of one page; the next stretch begins behind the last."""

LONGEST = 320
"""Characters of what is looked for: an address has 254 at most."""

_MARK = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00)~([A-Za-z0-9_-]{0,200})")


def show(request: Request, ports: ConsolePorts) -> Response:
    """Show what fits, how far was looked, and a way to look further back."""
    sought = Sought(*(request.asked(name)[:LONGEST] for name in ("sender", "subject", "value")))
    if sought.nothing:
        return render("search.html", request, sought=sought, found=None, further="", so_far=0)
    so_far = request.asked("so_far")
    before = int(so_far) if so_far.isascii() and so_far.isdecimal() and len(so_far) < 9 else 0
    found = ports.search.search(sought, _mark_of(request.asked("after")), now=ports.clock.now(), limit=HITS)
    looked_at = before + found.looked_at
    asked = {"sender": sought.sender, "subject": sought.subject, "value": sought.value}
    further = ""
    if found.after:
        given = {**asked, "after": f"{found.after.received_at}~{found.after.record_id}", "so_far": str(looked_at)}
        further = "/search?" + urlencode({name: value for name, value in given.items() if value})
    return render("search.html", request, sought=sought, found=found, further=further, so_far=looked_at)


def _mark_of(text: str) -> Mark | None:
    found = _MARK.fullmatch(text)
    return Mark(found[1], found[2]) if found else None
