"""The style sheet, the script, and the choice between light and dark."""

from mailroom.console.ports import ConsolePorts
from mailroom.console.templating import THEMES, static_files
from mailroom.console.web import NotFoundError, Request, Response, cookie, local_path

_TYPES = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml"}
_A_YEAR_S = 365 * 24 * 3600


def show(request: Request, ports: ConsolePorts, name: str) -> Response:  # noqa: ARG001 -- a page's signature
    """Return a static file, to be kept for ever: its address changes with its content."""
    if name not in static_files():
        raise NotFoundError("There is no such file.")
    body, _ = static_files()[name]
    headers = {
        "content-type": _TYPES[name.rpartition(".")[2]],
        "cache-control": f"public, max-age={_A_YEAR_S}, immutable",
    }
    return Response(200, body.decode(), headers)


def choose_theme(request: Request, ports: ConsolePorts) -> Response:  # noqa: ARG001 -- a page's signature
    """Remember light or dark; anything else is what the system prefers."""
    chosen = request.posted("theme")
    age = _A_YEAR_S if chosen in THEMES else 0
    return Response(
        303,
        headers={"location": local_path(request.posted("back"))},
        cookies=(cookie("theme", chosen if age else "", max_age_s=age),),
    )
