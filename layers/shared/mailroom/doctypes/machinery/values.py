"""The types of a document type's fields: each validates and normalises a raw string, and knows its value kind."""

from datetime import date, datetime, time
from decimal import Decimal
from typing import Annotated

from pydantic import BeforeValidator, PlainSerializer

from mailroom.doctypes.machinery import normalise
from mailroom.domain.doctype import ValueKind

Text = Annotated[str, BeforeValidator(normalise.text), ValueKind.TEXT]
Prose = Annotated[str, BeforeValidator(normalise.prose), ValueKind.PROSE]
Name = Annotated[str, BeforeValidator(normalise.name), ValueKind.NAME]
Address = Annotated[str, BeforeValidator(normalise.address), ValueKind.ADDRESS]
Email = Annotated[str, BeforeValidator(normalise.email), ValueKind.EMAIL]
Phone = Annotated[str, BeforeValidator(normalise.phone), ValueKind.PHONE]
Url = Annotated[str, BeforeValidator(normalise.url), ValueKind.URL]
Date = Annotated[date, BeforeValidator(normalise.calendar_date), ValueKind.DATE]
Time = Annotated[
    time,
    BeforeValidator(normalise.clock_time),
    PlainSerializer(lambda value: value.isoformat(timespec="minutes"), when_used="json"),
    ValueKind.TIME,
]
DateTime = Annotated[
    datetime,
    BeforeValidator(normalise.moment),
    PlainSerializer(lambda value: value.isoformat(timespec="minutes"), when_used="json"),
    ValueKind.DATETIME,
]
Amount = Annotated[
    Decimal, BeforeValidator(normalise.amount), PlainSerializer(normalise.plain, when_used="json"), ValueKind.AMOUNT
]
Number = Annotated[
    Decimal, BeforeValidator(normalise.number), PlainSerializer(normalise.plain, when_used="json"), ValueKind.NUMBER
]
Currency = Annotated[str, BeforeValidator(normalise.currency), ValueKind.CURRENCY]
Country = Annotated[str, BeforeValidator(normalise.country), ValueKind.COUNTRY]
Language = Annotated[str, BeforeValidator(normalise.language), ValueKind.LANGUAGE]
Identifier = Annotated[str, BeforeValidator(normalise.identifier), ValueKind.IDENTIFIER]
Iban = Annotated[str, BeforeValidator(normalise.iban), ValueKind.IBAN]
VatId = Annotated[str, BeforeValidator(normalise.vat_id), ValueKind.VAT_ID]
Boolean = Annotated[bool, BeforeValidator(normalise.boolean), ValueKind.BOOLEAN]
