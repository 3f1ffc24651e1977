"""Who writes: names and organisations from the From header, the closing and the signature."""

import re
from email.utils import parseaddr

from local.standin.reading_rules.dates import Found
from local.standin.reading_rules.phrases import CLOSING
from local.standin.reading_rules.prompt import Field, Mail, words_in

_PERSON = frozenset(
    [
        "sender",
        "customer",
        "contact",
        "requester",
        "applicant",
        "candidate",
        "buyer",
        "client",
        "guest",
        "passenger",
        "reporter",
        "employee",
        "person",
        "author",
        "attendee",
        "organiser",
        "organizer",
        "claimant",
        "patient",
        "tenant",
        "member",
        "subscriber",
        "participant",
        "from",
        "your",
        "full",
        "first",
        "last",
    ]
)
_ORGANISATION = frozenset(
    [
        "company",
        "organisation",
        "organization",
        "supplier",
        "vendor",
        "merchant",
        "employer",
        "firm",
        "seller",
        "issuer",
        "business",
        "shop",
        "store",
        "agency",
        "airline",
        "hotel",
        "carrier",
    ]
)
_PAID = frozenset(["supplier", "vendor", "merchant", "seller", "issuer"])
_RECIPIENT = frozenset(["recipient", "addressee", "billed"])
_FORM = re.compile(
    r"\b[\w&.'’ -]{2,50}?\s(?:(?i:GmbH)(?:\s?&\sCo\.?\s?KG)?|AG|KG|UG|e\.\s?K\.|OHG|(?i:Ltd\.?|Limited)|LLC|LLP|"
    r"(?i:Inc\.?)|"
    r"Corp\.?|PLC|plc|SARL|S\.A\.R\.L\.|SAS|SA|S\.A\.|S\.L\.|SL|SRL|S\.r\.l\.|"
    r"B\.V\.|BV|NV|Oy|AB|ApS|A/S|Sp\. z o\.o\.)(?![\w])"
)
_OTHER_PARTY = re.compile(
    r"^\s*(?:bill(?:ed)?(?: to)?|ship(?:ped)? to|sold to|to|attn|"
    r"rechnungsempf\w+|kunde|an|client|destinataire|cliente|para)\b\s*:?",
    re.IGNORECASE,
)
_NAME_LINE = re.compile(r"^\s*[^\W\d_][\w.'’-]*(?:\s+[^\W\d_][\w.'’-]*){0,4}\s*,?\s*$")
_ROLE_MAILBOX = re.compile(
    r"^(?:no-?reply|info|sales|support|billing|invoices?|accounts?|hello|service|team|office|contact|buchhaltung|rechnung\w*|comptabilit\w+|facturaci[oó]n)\b",
    re.IGNORECASE,
)


def name_of(field: Field, mail: Mail) -> Found | None:
    """Return the person or organisation that the field's name asks for, or None where it asks for neither."""
    hints = set(words_in(field.name.replace("_", " ")))
    if hints & _RECIPIENT or re.search(r"\bto pay\b|\brecipient\b", field.words, re.IGNORECASE):
        return None
    if hints & _ORGANISATION:
        return organisation(mail, else_sender=bool(hints & _PAID))
    if hints & _PERSON or field.name == "name":
        return person(mail)
    return None


def person(mail: Mail) -> Found | None:
    """Return the writer's name: as signed in full, else as the From header shows it."""
    shown = parseaddr(mail.header("from"))[0].strip()
    signed = _signed(mail)
    if signed and (" " in signed or not shown):
        return Found(signed, signed, 0)
    if shown and not _ROLE_MAILBOX.match(shown):
        return Found(shown, shown, 0)
    return None


def organisation(mail: Mail, *, else_sender: bool = False) -> Found | None:
    """Return the first name with a legal form, in signature, attachment or body, else the From name.

    A From name without a legal form counts only with ``else_sender``.
    """
    for kind in ("signature", "attachment", "forwarded", "latest"):
        for zone in mail.zones:
            if zone.kind == kind and (found := _legal(zone.text)):
                return found
    shown = parseaddr(mail.header("from"))[0].strip()
    if shown and (_legal(shown) or (else_sender and not _ROLE_MAILBOX.match(shown))):
        return Found(shown, shown, 0)
    return None


def sender_email(mail: Mail) -> Found | None:
    """Return the address to reply to, as the headers give it."""
    for name in ("reply-to", "from"):
        written = parseaddr(mail.header(name))[1]
        if "@" in written:
            return Found(written, written.lower(), 0)
    return None


def _legal(text: str) -> Found | None:
    for line in text.split("\n"):
        if _OTHER_PARTY.match(line):
            continue
        if match := _FORM.search(line):
            words = re.split(
                r"^(?:from|von|de|bei|at|for|für|company|firma|société|empresa)\s",
                match[0].strip(" .-"),
                flags=re.IGNORECASE,
            )[-1]
            words = match[0].strip()[match[0].strip().find(words) :] if words else match[0].strip()
            return Found(words, words, 0)
    return None


def _signed(mail: Mail) -> str:
    for kind in ("latest", "forwarded"):
        for zone in mail.zones:
            lines = zone.text.split("\n") if zone.kind == kind else []
            for number, line in enumerate(lines):
                after = (
                    next((later for later in lines[number + 1 :] if later.strip()), "") if CLOSING.match(line) else ""
                )
                if after and _NAME_LINE.match(after):
                    return after.strip(" ,")
    for zone in mail.zones:
        lines = [line for line in zone.text.split("\n") if line.strip(" -_")] if zone.kind == "signature" else []
        lines = lines[1:] if lines and CLOSING.match(lines[0]) else lines
        if lines and _NAME_LINE.match(lines[0]) and not _legal(lines[0]):
            return lines[0].strip(" ,")
    return ""
