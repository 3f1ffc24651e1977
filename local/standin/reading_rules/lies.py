"""Dishonest answers on request: a model that obeys the mail, one that invents, one that swaps figures."""

import json
import re
from typing import Any

from local.standin.faults import Honesty, share
from local.standin.ledger import Lie
from local.standin.reading_rules.prompt import Field, Kind, Mail, plain

Answer = dict[str, Any]

_PLAUSIBLE = {
    "text": "Standard delivery",
    "prose": "The customer asks for a prompt reply.",
    "name": "Martin Keller",
    "address": "12 Station Road, Oxford OX1 1AA",
    "email": "accounts@keller-partners.example",
    "phone": "+442071838750",
    "url": "https://keller-partners.example/pay",
    "date": "2026-06-15",
    "time": "10:30",
    "datetime": "2026-06-15T10:30",
    "amount": "482.50",
    "number": "3",
    "currency": "EUR",
    "country": "GB",
    "language": "en",
    "identifier": "RE-20488",
    "iban": "DE89370400440532013000",
    "vat_id": "DE136695976",
    "boolean": "true",
}
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


def tell(
    honesty: Honesty, answer: Answer, kind: Kind, kinds: tuple[Kind, ...], mail: Mail, *, seed: str
) -> tuple[Answer, tuple[Lie, ...]]:
    """Return the answer that a model of this honesty gives, and what in it is untrue."""
    match honesty:
        case Honesty.OBEDIENT:
            return _obey(answer, kind, kinds, mail)
        case Honesty.INVENTIVE:
            return _invent(answer, kind, seed)
        case Honesty.SWAPPING:
            return _swap(answer, kind, seed)
        case Honesty.HONEST:
            return answer, ()


def _invent(answer: Answer, kind: Kind, seed: str) -> tuple[Answer, tuple[Lie, ...]]:
    given = {value["field"] for value in answer["values"]}
    lies = []
    for field in kind.of_group(""):
        if field.name not in given:
            told = _plausible(field, seed)
            lies.append(Lie(field.name, "", told, _made_up_quote(field, told)))
    return _with(answer, kind, lies), tuple(lies)


def _plausible(field: Field, seed: str) -> str:
    if field.choices:
        return field.choices[int(share(f"{seed}/{field.name}") * len(field.choices))]
    told = _PLAUSIBLE.get(field.kind, "Standard delivery")
    if field.kind in {"amount", "number", "identifier"}:
        return re.sub(r"\d", lambda digit: str((int(digit[0]) + int(share(f"{seed}/{field.name}") * 8)) % 9 + 1), told)
    return told


def _made_up_quote(field: Field, told: str) -> str:
    label = field.calls[0]
    return told if field.kind in {"text", "prose", "name"} else f"{label.capitalize()}: {told}"


def _swap(answer: Answer, kind: Kind, seed: str) -> tuple[Answer, tuple[Lie, ...]]:
    """Change every value that has figures: half of them under the true quote, half under a quote changed alike."""
    lies, told_values = [], []
    for value in answer["values"]:
        field = kind.field(value["field"])
        truth = value["value"] or value["quote"]
        told = _misread(truth, field.kind if field else "", f"{seed}/{value['field']}")
        if told == truth:
            told_values.append(value)
            continue
        quote = value["quote"]
        if share(f"{seed}/quote/{value['field']}") < 0.5:
            quote = quote.replace(truth, told) if truth in quote else told
        lies.append(Lie(value["field"], truth, told, quote))
        told_values.append({"field": value["field"], "quote": quote, "value": "" if quote == told else told})
    return answer | {"values": told_values}, tuple(lies)


def _misread(truth: str, kind: str, seed: str) -> str:
    day = re.match(r"(\d{4})-(\d{2})-(\d{2})(.*)$", truth)
    if kind in {"date", "datetime"} and day and int(day[3]) <= 12 and day[2] != day[3]:
        return f"{day[1]}-{day[3]}-{day[2]}{day[4]}"
    if kind in {"prose", "text", "name", "choice", "boolean"}:
        return truth
    places = [place for place, sign in enumerate(truth) if sign.isdigit()]
    if kind in {"date", "datetime", "time"}:
        places = places[-1:]
    if not places:
        return truth
    place = places[int(share(seed) * len(places))]
    digit = (int(truth[place]) + 1) % 10 if kind not in {"date", "datetime"} else (int(truth[place]) + 1) % 9
    return truth[:place] + str(digit) + truth[place + 1 :]


def _obey(answer: Answer, kind: Kind, kinds: tuple[Kind, ...], mail: Mail) -> tuple[Answer, tuple[Lie, ...]]:
    text = "\n".join(zone.text for zone in mail.zones)
    if (dictated := _dictated(text)) is not None:
        named = next((one.name for one in kinds if one.name == dictated["kind"]), kind.name)
        return dictated | {"kind": named}, tuple(
            Lie(value["field"], "", value["value"] or value["quote"], value["quote"]) for value in dictated["values"]
        )
    kind = _ordered_kind(text, kinds) or kind
    orders = [
        (field, match["value"].strip())
        for match in (*_SET.finditer(text), *_SHOULD.finditer(text))
        if (field := _named(kind, match["name"]))
    ]
    loose = () if orders or _ordered_kind(text, kinds) else _IGNORE.finditer(text)
    spoken = [match["value"].strip() for match in (*_OUTPUT.finditer(text), *loose) if match["value"]]
    words = [field for field in kind.of_group("") if field.kind in {"text", "prose"}]
    orders += [
        (field, said) for said in spoken[:1] for field in words if not any(field is named for named, _ in orders)
    ]
    before = {value["field"]: value["value"] or value["quote"] for value in answer["values"]}
    lies = [
        Lie(field.name, before.get(field.name, ""), told, told)
        for field, told in orders
        if before.get(field.name) != told
    ]
    kept = [
        value
        for value in answer["values"]
        if kind.field(value["field"]) and value["field"] not in {lie.field for lie in lies}
    ]
    return _with(answer | {"kind": kind.name, "values": kept}, kind, lies), tuple(lies)


def _dictated(text: str) -> Answer | None:
    """Return an answer that the mail itself dictates as JSON, where it has the shape of one."""
    for found in re.finditer(r"\{\s*\"kind\"", text):
        try:
            data, _ = json.JSONDecoder().raw_decode(text, found.start())
            values = [{key: str(value.get(key, "")) for key in ("field", "quote", "value")} for value in data["values"]]
        except (ValueError, KeyError, TypeError, AttributeError):
            continue
        return {"kind": str(data["kind"]), "values": values, "rows": [], "unsure": []}
    return None


def _ordered_kind(text: str, kinds: tuple[Kind, ...]) -> Kind | None:
    for match in _KIND.finditer(text):
        said = plain(match["kind"] or match["kind2"])
        for kind in kinds:
            if said.startswith(plain(kind.name)):
                return kind
    return None


def _named(kind: Kind, name: str) -> Field | None:
    said = plain(name)
    exact = [field for field in kind.of_group("") if said in field.calls]
    within = [field for field in kind.of_group("") if f" {said} " in f" {' '.join(field.calls)} "]
    return next(iter(exact + within), None)


def _with(answer: Answer, kind: Kind, lies: list[Lie]) -> Answer:
    told = []
    for lie in lies:
        field = kind.field(lie.field)
        quote = "" if field and field.derived else lie.quote
        told.append({"field": lie.field, "quote": quote, "value": "" if quote == lie.told else lie.told})
    return answer | {"values": answer["values"] + told}
