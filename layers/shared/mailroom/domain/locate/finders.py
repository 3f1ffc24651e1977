"""Which finder and which counter serves which kind of value."""

from collections.abc import Callable

from mailroom.domain.doctype import FieldSpec, ValueKind
from mailroom.domain.locate import contacts, currencies, dates, flags, numbers, places, times, words
from mailroom.domain.locate.index import Match, MessageIndex

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
    ValueKind.NUMBER: lambda value, index: (
        numbers.find_number(value, index, amount=False) or words.find_number_word(value, index)
    ),
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


def matches_of(value: str, spec: FieldSpec, index: MessageIndex) -> list[Match]:
    """Return every place where a value stands, in the order of the text; asked twice, it is looked for once."""
    if spec.kind is ValueKind.BOOLEAN:  # the only kind that depends on the field's labels
        return flags.find_boolean(value, spec, index) if value.strip() else []
    key = (value, spec.kind)
    if key not in index.found:
        index.found[key] = _FINDERS[spec.kind](value, index) if value.strip() else []
    return index.found[key]


def candidates_of(value: str, spec: FieldSpec, index: MessageIndex, *, found: bool) -> int:
    """Return how many different values of a field's kind the message has, the value itself included if it is there."""
    if spec.kind is ValueKind.IDENTIFIER:
        return words.distinct_identifiers(value, index) if found else 0
    if spec.kind is ValueKind.CHOICE:
        return max(flags.distinct_choices(spec, index), int(found))
    counter = _COUNTERS.get(spec.kind)
    return max(counter(index) if counter else 0, int(found))
