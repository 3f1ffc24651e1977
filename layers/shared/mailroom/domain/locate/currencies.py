"""Currencies by code, sign and name."""

import json
import re
from functools import cache
from pathlib import Path

from mailroom.domain.evidence import Method
from mailroom.domain.locate.index import Match, MessageIndex

# A bare sign stands for the first currency only: "$" alone is no evidence of Canadian dollars.
SIGNS: dict[str, str] = {
    "us$": "USD", "ca$": "CAD", "c$": "CAD", "a$": "AUD", "au$": "AUD", "nz$": "NZD", "s$": "SGD", "hk$": "HKD",
    "nt$": "TWD", "r$": "BRL", "mx$": "MXN", "$": "USD", "€": "EUR", "£": "GBP", "¥": "JPY", "円": "JPY", "元": "CNY",
    "rm": "MYR", "zł": "PLN", "zl": "PLN", "kč": "CZK", "ft": "HUF", "₹": "INR", "rs": "INR", "₽": "RUB", "руб": "RUB",
    "₺": "TRY", "tl": "TRY", "₩": "KRW", "원": "KRW", "฿": "THB", "₪": "ILS", "fr.": "CHF", "sfr": "CHF", "₫": "VND",
    "₱": "PHP", "rp": "IDR", "₴": "UAH", "грн": "UAH", "лв": "BGN", "lei": "RON", "₦": "NGN", "₸": "KZT", "din": "RSD",
}  # fmt: skip
_KRONE_BY_LANGUAGE = {"sv": "SEK", "da": "DKK", "nb": "NOK", "no": "NOK", "nn": "NOK", "is": "ISK"}
_COMMON = frozenset(
    "EUR USD GBP CHF JPY CAD AUD NZD SEK NOK DKK PLN CZK HUF INR CNY MYR SGD HKD BRL MXN ZAR THB KRW TWD".split()
)
_CODES = frozenset(
    "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLP "
    "CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR "
    "ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT "
    "MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD "
    "SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VES VND "
    "VUV WST XAF XCD XOF XPF YER ZAR ZMW".split()
)
_SIGN = "|".join(re.escape(sign) for sign in sorted(SIGNS, key=len, reverse=True))
_BEFORE = re.compile(rf"(?:(?<![^\W\d_])(?P<code>[a-z]{{3}})|(?P<sign>{_SIGN})|(?<![^\W\d_])(?P<kr>kr))\.?[\s:]?-?\s?$")
_AFTER = re.compile(
    rf"\s?(?:,-|\.-)?\s?(?:(?P<code>[a-z]{{3}})(?![^\W\d_])|(?P<sign>{_SIGN})(?![^\W\d_])|(?P<kr>kr)(?![^\W\d_]))"
)
_ANY = re.compile(
    rf"(?<![^\W\d_])(?P<code>[a-z]{{3}})(?![^\W_])|(?P<sign>[$€£¥₹₽₺₩฿₪₫₱₴₦₸円]|(?<![^\W\d_])(?:{_SIGN}))"
)


@cache
def _names() -> dict[str, list[str]]:
    path = Path(__file__).parent / "data" / "currencies.json"
    loaded: dict[str, list[str]] = json.loads(path.read_text(encoding="utf-8"))
    return loaded


def currency_in(words: str) -> str | None:
    """Return the currency that a folded code or sign names, e.g. "eur" or "€ 12"; None where there is none."""
    letters = re.sub(r"[\d.,'\s()-]+", " ", words).strip()
    if letters.upper() in _CODES:
        return letters.upper()
    return SIGNS.get(letters)


def currency_beside(text: str, start: int, end: int) -> frozenset[str] | None:
    """Return the currencies written directly before or after a number; None where there is none."""
    found = set()
    for match in (_BEFORE.search(text[max(0, start - 6) : start]), _AFTER.match(text[end : end + 8])):
        if match is None:
            continue
        code = (match["code"] or "").upper()
        if code in _CODES:
            found.add(code)
        elif match["sign"]:
            found.add(SIGNS[match["sign"]])
        elif match["kr"]:
            found |= {"SEK", "NOK", "DKK", "ISK"}
    return frozenset(found) or None


def currency_mentions(index: MessageIndex) -> list[tuple[int, int, str, Method]]:
    """Return every currency the message names: folded span, ISO 4217 code, and how it is written."""
    found = index.scans.get("currencies")
    if not isinstance(found, list):
        found = list(_scan(index))
        index.scans["currencies"] = found
    return found


def _scan(index: MessageIndex) -> list[tuple[int, int, str, Method]]:
    text, source = index.text, index.message.text
    found = []
    for m in re.finditer(r"(?<![^\W\d_])[a-z]{3}(?![^\W\d_])", text):
        code = m[0].upper()
        if code in _CODES:
            begin, end = index.folded.source_span(*m.span())
            beside_number = re.search(r"\d[\s.,-]{0,3}$", text[max(0, m.start() - 4) : m.start()]) or re.match(
                r"[\s:]{0,2}-?\d", text[m.end() : m.end() + 4]
            )
            if beside_number or (code in _COMMON and source[begin:end].isupper()):
                found.append((*m.span(), code, Method.EXACT))
    for m in re.finditer(rf"(?<![^\W\d_])(?:{_SIGN})(?![^\W\d_])", text):
        if (
            len(m[0]) == 1
            or re.match(r"\.?\s?-?\d", text[m.end() : m.end() + 4])
            or re.search(r"\d[\s.,-]{0,3}$", text[max(0, m.start() - 4) : m.start()])
        ):
            found.append((*m.span(), SIGNS[m[0]], Method.FORMAT))
    krone = _KRONE_BY_LANGUAGE.get(index.message.language.split("-")[0].lower())
    if krone:
        found += [(*m.span(), krone, Method.FORMAT) for m in re.finditer(r"\bkr\b", text)]
    return found


def find_currency(value: str, index: MessageIndex) -> list[Match]:
    """Return where a currency (ISO 4217) is named by its code, its sign or its name in any language."""
    code = value.strip().upper()
    found = [
        Match(
            start,
            end,
            method,
            1.0 if method is Method.EXACT or len(index.text[start:end]) > 1 or index.text[start] != "$" else 0.9,
        )
        for start, end, named, method in currency_mentions(index)
        if named == code
    ]
    return found or _by_name(code, index)


def _by_name(code: str, index: MessageIndex) -> list[Match]:
    found = []
    for first, last, codes in named_spans(_names(), index, longest=3):
        if codes == [code]:
            found.append(Match(first, last, Method.FORMAT, 0.9))
    return found


def named_spans(names: dict[str, list[str]], index: MessageIndex, longest: int) -> list[tuple[int, int, list[str]]]:
    """Return the folded spans of up to ``longest`` words that a table of names knows, with what they stand for."""
    tokens = index.tokens
    found = []
    for i in range(len(tokens.words)):
        if tokens.words[i].isdigit():
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
