"""Countries and languages by their codes and by their names in many languages."""

import re
from functools import cache

from mailroom.domain.evidence import Method
from mailroom.domain.locate.index import Match, MessageIndex
from mailroom.domain.locate.names import Names, load_names, named_spans

# The international vehicle sign before a postcode: "D-10115 Berlin".
_PLATE_CODES = {"d": "DE", "a": "AT", "ch": "CH", "f": "FR", "i": "IT", "e": "ES", "b": "BE", "l": "LU", "nl": "NL"}
_PLATES = re.compile(r"(?<![^\W_])(d|a|ch|f|i|e|b|l|nl)-\d{4,5}(?![\w-])")


@cache
def _names(table: str) -> Names:
    return load_names(table)


def _countries(index: MessageIndex) -> list[tuple[int, int, list[str]]]:
    return named_spans(_names("countries"), index)


def _languages(index: MessageIndex) -> list[tuple[int, int, list[str]]]:
    return named_spans(_names("languages"), index)


def find_country(value: str, index: MessageIndex) -> list[Match]:
    """Return where a country (ISO 3166-1 alpha-2) is named, or its code stands alone in capitals."""
    code = value.strip().upper()
    named = [Match(s, e, Method.FORMAT) for s, e, codes in index.once(_countries) if code in codes]
    return named or _by_code(code, index)


def _by_code(code: str, index: MessageIndex) -> list[Match]:
    if not re.fullmatch(r"[A-Z]{2}", code):
        return []
    found = [Match(*m.span(), Method.FORMAT, 0.8) for m in _PLATES.finditer(index.text) if _PLATE_CODES[m[1]] == code]
    written = "UK" if code == "GB" else code
    for first, last in index.tokens.sequences((written.lower(),)):
        match = Match(index.tokens.starts[first], index.tokens.ends[last - 1], Method.EXACT, 0.7)
        start, end = index.source_span(match)
        text = index.message.text
        before, after = text[max(0, start - 2) : start], text[end : end + 2]
        set_apart = re.search(r"(?:^|[,(:/;|\n]\s?)$", before) or re.match(r"-\d|\n|$|\)", after)
        if text[start:end] == written and (set_apart or written == "UK"):
            found.append(match)
    return found


def distinct_countries(index: MessageIndex) -> int:
    """Return how many countries the message names in words."""
    return len({tuple(codes) for _, _, codes in index.once(_countries)})


def find_language(value: str, index: MessageIndex) -> list[Match]:
    """Return where a language (ISO 639-1) is named."""
    code = value.strip().lower()[:2]
    return [Match(s, e, Method.FORMAT, 0.9) for s, e, codes in index.once(_languages) if code in codes]


def distinct_languages(index: MessageIndex) -> int:
    """Return how many languages the message names."""
    return len({tuple(codes) for _, _, codes in index.once(_languages)})
