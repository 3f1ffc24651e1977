"""Decisions: what a person does with a record; each is filed against the version that the person saw."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from mailroom.console.pages.queue import filters_of, following, place_of_record
from mailroom.console.pages.record import Refusal, found, page
from mailroom.console.ports import ConsolePorts
from mailroom.console.record_view import flat
from mailroom.console.web import BadRequestError, Request, Response, see_other
from mailroom.domain.claims import text_of
from mailroom.domain.errors import ConflictError, PermanentError
from mailroom.domain.record import Record
from mailroom.pipeline import decide, redrive
from mailroom.pipeline.corrections import Source

VALUE = "value:"
"""How the inputs of values are called in the form: this, and the value's path."""

MOST_SELECTED = 2_000
"""Characters that may be marked as one value's words."""


@dataclass(frozen=True, slots=True)
class Filled:
    """The decision form as it came back: what differs from the record, and the spans that were marked."""

    changes: Mapping[str, str]
    selected: Mapping[str, tuple[int, int]]


def accept(request: Request, ports: ConsolePorts, record_id: str) -> Response:
    """Take the record as the page shows it: as a correction where the person has changed a value."""
    record = found(record_id, ports)
    filled = filled_in(request, record)

    def file(version: int) -> Record:
        if not filled.changes:
            return decide.approve(record_id, request.person.name, ports.deciding, version=version)
        original = ports.messages.of(record)
        source = Source(original.message, _within(filled.selected, original.message.text)) if original else None
        name = request.person.name
        return decide.correct(record_id, name, filled.changes, ports.deciding, version=version, source=source)

    return _filed(request, ports, record, file, typed=filled.changes)


def reject(request: Request, ports: ConsolePorts, record_id: str) -> Response:
    """Put the record aside for good, with the reason."""
    record = found(record_id, ports)
    reason = request.posted("reason").strip()[:1_000]
    if not reason:
        said = "Say why it is rejected: whoever looks at it later has nothing else."
        return page(request, ports, record, Refusal(422, said))
    name = request.person.name
    return _filed(
        request, ports, record, lambda version: decide.reject(record_id, name, reason, ports.deciding, version=version)
    )


def undo(request: Request, ports: ConsolePorts, record_id: str) -> Response:
    """Take one's last decision back, and show the record again."""
    record = found(record_id, ports)
    try:
        decide.undo(record_id, request.person.name, ports.deciding, version=_version(request))
    except (ConflictError, PermanentError) as error:
        return page(request, ports, found(record_id, ports), _refusal(error, record))
    wanted = filters_of(request)
    return see_other(f"/records/{record_id}", kind=wanted.kind, sender=wanted.sender, decided=record_id)


def requeue(request: Request, ports: ConsolePorts, record_id: str) -> Response:
    """Have the message read again from the beginning."""
    record = found(record_id, ports)
    name, reason = request.person.name, request.posted("reason").strip()[:1_000]
    return _filed(
        request,
        ports,
        record,
        lambda version: redrive.requeue(record_id, name, reason, ports.requeueing, version=version),
    )


def filled_in(request: Request, record: Record) -> Filled:
    """Read the form against the record: an input that says what the record says is no change."""
    shown = {path: text_of(value.value) for path, value in flat(record)}
    posted = {name.removeprefix(VALUE): value for name, value in request.form if name.startswith(VALUE)}
    changes = {path: value for path, value in posted.items() if _plain(value) != _plain(shown.get(path, ""))}
    removed = [value for name, value in request.form if name == "remove"]
    changes = {path: value for path, value in changes.items() if path.partition(".")[0] not in removed}
    changes |= dict.fromkeys(removed, "")
    selected = dict(_spans(request))
    return Filled(changes, {path: span for path, span in selected.items() if changes.get(path)})


def _plain(text: str) -> str:
    """Undo what browsers do to a text on its way through a form (line ends, HTML's form submission algorithm)."""
    return text.replace("\r\n", "\n").strip()


def _spans(request: Request) -> list[tuple[str, tuple[int, int]]]:
    spans = []
    for name, value in request.form:
        if name == "selected" and value:
            path, _, place = value.rpartition("@")
            start, _, end = place.partition("-")
            if not (path and start.isdecimal() and end.isdecimal()):
                raise BadRequestError("The marked words have no place.")
            spans.append((path, (int(start), int(end))))
    return spans


def _within(selected: Mapping[str, tuple[int, int]], text: str) -> Mapping[str, tuple[int, int]]:
    return {
        path: (start, end)
        for path, (start, end) in selected.items()
        if start < end <= len(text) and end - start <= MOST_SELECTED
    }


def _version(request: Request) -> int:
    version = request.posted("version")
    if not version.isdecimal():
        raise BadRequestError("The form does not say which version of the record you saw.")
    return int(version)


def _filed(
    request: Request,
    ports: ConsolePorts,
    record: Record,
    file: Callable[[int], Record],
    typed: Mapping[str, str] | None = None,
) -> Response:
    """File a decision and open the next record; show this one again, with the reason, where that was not possible."""
    try:
        file(_version(request))
    except (ConflictError, PermanentError) as error:
        now = found(record.record_id, ports)
        return page(request, ports, now, _refusal(error, now, typed))
    wanted = filters_of(request)
    following_id = following(wanted, place_of_record(record), ports)
    place = f"/records/{following_id}" if following_id else "/"
    return see_other(place, kind=wanted.kind, sender=wanted.sender, decided=record.record_id)


def _refusal(error: Exception, now: Record, typed: Mapping[str, str] | None = None) -> Refusal:
    if not isinstance(error, ConflictError):
        return Refusal(422, str(error), typed or {})
    last = now.decisions[-1] if now.decisions else None
    who = f"{last.by} ({last.action})" if last else "somebody"
    return Refusal(409, f"This record was changed by {who} while you looked at it. Nothing of yours was saved.")
