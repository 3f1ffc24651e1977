"""The options that every command about a deployment understands, and how a command ends."""

import re
import sys
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from mailroom.domain.errors import MailroomError
from mailroom.domain.listing import Wanted
from mailroom.domain.record import Status

Stack = Annotated[str, typer.Option("--stack", help="A deployed stack's name; the running twin otherwise.")]
Table = Annotated[str, typer.Option("--table", help="A table's name, where the stack cannot be read.")]
Json = Annotated[bool, typer.Option("--json", help="Print data, and nothing else, on stdout.")]
By = Annotated[str, typer.Option("--by", help="Who decides; your login where not given.")]
OfStatus = Annotated[
    str,
    typer.Option(
        "--status", help="Only records of this status.", autocompletion=lambda: [each.value for each in Status]
    ),
]
OfKind = Annotated[
    str, typer.Option("--kind", help="Only records of this kind.", autocompletion=lambda: list(_kinds()))
]
OfSender = Annotated[str, typer.Option("--sender", help="Only records from this address, written as it is shown.")]
OfDay = Annotated[str, typer.Option("--day", help="Only what was received on this day (UTC), such as 2026-03-02.")]
Since = Annotated[
    str, typer.Option("--since", help="Only what was received since: 2026-03-02, 2026-03-02T14:30, or 45m, 6h, 7d ago.")
]

_AGO = re.compile(r"(\d{1,4})([mhd])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


class CallError(MailroomError):
    """The command was called in a way that makes no sense; the sentence says which does. Exit code 2."""


def wanted(*, status: str = "", kind: str = "", sender: str = "", day: str = "", since: str = "") -> Wanted:
    """Return the filter that these options name; raises CallError for one that cannot be."""
    if day and since:
        raise CallError("Give --day or --since, not both.")
    if status and status not in set(Status):
        raise CallError(f"No status is called {status!r}; there are {', '.join(Status)}.")
    if kind and kind not in _kinds():
        raise CallError(f"No document type is called {kind!r}; there are {', '.join(_kinds())}.")
    begun = moment(day or since)
    if day and (begun is None or begun.time() != datetime.min.time()):
        raise CallError(f"{day!r} is not a day; write it like 2026-03-02.")
    return Wanted(
        status=Status(status) if status else None,
        kind=kind,
        sender=sender,
        since=begun,
        until=begun + timedelta(days=1) if day and begun else None,
    )


def moment(text: str) -> datetime | None:
    """Return the moment (UTC unless it says otherwise) that a person wrote, None for nothing; raises CallError."""
    if not text:
        return None
    if ago := _AGO.fullmatch(text):
        return datetime.now(UTC) - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise CallError(f"{text!r} is no time; write 2026-03-02, 2026-03-02T14:30, or 45m, 6h, 7d.") from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def said(sentence: str) -> None:
    """Say something on stderr in the command's name."""
    print(f"mailroom: {sentence}", file=sys.stderr)


def _kinds() -> list[str]:
    from mailroom.doctypes.registry import document_types

    return list(document_types())
