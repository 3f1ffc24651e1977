"""Countries and languages by the names that English, German, French and Spanish mail gives them."""

import re

from local.standin.reading_rules.dates import Found

_COUNTRIES = {
    "DE": "germany deutschland allemagne alemania",
    "FR": "france frankreich francia",
    "ES": "spain spanien espagne españa",
    "IT": "italy italien italie italia",
    "AT": "austria österreich autriche",
    "CH": "switzerland schweiz suisse suiza",
    "NL": "netherlands niederlande pays-bas holland",
    "BE": "belgium belgien belgique bélgica",
    "GB": "uk england scotland wales großbritannien royaume-uni inglaterra",
    "IE": "ireland irland irlande irlanda",
    "US": "usa u.s.a. u.s.",
    "CA": "canada kanada canadá",
    "PT": "portugal",
    "PL": "poland polen pologne polonia",
    "CZ": "czechia tschechien tchéquie chequia",
    "DK": "denmark dänemark danemark dinamarca",
    "SE": "sweden schweden suède suecia",
    "NO": "norway norwegen norvège noruega",
    "FI": "finland finnland finlande finlandia",
    "LU": "luxembourg luxemburg luxemburgo",
    "GR": "greece griechenland grèce grecia",
    "HU": "hungary ungarn hongrie hungría",
    "RO": "romania rumänien roumanie rumania",
    "TR": "turkey türkei turquie turquía",
    "AU": "australia australien australie",
    "IN": "india indien inde",
    "CN": "china chine",
    "JP": "japan japon japón",
    "BR": "brazil brasilien brésil brasil",
    "MX": "mexico mexiko mexique méxico",
    "AR": "argentina argentinien argentine",
    "MA": "morocco marokko maroc marruecos",
    "ZA": "südafrika",
    "IL": "israel",
    "SG": "singapore singapur singapour",
}
_PHRASES = {
    "united kingdom": "GB",
    "great britain": "GB",
    "vereinigtes königreich": "GB",
    "reino unido": "GB",
    "united states": "US",
    "united states of america": "US",
    "vereinigte staaten": "US",
    "états-unis": "US",
    "estados unidos": "US",
    "south africa": "ZA",
    "new zealand": "NZ",
    "czech republic": "CZ",
    "países bajos": "NL",
    "south korea": "KR",
    "saudi arabia": "SA",
    "united arab emirates": "AE",
    "hong kong": "HK",
}
_BY_NAME = {name: code for code, names in _COUNTRIES.items() for name in names.split()} | _PHRASES
_COUNTRY = re.compile(
    rf"(?<!\w)(?:{'|'.join(re.escape(name) for name in sorted(_BY_NAME, key=len, reverse=True))})(?!\w)", re.IGNORECASE
)
_LANGUAGES = {
    **dict.fromkeys(("english", "englisch", "anglais", "inglés"), "en"),
    **dict.fromkeys(("german", "deutsch", "allemand", "alemán"), "de"),
    **dict.fromkeys(("french", "französisch", "français", "francés"), "fr"),
    **dict.fromkeys(("spanish", "spanisch", "espagnol", "español", "castellano"), "es"),
    **dict.fromkeys(("italian", "italienisch", "italien", "italiano"), "it"),
    **dict.fromkeys(("dutch", "niederländisch", "néerlandais", "neerlandés", "nederlands"), "nl"),
    **dict.fromkeys(("portuguese", "portugiesisch", "portugais", "portugués", "português"), "pt"),
    **dict.fromkeys(("polish", "polnisch", "polonais", "polaco"), "pl"),
}
_LANGUAGE = re.compile(rf"\b(?:{'|'.join(sorted(_LANGUAGES, key=len, reverse=True))})\b", re.IGNORECASE)


def countries(text: str) -> list[Found]:
    """Return the countries named in a text as ISO 3166-1 alpha-2; a text that is only such a code counts too."""
    if re.fullmatch(r"\s*[A-Z]{2}\s*", text):
        return [Found(text.strip(), text.strip(), text.index(text.strip()))]
    return [Found(match[0], _BY_NAME[match[0].casefold()], match.start()) for match in _COUNTRY.finditer(text)]


def languages(text: str) -> list[Found]:
    """Return the languages named in a text as ISO 639-1; a text that is only such a code counts too."""
    if re.fullmatch(r"\s*[a-z]{2}\s*", text):
        return [Found(text.strip(), text.strip(), text.index(text.strip()))]
    return [Found(match[0], _LANGUAGES[match[0].casefold()], match.start()) for match in _LANGUAGE.finditer(text)]


_LEVEL = re.compile(
    r"\b(?:[ABC][12]\b|native|mother tongue|fluent\w*|muttersprach\w*|fließend\w*|verhandlungssicher\w*|"
    r"langue maternelle|courant\w*|nativ[oa]|fluid[oa]|madrelingua|fluente|moedertaal|vloeiend|ojczysty|biegl\w+)",
    re.IGNORECASE,
)


def spoken_languages(text: str) -> list[Found]:
    """Return the languages that stand beside a level ("C1 English", "French (fluent)"), as ISO 639-1."""
    answer = []
    for match in _LANGUAGE.finditer(text):
        around = text[max(0, match.start() - 16) : match.end() + 18].split("\n")
        if any(_LEVEL.search(line) for line in around if match[0] in line):
            answer.append(Found(match[0], _LANGUAGES[match[0].casefold()], match.start()))
    return answer
