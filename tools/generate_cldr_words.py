"""Write the words for months, weekdays, countries, languages and currencies that evidence is read with.

Source: Unicode CLDR as packed by Babel 2.18.0 (Unicode License v3, BSD-3-Clause). Run it only to take a newer CLDR:

    .tools/bin/uv run --no-project --python .venv/bin/python --with babel==2.18.0 python -m tools.generate_cldr_words

The result is committed, so that nothing deployed needs Babel.
"""

# ruff: noqa: INP001, SIM905, E501 - a script of the workshop: no package, and its word lists read best as lines

import json
import re
import unicodedata
from collections import defaultdict
from pathlib import Path
from typing import Any

import iso4217
from babel import Locale

from mailroom.domain.locate.folding import words_of

LANGUAGES = (
    "en de fr es it pt nl pl sv da nb fi cs sk hu ro bg el tr ru uk hr sl sr_Latn lt lv et ca eu gl ga is sq id ms vi af "
    "ar he fa ja ko zh zh_Hant hi"
).split()
TARGET = Path(__file__).parent.parent / "layers/shared/mailroom/domain/locate/data"


def spellings(word: str) -> set[str]:
    """Return the folded spellings a message may use: with and without accents, and without a closing full stop."""
    folded = unicodedata.normalize("NFKC", word).casefold().strip(" .\u200f\u200e")
    bare = "".join(c for c in unicodedata.normalize("NFD", folded) if not unicodedata.combining(c))
    return {unicodedata.normalize("NFC", w) for w in (folded, bare)}


def calendar() -> dict[str, dict[str, list[int]]]:
    """Return month words (1 to 12) and weekday words (0 is Monday) of all languages."""
    months: dict[str, set[int]] = defaultdict(set)
    weekdays: dict[str, set[int]] = defaultdict(set)
    for tag in LANGUAGES:
        locale = Locale.parse(tag)
        for context in ("format", "stand-alone"):
            for width in ("wide", "abbreviated"):
                for number, word in locale.months[context][width].items():
                    for spelling in spellings(word):
                        if not re.search(r"\d|\s", spelling) and len(spelling) > 1:
                            months[spelling].add(number)
                for number, word in locale.days[context][width].items():
                    for spelling in spellings(word):
                        if not re.search(r"\d", spelling):
                            weekdays[spelling].add(number)
    return {"months": sorted_lists(months), "weekdays": sorted_lists(weekdays)}


def sorted_lists(table: dict[str, set[Any]]) -> dict[str, list[Any]]:
    """Return the table in a fixed order, so that the file changes only when the words do."""
    return {word: sorted(table[word]) for word in sorted(table)}


def names(attribute: str, code: str, shortest: int) -> dict[str, list[str]]:
    """Return folded names of all languages with the codes they stand for; ``code`` is the pattern of a code."""
    found: dict[str, set[str]] = defaultdict(set)
    for tag in LANGUAGES:
        for key, word in getattr(Locale.parse(tag), attribute).items():
            if re.fullmatch(code, key):
                for spelling in spellings(word):
                    if len(spelling) >= shortest or not spelling.isascii():
                        found[spelling].add(key.upper() if attribute == "territories" else key)
    return sorted_lists(found)


def currencies() -> dict[str, list[str]]:
    """Return folded currency names, singular and plural, of the currencies that are in use."""
    found: dict[str, set[str]] = defaultdict(set)
    for tag in LANGUAGES:
        locale = Locale.parse(tag)
        plurals = locale._data["currency_names_plural"]  # noqa: SLF001 - Babel has no public door to plural names
        for code in sorted(NAMED):
            words = [locale.currencies.get(code, ""), *dict(plurals.get(code, {})).values()]
            for word in words:
                found_words = {s for s in spellings(word) if len(s) > 2 and s != code.casefold()}
                for spelling in found_words:
                    found[spelling].add(code)
    return sorted_lists(found)


# What CLDR does not call a country, and mail does.
ALIASES = {
    "usa": "US", "u s a": "US", "america": "US", "u k": "GB", "england": "GB", "scotland": "GB", "wales": "GB",
    "northern ireland": "GB", "great britain": "GB", "holland": "NL", "czech republic": "CZ", "tschechische republik": "CZ",
    "turkey": "TR", "uae": "AE", "brd": "DE", "south korea": "KR", "russia": "RU", "viet nam": "VN", "macedonia": "MK",
}  # fmt: skip
# Currencies whose names are worth their space; all others are written by code or sign.
NAMED = frozenset(
    "AED ARS AUD BGN BRL CAD CHF CLP CNY COP CZK DKK EGP EUR GBP HKD HUF IDR ILS INR ISK JPY KRW KZT MAD MXN MYR NOK NZD PEN "
    "PHP PKR PLN RON RSD RUB SAR SEK SGD THB TRY TWD UAH USD VND ZAR".split()
)


def by_first_word(table: dict[str, list[str]]) -> dict[str, dict[str, list[str]]]:
    """Return names cut into the words that the index cuts messages into, by their first word, the longest first."""
    arranged: dict[str, dict[str, list[str]]] = defaultdict(dict)
    for name in sorted(table, key=lambda name: (-len(words_of(name)), name)):
        words = words_of(name)
        if words and not words[0].isdigit():
            arranged[words[0]][" ".join(words)] = table[name]
    return {first: arranged[first] for first in sorted(arranged)}


def main() -> None:
    """Write the files."""
    countries = names("territories", r"[A-Z]{2}", 4) | {name: [code] for name, code in ALIASES.items()}
    files = {
        "calendar.json": calendar(),
        "countries.json": by_first_word(countries),
        "languages.json": by_first_word(names("languages", r"[a-z]{2}", 4)),
        "currencies.json": by_first_word(currencies()),
        "currency_codes.json": sorted(currency.code for currency in iso4217.Currency),
    }
    TARGET.mkdir(parents=True, exist_ok=True)
    for name, table in files.items():
        (TARGET / name).write_text(
            json.dumps(table, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8"
        )


if __name__ == "__main__":
    main()
