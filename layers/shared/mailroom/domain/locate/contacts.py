"""Mail addresses, telephone numbers, web addresses, bank accounts and tax numbers."""

import re
from collections.abc import Iterator
from functools import cache
from urllib.parse import unquote

from mailroom.domain.evidence import Method
from mailroom.domain.locate.folding import fold, fold_words
from mailroom.domain.locate.index import Match, MessageIndex

_EMAIL = re.compile(r"(?<![\w.+-])[\w.!#$%&'*+/=?^`{|}~-]+@(?:[\w-]+\.)+[\w-]{2,}")
_VEILED_EMAIL = re.compile(
    r"([\w.+-]+)\s?[\[({]\s?(?:at|@|ät)\s?[\])}]\s?((?:[\w-]+\s?(?:\.|[\[({]\s?(?:dot|punkt|\.)\s?[\])}])\s?)+\w{2,})"
)
_AT = re.compile(r"[\[({]\s?(?:at|@|ät)\s?[\])}]")
_PHONE = re.compile(r"(?<![\w.,+])(?:\+|00)?\(?\d(?:[\s().\-/\u2011]{0,3}\d){5,16}(?!\w|[.,]\d)")
_AMERICAN_PHONE = re.compile(r"(?:1[ .-])?\d{3}[ .-]\d{3}[ .-]\d{4}")
_URL = re.compile(r"(?:https?://|www\.)[^\s<>\"']+|(?<![\w@.-])(?:[a-z0-9-]+\.)+[a-z]{2,}(?:/[^\s<>\"']*)?(?![\w@])")
_IBAN = re.compile(r"(?<![^\W_])[a-z]{2}\d{2}(?:[ -]?[a-z0-9]{1,4}){3,9}")


def _emails(index: MessageIndex) -> list[tuple[int, int]]:
    return [m.span() for m in _around(_EMAIL, "@", index.text)]


def _phones(index: MessageIndex) -> list[tuple[int, int]]:
    text, found, position = index.text, [], 0
    for numeral in index.numerals:
        start = numeral
        while start > position and text[start - 1] in "+(":
            start -= 1
        m = _PHONE.match(text, start) if start >= position else None
        if m is not None:
            found.append(m.span())
            position = m.end()
    return found


def _urls(index: MessageIndex) -> list[tuple[int, int]]:
    return [m.span() for m in _URL.finditer(index.text)]


def _around(pattern: re.Pattern[str], sign: str, text: str, reach: int = 80) -> Iterator[re.Match[str]]:
    """Yield a pattern's matches that hold a sign: searching near the rare sign is far cheaper than everywhere."""
    position, at = 0, text.find(sign)
    while at >= 0:
        m = pattern.search(text, max(position, at - reach), at + reach * 3)
        if m is not None and m.start() <= at < m.end():
            yield m
            position = m.end()
        at = text.find(sign, at + 1)


def find_email(value: str, index: MessageIndex) -> list[Match]:
    """Return where a mail address stands, "name (at) example dot com" included."""
    wanted = fold_words(value).removeprefix("mailto:")
    found = []
    for start, end in index.once(_emails):
        words = index.text[start:end]
        if words == wanted or words.rstrip(".'") == wanted:
            found.append(Match(start, start + len(wanted), Method.NORMALISED))
        elif words.removeprefix("mailto:").strip("'`{}|/=") == wanted:
            at = start + words.index(wanted)
            found.append(Match(at, at + len(wanted), Method.NORMALISED))
    if not found and "@" in wanted:
        for m in index.once(_veiled_emails):
            host = re.sub(r"[\[({]\s?(?:dot|punkt|\.)\s?[\])}]|\s", lambda w: "." if w[0].strip() else "", m[2])
            if f"{m[1]}@{host}" == wanted:
                found.append(Match(*m.span(), Method.FORMAT, 0.9))
    return found


def _veiled_emails(index: MessageIndex) -> list[re.Match[str]]:
    if not _AT.search(index.text):
        return []
    return [m for bracket in "[({" for m in _around(_VEILED_EMAIL, bracket, index.text) if _AT.search(m[0])]


def distinct_emails(index: MessageIndex) -> int:
    """Return how many different mail addresses the message has."""
    return len({index.text[start:end] for start, end in index.once(_emails)})


@cache
def _calling_codes() -> frozenset[str]:
    from phonenumbers import COUNTRY_CODE_TO_REGION_CODE  # noqa: PLC0415 - 30 ms that most messages never need

    return frozenset(str(code) for code in COUNTRY_CODE_TO_REGION_CODE)


def find_phone(value: str, index: MessageIndex) -> list[Match]:
    """Return where a telephone number stands, in international or national notation.

    A national notation lacks the country, so that it scores less than one with the country's code.
    """
    wanted = "".join(re.findall(r"\d", fold(value).text))
    international = value.strip().startswith(("+", "00"))
    wanted = wanted.removeprefix("00")
    if len(wanted) < 6:
        return []
    found = []
    for start, end in index.once(_phones):
        score = _phone_score(index.text[start:end], wanted, international)
        if score:
            found.append(Match(start, end, Method.FORMAT, score))
    return found


def _phone_score(words: str, wanted: str, international: bool) -> float:
    has_code = words.startswith(("+", "00"))
    digits = "".join(re.findall(r"\d", re.sub(r"\(0\)", "", words)))
    digits = digits.removeprefix("00")
    if digits == wanted:
        return 1.0 if has_code == international else 0.9
    if has_code or not international:
        return 0.0
    national = digits.lstrip("0")
    for trunk in (
        digits,
        national,
        digits[1:] if digits[:1] == "8" else national,
        digits[2:] if digits[:2] == "06" else national,
    ):
        if trunk and wanted.endswith(trunk) and wanted[: -len(trunk)] in _calling_codes():
            return 0.8
    return 0.0


def distinct_phones(index: MessageIndex) -> int:
    """Return how many different numbers look like telephone numbers: with a prefix, or grouped as in America."""
    spans = index.once(_phones)
    words = (index.text[start:end] for start, end in spans)
    return len({re.sub(r"\D", "", w)[-8:] for w in words if w[0] in "+0(" or _AMERICAN_PHONE.fullmatch(w)})


def find_url(value: str, index: MessageIndex) -> list[Match]:
    """Return where a web address stands; scheme, "www." and a closing slash do not matter, the path does."""
    wanted = _bare_url(fold(value.strip()).text)
    if not wanted:
        return []
    found = []
    for start, end in index.once(_urls):
        words = index.text[start:end].rstrip(".,;:!?)]}>'\"")
        bare = _bare_url(words)
        if bare == wanted:
            found.append(Match(start, start + len(words), Method.NORMALISED))
        elif unquote(bare) == unquote(wanted):
            found.append(Match(start, start + len(words), Method.FORMAT, 0.9))
        elif "/" not in wanted and bare.split("/")[0].split("?")[0] == wanted:
            found.append(Match(start, start + len(words), Method.FORMAT, 0.7))
    return found or _wrapped_url(wanted, index)


def _wrapped_url(wanted: str, index: MessageIndex) -> list[Match]:
    pattern = r"\n?".join(re.escape(c) for c in wanted) if len(wanted) > 40 else None
    m = re.search(pattern, index.text) if pattern else None
    return [Match(*m.span(), Method.FORMAT, 0.8)] if m and "\n" in m[0] else []


def _bare_url(words: str) -> str:
    return re.sub(r"^(?:https?://)?(?:www\.)?", "", words).rstrip("/")


def distinct_urls(index: MessageIndex) -> int:
    """Return how many different web addresses the message has."""
    return len({_bare_url(index.text[s:e].rstrip(".,;:!?)]}>'\"")) for s, e in index.once(_urls)})


def find_account(value: str, index: MessageIndex) -> list[Match]:
    """Return where an IBAN or a VAT number stands, whatever blanks and dots group it."""
    wanted = re.sub(r"[^a-z0-9]", "", fold(value).text)
    if len(wanted) < 5:
        return []
    found = []
    for first, last in index.tokens.squeezed_sequences(wanted):
        start, end = index.tokens.starts[first], index.tokens.ends[last - 1]
        gaps = re.sub(r"[a-z0-9]", "", index.text[start:end])
        if re.fullmatch(r"[ .\-\n]*", gaps) and len(gaps) <= len(wanted):
            match = Match(start, end, Method.FORMAT if gaps else Method.NORMALISED)
            if not _continues(match, index):
                found.append(match)
            elif _has_valid_check_digits(wanted):  # text from a PDF runs "NL50INGB0683251309" and "IBAN" together
                found.append(Match(start, end, Method.FORMAT, 0.7))
    return found


def _has_valid_check_digits(account: str) -> bool:
    from stdnum import iban  # noqa: PLC0415 - 20 ms that most messages never need
    from stdnum.eu import vat  # noqa: PLC0415 - the same

    return bool(iban.is_valid(account, check_country=False) or vat.is_valid(account))


def _continues(match: Match, index: MessageIndex) -> bool:
    left = index.text[match.start - 1 : match.start]
    right = index.text[match.end : match.end + 1]
    return left.isalnum() or right.isalnum()


def distinct_ibans(index: MessageIndex) -> int:
    """Return how many different valid IBANs the message has."""
    return index.once(_count_ibans)


def _count_ibans(index: MessageIndex) -> int:
    runs = [m[0] for m in _IBAN.finditer(index.text)]
    if not runs:
        return 0
    from stdnum import iban  # noqa: PLC0415 - 20 ms that most messages never need

    return len({iban.compact(run) for run in runs if iban.is_valid(run, check_country=False)})
