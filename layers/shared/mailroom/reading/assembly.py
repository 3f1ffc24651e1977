"""Pieces of text put together into one text whose zones know their spans."""

from dataclasses import dataclass, field

from mailroom.domain.message import Zone, ZoneKind
from mailroom.reading import limits


@dataclass(slots=True)
class Piece:
    """A stretch of text that becomes one zone. ``tight``: one line end before it instead of an empty line."""

    kind: ZoneKind
    text: str
    part: str = ""
    label: str = ""
    page: int = 0
    tight: bool = False


@dataclass(slots=True)
class Pieces:
    """What was found, in the order in which the text is built: headers, body, attachments, hidden, structured."""

    headers: list[Piece] = field(default_factory=list)
    body: list[Piece] = field(default_factory=list)
    attachments: list[Piece] = field(default_factory=list)
    hidden: list[Piece] = field(default_factory=list)
    structured: list[Piece] = field(default_factory=list)

    def assemble(self) -> tuple[str, tuple[Zone, ...], bool]:
        """Return the text, its zones, and whether something did not fit in the message's limit.

        Zones never overlap and are in order; only line ends stand between them.
        """
        texts: list[str] = []
        zones: list[Zone] = []
        position = 0
        for piece in (*self.headers, *self.body, *self.attachments, *self.hidden, *self.structured):
            stripped = piece.text.strip("\n ")
            words = stripped[: limits.MESSAGE_CHARACTERS - position]
            if not words:
                if stripped:
                    return "".join(texts), tuple(zones), True
                continue
            gap = ("\n" if piece.tight else "\n\n") if texts else ""
            start = position + len(gap)
            texts += (gap, words)
            position = start + len(words)
            zones.append(Zone(piece.kind, start, position, piece.part, piece.label, piece.page))
        return "".join(texts), tuple(zones), False
