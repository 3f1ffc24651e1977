"""Ways to reach and pay someone: email, telephone, web address, IBAN, VAT number."""

import re

from local.standin.reading_rules.dates import Found
from local.standin.reading_rules.surroundings import Surroundings

_EMAIL = re.compile(r"[A-Za-z0-9][\w.+%-]*@(?:[\w-]+\.)+[A-Za-z]{2,}")
_URL = re.compile(r"\b(?:https?://|www\.)[^\s<>\"')\]]+[^\s<>\"')\].,;:!?]", re.IGNORECASE)
_PHONE = re.compile(r"(?<![\w./:-])(?:\+|00|\(?0|\(?[2-9]\d{2}\)?[ .-])[\d ()/.\u00a0-]{5,22}\d(?![\w])")
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?:[ \u00a0]?[A-Z0-9]{4}){2,7}(?:[ \u00a0]?[A-Z0-9]{1,4})?\b")
_VAT = re.compile(
    r"\b(?:ATU\s?\d{8}|BE\s?[01]?\d{3}[. ]?\d{3}[. ]?\d{3}|BG\d{9,10}|CY\d{8}[A-Z]|CZ\d{8,10}|"
    r"DE\s?\d{3}\s?\d{3}\s?\d{3}|DK\s?\d{8}"
    r"|EE\d{9}|EL\s?\d{9}|ES\s?[A-Z]-?\d{7}[A-Z0-9]|ES\s?\d{8}[A-Z]|FI\s?\d{8}|"
    r"FR\s?[A-Z0-9]{2}\s?\d{3}\s?\d{3}\s?\d{3}"
    r"|GB\s?\d{3}\s?\d{4}\s?\d{2}|HR\d{11}|HU\d{8}|IE\s?\d[A-Z0-9]\d{5}[A-Z]{1,2}|IT\s?\d{11}|LT\d{9,12}|LU\s?\d{8}"
    r"|LV\d{11}|MT\d{8}|NL\s?\d{9}B\d{2}|PL\s?\d{10}|PT\s?\d{9}|RO\d{2,10}|SE\s?\d{12}|SI\d{8}|SK\d{10}"
    r"|CHE[- ]?\d{3}\.\d{3}\.\d{3}(?:\s(?:MWST|TVA|IVA))?)\b"
)


def emails(text: str) -> list[Found]:
    """Return the email addresses of a text, lower-cased."""
    return [Found(match[0], match[0].lower(), match.start()) for match in _EMAIL.finditer(text)]


def urls(text: str) -> list[Found]:
    """Return the web addresses of a text; a bare www. address gets https://."""
    return [Found(one[0], _with_scheme(one[0]), one.start()) for one in _URL.finditer(text)]


def _with_scheme(written: str) -> str:
    return written if "://" in written else f"https://{written}"


def phones(text: str, near: Surroundings) -> list[Found]:
    """Return the telephone numbers of a text as E.164 where the country is dialled, else as digits.

    A number without a country is believed where it is valid in the sender's own.
    """
    import phonenumbers  # noqa: PLC0415 - its metadata is large and most calls have no telephone number

    answer = []
    for match in _PHONE.finditer(text):
        written = match[0].strip()
        dialled = re.sub(r"^00", "+", written).replace("(0)", "")
        try:
            number = phonenumbers.parse(dialled, near.region)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_possible_number(number) and (
            dialled.startswith("+") or phonenumbers.is_valid_number(number)
        ):
            international = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
            value = international if dialled.startswith("+") else re.sub(r"\D", "", dialled)
            answer.append(Found(written, value, match.start()))
    return answer


def ibans(text: str) -> list[Found]:
    """Return the IBANs whose check digits are right, without spaces; trailing words are not part of them."""
    answer = []
    for match in _IBAN.finditer(text):
        words = match[0].replace("\u00a0", " ").split(" ")
        while words and not _checks("".join(words)):
            words.pop()
        if words:
            answer.append(Found(match[0][: len(" ".join(words))], "".join(words), match.start()))
    return answer


def vat_ids(text: str) -> list[Found]:
    """Return what is shaped like a European VAT number, without spaces and signs."""
    return [Found(match[0], re.sub(r"[\s.-]", "", match[0]), match.start()) for match in _VAT.finditer(text)]


def _checks(iban: str) -> bool:
    if not 15 <= len(iban) <= 34:
        return False
    turned = iban[4:] + iban[:4]
    return int("".join(str(int(sign, 36)) for sign in turned)) % 97 == 1
