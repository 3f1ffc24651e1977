"""Where in a message a claimed value stands: the proof that it was read and not invented."""

from collections.abc import Callable

from mailroom.domain.doctype import FieldSpec, ValueKind
from mailroom.domain.evidence import Evidence, Method
from mailroom.domain.locate import contacts, currencies, dates, flags, numbers, places, times, words
from mailroom.domain.locate.folding import fold_words
from mailroom.domain.locate.index import Match, MessageIndex
from mailroom.domain.message import Message, ZoneKind

_GROUNDING = frozenset({Method.EXACT, Method.NORMALISED, Method.FORMAT})
_WORDY = frozenset(
    {
        ValueKind.TEXT,
        ValueKind.PROSE,
        ValueKind.NAME,
        ValueKind.ADDRESS,
        ValueKind.IDENTIFIER,
        ValueKind.CHOICE,
        ValueKind.EMAIL,
        ValueKind.URL,
    }
)
_Finder = Callable[[str, MessageIndex], list[Match]]
_Counter = Callable[[MessageIndex], int]

_FINDERS: dict[ValueKind, _Finder] = {
    ValueKind.TEXT: words.find_text,
    ValueKind.PROSE: words.find_text,
    ValueKind.NAME: words.find_name,
    ValueKind.ADDRESS: words.find_address,
    ValueKind.EMAIL: contacts.find_email,
    ValueKind.PHONE: contacts.find_phone,
    ValueKind.URL: contacts.find_url,
    ValueKind.DATE: dates.find_date,
    ValueKind.TIME: times.find_time,
    ValueKind.DATETIME: times.find_datetime,
    ValueKind.AMOUNT: lambda value, index: numbers.find_number(value, index, amount=True),
    ValueKind.NUMBER: lambda value, index: numbers.find_number(value, index, amount=False),
    ValueKind.CURRENCY: currencies.find_currency,
    ValueKind.COUNTRY: places.find_country,
    ValueKind.LANGUAGE: places.find_language,
    ValueKind.IDENTIFIER: words.find_identifier,
    ValueKind.IBAN: contacts.find_account,
    ValueKind.VAT_ID: contacts.find_account,
    ValueKind.CHOICE: flags.find_choice,
}
_COUNTERS: dict[ValueKind, _Counter] = {
    ValueKind.EMAIL: contacts.distinct_emails,
    ValueKind.PHONE: contacts.distinct_phones,
    ValueKind.URL: contacts.distinct_urls,
    ValueKind.DATE: dates.distinct_dates,
    ValueKind.TIME: times.distinct_times,
    ValueKind.DATETIME: dates.distinct_dates,
    ValueKind.AMOUNT: lambda index: numbers.distinct_numbers(index, amount=True),
    ValueKind.NUMBER: lambda index: numbers.distinct_numbers(index, amount=False),
    ValueKind.CURRENCY: currencies.distinct_currencies,
    ValueKind.COUNTRY: places.distinct_countries,
    ValueKind.LANGUAGE: places.distinct_languages,
    ValueKind.IBAN: contacts.distinct_ibans,
}


def locate(*, value: str, quote: str, spec: FieldSpec, message: Message) -> Evidence:
    """Return the proof that a message holds a value, or the lack of it.

    ``value`` is normalised (ISO date, plain decimal, E.164); ``quote`` is the exact words claimed, or ``value`` again
    where none were given. To locate many values in one message build one ``MessageIndex`` and call ``locate_in``.
    """
    return locate_in(MessageIndex(message), value=value, quote=quote, spec=spec)


def locate_in(index: MessageIndex, *, value: str, quote: str, spec: FieldSpec) -> Evidence:
    """Return the proof of one value against a message that is indexed already.

    The strongest zone wins; within it words beside the field's label, then the surest reading, then the first. Words
    that are quoted and found but mean something else are no proof, even where the value stands elsewhere.
    """
    if spec.derived:
        return Evidence(Method.DERIVED)
    matches = matches_of(value, spec, index)
    quotes = words.find_literal(quote, index) if quote.strip() and quote != value else []
    candidates = _candidates(value, spec, index, found=bool(matches))
    if quotes:
        return _of_quote(value, quote, quotes, matches, spec, index, candidates)
    if matches:
        best = min(matches, key=lambda match: _preference(match, spec, index))
        return _evidence(
            best, value, spec, index, candidates, quote_found=quote == value, denotes=best.method in _GROUNDING
        )
    return _without_words(value, spec, index, candidates)


def matches_of(value: str, spec: FieldSpec, index: MessageIndex) -> list[Match]:
    """Return every place where a value stands, in the order of the text."""
    if spec.kind is ValueKind.BOOLEAN:  # the only kind that depends on the field's labels
        return _find(value, spec, index)
    key = (value, spec.kind)
    if key not in index.found:
        index.found[key] = _find(value, spec, index)
    return index.found[key]


def _find(value: str, spec: FieldSpec, index: MessageIndex) -> list[Match]:
    if not value.strip():
        return []
    if spec.kind is ValueKind.BOOLEAN:
        return flags.find_boolean(value, spec, index)
    return _FINDERS[spec.kind](value, index)


def _candidates(value: str, spec: FieldSpec, index: MessageIndex, *, found: bool) -> int:
    if spec.kind is ValueKind.IDENTIFIER:
        return words.distinct_identifiers(value, index) if found else 0
    if spec.kind is ValueKind.CHOICE:
        return max(flags.distinct_choices(spec, index), int(found))
    counter = _COUNTERS.get(spec.kind)
    return max(counter(index) if counter else 0, int(found))


def _preference(match: Match, spec: FieldSpec, index: MessageIndex) -> tuple[int, int, int, float, int]:
    grounding = 0 if match.method in _GROUNDING else 1
    return (grounding, index.rank_of(match), -int(_is_labelled(match, spec, index)), -match.score, match.start)


def _is_labelled(match: Match, spec: FieldSpec, index: MessageIndex) -> bool:
    before = index.line_before(match.start)
    return any(label in before for label in flags.labels_of(spec))


def _of_quote(
    value: str,
    quote: str,
    quotes: list[Match],
    matches: list[Match],
    spec: FieldSpec,
    index: MessageIndex,
    candidates: int,
) -> Evidence:
    pairs = [(q, m) for q in quotes for m in matches if _overlap(q, m) and m.method in _GROUNDING]
    if spec.kind is ValueKind.BOOLEAN and not pairs and flags.says(value, quote):
        pairs = [(q, Match(q.start, q.end, Method.FORMAT, 0.7)) for q in quotes]
    if not pairs:
        best = min(quotes, key=lambda match: _preference(match, spec, index))
        return _evidence(
            Match(best.start, best.end, Method.FUZZY, 0.0),
            value,
            spec,
            index,
            candidates,
            quote_found=True,
            denotes=False,
        )
    words_quoted, match = min(pairs, key=lambda pair: _preference(pair[1], spec, index))
    too_long = words_quoted.end - words_quoted.start > 4 * (match.end - match.start) + 80
    chosen = match if too_long else Match(words_quoted.start, words_quoted.end, match.method, match.score)
    return _evidence(chosen, value, spec, index, candidates, quote_found=True, denotes=True)


def _overlap(quote: Match, match: Match) -> bool:
    inside = quote.start - 1 <= match.start and match.end <= quote.end + 1
    return inside or (match.start <= quote.start and quote.end <= match.end)


def _evidence(
    match: Match, value: str, spec: FieldSpec, index: MessageIndex, candidates: int, *, quote_found: bool, denotes: bool
) -> Evidence:
    start, end = index.source_span(match)
    zone = index.zone_of(start, end)
    method = match.method
    if method in _GROUNDING and index.message.text[start:end] == value:
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
        candidates=candidates,
        quote_found=quote_found,
        denotes=denotes,
        labelled=denotes and _is_labelled(match, spec, index),
    )


def _without_words(value: str, spec: FieldSpec, index: MessageIndex, candidates: int) -> Evidence:
    if value.strip() and _in_headers(value, spec, index.message):
        return Evidence(Method.NORMALISED, zone=ZoneKind.HEADER, score=1.0, candidates=max(1, candidates), denotes=True)
    near = words.find_nearly(value, index) if spec.kind in _WORDY and value.strip() else None
    if near:
        return _evidence(near, value, spec, index, candidates, quote_found=False, denotes=False)
    if index.message.pictures:
        return Evidence(Method.PICTURE, candidates=candidates)
    return Evidence(Method.ABSENT, candidates=candidates)


def _in_headers(value: str, spec: FieldSpec, message: Message) -> bool:
    """Say whether a header that is not part of the text is the value itself."""
    people = (message.sender, message.reply_to, *message.recipients)
    wanted = fold_words(value)
    if spec.kind is ValueKind.EMAIL:
        return any(fold_words(person.email) == wanted for person in people)
    if spec.kind is ValueKind.NAME:
        return any(fold_words(person.name) == wanted for person in people)
    if spec.kind is ValueKind.DATE and message.sent_at:
        return message.sent_at.date().isoformat() == value
    return spec.kind is ValueKind.TEXT and bool(message.subject) and fold_words(message.subject) == wanted
