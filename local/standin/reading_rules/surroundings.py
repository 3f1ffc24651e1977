"""What surrounds a value and decides how it is read: language, region, and which way its numbers and dates go."""

import re
from collections import Counter
from dataclasses import dataclass
from datetime import date
from email.utils import parsedate_to_datetime

from local.standin.reading_rules.prompt import Mail
from local.standin.reading_rules.vocabulary import small_words

_REGION_OF_LANGUAGE = {"de": "DE", "fr": "FR", "es": "ES", "it": "IT", "nl": "NL", "pt": "PT", "en": "US"}
_OWN_DOMAINS = frozenset(
    {"de", "fr", "es", "it", "nl", "pt", "at", "ch", "be", "ie", "us", "ca", "au", "se", "dk", "no", "fi", "pl"},
)
_WORD = re.compile(r"[^\W\d_]+")
_NUMERIC_DATE = re.compile(r"(?<![\d/.])(\d{1,2})/(\d{1,2})/(?:\d{4}|\d{2})(?![\d/])")
_SCANNED_CHARACTERS = 6_000


@dataclass(frozen=True, slots=True)
class Surroundings:
    """``month_first`` says how 04/05/2026 is read, ``sure`` whether anything in the message settles that."""

    language: str = "en"
    region: str = "US"
    month_first: bool = False
    sure: bool = True
    sent: date | None = None

    @property
    def comma_decimals(self) -> bool:
        """Whether 1.234 is more likely a thousand than a fraction."""
        return self.language != "en"


def language_of(text: str, default: str = "en") -> str:
    """Return the ISO 639-1 code whose small words are most frequent."""
    words = Counter(_WORD.findall(text[:_SCANNED_CHARACTERS].casefold()))
    scores = {code: sum(words[word] for word in known) for code, known in small_words().items()}
    best = max(scores, key=lambda code: scores[code])
    return best if scores[best] else default


def surroundings_of(mail: Mail) -> Surroundings:
    """Return the surroundings of a whole message: its language, its sender's country, its other dates."""
    text = "\n".join(zone.text for zone in mail.zones if zone.kind not in {"hidden", "disclaimer", "header"})[
        :_SCANNED_CHARACTERS
    ]
    language = language_of(text)
    domain = re.search(r"@[\w.-]+\.([a-z]{2,})\b", mail.header("from").casefold())
    region = _region(domain[1] if domain else "", language)
    month_first, sure = _order(text, language, region)
    return Surroundings(language, region, month_first, sure, _sent(mail.header("date")))


def _region(domain: str, language: str) -> str:
    if domain in _OWN_DOMAINS:
        return domain.upper()
    return "GB" if domain == "uk" else _REGION_OF_LANGUAGE[language]


def _order(text: str, language: str, region: str) -> tuple[bool, bool]:
    pairs = [(int(found[1]), int(found[2])) for found in _NUMERIC_DATE.finditer(text)]
    if any(first > 12 for first, _ in pairs):
        return False, True
    if any(second > 12 for _, second in pairs):
        return True, True
    if language != "en":
        return False, True
    american = "$" in text and not re.search(r"[€£]|\b(?:EUR|GBP|VAT)\b", text)
    return american and region == "US", False


def _sent(header: str) -> date | None:
    try:
        return parsedate_to_datetime(header).date()
    except (ValueError, TypeError):
        found = re.search(r"(\d{4})-(\d{2})-(\d{2})", header)
    try:
        return date(*map(int, found.groups())) if found else None
    except ValueError:
        return None
