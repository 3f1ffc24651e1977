"""Is a value in a text? An oracle that works the other way round from the shipped code: it writes, and never reads.

It writes a value in all the ways a mail may have it and looks whether one of them is there. Numeric dates are written
with the day first, as in all sets that have any.
"""

import re
import unicodedata
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache

from mailroom.domain.doctype import ValueKind

MONTHS = (
    "january february march april may june july august september october november december",
    "januar februar märz april mai juni juli august september oktober november dezember",
    "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "januari februari maart april mei juni juli augustus september oktober november december",
    "ledna února března dubna května června července srpna září října listopadu prosince",
    "jan feb mar apr may jun jul aug sep oct nov dec",
    "jan feb mrz apr mai jun jul aug sept okt nov dez",
)
SIGNS = {
    "EUR": "€",
    "USD": "$",
    "GBP": "£",
    "CZK": "kč",
    "JPY": "¥",
    "INR": "₹",
    "MYR": "rm",
    "PLN": "zł",
    "CHF": "fr.",
}


@lru_cache(maxsize=4096)
def plain(text: str) -> str:
    """Return a text in one width and case, with single blanks."""
    return " ".join(unicodedata.normalize("NFKC", text).replace("\u00ad", "").casefold().split())


@lru_cache(maxsize=4096)
def letters(text: str) -> str:
    """Return only the letters and digits of a text."""
    return "".join(c for c in plain(text) if c.isalnum())


def is_present(value: str, kind: ValueKind, text: str) -> bool:  # noqa: PLR0911 - one line per kind
    """Say whether a text has the value in any of the ways it may be written."""
    if kind in {ValueKind.AMOUNT, ValueKind.NUMBER}:
        return any(_stands(form, text) for form in amounts(value))
    if kind is ValueKind.DATE:
        return any(_stands(form, text) for form in dates(value))
    if kind is ValueKind.TIME:
        return any(_stands(form, text) for form in times(value))
    if kind is ValueKind.DATETIME:
        day, _, clock = value.partition("T")
        return is_present(day, ValueKind.DATE, text) and is_present(clock, ValueKind.TIME, text)
    if kind is ValueKind.CURRENCY:
        return _stands(value.casefold(), text) or (value in SIGNS and SIGNS[value] in plain(text))
    if kind is ValueKind.PHONE:
        return re.sub(r"\D", "", value) in re.sub(r"\D", "", text)
    if kind in {ValueKind.IBAN, ValueKind.VAT_ID, ValueKind.URL} or len(letters(value)) > 6:
        return letters(value) in letters(text)
    return _stands(plain(value), text)


def _stands(form: str, text: str) -> bool:
    """Say whether a form is in a text without being a piece of a longer word or number."""
    left = r"(?<![\d])(?<!\d[.,])" if form[:1].isdigit() else r"(?<![^\W\d_])" if form[:1].isalpha() else ""
    right = r"(?!\d|[.,]\d)" if form[-1:].isdigit() else r"(?![^\W\d_])" if form[-1:].isalpha() else ""
    return form in plain(text) and re.search(left + re.escape(form) + right, plain(text)) is not None


def amounts(value: str) -> set[str]:
    """Return the ways to write a number with either decimal sign and any group sign."""
    number = abs(Decimal(value))
    forms = set()
    for places in {0, 1, 2, 3, max(0, -int(number.as_tuple().exponent))}:
        rounded = f"{number:,.{places}f}"
        if Decimal(rounded.replace(",", "")) == number:
            whole, dot, cents = rounded.partition(".")
            for group in (",", ".", " ", "'", ""):
                for decimal in (".", ","):
                    if group != decimal or not dot:
                        forms.add(whole.replace(",", group) + (decimal + cents if dot else ""))
    return forms


def dates(value: str) -> set[str]:
    """Return the ways to write a day: numbers with the day first or the year first, or with the month in words."""
    day = date.fromisoformat(value)
    forms = {
        f"{day:%Y-%m-%d}",
        f"{day:%Y/%m/%d}",
        f"{day:%Y.%m.%d}",
        f"{day:%Y%m%d}",
        f"{day.year}年{day.month}月{day.day}日",
    }
    for d in {f"{day.day}", f"{day.day:02}"}:
        for m in {f"{day.month}", f"{day.month:02}"}:
            for y in (f"{day.year}", f"{day:%y}"):
                forms |= {f"{d}{s}{m}{s}{y}" for s in ("/", "-", ".", ". ", " / ", "/ ")}
        for month in {months.split()[day.month - 1] for months in MONTHS}:
            for y in (f"{day.year}", f"{day:%y}"):
                forms |= {
                    f"{d}{a}{month}{b}{y}"
                    for a in (" ", ". ", "-", "/", "", " de ", "th ", "th of ", "th day of ")
                    for b in (" ", "-", "/", "", " de ", ", ", ",", ". ", "., ")
                }
                forms |= {
                    f"{month}{a}{d}{b}{y}"
                    for a in (" ", ". ", "")
                    for b in (", ", " ", ",", "th, ", "st, ", "nd, ", "rd, ")
                }
    return forms


def times(value: str) -> set[str]:
    """Return the ways to write a time of day on both clocks."""
    moment = datetime.strptime(value, "%H:%M")  # noqa: DTZ007 - a time of day has no zone
    hour, twelve, minute = moment.hour, moment.hour % 12 or 12, f"{moment:%M}"
    forms = {f"{h}{s}{minute}" for h in {str(hour), f"{hour:02}"} for s in (":", ".", "h", "")}
    for half in ("am", "pm"):
        if (half == "pm") == (hour > 11):
            for sign in (half, f" {half}", f"{half[0]}.m.", f" {half[0]}.m."):
                forms |= {f"{twelve}:{minute}{sign}", f"{twelve:02}:{minute}{sign}"} | (
                    {f"{twelve}{sign}"} if minute == "00" else set()
                )
    if (hour, minute) == (12, "00"):
        forms.add("noon")
    return {form for form in forms if len(form) > 3 or not form.isdigit()}
