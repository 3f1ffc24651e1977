"""Amounts, numbers and currencies as people write them in English and continental notation."""

import re

from local.standin.reading_rules.dates import Found
from local.standin.reading_rules.surroundings import Surroundings

_SIGNS = {
    "€": "EUR",
    "£": "GBP",
    "¥": "JPY",
    "₹": "INR",
    "zł": "PLN",
    "Kč": "CZK",
    "US$": "USD",
    "C$": "CAD",
    "A$": "AUD",
    "CA$": "CAD",
    "AU$": "AUD",
    "Fr.": "CHF",
    "$": "USD",
    "₺": "TRY",
    "₩": "KRW",
    "R$": "BRL",
}
_CODES = (
    "EUR|USD|GBP|CHF|JPY|CAD|AUD|NZD|SEK|NOK|DKK|PLN|CZK|HUF|RON|BGN|TRY|INR|CNY|HKD|SGD|ZAR|BRL|MXN|ILS|AED|SAR|KRW|"
    "THB|MYR|IDR|PHP|ARS|CLP|COP|PEN"
)
_WORDS = {
    **dict.fromkeys(("euro", "euros"), "EUR"),
    **dict.fromkeys(("dollar", "dollars", "dólares"), "USD"),
    **dict.fromkeys(("pound", "pounds", "pfund"), "GBP"),
    **dict.fromkeys(("franken", "francs suisses"), "CHF"),
}
_CURRENCY = "|".join(
    [re.escape(sign) for sign in sorted(_SIGNS, key=len, reverse=True)]
    + [rf"(?<![A-Za-z])(?:{_CODES})\b", rf"(?i:\b(?:{'|'.join(_WORDS)})\b)"]
)
_NUMBER = r"\d{1,3}(?:[.,'’\u00a0\u202f ]\d{3})+(?:[.,]\d{1,4})?(?!\d)|\d+(?:[.,]\d{1,4})?(?!\d)"
_FIGURES = re.compile(rf"(?<![\d.,])(?:{_NUMBER})")
_BEFORE = re.compile(rf"(?:{_CURRENCY})\s?(?P<minus>-\s?)?$")
_AFTER = re.compile(rf"\s?(?:,--?|,–)?\s?(?:{_CURRENCY})(?![ \u00a0]?\d)")
_FREE_BEFORE = re.compile(r"(?:^|[^\w.,/-])(?P<minus>-\s?)?$")
_LONGEST_CURRENCY = 16
_PLAIN = re.compile(rf"(?<![\w.,/:-])(?P<minus>-\s?)?(?P<number>{_NUMBER})(?![\w/:]|[.,-]\d)")
_ONLY_CURRENCY = re.compile(_CURRENCY)


def amounts(text: str, near: Surroundings) -> list[Found]:
    """Return the amounts that have a currency, as plain decimals, quoting the figures alone."""
    answer = []
    for match in _FIGURES.finditer(text):
        opening = max(0, match.start() - _LONGEST_CURRENCY)
        before = _BEFORE.search(text, opening, match.start())
        if before is None and _AFTER.match(text, match.end()):
            before = _FREE_BEFORE.search(text, opening, match.start())
        if before:
            value = ("-" if before["minus"] else "") + two_places(plain_decimal(match[0], near))
            answer.append(Found(match[0], value, match.start()))
    return answer


def numbers(text: str, near: Surroundings) -> list[Found]:
    """Return the bare numbers of a text as plain decimals."""
    return [
        Found(
            match["number"],
            ("-" if match["minus"] else "") + plain_decimal(match["number"], near),
            match.start("number"),
        )
        for match in _PLAIN.finditer(text)
    ]


def currencies(text: str) -> list[Found]:
    """Return the currencies that stand in a text as ISO 4217 codes."""
    return [Found(match[0], _code(match[0]), match.start()) for match in _ONLY_CURRENCY.finditer(text)]


def two_places(decimal: str) -> str:
    """Return a plain decimal with at least two places: "34" is "34.00"."""
    whole, _, places = decimal.partition(".")
    return f"{whole}.{places.ljust(2, '0')}"


def plain_decimal(written: str, near: Surroundings) -> str:
    """Return figures as a plain decimal with a dot: "1.234,56", "1,234.56" and "1 234,56" are all 1234.56."""
    bare = re.sub(r"['’\u00a0\u202f\s]", "", written)
    last = max(bare.rfind("."), bare.rfind(","))
    if last < 0:
        return bare
    sign, other = bare[last], "," if bare[last] == "." else "."
    after = len(bare) - last - 1
    if other in bare:
        return bare.replace(other, "").replace(sign, ".")
    thousands = after == 3 and (bare.count(sign) > 1 or (sign == ".") == near.comma_decimals or bare[0] != "0")
    return bare.replace(sign, "") if thousands else bare.replace(sign, ".")


def _code(written: str) -> str:
    return _SIGNS.get(written) or _WORDS.get(written.casefold()) or written
