"""Where in a message a claimed value stands: the proof that it was read and not invented."""

from dataclasses import dataclass, replace

from mailroom.domain.doctype import FieldSpec, ValueKind
from mailroom.domain.evidence import Evidence, Method
from mailroom.domain.locate import flags, words
from mailroom.domain.locate.finders import candidates_of, matches_of
from mailroom.domain.locate.folding import fold_words
from mailroom.domain.locate.index import Match, MessageIndex
from mailroom.domain.message import Message, ZoneKind

_GROUNDING = frozenset({Method.EXACT, Method.NORMALISED, Method.FORMAT})
# Kinds whose nearest words are worth showing to a person; the nearest date or amount is only another one.
_WORDY = frozenset(
    {ValueKind.TEXT, ValueKind.PROSE, ValueKind.NAME, ValueKind.ADDRESS, ValueKind.IDENTIFIER}
    | {ValueKind.CHOICE, ValueKind.EMAIL, ValueKind.URL}
)


def locate(*, value: str, quote: str, spec: FieldSpec, message: Message) -> Evidence:
    """Return the proof that a message holds a value, or the lack of it.

    ``value`` is normalised (ISO date, plain decimal, E.164); ``quote`` is the exact words claimed, or ``value`` again
    where none were given. To locate many values in one message build one ``MessageIndex`` and call ``locate_in``.
    """
    return locate_in(MessageIndex(message), value=value, quote=quote, spec=spec)


def locate_in(
    index: MessageIndex, *, value: str, quote: str, spec: FieldSpec, near: tuple[int, int] | None = None
) -> Evidence:
    """Return the proof of one value against a message that is indexed already.

    The strongest zone wins; within it the lines of the value's row (``near``, a span of the folded text), then words
    beside the field's label, then the surest reading, then the first. Words that are quoted and found but mean
    something else are no proof, even where the value stands elsewhere; a quote that is nowhere is as none.
    """
    if spec.derived:
        return Evidence(Method.DERIVED)
    matches = matches_of(value, spec, index)
    search = _Search(index, value, spec, near, candidates_of(value, spec, index, found=bool(matches)))
    quotes = words.find_quote(quote, index) if quote.strip() and quote != value else []
    if quotes:
        return search.of_quote(quote, quotes, matches)
    if matches:
        best = min(matches, key=search.preference)
        return search.evidence(best, quote_found=quote == value, denotes=best.method in _GROUNDING)
    return search.without_words()


@dataclass(frozen=True, slots=True)
class _Search:
    """One value being looked for: what makes one place better than another, and how a place becomes evidence."""

    index: MessageIndex
    value: str
    spec: FieldSpec
    near: tuple[int, int] | None
    candidates: int

    def preference(self, match: Match) -> tuple[bool, int, bool, bool, float, int]:
        return (
            match.method not in _GROUNDING,
            self.index.rank_of(match),
            self.near is not None and not self.near[0] <= match.start < self.near[1],
            not flags.is_labelled(match.start, self.spec, self.index),
            -match.score,
            match.start,
        )

    def of_quote(self, quote: str, quotes: list[Match], matches: list[Match]) -> Evidence:
        pairs = [(q, m) for q in quotes for m in matches if m.method in _GROUNDING and _overlap(q, m)]
        if self.spec.kind is ValueKind.BOOLEAN and not pairs and flags.says(self.value, quote):
            pairs = [(q, Match(q.start, q.end, Method.FORMAT, 0.7)) for q in quotes]
        if not pairs:
            best = min(quotes, key=self.preference)
            shown = Match(best.start, best.end, Method.FUZZY, 0.0)
            return self.evidence(shown, quote_found=True, denotes=False)
        quoted, match = min(pairs, key=lambda pair: self.preference(pair[1]))
        if quoted.end - quoted.start > 4 * (match.end - match.start) + 80:
            quoted = match  # a quote of half the mail shows a person nothing
        return self.evidence(replace(match, start=quoted.start, end=quoted.end), quote_found=True, denotes=True)

    def evidence(self, match: Match, *, quote_found: bool, denotes: bool) -> Evidence:
        start, end = self.index.source_span(match)
        zone = self.index.zone_of(start, end)
        method = match.method
        if method in _GROUNDING and self.index.message.text[start:end] == self.value:
            method = Method.EXACT
        elif method is Method.EXACT:
            method = Method.NORMALISED
        return Evidence(
            method,
            start,
            end,
            zone.kind if zone else None,
            zone.part if zone else "",
            zone.page if zone else 0,
            score=match.score,
            candidates=self.candidates,
            quote_found=quote_found,
            denotes=denotes,
            labelled=denotes and flags.is_labelled(match.start, self.spec, self.index),
        )

    def without_words(self) -> Evidence:
        if self.value.strip() and self._is_header():
            found = max(1, self.candidates)
            return Evidence(Method.NORMALISED, zone=ZoneKind.HEADER, score=1.0, candidates=found, denotes=True)
        near = words.find_nearly(self.value, self.index) if self.spec.kind in _WORDY else None
        if near is not None:
            return self.evidence(near, quote_found=False, denotes=False)
        method = Method.PICTURE if self.index.message.pictures else Method.ABSENT
        return Evidence(method, candidates=self.candidates)

    def _is_header(self) -> bool:
        """Say whether a header that is not part of the text is the value itself."""
        message, kind, wanted = self.index.message, self.spec.kind, fold_words(self.value)
        people = (message.sender, message.reply_to, *message.recipients)
        headers = {
            ValueKind.EMAIL: [person.email for person in people],
            ValueKind.NAME: [person.name for person in people],
            ValueKind.TEXT: [message.subject],
            ValueKind.DATE: [message.sent_at.date().isoformat()] if message.sent_at else [],
        }
        return any(fold_words(words) == wanted for words in headers.get(kind, ()) if words)


def _overlap(quote: Match, match: Match) -> bool:
    inside = quote.start - 1 <= match.start and match.end <= quote.end + 1
    return inside or (match.start <= quote.start and quote.end <= match.end)
