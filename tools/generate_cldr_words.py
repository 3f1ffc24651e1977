# /// script
# requires-python = ">=3.13"
# dependencies = ["babel==2.18.0"]
# ///
"""Write the words for months, weekdays, countries, languages and currencies that evidence is read with.

Source: Unicode CLDR as packed by Babel 2.18.0 (Unicode License v3, BSD-3-Clause). Run it only to take a newer CLDR:
``uv run tools/generate_cldr_words.py``. The result is committed, so that nothing deployed needs Babel.
"""

import json
import re
import unicodedata
from collections import defaultdict
from pathlib import Path
from typing import Any

from babel import Locale

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
    used = set(Locale.parse("en").currencies) & CURRENT
    found: dict[str, set[str]] = defaultdict(set)
    for tag in LANGUAGES:
        locale = Locale.parse(tag)
        plurals = locale._data["currency_names_plural"]  # noqa: SLF001 - Babel has no public door to plural names
        for code in sorted(used):
            words = [locale.currencies.get(code, ""), *dict(plurals.get(code, {})).values()]
            for word in words:
                found_words = {s for s in spellings(word) if len(s) > 2 and s != code.casefold()}
                for spelling in found_words:
                    found[spelling].add(code)
    return sorted_lists(found)


CURRENT = frozenset(
    "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLP "
    "CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR "
    "ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT "
    "MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD "
    "SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VES VND "
    "VUV WST XAF XCD XOF XPF YER ZAR ZMW".split()
)


def main() -> None:
    """Write the four files."""
    files = {
        "calendar.json": calendar(),
        "countries.json": names("territories", r"[A-Z]{2}", 4),
        "languages.json": names("languages", r"[a-z]{2}", 4),
        "currencies.json": currencies(),
    }
    TARGET.mkdir(parents=True, exist_ok=True)
    for name, table in files.items():
        (TARGET / name).write_text(
            json.dumps(table, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8"
        )


if __name__ == "__main__":
    main()
