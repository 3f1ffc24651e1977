"""The overview: how the house is doing, from the days' statistics alone."""

from mailroom.console.overview_view import overview_of, shown_days
from mailroom.console.ports import ConsolePorts
from mailroom.console.templating import render
from mailroom.console.web import Request, Response


def show(request: Request, ports: ConsolePorts) -> Response:
    """Show five weeks: one read of 35 notes, however many records there are."""
    now = ports.clock.now()
    statistics = ports.statistics.of_days(shown_days(now))
    return render("overview.html", request, view=overview_of(statistics, now))
