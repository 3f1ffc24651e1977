"""Turn what a model wrote into one normal form per kind of value, or say in a sentence why it is not such a value.

Every function takes the raw string and returns the normal form; it raises ``ValueError`` with a sentence a person can
read. Every function is idempotent: normalising a normal form changes nothing. The tables behind them (phone plans,
currencies, countries, checksums) are imported on first use, because a cold start should pay only for what it reads.
"""

import re
import unicodedata
from datetime import MAXYEAR, MINYEAR, date, datetime, time
from decimal import Decimal, InvalidOperation
from functools import cache
from types import ModuleType
from urllib.parse import urlsplit

_LONGEST_IDENTIFIER = 100
_MOST_DIGITS = 24
"""Well inside the 28 digits that decimal arithmetic keeps exactly by default."""
_PLAUSIBLE_YEARS = range(1900, 2201)
"""A misread year (0026, 20266) is far likelier than a letter about another age."""

_CURRENCY_SIGNS = {
    "€": "EUR", "£": "GBP", "US$": "USD", "CA$": "CAD", "A$": "AUD", "R$": "BRL", "₹": "INR", "₺": "TRY", "₽": "RUB",
    "₴": "UAH", "₪": "ILS", "₩": "KRW", "₫": "VND", "₱": "PHP", "ZŁ": "PLN", "KČ": "CZK", "FT": "HUF", "EURO": "EUR",
}  # fmt: skip
"""Signs that mean one currency only; "$", "¥" and "kr" mean several and are refused."""

_LANGUAGES_TABLE = """
aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el
en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu
ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na
nb nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so
sq sr ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu
"""
_LANGUAGES = frozenset(_LANGUAGES_TABLE.split())
"""ISO 639-1, all two-letter codes of the Library of Congress's list, the withdrawn "bh" included."""

_BOOLEANS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def text(raw: object) -> str:
    """Return the words in Unicode NFC with single spaces."""
    words = " ".join(unicodedata.normalize("NFC", _written(raw)).split())
    if not words:
        raise ValueError("It is empty.")
    return words


def prose(raw: object) -> str:
    """Return the words in Unicode NFC with single spaces, line breaks kept."""
    lines = (" ".join(line.split()) for line in unicodedata.normalize("NFC", _written(raw)).splitlines())
    words = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
    if not words:
        raise ValueError("It is empty.")
    return words


def name(raw: object) -> str:
    """Return a person's or an organisation's name, without the punctuation that stood around it."""
    words = text(raw).strip("\"'“”„«»<>,;: ")
    if not any(character.isalpha() for character in words):
        raise ValueError(f"A name has letters, {_shown(raw)} has none.")
    return words


def address(raw: object) -> str:
    """Return a postal address on one line, its lines joined by commas."""
    lines = [" ".join(line.split()).strip(" ,") for line in unicodedata.normalize("NFC", _written(raw)).splitlines()]
    words = ", ".join(line for line in lines if line)
    if not any(character.isalnum() for character in words):
        raise ValueError(f"An address has letters or digits, {_shown(raw)} has none.")
    return words


def identifier(raw: object) -> str:
    """Return a number or reference as it is written, only with single spaces."""
    words = text(raw)
    if len(words) > _LONGEST_IDENTIFIER:
        raise ValueError(f"An identifier has at most {_LONGEST_IDENTIFIER} characters, this one has {len(words)}.")
    if not any(character.isalnum() for character in words):
        raise ValueError(f"An identifier has letters or digits, {_shown(raw)} has none.")
    return words


def email(raw: object) -> str:
    """Return an e-mail address with its domain in lower case (RFC 5321 leaves the local part's case alone)."""
    written = text(raw).removeprefix("mailto:")
    if bracketed := re.search(r"<([^<>]+)>\s*$", written):
        written = bracketed[1]
    validator = _email_validator()
    try:
        found = validator.validate_email(written, check_deliverability=False, globally_deliverable=False)
    except validator.EmailNotValidError as error:
        raise ValueError(f"{_shown(raw)} is not an e-mail address: {error}") from error
    return str(found.normalized)


def phone(raw: object) -> str:
    """Return E.164, with ``;ext=`` for an extension; a number without a country code keeps its bare digits."""
    written = "".join(str(unicodedata.decimal(each)) if each.isdecimal() else each for each in text(raw))
    written = re.sub(r"^[^\d+]+", "", written)  # a label in front: "Tel. 089…"
    written = re.sub(r"^0\W*0\W*(?=[1-9])", "+", written)
    if written.startswith("+"):
        return _international(raw, written)
    extension = re.search(r"(?i)(?<=\d)[\s,]*(?:;ext=|ext\.?|x|#)\s*(\d{1,7})$", written)
    body = written[: extension.start()] if extension else written
    digits = re.sub(r"\D", "", body)
    if not 3 <= len(digits) <= 15 or re.search(r"[^\W\d_]", body):
        raise ValueError(f"{_shown(raw)} is not a phone number.")
    return digits + (f";ext={extension[1]}" if extension else "")


def _international(raw: object, written: str) -> str:
    import phonenumbers  # noqa: PLC0415 - by far the dearest import here, and most messages never need it

    try:
        number = phonenumbers.parse(written.replace("(0)", ""))
    except phonenumbers.NumberParseException as error:
        raise ValueError(f"{_shown(raw)} is not a phone number.") from error
    # "Possible" rather than "valid": number plans grow faster than any table, and lengths do not lie.
    if not phonenumbers.is_possible_number(number):
        raise ValueError(f"{_shown(raw)} is not a phone number: its length is wrong for its country.")
    extension = f";ext={number.extension}" if number.extension else ""
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164) + extension


def url(raw: object) -> str:
    """Return a web address with its scheme and host in lower case; one that starts with ``www.`` gets ``https``."""
    written = text(raw)
    if written.casefold().startswith("www."):
        written = f"https://{written}"
    try:
        parts = urlsplit(written)
        host = parts.hostname or ""
    except ValueError as error:
        raise ValueError(f"{_shown(raw)} is not a web address.") from error
    if parts.scheme.lower() not in {"http", "https"} or "." not in host or re.search(r"\s", written):
        raise ValueError(f"{_shown(raw)} is not a web address.")
    if "@" in parts.netloc:
        raise ValueError("The web address hides a user name before its host.")
    return parts._replace(scheme=parts.scheme.lower(), netloc=parts.netloc.lower()).geturl()


def calendar_date(raw: object) -> date:
    """Return a real calendar date from YYYY-MM-DD, or from D.M.YYYY, which no country reads otherwise."""
    written = _written(raw).strip()
    if match := re.fullmatch(r"([0-9]{4})-([0-9]{2})-([0-9]{2})", written):
        year, month, day = (int(part) for part in match.groups())
    elif match := re.fullmatch(r"([0-9]{1,2})\. ?([0-9]{1,2})\. ?([0-9]{4})", written):
        day, month, year = (int(part) for part in match.groups())
    else:
        raise ValueError(f"{_shown(raw)} is not written as YYYY-MM-DD.")
    return _plausible(raw, year, month, day)


def clock_time(raw: object) -> time:
    """Return a time of day in minutes from HH:MM, seconds dropped."""
    match = re.fullmatch(r"([0-9]{1,2})[:.h]([0-9]{2})(?::[0-9]{2}(?:\.[0-9]+)?)?", _written(raw).strip())
    if match is None:
        raise ValueError(f"{_shown(raw)} is not written as HH:MM.")
    try:
        return time(int(match[1]), int(match[2]))
    except ValueError as error:
        raise ValueError(f"{_shown(raw)} is not a time of day.") from error


def moment(raw: object) -> datetime:
    """Return a date with a time of day in minutes, with an offset from UTC where one is written."""
    written = raw.isoformat() if isinstance(raw, datetime) else _written(raw).strip()
    if not re.match(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}", written):
        raise ValueError(f"{_shown(raw)} is not written as YYYY-MM-DDTHH:MM.")
    try:
        found = datetime.fromisoformat(written)
    except ValueError as error:
        raise ValueError(f"{_shown(raw)} is not a real date and time.") from error
    _plausible(raw, found.year, found.month, found.day)
    return found.replace(second=0, microsecond=0)


def amount(raw: object) -> Decimal:
    """Return an amount of money with at least two decimal places."""
    found = _decimal(raw, comma_before_three="thousands")
    return found.quantize(Decimal("0.01")) if found == found.quantize(Decimal("0.01")) else found.normalize()


def number(raw: object) -> Decimal:
    """Return a number without trailing zeros."""
    found = _decimal(raw, comma_before_three="refuse")
    return found.quantize(Decimal(1)) if found == found.to_integral_value() else found.normalize()


def plain(value: Decimal) -> str:
    """Write a decimal without an exponent."""
    return format(value, "f")


def boolean(raw: object) -> bool:
    """Return true or false."""
    found = _BOOLEANS.get(_written(raw).strip().casefold())
    if found is None:
        raise ValueError(f"{_shown(raw)} is neither true nor false.")
    return found


def currency(raw: object) -> str:
    """Return an ISO 4217 code; a sign is taken where it means one currency only."""
    import iso4217  # noqa: PLC0415 - parses the standard's XML table on import

    written = text(raw).upper()
    code = _CURRENCY_SIGNS.get(written, written)
    if code not in iso4217.raw_table:
        raise ValueError(f"{_shown(raw)} is not an ISO 4217 currency code.")
    return code


def country(raw: object) -> str:
    """Return an ISO 3166-1 alpha-2 code from a code or the country's English name."""
    from iso3166 import countries  # noqa: PLC0415 - loaded only where a country is read

    written = text(raw)
    found = countries.get({"UK": "GB", "EL": "GR"}.get(written.upper(), written), None)
    if found is None or written.isdecimal():
        raise ValueError(f"{_shown(raw)} is not an ISO 3166-1 alpha-2 country code.")
    return found.alpha2


def language(raw: object) -> str:
    """Return an ISO 639-1 code; a region after it (de-AT) is dropped."""
    code = re.split(r"[-_]", text(raw).lower())[0]
    if code not in _LANGUAGES:
        raise ValueError(f"{_shown(raw)} is not an ISO 639-1 language code.")
    return code


def iban(raw: object) -> str:
    """Return an IBAN without spaces, its checksum and its country's length verified (ISO 13616)."""
    from stdnum import iban as standard  # noqa: PLC0415 - loaded only where an account is read
    from stdnum.exceptions import ValidationError  # noqa: PLC0415 - the same

    try:
        return str(standard.validate(text(raw)))
    except ValidationError as error:
        raise ValueError(f"{_shown(raw)} is not a valid IBAN: {error}") from error


def vat_id(raw: object) -> str:
    """Return a VAT number with its country's prefix and no spaces, its checksum verified where the country has one."""
    from stdnum import get_cc_module  # noqa: PLC0415 - loaded only where a tax number is read
    from stdnum.exceptions import ValidationError  # noqa: PLC0415 - the same

    written = re.sub(r"[\s.\-/:]", "", text(raw)).upper()
    if not re.fullmatch(r"[A-Z]{2}[A-Z0-9+*]{4,18}", written):
        raise ValueError(f"{_shown(raw)} is not a VAT number with its country's two letters in front.")
    prefix = written[:2]
    rules = get_cc_module("gr" if prefix == "EL" else "gb" if prefix == "XI" else prefix.lower(), "vat")
    if rules is None:
        return written
    try:
        compact = str(rules.validate(written))
    except ValidationError as error:
        raise ValueError(f"{_shown(raw)} is not a valid VAT number: {error}") from error
    return compact if compact.startswith(prefix) else prefix + compact


@cache
def _email_validator() -> ModuleType:
    import email_validator  # noqa: PLC0415 - loaded only where an address is read

    # Mail inside a company does come from .local and .test hosts, and nobody asks the DNS here.
    email_validator.SPECIAL_USE_DOMAIN_NAMES.clear()
    return email_validator


def _plausible(raw: object, year: int, month: int, day: int) -> date:
    if not MINYEAR <= year <= MAXYEAR or year not in _PLAUSIBLE_YEARS:
        raise ValueError(f"{_shown(raw)} is not in a year between {_PLAUSIBLE_YEARS[0]} and {_PLAUSIBLE_YEARS[-1]}.")
    try:
        return date(year, month, day)
    except ValueError as error:
        raise ValueError(f"{_shown(raw)} is not in the calendar.") from error


def _decimal(raw: object, *, comma_before_three: str) -> Decimal:
    """Read a decimal in the wire's form (1234.56), or in a local notation that has one meaning only."""
    written = plain(raw) if isinstance(raw, Decimal) and raw.is_finite() else text(raw)
    body = re.sub(r"[\s'’_\u00a0\u202f٬]", "", written).replace("٫", ".").replace("−", "-")
    match = re.fullmatch(r"(\D*?)((?:[.,](?=\d))?\d(?:[\d.,]*\d)?)(\D*)", body)
    # A currency's sign, its code or a short unit may stand on either side of a number; more letters are words.
    if match is None or any(len(re.sub(r"[-+().,]", "", affix)) > 3 for affix in (match[1], match[3])):
        raise ValueError(f"{_shown(raw)} is not a number.")
    before, digits, after = match.groups()
    if sum(character.isdecimal() for character in digits) > _MOST_DIGITS:
        raise ValueError(f"{_shown(raw)} has more than {_MOST_DIGITS} digits.")
    try:
        found = Decimal(_with_decimal_point(raw, digits, comma_before_three=comma_before_three))
    except InvalidOperation as error:
        raise ValueError(f"{_shown(raw)} is not a number.") from error
    # "50.-" and "50,-" are Swiss and Dutch for a whole amount, not a minus.
    is_whole = after in {".-", ",-"}
    negative = "-" in before or (after.endswith("-") and not is_whole) or ("(" in before and ")" in after)
    return -found if negative and found else found


def _with_decimal_point(raw: object, digits: str, *, comma_before_three: str) -> str:
    last = max(digits.rfind("."), digits.rfind(","))
    if last < 0:
        return digits
    mark, other = digits[last], "," if digits[last] == "." else "."
    whole, fraction = digits[:last], digits[last + 1 :]
    if mark in whole:  # a mark that occurs twice separates thousands
        if other in whole or any(len(part) != 3 for part in digits.split(mark)[1:]):
            raise ValueError(f"{_shown(raw)} is not a number.")
        return digits.replace(mark, "")
    if other in whole:
        if any(len(part) != 3 for part in whole.split(other)[1:]):
            raise ValueError(f"{_shown(raw)} is not a number.")
        return f"{whole.replace(other, '')}.{fraction}"
    if mark == "," and len(fraction) == 3 and whole.lstrip("0"):
        if comma_before_three == "refuse":
            raise ValueError(f"{_shown(raw)} can mean two numbers; write it with a dot as the decimal sign.")
        return whole + fraction
    return f"{whole}.{fraction}"


def _written(raw: object) -> str:
    if not isinstance(raw, str | int | float | Decimal | date | time):
        raise ValueError("It is not a single value.")  # noqa: TRY004 - pydantic turns only a ValueError into a problem
    return str(raw)


def _shown(raw: object) -> str:
    written = str(raw)
    return repr(written if len(written) <= 60 else written[:57] + "…")
