"""A hint at the language and the direction of a text: by script, then by the commonest small words."""

import re

from mailroom.reading.charsets import is_latin_1

_SAMPLE = 1_000
_SCRIPTS: tuple[tuple[str, str], ...] = (
    ("ja", "[\u3040-\u30ff]"),
    ("ko", "[\uac00-\ud7af]"),
    ("zh", "[\u4e00-\u9fff]"),
    ("he", "[\u0590-\u05ff]"),
    ("ar", "[\u0600-\u06ff]"),
    ("el", "[\u0370-\u03ff]"),
    ("th", "[\u0e00-\u0e7f]"),
    ("hi", "[\u0900-\u097f]"),
    ("ru", "[\u0400-\u04ff]"),
)
_FIRST_OTHER_SCRIPT = "\u0370"
"""Before Greek, Unicode holds only Latin letters and their marks."""

_SMALL_WORDS: dict[str, frozenset[str]] = {
    language: frozenset(words.split())
    for language, words in {
        "en": "the and of to in is for you that with this your are we have be on not our from",
        "de": "der die und das ist nicht ich sie mit den für ein eine auf wir ihre im von dem zu bitte",
        "fr": "le la les et des est vous nous pour une dans que votre sur avec par du au pas ce",
        "es": "el los las que una por con para su del está como más usted se es un en muchas gracias",
        "it": "il che di per una con non sono della le gli del alla si grazie lei è questo nel da",
        "pt": "o que os para uma com não por do da em seu você mais ao obrigado são as um na",
        "nl": "het een van en dat niet voor met zijn je de op te wij uw aan bij deze ook is",
        "sv": "och att det som är för på inte med jag den vi har till av om ett din kan",
        "da": "og at det er ikke for på med jeg der til af den har vi du en kan som",
        "pl": "i w na że nie jest się do z proszę dziękuję za od czy to przez dla po jak",
        "cs": "a že na je se v to s jsem pro ale jako prosím děkuji od za jsme si není",
        "fi": "ja on ei että se oli kun mutta ovat tai hän olen myös minä voi jos kiitos",
        "tr": "ve bir bu için ile da de olarak çok daha gibi ne ama teşekkür var değil",
    }.items()
}
_LANGUAGES_OF: dict[str, tuple[str, ...]] = {}
for _language, _words in _SMALL_WORDS.items():
    for _word in _words:
        _LANGUAGES_OF[_word] = (*_LANGUAGES_OF.get(_word, ()), _language)
_LEAST_HITS = 3


def language_hint(text: str, declared: str = "") -> tuple[str, str]:
    """Return (ISO 639-1 code or "", "ltr" or "rtl"); the text's own evidence beats the Content-Language header."""
    sample = text[:_SAMPLE]
    language = _by_script(sample) or _by_words(sample)
    if not language and re.fullmatch(r"[A-Za-z]{2}(-[\w-]+)?", declared.strip()):
        language = declared.strip()[:2].lower()
    return language, "rtl" if language in ("he", "ar") else "ltr"


def _by_script(sample: str) -> str:
    if is_latin_1(sample) or max(sample) < _FIRST_OTHER_SCRIPT:
        return ""
    letters = sum(map(str.isalpha, sample)) or 1
    for language, script in _SCRIPTS:
        # A Japanese text is half Chinese characters, a Greek formula is one letter.
        share = 0.05 if language == "ja" else 0.3
        if len(re.findall(script, sample)) >= share * letters:
            return language
    return ""


def _by_words(sample: str) -> str:
    scores: dict[str, int] = dict.fromkeys(_SMALL_WORDS, 0)
    for languages in filter(None, map(_LANGUAGES_OF.get, sample.lower().split())):
        for language in languages:
            scores[language] += 1
    best = max(scores, key=scores.__getitem__)
    return best if scores[best] >= _LEAST_HITS else ""
