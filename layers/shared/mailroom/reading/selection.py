"""Which zones go to the model, within a token budget; nothing is left out in silence.

The policy: zones are taken in the order of ``_PRIORITY`` until the budget is used up, and sent in the order of the
text. What a person who opens the mail would see comes first; what was hidden from them is not sent at all, because it
is where instructions to machines are put, except the alternative text of pictures, which people see where pictures
are off, and the lines that only the other rendering of the same mail has.
"""

from dataclasses import dataclass

from mailroom.domain.message import Message, Picture, Zone, ZoneKind
from mailroom.reading.tokens import estimate_tokens

ALTERNATIVE = "only in the plain text"
"""Label of the lines that the plain alternative has and the HTML one lacks."""

_PRIORITY = (
    ZoneKind.HEADER,
    ZoneKind.FORM,
    ZoneKind.LATEST,
    ZoneKind.STRUCTURED,
    ZoneKind.FORWARDED,
    ZoneKind.ATTACHMENT,
    ZoneKind.SIGNATURE,
    ZoneKind.QUOTED,
    ZoneKind.HIDDEN,
    ZoneKind.DISCLAIMER,
)
_RANK = {kind: rank for rank, kind in enumerate(_PRIORITY)}
_SENT_HIDDEN = frozenset({"alt text", ALTERNATIVE})
_PICTURE_SHARE = 0.5
"""Pictures may take at most half of the budget: without words around them they cannot be checked against anything."""

_SMALLEST_CUT_TOKENS = 50


@dataclass(frozen=True, slots=True)
class Selection:
    """What goes to the model, in the order of the text, and what does not.

    A zone that only partly fits appears in both: its beginning in ``zones``, its rest in ``left_out``, both with true
    offsets. ``tokens`` counts the zones and ``pictures``. ``reasons`` says in words what was left out and why;
    ``complete`` is false where something that a person would see did not fit.
    """

    zones: tuple[Zone, ...]
    left_out: tuple[Zone, ...]
    tokens: int
    pictures: tuple[Picture, ...] = ()
    pictures_left_out: int = 0
    reasons: tuple[str, ...] = ()
    complete: bool = True


def select(message: Message, *, budget_tokens: int) -> Selection:
    """Return the zones and pictures of a message that fit in a token budget, most useful first."""
    pictures, picture_tokens = _select_pictures(message, budget_tokens)
    remaining = max(0, budget_tokens - picture_tokens)
    sent: list[Zone] = []
    left: list[Zone] = []
    withheld: list[Zone] = []
    for zone in sorted(message.zones, key=_rank):
        if _is_withheld(zone):
            withheld.append(zone)
            continue
        cost = estimate_tokens(message.text[zone.start : zone.end])
        if cost <= remaining:
            sent.append(zone)
            remaining -= cost
            continue
        head, rest = _cut(message, zone, remaining)
        if head is not None:
            sent.append(head)
            remaining -= estimate_tokens(message.text[head.start : head.end])
        left.append(rest)
    return Selection(
        zones=tuple(sorted(sent, key=lambda zone: zone.start)),
        left_out=tuple(sorted((*left, *withheld), key=lambda zone: zone.start)),
        tokens=sum(estimate_tokens(message.text[zone.start : zone.end]) for zone in sent) + picture_tokens,
        pictures=pictures,
        pictures_left_out=len(message.pictures) - len(pictures),
        reasons=_reasons(message, left, withheld, len(message.pictures) - len(pictures)),
        complete=not left and len(pictures) == len(message.pictures),
    )


def _is_withheld(zone: Zone) -> bool:
    if zone.kind is ZoneKind.HIDDEN:
        return zone.label not in _SENT_HIDDEN
    return zone.kind is ZoneKind.STRUCTURED and zone.label == "long links"


def _rank(zone: Zone) -> tuple[int, int]:
    # Links' targets are structured data of the least kind: they come after whatever somebody wrote.
    return (_RANK[ZoneKind.QUOTED] if zone.label == "links" else _RANK[zone.kind]), zone.start


def _select_pictures(message: Message, budget_tokens: int) -> tuple[tuple[Picture, ...], int]:
    chosen: list[Picture] = []
    spent = 0
    for picture in message.pictures:
        if spent + picture.tokens > budget_tokens * _PICTURE_SHARE:
            break
        chosen.append(picture)
        spent += picture.tokens
    return tuple(chosen), spent


def _cut(message: Message, zone: Zone, remaining: int) -> tuple[Zone | None, Zone]:
    """Split a zone at the last line end that fits; a beginning too small to be of use is not worth sending."""
    if remaining < _SMALLEST_CUT_TOKENS:
        return None, zone
    # No character costs more than a token, and ASCII costs less: start from the most that could fit and shrink.
    end = min(zone.end, zone.start + int(remaining * 3.5))
    while end > zone.start and estimate_tokens(message.text[zone.start : end]) > remaining:
        end = zone.start + (end - zone.start) * 3 // 4
    line_end = message.text.rfind("\n", zone.start, end)
    if line_end > zone.start + (end - zone.start) // 2:
        end = line_end
    if end <= zone.start:
        return None, zone
    head = Zone(zone.kind, zone.start, end, zone.part, zone.label, zone.page)
    return head, Zone(zone.kind, end, zone.end, zone.part, zone.label, zone.page)


def _reasons(message: Message, left: list[Zone], withheld: list[Zone], pictures: int) -> tuple[str, ...]:
    reasons = []
    for kind in _PRIORITY:
        tokens = sum(estimate_tokens(message.text[zone.start : zone.end]) for zone in left if zone.kind is kind)
        if tokens:
            reasons.append(f"About {tokens:,} tokens of {kind.value} text did not fit in the budget.")
    if withheld:
        reasons.append(
            f"{len(withheld)} hidden texts or tracking links were not sent: a reader of the mail does not see them."
        )
    if pictures:
        reasons.append(f"{pictures} picture(s) did not fit in the budget.")
    return tuple(reasons)
