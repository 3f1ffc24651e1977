"""Requests, answers, and who asks: as much of HTTP as the pages need."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Self
from urllib.parse import parse_qsl, urlencode

from mailroom.domain.errors import MailroomError
from mailroom.domain.session import Person, Session

SESSION_COOKIE = "__Host-mailroom"

MOST_FORM_FIELDS = 10_000
"""Names in one posted form: a record of 500 rows and 20 columns; beyond it the post is not one of ours."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request; header names are lower case, ``host`` is the one the gateway answered under."""

    method: str
    path: str
    host: str = ""
    query: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    cookies: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    body: str = ""
    session: Session | None = None
    """Set before a page that needs somebody signed in is called."""
    tells: bool = False
    """Whether this stack tells endpoints of its records, so that the menu leads to what they were told."""

    def asked(self, name: str) -> str:
        """Return a value of the query, trimmed; "" where it has none."""
        return next((value.strip() for key, value in self.query if key == name), "")

    @property
    def form(self) -> tuple[tuple[str, str], ...]:
        """The posted form's pairs, in order; raises BadRequestError where there are absurdly many."""
        try:
            return tuple(parse_qsl(self.body, keep_blank_values=True, max_num_fields=MOST_FORM_FIELDS))
        except ValueError as error:
            raise BadRequestError("The form has too many fields.") from error

    def posted(self, name: str) -> str:
        """Return a value of the posted form; "" where it has none."""
        return next((value for key, value in self.form if key == name), "")

    @property
    def person(self) -> Person:
        """Who is signed in; only for pages that are not open to everybody."""
        assert self.session is not None
        return self.session.person

    def signed_in(self, session: Session) -> Self:
        """Return the request with its session."""
        return replace(self, session=session)


@dataclass(frozen=True, slots=True)
class Response:
    """One answer; ``cookies`` are whole Set-Cookie values, ``logged`` is what the log is to say of what was done."""

    status: int
    body: str | bytes = ""
    headers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    cookies: tuple[str, ...] = ()
    logged: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


class RefusedError(MailroomError):
    """The request ends here: ``status`` and a sentence that the person reads."""

    status = 400


class BadRequestError(RefusedError):
    """The request is not one that our pages make."""


class ForbiddenError(RefusedError):
    """This person, or this page, may not do that."""

    status = 403


class NotFoundError(RefusedError):
    """There is no such page or record."""

    status = 404


def see_other(path: str, **query: str) -> Response:
    """Send the browser on after a post (303), so that reloading repeats nothing; empty values are left out."""
    given = {name: value for name, value in query.items() if value}
    return Response(303, headers={"location": f"{path}?{urlencode(given)}" if given else path})


def local_path(path: str) -> str:
    """Return a path of this console, "/" for anything that would lead elsewhere."""
    return path if re.fullmatch(r"/(?![/\\\\])[\x21-\x7e]{0,500}", path) and "\\" not in path else "/"


def cookie(name: str, value: str, *, max_age_s: int, same_site: str = "Strict") -> str:
    """Return a Set-Cookie value that only this host gets back, over TLS, and that no script can read.

    ``__Host-`` names are refused by browsers unless Secure, Path=/ and no Domain are given (RFC 6265bis, 4.1.3.2).
    """
    return f"{name}={value}; Path=/; Max-Age={max_age_s}; Secure; HttpOnly; SameSite={same_site}"
