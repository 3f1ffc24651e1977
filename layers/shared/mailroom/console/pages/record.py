"""One record: its values beside the message they came from."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from mailroom.console.delivery_view import TOLD_AT_MOST, DeliveryRow, deliveries_view
from mailroom.console.pages.queue import filters_of, place_of_record, query_of, wanted_of, written
from mailroom.console.ports import ConsolePorts
from mailroom.console.record_view import flat, record_view, title_of
from mailroom.console.source_view import source_view
from mailroom.console.templating import render
from mailroom.console.web import NotFoundError, Request, Response
from mailroom.domain.record import Record
from mailroom.pipeline.decide import why_not_undone
from mailroom.pipeline.similar import why_looked_at_alone


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a decision was not filed: the page is shown again with the sentence and with what the person had written."""

    status: int
    said: str
    typed: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Told:
    """What was just done about another record, and whether this person may take it back."""

    record_id: str
    title: str
    did: str
    version: int
    undoable: bool


def show(request: Request, ports: ConsolePorts, record_id: str) -> Response:
    """Show a record as it stands now."""
    return page(request, ports, found(record_id, ports))


def found(record_id: str, ports: ConsolePorts) -> Record:
    """Return a record; raises NotFoundError where there is none."""
    record = ports.records.get(record_id)
    if record is None:
        raise NotFoundError("There is no such record; it may have been deleted when its time was over.")
    return record


def page(request: Request, ports: ConsolePorts, record: Record, refusal: Refusal | None = None) -> Response:
    """Return the page of a record."""
    wanted = filters_of(request) if request.method == "POST" else wanted_of(request)
    spec = ports.types.get(record.kind)
    original = ports.messages.of(record)
    source = source_view(original.message, flat(record), spec) if original else None
    view = record_view(record, spec, source.anchors if source else {}, refusal.typed if refusal else None)
    return render(
        "record.html",
        request,
        status=refusal.status if refusal else 200,
        refusal=refusal,
        view=view,
        record=record,
        source=source,
        wanted=wanted,
        filters=query_of(wanted),
        skip="/next" + query_of(wanted, after=written(place_of_record(record))),
        told=_told(request, ports),
        similar=bool(record.sender) and not why_looked_at_alone(record),
        undoable=not why_not_undone(record, request.person.name, ports.deciding),
        decides=request.person.decides,
        deliveries=_deliveries(record, ports),
    )


def _deliveries(record: Record, ports: ConsolePorts) -> tuple[DeliveryRow, ...] | None:
    """Return who was told of a record; None where nobody ever is."""
    if ports.telling is None:
        return None
    return deliveries_view(ports.telling.book.of_record(record.record_id, TOLD_AT_MOST))


def _told(request: Request, ports: ConsolePorts) -> Told | None:
    """Say what this person has just done, where the address names the record; what is not so is not said."""
    record = ports.records.get(request.asked("decided")) if request.asked("decided") else None
    if record is None or not record.decisions or record.decisions[-1].by != request.person.name:
        return None
    undoable = not why_not_undone(record, request.person.name, ports.deciding)
    return Told(record.record_id, title_of(record), record.decisions[-1].action, record.version, undoable)
