"""Who writes: names and organisations from the From line, the closing and the signature."""

import re
from collections.abc import Iterator
from email.utils import parseaddr
from itertools import pairwise

from local.standin.reading_rules.dates import Found
from local.standin.reading_rules.labels import FORWARDED_FROM
from local.standin.reading_rules.phrases import CLOSING, CLOSING_WITH_NAME
from local.standin.reading_rules.plausible import LEGAL_FORM, could_be_name, could_be_person
from local.standin.reading_rules.prompt import Field, Mail, plain, words_in
from local.standin.reading_rules.vocabulary import label_for, people

_WORDS_BEFORE = re.compile(r"[\w&'’(][\w&.'’()+ -]{0,48}$")
_OTHER_PARTY = re.compile(
    r"^\s*(?:bill(?:ed)?(?: to)?|ship(?:ped)? to|sold to|to|attn|dear|hello|hi|kunde|an|liebe\w*|bonjour|"
    r"client|destinataire|rechnungsempf\w+|cliente|para|hola|gentile|spett\.?(?:le)?|aan|klant)\b\s*:?",
    re.IGNORECASE,
)
_BEFORE_A_FIRM = re.compile(
    r"^.*(?:\b(?:from|at|for|with|bei|für|presso|chez|company|firma|société|empresa|sociedad)\s|:\s)(?=[\w&'’.-]+(?:\s|,))"
    r"|^(?:.*\s)?[^\W\d_A-ZÄÖÜ]\w*\s(?:von|van|de|da|di)\s(?=[A-ZÀ-Ý0-9])|^.*\b(?:Team|team|Vertrieb)\s(?:von|van)\s"
)
_NAME_LINE = re.compile(r"^\s*[^\W\d_][\w.'’-]*(?:\s+[^\W\d_][\w.'’-]*){0,4}\s*,?\s*$")
_COURTESY = re.compile(
    r"^(?:(?:i\.\s?[AV]\.|ppa\.|p\.\s?p\.|gez\.|mr|mrs|ms|miss|herrn?|frau|mme|mlle|sra?|srta|sig|dott|dhr|mevr|pani?)"
    r"\.?\s+)+(?=\w)",
    re.IGNORECASE,
)


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
    """Return the writer's name: as signed in full, else as the From line shows it.

    A full name in the From line outweighs a signature with which it has no word in common.
    """
    shown = _shown(mail)
    written = shown.quote if shown else ""
    for signed in _signed(mail):
        own = not written or " " not in written or not set(words_in(signed)).isdisjoint(words_in(written))
        if own and (" " in signed or not written):
            return Found(signed, signed, 0)
    return shown if shown and could_be_name(shown.value) else None


def organisation(mail: Mail, *, else_sender: bool = False) -> Found | None:
    """Return the first name with a legal form, in signature, attachment or body, else the sender where it is a firm.

    A From name without a legal form is one with ``else_sender`` only, and where the mailbox is an office's or the
    domain has the name's words.
    """
    passed_on = any(zone.kind == "forwarded" for zone in mail.zones)
    for kind in ("forwarded", "attachment") if passed_on else ("signature", "attachment", "latest"):
        for zone in mail.zones:
            if zone.kind == kind and (found := firm_in(zone.text)):
                return found
    shown = _shown(mail)
    if shown is None:
        return None
    firm = firm_in(shown.value)
    return firm or (shown if else_sender and _writes_for_a_firm(shown.value, mail) else None)


def sender_email(mail: Mail) -> Found | None:
    """Return the address to reply to: of the forwarded message where there is one, else of the headers."""
    for line in (_forwarded_from(mail), mail.header("reply-to"), mail.header("from")):
        written = parseaddr(line)[1]
        if "@" in written:
            return Found(written, written.lower(), 0)
    return None


def firm_in(text: str) -> Found | None:
    """Return the first company of a text by its legal form, leaving out those that are written to or billed."""
    lines = text.split("\n")
    customer = label_for("customer", "name")
    for above, line in zip(["", *lines], lines, strict=False):
        form = None if _OTHER_PARTY.match(line) else LEGAL_FORM.search(line)
        if form is None or (customer and customer.fullmatch(plain(above))):
            continue
        opening = re.split(r"[:|]", line[: form.start()])[0]
        if customer and opening != line[: form.start()] and customer.fullmatch(plain(opening)):
            continue
        if before := _WORDS_BEFORE.search(line, max(0, form.start() - 50), form.start()):
            words = _BEFORE_A_FIRM.sub("", before[0] + form[0]).strip(" -")
            return Found(words, words, 0)
    return None


def _writes_for_a_firm(shown: str, mail: Mail) -> bool:
    address = parseaddr(_forwarded_from(mail) or mail.header("from"))[1].casefold()
    local, _, domain = address.partition("@")
    words = {word[:6] for word in plain(shown).split() if len(word) > 2}
    if any(word in plain(local) for word in words):
        return False
    return any(word in domain for word in words) or re.split(r"[\W_]", local)[0] in people("office")


def _shown(mail: Mail) -> Found | None:
    """Return the name in the From line, "Byron, Ada" read as Ada Byron; None for a mailbox of an office."""
    name = parseaddr(_forwarded_from(mail) or mail.header("from"))[0].strip()
    first = re.match(r"[\w-]+", name.casefold())
    if not first or first[0] in people("office"):
        return None
    last, comma, given = name.partition(", ")
    turned = comma and could_be_person(given) and could_be_person(last) and len(given.split()) <= 3
    return Found(name, f"{given} {last}" if turned else name, 0)


def _forwarded_from(mail: Mail) -> str:
    for zone in mail.zones:
        if zone.kind == "forwarded" and (found := FORWARDED_FROM.search(zone.text)):
            return found[1].strip()
    return ""


def _signed(mail: Mail) -> Iterator[str]:
    """Yield what stands where a name is signed: under a closing, behind it, at the head of the signature."""
    for line in _lines_of_names(mail):
        name = _COURTESY.sub("", line.strip(" ,"))
        if could_be_person(name):
            yield name


def _lines_of_names(mail: Mail) -> Iterator[str]:
    for kind in ("forwarded", "latest"):
        for zone in mail.zones:
            lines = [line for line in zone.text.split("\n") if line.strip()] if zone.kind == kind else []
            for line, after in pairwise([*lines, ""]):
                if CLOSING.match(line) and _NAME_LINE.match(after):
                    yield after
                elif behind := CLOSING_WITH_NAME.search(line):
                    yield behind["name"]
    for zone in mail.zones:
        lines = [line for line in zone.text.split("\n") if line.strip(" -_")] if zone.kind == "signature" else []
        lines = lines[1:] if lines and CLOSING.match(lines[0]) else lines
        if lines and _NAME_LINE.match(lines[0]):
            yield lines[0]
