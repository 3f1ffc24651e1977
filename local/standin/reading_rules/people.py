"""Who writes: names and organisations from the From line, the closing and the signature."""

import re
from collections.abc import Iterator
from email.utils import parseaddr
from itertools import pairwise

from local.standin.reading_rules.dates import Found
from local.standin.reading_rules.labels import FORWARDED_FROM
from local.standin.reading_rules.phrases import CLOSING, CLOSING_WITH_NAME
from local.standin.reading_rules.prompt import Field, Mail, words_in
from local.standin.reading_rules.vocabulary import people

_LEGAL_FORM = re.compile(
    r"\s(?:(?i:GmbH)(?:\s?&\sCo\.?\s?KG)?|AG|KG|UG|e\.\s?K\.|OHG|(?i:Ltd\.?|Limited)|LLC|LLP|(?i:Inc\.?)|Corp\.?|PLC|plc|"
    r"SARL|S\.A\.R\.L\.|SAS|SA|S\.A\.|S\.L\.|SL|SRL|S\.r\.l\.|Lda\.?|B\.V\.|BV|NV|Oy|AB|ApS|A/S|Sp\. z o\.o\.)(?!\w)"
)
_WORDS_BEFORE = re.compile(r"[\w&'’][\w&.'’ -]{0,48}$")
_OTHER_PARTY = re.compile(
    r"^\s*(?:bill(?:ed)?(?: to)?|ship(?:ped)? to|sold to|to|attn|rechnungsempf\w+|kunde|an|client|destinataire|"
    r"cliente|para)\b\s*:?",
    re.IGNORECASE,
)
_BEFORE_A_FIRM = re.compile(
    r"^.*?\b(?:from|von|de|bei|at|for|für|with|company|firma|société|empresa|sociedad)[:\s]+", re.IGNORECASE
)
_NAME_LINE = re.compile(r"^\s*[^\W\d_][\w.'’-]*(?:\s+[^\W\d_][\w.'’-]*){0,4}\s*,?\s*$")


def name_of(field: Field, mail: Mail) -> Found | None:
    """Return the person or organisation that the field's name asks for, or None where it asks for neither."""
    hints = set(words_in(field.name.replace("_", " ")))
    if hints & people("recipient") or re.search(r"\bto pay\b|\brecipient\b", field.words, re.IGNORECASE):
        return None
    if hints & people("organisation"):
        return organisation(mail, else_sender=bool(hints & people("paid")))
    if hints & people("person") or field.name == "name":
        return person(mail)
    return None


def person(mail: Mail) -> Found | None:
    """Return the writer's name: as signed in full, else as the From line shows it."""
    shown = _shown(mail)
    signed = next(_signed(mail), "")
    name = signed if signed and (" " in signed or not shown) else shown
    return Found(name, name, 0) if name else None


def organisation(mail: Mail, *, else_sender: bool = False) -> Found | None:
    """Return the first name with a legal form, in signature, attachment or body, else the From name.

    A From name without a legal form counts only with ``else_sender``.
    """
    for kind in ("signature", "attachment", "forwarded", "latest"):
        for zone in mail.zones:
            if zone.kind == kind and (found := _firm_in(zone.text)):
                return found
    shown = _shown(mail)
    return Found(shown, shown, 0) if shown and (else_sender or _firm_in(shown)) else None


def sender_email(mail: Mail) -> Found | None:
    """Return the address to reply to: of the forwarded message where there is one, else of the headers."""
    for line in (_forwarded_from(mail), mail.header("reply-to"), mail.header("from")):
        written = parseaddr(line)[1]
        if "@" in written:
            return Found(written, written.lower(), 0)
    return None


def _shown(mail: Mail) -> str:
    """Return the name in the From line, "" for a mailbox of an office."""
    name = parseaddr(_forwarded_from(mail) or mail.header("from"))[0].strip()
    first = re.match(r"[\w-]+", name.casefold())
    return "" if first and first[0] in people("office") else name


def _forwarded_from(mail: Mail) -> str:
    for zone in mail.zones:
        if zone.kind == "forwarded" and (found := FORWARDED_FROM.search(zone.text)):
            return found[1].strip()
    return ""


def _firm_in(text: str) -> Found | None:
    for line in text.split("\n"):
        form = None if _OTHER_PARTY.match(line) else _LEGAL_FORM.search(line)
        before = _WORDS_BEFORE.search(line, max(0, form.start() - 50), form.start()) if form else None
        if form and before:
            words = _BEFORE_A_FIRM.sub("", before[0] + form[0]).strip(" -")
            return Found(words, words, 0)
    return None


def _signed(mail: Mail) -> Iterator[str]:
    """Yield what stands where a name is signed: under a closing, behind it, at the head of the signature."""
    for kind in ("latest", "forwarded"):
        for zone in mail.zones:
            lines = [line for line in zone.text.split("\n") if line.strip()] if zone.kind == kind else []
            for line, after in pairwise([*lines, ""]):
                if CLOSING.match(line) and _NAME_LINE.match(after):
                    yield after.strip(" ,")
                elif behind := CLOSING_WITH_NAME.search(line):
                    yield behind["name"]
    for zone in mail.zones:
        lines = [line for line in zone.text.split("\n") if line.strip(" -_")] if zone.kind == "signature" else []
        lines = lines[1:] if lines and CLOSING.match(lines[0]) else lines
        if lines and _NAME_LINE.match(lines[0]) and not _firm_in(lines[0]):
            yield lines[0].strip(" ,")
