"""Normalisers are idempotent, and validation never raises, whatever a model wrote."""

from datetime import date, datetime, time
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mailroom.doctypes.machinery import normalise
from mailroom.doctypes.registry import document_types
from mailroom.domain.doctype import TypeSpec

NORMALISERS = [
    normalise.text,
    normalise.prose,
    normalise.name,
    normalise.address,
    normalise.identifier,
    normalise.email,
    normalise.phone,
    normalise.url,
    normalise.calendar_date,
    normalise.clock_time,
    normalise.moment,
    normalise.amount,
    normalise.number,
    normalise.currency,
    normalise.country,
    normalise.language,
    normalise.iban,
    normalise.vat_id,
]
likely = st.one_of(
    st.from_regex(r"[-+(]?(EUR|\$|€ )?[0-9]{1,4}([.,' ][0-9]{2,3}){0,3}[-)€]?", fullmatch=True),
    st.from_regex(
        r"[0-9]{4}-[01][0-9]-[0-3][0-9]([T ][0-2][0-9]:[0-5][0-9](:[0-9]{2})?(Z|[+-][0-9]{2}:[0-9]{2})?)?",
        fullmatch=True,
    ),
    st.from_regex(r"(\+|00|tel:\+|Tel\. )[0-9][0-9 ()/-]{5,16}( ?(ext\.|x|#) ?[0-9]{1,3})?", fullmatch=True),
    st.from_regex(r"(https?://|www\.)[a-zA-Z0-9.@:\[\]-]{1,20}(/[a-zA-Z<>?=]{0,9})?", fullmatch=True),
    st.from_regex(r"(DE|AT|FR|GB|CHE|EL|NO|XI|US)[ -]?[A-Z0-9. ]{4,14}", fullmatch=True),
    st.emails(),
    st.sampled_from(
        ["DE89370400440532013000", "CHE-107.787.577 IVA", "NO 995 525 828 MVA", "EUR", "€", "Germany", "de_AT"]
    ),
    st.text(max_size=30),
)


def _written(value: object) -> str:
    """Write a normal form as it is filed."""
    match value:
        case Decimal():
            return normalise.plain(value)
        case datetime() | time():
            return value.isoformat(timespec="minutes")
        case date():
            return value.isoformat()
        case _:
            return str(value)


@pytest.mark.parametrize("normaliser", NORMALISERS, ids=lambda each: each.__name__)
@given(raw=likely)
@example(raw="CHE-107.787.577 IVA")
@example(raw="NO 995 525 828 MVA")
@example(raw="+1 202 555 0123 ext. 7")
@example(raw="00:200")
@example(raw="A001")
def test_normalising_a_normal_form_changes_nothing(normaliser, raw):
    try:
        once = normaliser(raw)
    except ValueError:
        return
    assert normaliser(_written(once)) == once


@given(st.decimals(min_value=-(10**15), max_value=10**15, places=2))
def test_every_amount_of_money_survives(amount):
    assert normalise.amount(f"{amount:f}") == amount
    assert normalise.amount(f"{amount:,.2f}") == amount
    swiss = f"{amount:,.2f}".replace(",", "'")
    german = f"{amount:,.2f}".translate(str.maketrans(",.", ".,"))
    assert normalise.amount(f"CHF {swiss}") == normalise.amount(f"{german} €") == amount


@given(st.dates(date(1900, 1, 1), date(2200, 12, 31)))
def test_every_plausible_day_survives(day):
    assert normalise.calendar_date(day.isoformat()) == day
    assert normalise.calendar_date(f"{day.day}.{day.month}.{day.year}") == day


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10) | likely,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5) | st.just("amount"), inner, max_size=3)
    ),
    max_leaves=8,
)


@st.composite
def raw_documents(draw: st.DrawFn) -> tuple[TypeSpec, dict[str, object]]:
    spec = draw(st.sampled_from(list(document_types().values())))
    known = [each.name for each in spec.fields] + [each.name for each in spec.groups]
    return spec, draw(st.dictionaries(st.sampled_from([*known, "unknown"]), anything, max_size=8))


@given(raw_documents())
def test_validation_never_raises_and_what_it_keeps_validates_again(document):
    spec, raw = document
    first = spec.validate(raw)
    again = spec.validate(first.values)
    assert again.values == first.values
    assert all(problem.reason for problem in first.problems)
    dropped = {problem.field for problem in first.problems} - set(first.values)
    assert {name for name, value in raw.items() if value not in (None, [])} <= set(first.values) | {
        each.partition("[")[0] for each in dropped
    }
