"""Raw strings become one normal form, or a sentence says why they cannot."""

from datetime import date, datetime, time
from decimal import Decimal

import pytest

from mailroom.doctypes.machinery import normalise


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("1234.5", "1234.50"),
        ("1.234,50 €", "1234.50"),
        ("$1,234.50", "1234.50"),
        ("CHF 1'234.50", "1234.50"),
        ("1 234,50 EUR", "1234.50"),
        ("50.-", "50.00"),
        ("1,234", "1234.00"),
        ("12,50-", "-12.50"),
        ("(12.50)", "-12.50"),
        ("0.125", "0.125"),
        ("1.234.567", "1234567.00"),
        ("-0", "0.00"),
        ("١٢٣٫٥", "123.50"),
    ],
)
def test_amounts_in_every_unambiguous_notation_become_plain_decimals(written, normal):
    assert normalise.plain(normalise.amount(written)) == normal


@pytest.mark.parametrize(
    "written", ["", "ten", "USD", "1e5", "1.23.456", "12-34", "1,2,3", "9" * 30, "NaN", "Infinity"]
)
def test_what_is_no_amount_is_refused(written):
    with pytest.raises(ValueError, match=r"\.$"):
        normalise.amount(written)


def test_a_number_that_can_mean_two_numbers_is_refused():
    with pytest.raises(ValueError, match="can mean two numbers"):
        normalise.number("1,000")


def test_a_number_loses_its_trailing_zeros_but_never_gets_an_exponent():
    assert [normalise.plain(normalise.number(each)) for each in ("2.50", "4000", "2.0")] == ["2.5", "4000", "2"]


def test_only_days_that_exist_are_dates():
    assert normalise.calendar_date("2024-02-29") == date(2024, 2, 29)
    for written in ("2025-02-29", "2026-13-01", "0026-01-01", "2026-1-1", "20260101", "03/04/2026", "tomorrow"):
        with pytest.raises(ValueError, match=r"\.$"):
            normalise.calendar_date(written)


def test_a_date_with_dots_is_read_day_first():
    assert normalise.calendar_date("3.4.2026") == date(2026, 4, 3)


def test_times_and_moments_keep_minutes_and_a_written_offset():
    assert normalise.clock_time("9:05") == time(9, 5)
    assert normalise.moment("2026-07-02T10:00:30Z").isoformat() == "2026-07-02T10:00:00+00:00"
    assert normalise.moment("2026-07-02 10:00") == datetime(2026, 7, 2, 10)  # noqa: DTZ001 - no zone is written
    for written in ("2026-07-02", "2026-07-02T25:00", "10:00"):
        with pytest.raises(ValueError, match=r"\.$"):
            normalise.moment(written)


def test_a_checksum_tells_a_true_iban_from_a_misread_one():
    assert normalise.iban("de89 3704 0044 0532 0130 00") == "DE89370400440532013000"
    with pytest.raises(ValueError, match="IBAN"):
        normalise.iban("DE89 3704 0044 0532 0130 01")


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("DE 136 695 976", "DE136695976"),
        ("ATU13585627", "ATU13585627"),
        ("BE 0428.759.497", "BE0428759497"),
        ("GB 980 7806 84", "GB980780684"),
        ("EL 023456780", "EL023456780"),
        ("AE100123456700003", "AE100123456700003"),
    ],
)
def test_vat_numbers_keep_their_country_and_lose_their_punctuation(written, normal):
    assert normalise.vat_id(written) == normal


@pytest.mark.parametrize("written", ["DE 136 695 977", "136695976", "DE", "see below"])
def test_wrong_vat_numbers_are_refused(written):
    with pytest.raises(ValueError, match="VAT number"):
        normalise.vat_id(written)


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("+49 (0)89 / 123 456", "+4989123456"),
        ("0049 89 123456", "+4989123456"),
        ("tel:+1-202-555-0123", "+12025550123"),
        ("+1 202 555 0123 ext. 7", "+12025550123;ext=7"),
        ("0049 89 123456 ext 7", "+4989123456;ext=7"),
        ("04 72 00 91 18", "0472009118"),
        ("Tel. (0)89 / 123-456", "089123456"),
        ("Mobile: (+49) 89 123456", "+4989123456"),
        ("555 1234 x12", "5551234;ext=12"),
    ],
)
def test_phone_numbers_become_e164_where_a_country_is_written(written, normal):
    assert normalise.phone(written) == normal


@pytest.mark.parametrize("written", ["+49 1", "call me", "12", "+999 123456", "Room 1234 at noon"])
def test_what_cannot_be_dialled_is_refused(written):
    with pytest.raises(ValueError, match="phone number"):
        normalise.phone(written)


def test_email_addresses_are_bared_and_checked():
    assert normalise.email("Ada Byron <Ada@Example.ORG>") == "Ada@example.org"
    assert normalise.email("mailto:it@printer.local") == "it@printer.local"
    assert normalise.email("x@münchen.example") == "x@münchen.example"
    for written in ("ada", "ada@", "a b@example.org", "ada@example..org", "@example.org"):
        with pytest.raises(ValueError, match="not an e-mail address"):
            normalise.email(written)


def test_web_addresses_need_a_host_and_hide_nobody():
    assert normalise.url("WWW.Example.org/A") == "https://www.example.org/A"
    assert normalise.url("HTTP://Example.org") == "http://example.org"
    for written in (
        "javascript:alert(1)",
        "https://bank.example@evil.example/",
        "https://x",
        "http://[::1",
        "a b.example",
    ):
        with pytest.raises(ValueError, match="web address"):
            normalise.url(written)


def test_codes_come_from_the_standards():
    assert [normalise.currency(each) for each in ("eur", "€", "US$", "zł")] == ["EUR", "EUR", "USD", "PLN"]
    assert [normalise.country(each) for each in ("de", "DEU", "Germany", "UK")] == ["DE", "DE", "DE", "GB"]
    assert [normalise.language(each) for each in ("DE", "pt-BR")] == ["de", "pt"]
    for refuse, written in (
        (normalise.currency, "$"),
        (normalise.currency, "EUX"),
        (normalise.country, "XQ"),
        (normalise.country, "276"),
        (normalise.language, "xx"),
    ):
        with pytest.raises(ValueError, match="not an ISO"):
            refuse(written)


def test_an_identifier_stays_as_it_is_written():
    assert normalise.identifier("  No. 0042/ä ") == "No. 0042/ä"
    for written in ("", "---", "x" * 101):
        with pytest.raises(ValueError, match=r"\.$"):
            normalise.identifier(written)


def test_names_and_addresses_lose_only_what_surrounds_them():
    assert normalise.name(' "Ada  Byron", ') == "Ada Byron"
    assert normalise.address("Via dei Tigli 8,\n 40129  Bologna\n") == "Via dei Tigli 8, 40129 Bologna"
    with pytest.raises(ValueError, match="letters"):
        normalise.name("12345")


def test_a_boolean_is_one_of_two_words():
    assert (normalise.boolean("TRUE"), normalise.boolean("no")) == (True, False)
    with pytest.raises(ValueError, match="neither"):
        normalise.boolean("perhaps")


def test_normal_forms_are_exact_decimals():
    assert normalise.amount("0.10") + normalise.amount("0.20") == Decimal("0.30")
