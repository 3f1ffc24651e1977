"""Deliveries: what endpoints have not heard, and telling them again."""

from dataclasses import dataclass, replace

from mailroom.console.delivery_view import TOLD_AT_MOST, DeliveryRow, deliveries_view, repeatable
from mailroom.console.ports import ConsolePorts, Telling
from mailroom.console.templating import render
from mailroom.console.web import BadRequestError, NotFoundError, Request, Response, see_other
from mailroom.domain.errors import ConflictError
from mailroom.domain.notice_delivery import DeliveryStatus
from mailroom.pipeline.deliver import redeliver


@dataclass(frozen=True, slots=True)
class Part:
    """The deliveries of one status; ``none`` is said where there is none, ``more`` where some are left out."""

    name: str
    title: str
    none: str
    rows: tuple[DeliveryRow, ...]
    more: bool


def show(request: Request, ports: ConsolePorts) -> Response:
    """Show what was given up, and what still waits for a try."""
    telling = _telling(ports)
    parts = (
        _part(telling, DeliveryStatus.DEAD, "Given up", "No delivery was given up."),
        _part(telling, DeliveryStatus.WAITING, "Waiting for a try", "No delivery waits."),
    )
    return render("deliveries.html", request, parts=parts, decides=request.person.decides)


def again(request: Request, ports: ConsolePorts, delivery_id: str) -> Response:
    """Have an endpoint told again, if the delivery still stands as the person saw it; the log says who asked."""
    telling = _telling(ports)
    revision = request.posted("revision")
    if not (revision.isascii() and revision.isdecimal() and len(revision) < 9):
        raise BadRequestError("The form does not say which state of the delivery you saw.")
    found = telling.book.get(delivery_id)
    if found is None:
        raise NotFoundError("There is no such delivery; it may have been forgotten when its time was over.")
    if found.revision != int(revision):
        raise ConflictError("This delivery has moved on while you looked at it, so nobody was told again by you.")
    if not repeatable(found):
        raise ConflictError(
            "This delivery cannot be asked for again: it still goes on, or it was a mail that is sent once."
        )
    redeliver(delivery_id, telling.book, telling.queue, ports.clock, revision=int(revision))
    back = f"/records/{found.record_id}#deliveries" if request.posted("back") == "record" else "/deliveries"
    asked = {"delivery_id": delivery_id, "record_id": found.record_id, "delivered_again_by": request.person.name}
    return replace(see_other(back), logged=asked)


def _part(telling: Telling, status: DeliveryStatus, title: str, none: str) -> Part:
    found = telling.book.listed(status=status, limit=TOLD_AT_MOST + 1)
    return Part(status.value, title, none, deliveries_view(found[:TOLD_AT_MOST]), len(found) > TOLD_AT_MOST)


def _telling(ports: ConsolePorts) -> Telling:
    if ports.telling is None:
        raise NotFoundError("There is no such page: this stack tells no endpoints of its records.")
    return ports.telling
