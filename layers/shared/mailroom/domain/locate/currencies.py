"""Currencies by code, sign and name."""

import json
import re
from functools import cache
from pathlib import Path

from mailroom.domain.evidence import Method
from mailroom.domain.locate.index import Match, MessageIndex
from mailroom.domain.locate.names import Names, load_names, named_spans

# A bare sign stands for one currency only: "$" alone is no evidence of Canadian dollars.
_SIGNS: dict[str, str] = {
    "us$": "USD", "ca$": "CAD", "c$": "CAD", "a$": "AUD", "au$": "AUD", "nz$": "NZD", "s$": "SGD", "hk$": "HKD",
    "nt$": "TWD", "r$": "BRL", "mx$": "MXN", "$": "USD", "€": "EUR", "£": "GBP", "¥": "JPY", "円": "JPY", "元": "CNY",
    "rm": "MYR", "zł": "PLN", "zl": "PLN", "kč": "CZK", "ft": "HUF", "₹": "INR", "rs": "INR", "₽": "RUB", "руб": "RUB",
    "₺": "TRY", "tl": "TRY", "₩": "KRW", "원": "KRW", "฿": "THB", "₪": "ILS", "sfr": "CHF", "₫": "VND", "₱": "PHP",
    "rp": "IDR", "₴": "UAH", "грн": "UAH", "лв": "BGN", "lei": "RON", "₦": "NGN", "₸": "KZT", "din": "RSD", "fr": "CHF",
}  # fmt: skip
_KRONE = {"sv": "SEK", "da": "DKK", "nb": "NOK", "no": "NOK", "nn": "NOK", "is": "ISK"}
# Codes that a reader takes for a currency even where no number is beside them.
_COMMON = frozenset(
    {"EUR", "USD", "GBP", "CHF", "JPY", "CAD", "AUD", "NZD", "SEK", "NOK", "DKK", "PLN", "CZK", "HUF", "INR", "CNY"}
    | {"MYR", "SGD", "HKD", "BRL", "MXN", "ZAR", "KRW", "TWD"}
)
_GLYPHS = "$€£¥₹₽₺₩฿₪₫₱₴₦₸円元원"
_GLYPH_SET = frozenset(_GLYPHS)
_AROUND = " \n.:,-"
_WORD = rf"[^\W\d_]{{0,3}}\$|[{_GLYPHS}]|[^\W\d_]{{2,4}}"
_BEFORE = re.compile(rf"(?<![^\W\d_])({_WORD})\.?[\s:]?-?\s?$")
_AFTER = re.compile(rf"\s?(?:[,.]?-{{1,2}}\s?)?({_WORD})(?![^\W\d_])")
_GLYPH = re.compile(rf"(?<![^\W\d_])[^\W\d_]{{0,2}}\$|[{_GLYPHS}]")


@cache
def _codes() -> frozenset[str]:
    """Return the ISO 4217 codes: a small file of its own, because every number asks for them."""
    path = Path(__file__).parent / "data" / "currency_codes.json"
    return frozenset(json.loads(path.read_text(encoding="utf-8")))


def currency_of(word: str) -> str | None:
    """Return the currency that a folded code or sign stands for ("eur", "€"); None where it is none."""
    code = word.upper()
    return code if code in _codes() else _SIGNS.get(word)


def currency_in(words: str) -> str | None:
    """Return the currency written with a folded amount, e.g. in "€ 12.50"; None where there is none."""
    return currency_of(re.sub(r"[\d.,'\s()+-]+", " ", words).strip())


def currencies_beside(text: str, start: int, end: int) -> frozenset[str]:
    """Return the currencies written directly before or after a number of the folded text."""
    before, after = text[max(0, start - 7) : start], text[end : end + 9]
    # Most numbers stand among blanks, digits and marks: a look at the nearest characters saves them the patterns.
    matches = (
        _BEFORE.search(before) if before.strip(_AROUND)[-1:].isalpha() or _has_glyph(before) else None,
        _AFTER.match(after) if after.lstrip(_AROUND)[:1].isalpha() or _has_glyph(after) else None,
    )
    found = set()
    for match in matches:
        word = match[1] if match else ""
        if word == "kr":
            found |= set(_KRONE.values())
        elif (code := currency_of(word)) is not None:
            found.add(code)
    return frozenset(found)


def _has_glyph(text: str) -> bool:
    return not _GLYPH_SET.isdisjoint(text)


def currency_mentions(index: MessageIndex) -> list[tuple[int, int, str, Method]]:
    """Return every currency named by code or sign: its folded span, its ISO 4217 code, and how it is written."""
    return index.once(_currency_mentions)


def _currency_mentions(index: MessageIndex) -> list[tuple[int, int, str, Method]]:
    krone = _KRONE.get(index.message.language.split("-")[0].lower())
    spans = [m.span() for m in _GLYPH.finditer(index.text)]
    tokens = index.tokens
    lettered = (_code_words() | {"kr"}) & set(tokens.words)
    if lettered:
        alone = [i for i, word in enumerate(tokens.words) if word in lettered]
        spans += [(start, end) for i in alone if _is_used(start := tokens.starts[i], end := tokens.ends[i], index)]
    found = []
    for start, end in sorted(spans):
        word = index.text[start:end]
        code = krone if word == "kr" else currency_of(word)
        if code is not None:
            found.append((start, end, code, Method.EXACT if code == word.upper() else Method.FORMAT))
    return found


@cache
def _code_words() -> frozenset[str]:
    return frozenset({code.lower() for code in _codes()} | {sign for sign in _SIGNS if sign.isalpha()})


def _is_used(start: int, end: int, index: MessageIndex) -> bool:
    """Say whether letters are a currency here: beside a number, or a well-known code in capitals."""
    text = index.text
    if text[end : end + 1] == "$":
        return False
    if re.search(r"\d[\s.,-]{0,3}$", text[max(0, start - 4) : start]) or re.match(
        r"\.?[\s:]{0,2}-?\d", text[end : end + 5]
    ):
        return True
    begin, stop = index.folded.source_span(start, end)
    word = index.message.text[begin:stop]
    return word in _COMMON


def find_currency(value: str, index: MessageIndex) -> list[Match]:
    """Return where a currency (ISO 4217) is named by its code, its sign or its name in any language."""
    code = value.strip().upper()
    found = [
        Match(start, end, method, 0.9 if index.text[start:end] == "$" else 1.0)
        for start, end, named, method in currency_mentions(index)
        if named == code
    ]
    return found or [Match(s, e, Method.FORMAT, 0.9) for s, e, codes in index.once(_named) if codes == [code]]


def _named(index: MessageIndex) -> list[tuple[int, int, list[str]]]:
    return named_spans(_names(), index)


@cache
def _names() -> Names:
    return load_names("currencies")


def distinct_currencies(index: MessageIndex) -> int:
    """Return how many currencies the message names by code or sign."""
    return len({code for _, _, code, _ in currency_mentions(index)})
