"""Pages from templates: escaped always, strict about names, and every static file by its content's hash."""

import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from mailroom.console.web import Request, Response
from mailroom.console.words import moment, price, seconds, spoken

_HERE = Path(__file__).parent
THEMES = ("light", "dark")
NAVIGATION = (("/", "Queue"), ("/search", "Search"), ("/overview", "Overview"))
"""The pages in every page's head, in order; the rest is reached from them."""

TELLING_NAVIGATION = (*NAVIGATION, ("/deliveries", "Deliveries"))
"""The same where endpoints are told of records."""


@cache
def static_files() -> Mapping[str, tuple[bytes, str]]:
    """Return each static file's bytes and the version that its address carries."""
    files = {path.name: path.read_bytes() for path in sorted((_HERE / "static").iterdir()) if path.is_file()}
    return {name: (body, hashlib.sha256(body).hexdigest()[:12]) for name, body in files.items()}


def static_url(name: str) -> str:
    """Return the address of a static file; another content is another address, so browsers may keep it for ever."""
    return f"/static/{name}?v={static_files()[name][1]}"


@cache
def _templates() -> Environment:
    templates = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    templates.filters |= {"spaced": spoken, "dollars": price, "seconds": seconds, "moment": moment}
    templates.globals |= {"static_url": static_url}
    return templates


def render(template: str, request: Request, *, status: int = 200, **view: Any) -> Response:
    """Return a page. Everything that a template writes is escaped; there is no way around it in ours."""
    theme = request.cookies.get("theme", "")
    session = request.session
    body = (
        _templates()
        .get_template(template)
        .render(
            person=session.person if session else None,
            csrf=session.csrf if session else "",
            path=request.path,
            navigation=TELLING_NAVIGATION if request.tells else NAVIGATION,
            theme=theme if theme in THEMES else "",
            status=status,
            **view,
        )
    )
    return Response(status, body, {"content-type": "text/html; charset=utf-8"})
