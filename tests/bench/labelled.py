"""The labelled sets as documents with normalised gold values; nothing here knows how they are looked for."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path

from mailroom.domain.doctype import FieldSpec, ValueKind
from mailroom.domain.message import Channel, Message, Zone, ZoneKind

LABELLED = Path(__file__).parents[3] / "shared" / "corpora" / "labelled"

# Fields by the end of their name; what is not listed is never literally in a mail (coordinates, computed terms).
KINDS: dict[str, dict[str, ValueKind]] = {
    "kitinerary-core": {
        **dict.fromkeys(("arrivalTime", "departureTime", "checkinTime", "checkoutTime"), ValueKind.DATETIME),
        "departureDay": ValueKind.DATE,
        **dict.fromkeys(
            ("flightNumber", "reservationNumber", "busNumber", "trainNumber", "postalCode"), ValueKind.IDENTIFIER
        ),
        **dict.fromkeys(
            ("Airport.name", "Station.name", "BusStop.name", "airline.name", "underName.name"), ValueKind.NAME
        ),
        **dict.fromkeys(("reservationFor.name", "busName", "trainName", "addressLocality"), ValueKind.TEXT),
        **dict.fromkeys(("seatNumber", "seatSection", "Terminal", "Platform"), ValueKind.TEXT),
        "streetAddress": ValueKind.ADDRESS,
        "priceCurrency": ValueKind.CURRENCY,
        "totalPrice": ValueKind.AMOUNT,
        "telephone": ValueKind.PHONE,
        "email": ValueKind.EMAIL,
    },
    "sroie": {
        "company": ValueKind.NAME,
        "date": ValueKind.DATE,
        "address": ValueKind.ADDRESS,
        "total": ValueKind.AMOUNT,
    },
    "invoice2data": {
        **dict.fromkeys(("issuer", "partner_name"), ValueKind.NAME),
        **dict.fromkeys(("amount", "amount_untaxed", "price", "price_unit", "price_subtotal"), ValueKind.AMOUNT),
        **dict.fromkeys(("date", "date_due", "date_start", "date_end", "check_in", "check_out"), ValueKind.DATE),
        **dict.fromkeys(
            ("invoice_number", "siren", "partner_coc", "client_id", "line_number", "bic"), ValueKind.IDENTIFIER
        ),
        **dict.fromkeys(
            ("partner_zip", "partner_city", "hotel_details", "lines.name", "line_items.desc"), ValueKind.TEXT
        ),
        "vat": ValueKind.VAT_ID,
        "iban": ValueKind.IBAN,
        "currency": ValueKind.CURRENCY,
        "partner_street": ValueKind.ADDRESS,
    },
    "redmine": {
        **dict.fromkeys(("subject", "project", "status", "tracker", "category", "priority"), ValueKind.TEXT),
        **dict.fromkeys(("fixed_version", "database", "searchable_field", "os", "notes"), ValueKind.TEXT),
        **dict.fromkeys(("start_date", "due_date"), ValueKind.DATE),
        **dict.fromkeys(("estimated_hours", "done_ratio", "float_field", "parent_issue"), ValueKind.NUMBER),
        "assigned_to": ValueKind.NAME,
        "sender_email": ValueKind.EMAIL,
    },
    "seminars": {
        "speaker": ValueKind.NAME,
        "location": ValueKind.TEXT,
        "stime": ValueKind.TIME,
        "etime": ValueKind.TIME,
    },
    "presidio": {
        **dict.fromkeys(("person", "organization"), ValueKind.NAME),
        "street_address": ValueKind.ADDRESS,
        **dict.fromkeys(("gpe", "nrp", "title", "date_time"), ValueKind.TEXT),
        **dict.fromkeys(("credit_card", "us_driver_license", "zip_code", "ip_address"), ValueKind.IDENTIFIER),
        "domain_name": ValueKind.URL,
        "email_address": ValueKind.EMAIL,
        "phone_number": ValueKind.PHONE,
        "iban_code": ValueKind.IBAN,
        "age": ValueKind.NUMBER,
    },
    "receipt-emails": {"amount_paid": ValueKind.AMOUNT},
    "kleister-nda": {
        "effective_date": ValueKind.DATE,
        "jurisdiction": ValueKind.TEXT,
        "party": ValueKind.NAME,
        "term": ValueKind.TEXT,
    },
}
KINDS["kitinerary-jsonld"] = KINDS["kitinerary"] = KINDS["kitinerary-core"]


@dataclass(frozen=True, slots=True)
class Gold:
    """One gold value in its normal form."""

    field: str
    kind: ValueKind
    value: str

    @property
    def spec(self) -> FieldSpec:
        """The field as a document type would describe it, without any labels to help."""
        return FieldSpec(self.field, self.kind, "")


@dataclass(frozen=True, slots=True)
class Document:
    """A labelled message."""

    id: str
    collection: str
    text: str
    gold: tuple[Gold, ...]

    @property
    def message(self) -> Message:
        """The document as one stretch of newly written text."""
        zones = (Zone(ZoneKind.LATEST, 0, len(self.text)),)
        return Message(Channel.EMAIL, self.text, zones)


def documents(*collections: str) -> list[Document]:
    """Return the documents of the named sets, in the order of their files; all sets where none is named."""
    return [document for name in collections or SETS for document in _load(name)]


SETS = ("kitinerary-core", "sroie", "invoice2data", "redmine", "seminars", "receipt-emails", "presidio", "kleister-nda")


def _load(collection: str) -> Iterator[Document]:
    kinds = KINDS[collection]
    for line in (LABELLED / f"{collection}.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        text = row["text"].replace("\r\n", "\n")
        gold = []
        for name, values in row["gold"].items():
            kind = next((kind for end, kind in kinds.items() if name == end or name.endswith(end)), None)
            for value in dict.fromkeys(map(str, values)):
                normal = normalised(value, kind) if kind else None
                if kind and normal:
                    gold.append(Gold(name, kind, normal))
        yield Document(row["id"], collection, text, tuple(dict.fromkeys(gold)))


def normalised(value: str, kind: ValueKind) -> str | None:  # noqa: PLR0911 - one line per kind
    """Return a gold value as a document type would keep it, None where it is no value of its kind."""
    if kind is ValueKind.DATE:
        return _date(value)
    if kind is ValueKind.TIME:
        return _time(value)
    if kind is ValueKind.DATETIME:
        return f"{datetime.fromisoformat(value):%Y-%m-%dT%H:%M}"
    if kind in {ValueKind.AMOUNT, ValueKind.NUMBER}:
        try:
            return str(Decimal(re.sub(r"[$€£,\s]|RM", "", value)))
        except InvalidOperation:
            return None
    if kind is ValueKind.IBAN:
        return value.replace(" ", "").upper()
    return value.strip() or None


def _date(value: str) -> str | None:
    for form in (
        "%Y-%m-%d",
        "%d/%m/%Y",
        "%d-%m-%Y",
        "%d-%m-%y",
        "%d/%m/%y",
        "%d.%m.%Y",
        "%d %b %Y",
        "%d %B %Y",
        "%d-%b-%Y",
        "%d-%b-%y",
    ):
        try:
            return datetime.strptime(value.strip().title(), form).replace(tzinfo=UTC).date().isoformat()
        except ValueError:
            continue
    return None


def _time(value: str) -> str | None:
    text = value.lower().replace(".", "").replace(" ", "")
    if "noon" in text:
        return "12:00"
    clock = re.fullmatch(r"(\d{1,2})(?::(\d\d))?(am|pm)?", text)
    if clock is None:
        return None
    hour = int(clock[1]) % 12 + (12 if clock[3] == "pm" else 0) if clock[3] else int(clock[1])
    return f"{hour:02}:{clock[2] or '00'}"
