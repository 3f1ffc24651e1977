"""The shared labelled sets as datasets, where they lie beside the checkout: nothing of them is kept here.

Every set is read as one document type of its own, or as ``other``. What a set's labels cannot say (a field whose type
here is another, a value that is no such value) is left unlabelled, never guessed.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from importlib import import_module
from pathlib import Path
from typing import Any

from local.evaluation.datasets import Dataset, Labelled, Truth, Wanted
from local.evaluation.errors import EvaluationError
from mailroom.doctypes.base import DocumentType
from mailroom.doctypes.machinery.specify import spec_of
from mailroom.doctypes.other import Other
from mailroom.domain.doctype import FieldSpec, TypeSpec, ValueKind

CORPORA = Path(__file__).parents[3] / "shared" / "corpora"

type Gold = Mapping[str, Sequence[Any]]


@dataclass(frozen=True, slots=True)
class Source:
    """How one set's labels become our fields.

    ``fields`` maps our field to the set's names for it, tried by the end of the name; ``columns`` does the same for
    the cells of ``group``, whose gold values are lists of equal length. ``complete``: what has no label is not there.
    """

    model: str
    fields: Mapping[str, tuple[str, ...]]
    complete: bool
    group: str = ""
    columns: Mapping[str, str] | None = None
    raw_mail: bool = False


SOURCES: Mapping[str, Source] = {
    "sroie": Source(
        "sroie.Receipt",
        {"company": ("company",), "date": ("date",), "address": ("address",), "total": ("total",)},
        complete=True,
    ),
    "seminars": Source(
        "seminars.Seminar",
        {"speakers": ("speaker",), "location": ("location",), "start_time": ("stime",), "end_time": ("etime",)},
        complete=True,
    ),
    "redmine": Source(
        "redmine.Ticket",
        {
            **{
                name: (name,)
                for name in (
                    *("subject", "sender_email", "project", "tracker", "category", "priority", "status"),
                    *("assigned_to", "start_date", "due_date", "fixed_version", "estimated_hours", "done_ratio"),
                    *("parent_issue", "database", "searchable_field", "float_field"),
                )
            },
            "systems": ("os",),
        },
        complete=False,
        raw_mail=True,
    ),
    "kitinerary-core": Source(
        "kitinerary_core.Booking",
        {
            "reservation_numbers": ("reservationNumber",),
            "passengers": ("underName.name",),
            "operators": ("airline.name",),
            "services": ("flightNumber", "trainNumber", "busNumber"),
            "departure_places": ("departureAirport.name", "departureStation.name", "departureBusStop.name"),
            "arrival_places": ("arrivalAirport.name", "arrivalStation.name", "arrivalBusStop.name"),
            "departure_times": ("departureTime",),
            "arrival_times": ("arrivalTime",),
            "seats": ("seatNumber",),
            "coaches": ("seatSection",),
            "departure_platforms": ("departurePlatform",),
            "arrival_platforms": ("arrivalPlatform",),
            "total_price": ("totalPrice",),
            "currency": ("priceCurrency",),
            "check_in": ("checkinTime",),
            "check_out": ("checkoutTime",),
        },
        complete=False,
    ),
    "invoice2data": Source(
        "invoice2data.ForeignInvoice",
        {
            **{
                name: (name,)
                for name in ("issuer", "invoice_number", "date", "date_due", "currency", "amount", "amount_untaxed")
            },
            "vat": ("vat",),
            "iban": ("iban",),
        },
        complete=False,
        group="positions",
        columns={
            "name": "lines.name",
            "quantity": "lines.qty",
            "unit_price": "lines.price_unit",
            "amount": "lines.price_subtotal",
        },
    ),
}
"""By the name that ``mailroom eval`` takes."""


def shared_set(name: str, corpora: Path = CORPORA) -> Dataset:
    """Return one of ``SOURCES``; raises EvaluationError where the corpora are not beside this checkout."""
    path = corpora / "labelled" / f"{name}.jsonl"
    if not path.is_file():
        raise EvaluationError(f"The set {name} is not here: it is read from {path.name} among the shared corpora.")
    source = SOURCES[name]
    spec = spec_of(_model(source.model))
    lines = path.read_text(encoding="utf-8").splitlines()
    messages = [_message(json.loads(line), source, spec, corpora) for line in lines if line.strip()]
    return Dataset(name, {spec.kind: spec, "other": spec_of(Other)}, tuple(messages))


def _model(path: str) -> type[DocumentType]:
    module, _, name = path.partition(".")
    model: type[DocumentType] = getattr(import_module(f"local.evaluation.types.{module}"), name)
    return model


def _message(row: Mapping[str, Any], source: Source, spec: TypeSpec, corpora: Path) -> Labelled:
    original = corpora / (row["source"] or "") if source.raw_mail else None
    raw = original.read_bytes() if original and original.is_file() else mail_of(row["text"])
    gold: Gold = row["gold"]
    fields = dict(_fields(gold, source, spec))
    rows = _rows(gold, source, spec)
    labelled = {*fields, *rows}
    names = {field.name for field in spec.fields} | {group.name for group in spec.groups}
    unlabelled = names - labelled
    truth = Truth(
        kind=spec.kind,
        fields=fields,
        rows=rows,
        complete=source.complete,
        ignored=frozenset() if source.complete else frozenset(unlabelled),
    )
    return Labelled(str(row["id"]), raw, truth)


def mail_of(text: str) -> bytes:
    """Return a bare text as the plainest of mails, from a mailbox without a name."""
    mail = EmailMessage(policy=SMTP)
    mail["From"] = "documents@inbox.example"
    mail["To"] = "inbox@inbox.example"
    mail["Subject"] = "Document"
    mail.set_content(text.replace("\r\n", "\n"), charset="utf-8", cte="base64")
    return mail.as_bytes()


def _fields(gold: Gold, source: Source, spec: TypeSpec) -> Iterator[tuple[str, Wanted | list[Wanted]]]:
    for name, endings in source.fields.items():
        field = spec.field(name)
        assert field is not None, f"{source.model} has no {name}"
        values = [value for key, found in gold.items() if _named(key, endings) for value in found]
        normal = [_readings(each, value) for value in values if (each := normalised(value, field)) is not None]
        if len(normal) < len(values) or not normal:
            continue  # a label that is no value of its kind says nothing certain
        if field.many:
            yield (
                name,
                _one_each(dict.fromkeys(normal)) if field.kind is ValueKind.NAME else list(dict.fromkeys(normal)),
            )
        else:
            yield name, tuple(dict.fromkeys(each for readings in normal for each in readings))


def _readings(normal: str, written: Any) -> Wanted:
    """Return a value, and for an hour without am or pm ("1:30") its other half of the day as well."""
    clock = re.fullmatch(r"(\d{1,2})(:\d\d)?", str(written).strip())
    if clock is None or ":" not in normal or not 1 <= int(clock[1]) <= 11:
        return (normal,)
    return (normal, f"{int(clock[1]) + 12}{normal[2:]}")


def _one_each(names: Iterable[Wanted]) -> list[Wanted]:
    """Join the ways in which one person is named: "Ms. Scott" is Joyce Scott, either is right."""
    people: list[Wanted] = []
    for name in sorted(names, key=lambda each: -len(str(each[0]))):
        last = str(name[0]).split()[-1]
        place = next((i for i, each in enumerate(people) if str(each[0]).split()[-1] == last), None)
        if place is not None and len(str(name[0]).split()) < len(str(people[place][0]).split()):
            people[place] = (*people[place], *name)
        else:
            people.append(name)
    return people


def _named(key: str, endings: Sequence[str]) -> bool:
    return any(key == ending or key.endswith("." + ending) for ending in endings)


def _rows(gold: Gold, source: Source, spec: TypeSpec) -> dict[str, list[dict[str, Wanted]]]:
    group = spec.group(source.group) if source.group else None
    if group is None or not source.columns:
        return {}
    columns = {cell: gold[key] for cell, key in source.columns.items() if gold.get(key)}
    if "name" not in columns or len({len(values) for values in columns.values()}) != 1:
        return {}
    table: list[dict[str, Wanted]] = [{} for _ in columns["name"]]
    for cell, values in columns.items():
        field = group.field(cell)
        assert field is not None, f"{source.model} has no {cell}"
        for row, value in zip(table, values, strict=True):
            row[cell] = (normalised(value, field),)
    return {group.name: table}


def normalised(value: Any, field: FieldSpec) -> str | None:
    """Return a gold value in the normal form of its kind, None where it is no such value."""
    text = str(value).strip()
    try:
        return _NORMAL.get(field.kind, _words)(text)
    except (ValueError, ArithmeticError):
        return None


def _words(text: str) -> str | None:
    return " ".join(text.split()) or None


_DATES = (
    *("%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y", "%d-%m-%y", "%d/%m/%y", "%d.%m.%Y", "%d.%m.%y"),
    *("%d %b %Y", "%d %B %Y", "%d-%b-%Y", "%d-%b-%y", "%d %b %y", "%d/%b/%Y", "%b %d, %Y", "%Y/%m/%d", "%d%m%Y"),
)
"""How SROIE and its neighbours write a day; Malaysia writes it before the month."""


def _date(text: str) -> str | None:
    for form in _DATES:
        try:
            return datetime.strptime(text.title(), form).replace(tzinfo=UTC).date().isoformat()
        except ValueError:
            continue
    return None


def _time(text: str) -> str | None:
    bare = text.lower().replace(".", "").replace(" ", "")
    if "noon" in bare:
        return "12:00"
    clock = re.fullmatch(r"(\d{1,2})(?::(\d\d))?(am|pm)?", bare)
    if clock is None:
        return None
    hour = int(clock[1])
    if clock[3]:
        hour = hour % 12 + (12 if clock[3] == "pm" else 0)
    return f"{hour:02}:{clock[2] or '00'}"


def _number(text: str) -> str | None:
    bare = re.sub(r"[$€£\s]|RM", "", text).replace(",", "")
    return bare if re.fullmatch(r"-?\d+(\.\d+)?", bare) else None


def _moment(text: str) -> str | None:
    return datetime.fromisoformat(text).isoformat(timespec="minutes")


_NORMAL: Mapping[ValueKind, Callable[[str], str | None]] = {
    ValueKind.DATE: _date,
    ValueKind.TIME: _time,
    ValueKind.DATETIME: _moment,
    ValueKind.AMOUNT: _number,
    ValueKind.NUMBER: _number,
    ValueKind.IBAN: lambda text: text.replace(" ", "").upper() or None,
    ValueKind.VAT_ID: lambda text: text.replace(" ", "").upper() or None,
}
