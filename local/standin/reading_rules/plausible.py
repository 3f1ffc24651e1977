"""What a value can be at all: a street is no name, a subject is no job title, a sentence is no company."""

import re

from local.standin.reading_rules.dates import Found
from local.standin.reading_rules.phrases import CLOSING, GREETING
from local.standin.reading_rules.prompt import Field, Mail, folded, plain

LEGAL_FORM = re.compile(
    r",?\s(?:(?i:GmbH|mbH|UG)(?:\s?(?:&|und)\sCo\.?\s?KG(?:aA)?)?|AG(?:\s&\sCo\.\sKG)?|(?<!\d\s)KG|KGaA|SE|e\.\s?K\.|OHG|eG|e\.\s?V\.|"
    r"(?i:(?:Pte|Pty|Pvt)\.?\s)?(?i:Ltd\.?|Limited)|LLC|LLP|L\.L\.C\.|(?i:Inc\.?)|Corp\.?|Co\.|PLC|plc|(?i:Sdn\.?\sBhd\.?)|"
    r"SARL|S\.A\.R\.L\.|SASU?|S\.A\.S\.|EURL|SNC|SCOP|S\.A\.(?:\sde\sC\.V\.)?|SA|S\.L\.U?\.?|SLU?|"
    r"S\.r\.l\.|Srl|SRL|S\.p\.A\.|SpA|S\.n\.c\.|Lda\.?|Ltda\.?|B\.V\.|BV|N\.V\.|NV|V\.O\.F\.|VOF|BVBA|"
    r"Oyj?|AB|ASA?|ApS|A/S|[Ss]p\.\s?z\s?o\.\s?o\.|S\.A|s\.r\.o\.|a\.s\.|d\.o\.o\.|Kft\.?|Zrt\.?|SIA|UAB|OÜ)(?![\w&])"
)
"""The legal form that ends a company's name."""

_STREET = re.compile(
    r"(?:stra(?:ss|ß)e|str\.|weg|platz|gasse|allee|ring|damm|ufer|straat|laan|plein|gracht|gatan|vej|vei)\s*\d"
    r"|^\s*\d+\s?[a-z]?,?\s+(?:\w+[ '’-]){1,4}(?:street|st|road|rd|lane|ln|avenue|ave|drive|way|close|wharf|court|"
    r"square|place|boulevard|blvd|quay|row|hill|parkway|pkwy|highway|hwy)\b"
    r"|^\s*\d+\s?(?:bis|ter)?,?\s+(?:rue|avenue|boulevard|place|quai|chemin|allee|impasse|route)\b"
    r"|^\s*(?:rue|avenue|calle|c/|avda|avenida|plaza|paseo|poligono|via|viale|corso|piazza|rua|travessa|praca|ul|al|"
    r"jalan|lot)\b\.?.*\d"
    r"|\bp\.?\s?o\.?\s?box\b|\bpostfach\b|^\s*(?:[a-z]{1,2}-)?\d{4,5}\s+[^\W\d_]"
)
_DEVICE = re.compile(
    r"\b(?:sent (?:from|with|via)|get outlook|gesendet (?:von|mit)|von meinem|envoye (?:de|depuis|a partir)|"
    r"enviado (?:desde|do|de)|inviato da|verzonden (?:vanaf|met)|wyslane z|skickat fran|sendt fra)\b"
)
_LABELLED = re.compile(
    r"\b(?:tel|fax|mob|phone|telefon|e-?mail|www|http|iban|vat|ust|nif|siret|tracking)\b|[@=<>{}]|://"
)
_ROLE = re.compile(
    r"\b(?:team|department|dept|abteilung|service|equipe|equipo|squadra|customer|kundenservice|kundendienst|your|ihr|"
    r"ihre|votre|subsystem|unsubscribe|dear|hello|attached|regards|message|nachricht|invoice|rechnung|factura|facture)\b"
)
_SENTENCE = re.compile(
    r"\b(?:is|are|was|have|has|will|would|please|thank|thanks|that|this|you|we|ist|sind|haben|wird|bitte|danke|sie|wir|"
    r"est|sont|avons|vous|nous|merci|es|son|hemos|gracias|sono|siamo|grazie|wij|zijn|jest)\b"
)
_MOST_WORDS_OF_NAME, _MOST_WORDS_OF_TEXT = 8, 14


def could_be_name(words: str) -> bool:
    """Say whether words can name a person or an organisation at all."""
    low = folded(words)
    if LEGAL_FORM.search(f" {words}"):
        return len(words.split()) <= _MOST_WORDS_OF_NAME + 4
    if not re.search(r"[^\W\d_]{2}", words) or len(words.split()) > _MOST_WORDS_OF_NAME:
        return False
    if len(re.findall(r"\d", words)) > 3 or re.search(r"[?!;]|[^\W\d_]{3}\.$", words):
        return False
    if CLOSING.match(words) or GREETING.match(words) or _DEVICE.search(low) or _LABELLED.search(low):
        return False
    return not _STREET.search(low) and len(_SENTENCE.findall(low)) < 2


def could_be_person(words: str) -> bool:
    """Say whether words can name a person: no figures, no legal form, no team, letters and name signs alone."""
    if re.search(r"\d|[:/|&]", words) or LEGAL_FORM.search(words) or _ROLE.search(folded(words)):
        return False
    return could_be_name(words)


def could_be(field: Field, found: Found, mail: Mail) -> bool:
    """Say whether a value that was found can be what the field asks for."""
    words = found.quote.strip()
    if field.derived:
        return True
    if field.kind in {"name", "text"} and not field.many and not any(words in zone.text for zone in mail.zones):
        return False
    if field.kind == "name":
        return could_be_name(words) and not _is_subject(words, mail)
    if field.kind == "text":
        if len(words.split()) > _MOST_WORDS_OF_TEXT or _DEVICE.search(folded(words)):
            return False
        return _asks_for_subject(field) or not _is_subject(words, mail)
    return True


def _asks_for_subject(field: Field) -> bool:
    return bool({"subject", "betreff", "objet", "title", "topic"} & set(field.calls))


def _is_subject(words: str, mail: Mail) -> bool:
    subject = plain(mail.header("subject"))
    return len(subject.split()) > 1 and subject.endswith(plain(words)) and len(plain(words)) > 0.7 * len(subject)
