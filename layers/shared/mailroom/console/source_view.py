"""The message as a page shows it: zone by zone, with the words marked that values came from."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from mailroom.domain.doctype import TypeSpec
from mailroom.domain.message import Attachment, Message, Zone, ZoneKind
from mailroom.domain.orders import OrderKind, orders_in
from mailroom.domain.record import FieldResult

_CLOSED = frozenset({ZoneKind.QUOTED, ZoneKind.DISCLAIMER, ZoneKind.HIDDEN, ZoneKind.STRUCTURED, ZoneKind.SIGNATURE})
"""Zones that are folded away unless a value stands in them."""

MOST_CHARACTERS = 500_000
"""Of a message on a page: Lambda answers with 6 MB at most, and a character takes up to six bytes when escaped."""

_LONG = 6_000
"""Characters of an attachment's page, above which it is folded away as well."""

DRAWN = ("application/pdf",)
"""Attachments whose pages are drawn for the reader."""

_MOST_PAGES = 10
_COLUMNS = re.compile(r"^.*\S {3,}\S.*$", re.MULTILINE)
_COLUMN_LINES = 2


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of text with the paths of the values that came from it; ``order`` where it gives a reader orders."""

    text: str
    paths: tuple[str, ...] = ()
    anchor: str = ""
    order: bool = False


@dataclass(frozen=True, slots=True)
class Block:
    """One zone, or several headers or answers that follow one another. ``zones`` pairs each start with its segments.

    ``aligned``: it has columns made of spaces, which only letters of one width keep in line.
    """

    heading: str
    kind: ZoneKind
    zones: tuple[tuple[int, tuple[Segment, ...]], ...]
    opened: bool
    aligned: bool


@dataclass(frozen=True, slots=True)
class PictureView:
    """A picture of the message: its address below the record's, and what stands for it where it is not seen."""

    address: str
    words: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class AttachmentView:
    """An attachment: what it is, what became of it, and its pictures."""

    name: str
    what: str
    became: str
    pictures: tuple[PictureView, ...]
    skipped: bool


@dataclass(frozen=True, slots=True)
class SourceView:
    """The message: its blocks, its attachments, and where each value's words begin (an anchor by path)."""

    blocks: tuple[Block, ...]
    attachments: tuple[AttachmentView, ...]
    anchors: Mapping[str, str]
    direction: str
    language: str
    cut: bool


def source_view(message: Message, values: Iterable[tuple[str, FieldResult]], spec: TypeSpec | None) -> SourceView:
    """Return the message for a page; a value whose place is not as it was filed is not marked at all."""
    placed = {path: found for path, found in values if _stands(message, found)}
    marks = [(found.start, found.end, path) for path, found in placed.items()]
    told = orders_in(message.text, spec)
    orders = [(order.start, order.end) for order in told if order.kind is not OrderKind.REQUEST]
    anchors: dict[str, str] = {}
    blocks = [_block(zones, message, marks, orders, anchors) for zones in _together(list(_fitting(message.zones)))]
    return SourceView(
        blocks=tuple(blocks),
        attachments=tuple(_attachments(message)),
        anchors=anchors,
        direction=message.direction,
        language=message.language,
        cut=sum(zone.end - zone.start for zone in message.zones) > MOST_CHARACTERS,
    )


def _stands(message: Message, found: FieldResult) -> bool:
    if not 0 <= found.start < found.end <= len(message.text):
        return False
    zone = message.zone_at(found.start)
    return zone is not None and found.zone in {zone.kind.value, ZoneKind.ORDER.value}


def _fitting(zones: Iterable[Zone]) -> Iterator[Zone]:
    """Yield zones as far as they fit on a page, the last one cut."""
    left = MOST_CHARACTERS
    for zone in zones:
        if left <= 0:
            return
        yield replace(zone, end=min(zone.end, zone.start + left))
        left -= zone.end - zone.start


def _together(zones: Sequence[Zone]) -> Iterator[list[Zone]]:
    """Yield zones by block: headers and a form's answers follow one another as one."""
    block: list[Zone] = []
    for zone in zones:
        joins = zone.kind in {ZoneKind.HEADER, ZoneKind.FORM} or (
            zone.kind is ZoneKind.FORWARDED and block and zone.part == block[-1].part
        )
        if block and not (joins and zone.kind is block[-1].kind):
            yield block
            block = []
        block.append(zone)
    if block:
        yield block


def _block(
    zones: list[Zone],
    message: Message,
    marks: Sequence[tuple[int, int, str]],
    orders: Sequence[tuple[int, int]],
    anchors: dict[str, str],
) -> Block:
    shown = tuple((zone.start, tuple(_segments(zone, message.text, marks, orders, anchors))) for zone in zones)
    kind = zones[0].kind
    marked = any(segment.paths or segment.order for _, segments in shown for segment in segments)
    long = kind is ZoneKind.ATTACHMENT and sum(zone.end - zone.start for zone in zones) > _LONG
    aligned = any(len(_COLUMNS.findall(message.words_of(zone))) >= _COLUMN_LINES for zone in zones)
    opened = marked or not (kind in _CLOSED or long)
    return Block(_heading(zones[0]), kind, shown, opened=opened, aligned=aligned)


def _segments(
    zone: Zone,
    text: str,
    marks: Sequence[tuple[int, int, str]],
    orders: Sequence[tuple[int, int]],
    anchors: dict[str, str],
) -> Iterator[Segment]:
    """Cut a zone wherever a mark or an order begins or ends; marks may overlap, so a stretch may have several."""
    here = [(max(start, zone.start), min(end, zone.end), path) for start, end, path in marks]
    here = [mark for mark in here if mark[0] < mark[1]]
    told = [(max(start, zone.start), min(end, zone.end)) for start, end in orders]
    told = [span for span in told if span[0] < span[1]]
    cuts = sorted({zone.start, zone.end, *(cut for start, end, _ in here for cut in (start, end)), *sum(told, ())})
    for start, end in pairwise(cuts):
        paths = tuple(path for begin, stop, path in here if begin <= start and end <= stop)
        fresh = [path for path in paths if path not in anchors]
        anchor = f"at-{start}" if fresh else ""
        anchors |= dict.fromkeys(fresh, anchor)
        yield Segment(text[start:end], paths, anchor, any(begin <= start and end <= stop for begin, stop in told))


def _heading(zone: Zone) -> str:
    by = f" from {zone.label}" if zone.label else ""
    page = f", page {zone.page}" if zone.page else ""
    behind = f" ({zone.label})" if zone.label else ""
    return {
        ZoneKind.HEADER: "Headers",
        ZoneKind.LATEST: "Message",
        ZoneKind.QUOTED: f"Quoted{by}",
        ZoneKind.FORWARDED: f"Forwarded{by}",
        ZoneKind.SIGNATURE: "Signature",
        ZoneKind.DISCLAIMER: "Disclaimer",
        ZoneKind.ATTACHMENT: f"{zone.label or 'Attachment'}{page}",
        ZoneKind.HIDDEN: f"Not seen by readers{behind}",
        ZoneKind.STRUCTURED: f"Data for machines{behind}",
        ZoneKind.FORM: "Answers",
    }.get(zone.kind, zone.kind.value)


def _attachments(message: Message) -> Iterator[AttachmentView]:
    pictures: dict[str, list[PictureView]] = {}
    for number, picture in enumerate(message.pictures):
        page = f", page {picture.page}" if picture.page else ""
        words = f"Picture: {picture.name or 'without a name'}{page}"
        view = PictureView(f"pictures/{number}", words, picture.width_px, picture.height_px)
        pictures.setdefault(picture.part, []).append(view)
    for attachment in message.attachments:
        shown = pictures.pop(attachment.part, [])
        if attachment.media_type in DRAWN and not shown:
            shown = list(_pages(message, attachment))
        yield AttachmentView(
            name=attachment.name or "without a name",
            what=f"{attachment.media_type}, {_size(attachment.size_bytes)}",
            became=attachment.reason
            or {"read": "Read as text", "shown": "Read as pictures"}.get(attachment.outcome, ""),
            pictures=tuple(shown),
            skipped=attachment.outcome.value == "skipped",
        )
    for part, left in pictures.items():
        yield AttachmentView(f"In the message ({part})", "picture", "Read as pictures", tuple(left), skipped=False)


def _pages(message: Message, attachment: Attachment) -> Iterator[PictureView]:
    numbers = sorted({zone.page for zone in message.zones if zone.part == attachment.part and zone.page})
    for number in numbers[:_MOST_PAGES]:
        words = f"{attachment.name or 'PDF'}, page {number}, as it is printed; its text stands above"
        yield PictureView(f"pages/{attachment.part}/{number}", words, 0, 0)


def _size(count: int) -> str:
    return f"{count / 1024:,.0f} kB" if count < 1024 * 1024 else f"{count / 1024 / 1024:,.1f} MB"
