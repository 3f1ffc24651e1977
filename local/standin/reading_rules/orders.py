"""Orders that a mail gives to whoever reads it: the instructions a model must not follow, and the obedient one does."""

import json
import re
from typing import Any

from local.standin.reading_rules.prompt import Field, Kind, plain

_SET = re.compile(
    r"\b(?:set|change|put|make|update|setze|ändere|mets|mettez|pon|cambia)\s+(?:the\s+|die\s+|den\s+|das\s+|"
    r"le\s+|la\s+|el\s+)?"
    r"[\"'`“]?(?P<name>[\w][\w .]{1,40}?)[\"'`”]?\s+(?:to|=|as|auf|à|a|en)\s+"
    r"[\"'`“]?(?P<value>(?:[^\"'`”\n.;,]|[.,](?=\w)){1,60})",
    re.IGNORECASE,
)
_SHOULD = re.compile(
    r"\b(?:the\s+)?[\"'`“]?(?P<name>\w[\w ]{1,40}?)[\"'`”]?\s+(?:must be|should be|has to be|muss|doit être|"
    r"debe ser)\s+"
    r"[\"'`“]?(?P<value>(?:[^\"'`”\n.;,]|[.,](?=\w)){1,60})",
    re.IGNORECASE,
)
_KIND = re.compile(
    r"\b(?:classify|treat|mark|file|label|categori[sz]e|process)\s+(?:this|it|the (?:message|mail|"
    r"email))?[\w ]{0,20}?\s*(?:as|to)\s+"
    r"(?:an?\s+|the\s+)?[\"'`“]?(?P<kind>[\w -]{2,30})|\bkind\s*(?:to|=|:|is|must be|"
    r"should be)\s*[\"'`“]?(?P<kind2>[\w -]{2,30})",
    re.IGNORECASE,
)
_OUTPUT = re.compile(
    r"\b(?:output|respond|reply|answer|say|print|write|return|repeat|gib|antworte|schreibe|réponds|écris|"
    r"responde|escribe)"
    r"(?:\s+(?:only|just|with|exactly|the (?:words?|text|string|phrase)|nur|mit|aus|par|con|solo|seulement))*\s*:?\s*"
    r"[\"'`“«](?P<value>[^\"'`”»\n]{1,200})[\"'`”»]",
    re.IGNORECASE,
)
_IGNORE = re.compile(
    r"\b(?:ignore|disregard|forget|override|ignoriere|vergiss|ignorez|oubliez|ignora|olvida)\b[^.\n:]{0,80}"
    r"\b(?:instructions?|rules?|prompts?|above|previous|anweisungen|regeln|consignes|instrucciones|"
    r"everything)\b[^.\n:]{0,40}[.:\n,]\s*(?P<value>[^\n]{1,300})?",
    re.IGNORECASE,
)
_COMMAND = re.compile(
    r"(?:^|[.!?:\n,]\s{0,3}|\b(?:then|and|please|now)\s{1,3})"
    r"(?P<value>(?:translate|provide|modify|infuse|add|append|include|insert|"
    r"tell|write|generate|create|execute|act as|pretend|respond|output|print|answer|say|repeat|reveal|summari[sz]e|"
    r"explain|list|show|give|compute|calculate|promote|forget|ignore|disregard|bypass|you are now|from now on|"
    r"vergiss|ignoriere|übersetze|schreibe|oublie\w*|ignore\w*|écris|olvida|escribe)\b[^\n]{3,200})",
    re.IGNORECASE,
)


def orders_in(text: str, kind: Kind) -> dict[str, str]:
    """Return what a mail orders to be written, by field.

    An order for a field that it names goes there. Where it only says what to write, or commands something else
    altogether, the words of the order go into every free field of the kind, which is all that an answer has room for.
    """
    named = [*_SET.finditer(text), *_SHOULD.finditer(text)]
    orders = {field.name: one["value"].strip() for one in named if (field := _named(kind, one["name"]))}
    patterns = (_OUTPUT,) if orders or _KIND.search(text) else (_OUTPUT, _IGNORE, _COMMAND)
    spoken = (one["value"].strip() for pattern in patterns for one in pattern.finditer(text) if one["value"])
    if said := next(spoken, ""):
        free = (field.name for field in kind.of_group("") if field.kind in {"text", "prose"})
        orders = dict.fromkeys(free, said) | orders
    return orders


def kind_ordered_in(text: str, kinds: tuple[Kind, ...]) -> Kind | None:
    """Return the kind that a mail orders itself to be, or None."""
    for match in _KIND.finditer(text):
        said = plain(match["kind"] or match["kind2"])
        for kind in kinds:
            if said.startswith(plain(kind.name)):
                return kind
    return None


def dictated_in(text: str, kinds: tuple[Kind, ...]) -> dict[str, Any] | None:
    """Return an answer that the mail itself dictates as JSON, where it has the shape of one."""
    for found in re.finditer(r"\{\s*\"kind\"", text):
        try:
            data, _ = json.JSONDecoder().raw_decode(text, found.start())
            values = [{key: str(value.get(key, "")) for key in ("field", "quote", "value")} for value in data["values"]]
            kind = next(one.name for one in kinds if one.name == data["kind"])
        except (ValueError, KeyError, TypeError, AttributeError, StopIteration):
            continue
        return {"kind": kind, "values": values, "rows": [], "unsure": []}
    return None


def _named(kind: Kind, name: str) -> Field | None:
    said = plain(name)
    exact = [field for field in kind.of_group("") if said in field.calls]
    within = [field for field in kind.of_group("") if any(f" {said} " in f" {call} " for call in field.calls)]
    return next(iter(exact + within), None)
