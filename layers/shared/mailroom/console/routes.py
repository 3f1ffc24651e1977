"""Every address of the console, who may ask for it, and the page behind it."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto

from mailroom.console.pages import (
    decisions,
    deliveries,
    overview,
    pictures,
    queue,
    record,
    search,
    sign_in,
    similar,
    static,
    suggestions,
)
from mailroom.console.web import Response


class Access(Enum):
    """Who may ask for a page."""

    EVERYBODY = auto()  # signed in or not: signing in itself, and the style sheet it needs
    READERS = auto()
    REVIEWERS = auto()


@dataclass(frozen=True, slots=True)
class Route:
    """One address: ``pattern`` matches the whole path, and its named groups are handed to the page."""

    method: str
    pattern: str
    page: Callable[..., Response]
    access: Access = Access.READERS


RECORD = r"(?P<record_id>[A-Za-z0-9_-]{1,200})"
"""A record's id as it stands in a path."""

ROUTES = (
    Route("GET", "/", queue.show),
    Route("GET", "/search", search.show),
    Route("GET", "/overview", overview.show),
    Route("GET", "/suggestions", suggestions.show),
    Route("GET", r"/static/(?P<name>[a-z]+\.[a-z]+)", static.show, Access.EVERYBODY),
    Route("POST", "/theme", static.choose_theme, Access.EVERYBODY),
    Route("GET", "/sign-in", sign_in.begin, Access.EVERYBODY),
    Route("GET", "/signed-in", sign_in.finish, Access.EVERYBODY),
    Route("GET", "/signed-out", sign_in.signed_out, Access.EVERYBODY),
    Route("POST", "/sign-out", sign_in.end),
    Route("GET", "/deliveries", deliveries.show),
    Route("POST", "/deliveries/(?P<delivery_id>msg_[0-9a-f]{28})/again", deliveries.again, Access.REVIEWERS),
    Route("GET", "/next", queue.open_next),
    Route("GET", f"/records/{RECORD}", record.show),
    Route("GET", rf"/records/{RECORD}/pictures/(?P<number>[0-9]{{1,3}})", pictures.show),
    Route("GET", rf"/records/{RECORD}/pages/(?P<part>[0-9.]{{1,60}})/(?P<page>[0-9]{{1,3}})", pictures.draw),
    Route("POST", f"/records/{RECORD}/accept", decisions.accept, Access.REVIEWERS),
    Route("POST", f"/records/{RECORD}/reject", decisions.reject, Access.REVIEWERS),
    Route("POST", f"/records/{RECORD}/undo", decisions.undo, Access.REVIEWERS),
    Route("POST", f"/records/{RECORD}/requeue", decisions.requeue, Access.REVIEWERS),
    Route("GET", f"/records/{RECORD}/similar", similar.show),
    Route("POST", f"/records/{RECORD}/similar", similar.approve, Access.REVIEWERS),
    Route("GET", "/approved", similar.approved),
    Route("POST", "/approved/undo", similar.undo, Access.REVIEWERS),
)
