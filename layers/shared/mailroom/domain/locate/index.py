"""One message, scanned once: folded text, words, zones, and every date, number and address that stands in it."""

import re
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import Any

from mailroom.domain.evidence import Method
from mailroom.domain.locate.folding import Folded, Tokens, fold, tokenise
from mailroom.domain.message import Message, Zone, ZoneKind

ZONE_STRENGTH: tuple[ZoneKind, ...] = (
    ZoneKind.LATEST,
    ZoneKind.FORM,
    ZoneKind.HEADER,
    ZoneKind.ATTACHMENT,
    ZoneKind.STRUCTURED,
    ZoneKind.FORWARDED,
    ZoneKind.SIGNATURE,
    ZoneKind.QUOTED,
    ZoneKind.DISCLAIMER,
    ZoneKind.HIDDEN,
    ZoneKind.ORDER,
)
"""Zones from the strongest to the weakest evidence."""

_RANK = {kind: rank for rank, kind in enumerate(ZONE_STRENGTH)}
# Text that no zone claims is as good as an attachment: somebody wrote it, nobody knows where it stands.
_UNZONED_RANK = _RANK[ZoneKind.ATTACHMENT]


_DIGITS = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Match:
    """Words that denote a value: a span of the folded text, how they were recognised, and how surely (0 to 1)."""

    start: int
    end: int
    method: Method
    score: float = 1.0


class MessageIndex:
    """A message made searchable. Build it once per message and ask it as often as there are values."""

    def __init__(self, message: Message) -> None:
        self.message = message
        self.found: dict[tuple[str, str], list[Match]] = {}
        self._scanned: dict[Callable[[MessageIndex], Any], Any] = {}
        self._zones = sorted(message.zones, key=lambda zone: zone.start)
        self._zone_starts = [zone.start for zone in self._zones]
        # How far any zone up to each one reaches: what lets a search backwards end, though zones may overlap.
        self._furthest_ends = list(accumulate((zone.end for zone in self._zones), max))

    @cached_property
    def folded(self) -> Folded:
        """The message's text, folded."""
        return fold(self.message.text)

    @property
    def text(self) -> str:
        """The folded text itself, which every scanner reads."""
        return self.folded.text

    @cached_property
    def tokens(self) -> Tokens:
        """The words and numbers of the folded text."""
        return tokenise(self.folded.text)

    @cached_property
    def numerals(self) -> list[int]:
        """Where runs of digits begin in the folded text: dates, times and numbers all begin there."""
        return [match.start() for match in _DIGITS.finditer(self.text)]

    def source_span(self, match: Match) -> tuple[int, int]:
        """Return where a match stands in ``message.text``."""
        return self.folded.source_span(match.start, match.end)

    def zone_of(self, start: int, end: int) -> Zone | None:
        """Return the weakest zone that a span of ``message.text`` touches: a value is as good as its worst part."""
        weakest: Zone | None = None
        i = bisect_left(self._zone_starts, end) - 1
        while i >= 0 and self._furthest_ends[i] > start:
            zone = self._zones[i]
            if zone.end > start and (weakest is None or _RANK[zone.kind] >= _RANK[weakest.kind]):
                weakest = zone
            i -= 1
        return weakest

    def rank_of(self, match: Match) -> int:
        """Return the place of a match's zone in ``ZONE_STRENGTH``."""
        zone = self.zone_of(*self.source_span(match))
        return _UNZONED_RANK if zone is None else _RANK[zone.kind]

    def line_before(self, start: int, longest: int = 120) -> str:
        """Return the folded text between the line's beginning and an offset, at most ``longest`` characters of it."""
        begin = max(self.text.rfind("\n", 0, start) + 1, start - longest)
        return self.text[begin:start]

    def once[T](self, scan: Callable[["MessageIndex"], T]) -> T:
        """Return what a scanner finds in this message, scanning at its first call only."""
        if scan not in self._scanned:
            self._scanned[scan] = scan(self)
        found: T = self._scanned[scan]
        return found
