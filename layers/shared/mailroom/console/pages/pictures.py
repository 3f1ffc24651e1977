"""A message's pictures, each from an address of its own that runs and loads nothing."""

from mailroom.console.pages.record import found
from mailroom.console.ports import ConsolePorts
from mailroom.console.security import PICTURE_HEADERS
from mailroom.console.web import NotFoundError, Request, Response
from mailroom.domain.message import Picture

SHOWN = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
"""The types that leave, by content and never as a mail declares; SVG, which can hold script, is none of them."""


def show(request: Request, ports: ConsolePorts, record_id: str, number: str) -> Response:  # noqa: ARG001 -- a page's signature
    """Return one of the pictures that the model saw."""
    original = ports.messages.of(found(record_id, ports))
    pictures = original.message.pictures if original else ()
    if int(number) >= len(pictures):
        raise NotFoundError("The message has no such picture.")
    return _picture(pictures[int(number)])


def draw(request: Request, ports: ConsolePorts, record_id: str, part: str, page: str) -> Response:  # noqa: ARG001 -- a page's signature
    """Return a page of an attached PDF, drawn anew."""
    from mailroom.reading.attachments.finding import UnreadableError  # noqa: PLC0415 -- few pages draw
    from mailroom.reading.attachments.pdf import draw_page  # noqa: PLC0415 -- the same
    from mailroom.reading.mime import parse  # noqa: PLC0415 -- the same

    original = ports.messages.of(found(record_id, ports))
    if original is None:
        raise NotFoundError("The message has been deleted.")
    root, _ = parse(original.raw)
    leaf = next((leaf for leaf in root.walk() if leaf.number == part and not leaf.children), None)
    if leaf is None:
        raise NotFoundError("The message has no such part.")
    try:
        return _picture(draw_page(leaf.content(), int(page)))
    except UnreadableError as error:
        raise NotFoundError(f"The attachment {error}.") from error


def _picture(picture: Picture) -> Response:
    if picture.media_type not in SHOWN:
        raise NotFoundError("Pictures of this type are not shown.")
    return Response(200, picture.data, {**PICTURE_HEADERS, "content-type": picture.media_type})
