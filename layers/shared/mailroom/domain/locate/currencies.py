"""Currencies by code, sign and name."""

import json
import re
from functools import cache
from pathlib import Path

from mailroom.domain.evidence import Method
from mailroom.domain.locate.index import Match, MessageIndex

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
_WORD = rf"[^\W\d_]{{0,3}}\$|[{_GLYPHS}]|[^\W\d_]{{2,4}}"
_BEFORE = re.compile(rf"(?<![^\W\d_])({_WORD})\.?[\s:]?-?\s?$")
_AFTER = re.compile(rf"\s?(?:[,.]?-{{1,2}}\s?)?({_WORD})(?![^\W\d_])")
_SIGN = re.compile(rf"(?<![^\W\d_])(?:[^\W\d_]{{1,2}}\$|[^\W\d_]{{2,3}}(?![^\W\d_]))|[{_GLYPHS}]")


@cache
def _table(name: str) -> dict[str, list[str]]:
    path = Path(__file__).parent / "data" / f"{name}.json"
    loaded: dict[str, list[str]] = json.loads(path.read_text(encoding="utf-8"))
    return loaded


@cache
def _codes() -> frozenset[str]:
    return frozenset(code for codes in _table("currencies").values() for code in codes)


def currency_of(word: str) -> str | None:
    """Return the currency that a folded code or sign stands for ("eur", "€"); None where it is none."""
    code = word.upper()
    return code if code in _codes() else _SIGNS.get(word)


def currency_in(words: str) -> str | None:
    """Return the currency written with a folded amount, e.g. in "€ 12.50"; None where there is none."""
    return currency_of(re.sub(r"[\d.,'\s()+-]+", " ", words).strip())


def currencies_beside(text: str, start: int, end: int) -> frozenset[str]:
    """Return the currencies written directly before or after a number of the folded text."""
    found = set()
    for match in (_BEFORE.search(text[max(0, start - 7) : start]), _AFTER.match(text[end : end + 9])):
        word = match[1] if match else ""
        if word == "kr":
            found |= set(_KRONE.values())
        elif (code := currency_of(word)) is not None:
            found.add(code)
    return frozenset(found)


def currency_mentions(index: MessageIndex) -> list[tuple[int, int, str, Method]]:
    """Return every currency named by code or sign: its folded span, its ISO 4217 code, and how it is written."""
    return index.once(_currency_mentions)


def _currency_mentions(index: MessageIndex) -> list[tuple[int, int, str, Method]]:
    krone = _KRONE.get(index.message.language.split("-")[0].lower())
    found = []
    for m in _SIGN.finditer(index.text):
        word = m[0]
        code = krone if word == "kr" else currency_of(word)
        if code is None or not (word in _GLYPHS or word.endswith("$") or _is_used(m, code, index)):
            continue
        found.append((m.start(), m.end(), code, Method.EXACT if code == word.upper() else Method.FORMAT))
    return found


def _is_used(m: re.Match[str], code: str, index: MessageIndex) -> bool:
    """Say whether letters are a currency here: beside a number, or a well-known code in capitals."""
    before, after = index.text[max(0, m.start() - 4) : m.start()], index.text[m.end() : m.end() + 5]
    if re.search(r"\d[\s.,-]{0,3}$", before) or re.match(r"\.?[\s:]{0,2}-?\d", after):
        return True
    begin, end = index.folded.source_span(*m.span())
    return code in _COMMON and index.message.text[begin:end] == code


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
    return named_spans(_table("currencies"), index, longest=3)


def named_spans(names: dict[str, list[str]], index: MessageIndex, longest: int) -> list[tuple[int, int, list[str]]]:
    """Return the folded spans of up to ``longest`` words that a table of names knows, with what they stand for."""
    tokens = index.tokens
    found = []
    for i, word in enumerate(tokens.words):
        if word.isdigit():
            continue
        for length in range(min(longest, len(tokens.words) - i), 0, -1):
            codes = names.get(" ".join(tokens.words[i : i + length]))
            if codes:
                found.append((tokens.starts[i], tokens.ends[i + length - 1], codes))
                break
    return found


def distinct_currencies(index: MessageIndex) -> int:
    """Return how many currencies the message names by code or sign."""
    return len({code for _, _, code, _ in currency_mentions(index)})
