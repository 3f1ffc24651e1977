"""Dishonest answers on request: a model that obeys the mail, one that invents, one that swaps figures."""

import re
from typing import Any

from local.standin.faults import Honesty, share
from local.standin.ledger import Lie
from local.standin.reading_rules.orders import dictated_in, kind_ordered_in, orders_in
from local.standin.reading_rules.prompt import Field, Kind, Mail

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
    if (dictated := dictated_in(text, kinds)) is not None:
        told = ((value["field"], value["value"] or value["quote"], value["quote"]) for value in dictated["values"])
        return dictated, tuple(Lie(name, "", value, quote) for name, value, quote in told)
    kind = kind_ordered_in(text, kinds) or kind
    orders = orders_in(text, kind)
    before = {value["field"]: value["value"] or value["quote"] for value in answer["values"]}
    lies = [Lie(name, before.get(name, ""), told, told) for name, told in orders.items() if before.get(name) != told]
    overruled = {lie.field for lie in lies}
    kept = [one for one in answer["values"] if kind.field(one["field"]) and one["field"] not in overruled]
    rows = [row for row in answer["rows"] if row["group"] in kind.groups]
    return _with(answer | {"kind": kind.name, "values": kept, "rows": rows}, kind, lies), tuple(lies)


def _with(answer: Answer, kind: Kind, lies: list[Lie]) -> Answer:
    told = []
    for lie in lies:
        field = kind.field(lie.field)
        quote = "" if field and field.derived else lie.quote
        told.append({"field": lie.field, "quote": quote, "value": "" if quote == lie.told else lie.told})
    return answer | {"values": answer["values"] + told}
