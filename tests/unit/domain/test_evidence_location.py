from datetime import UTC, datetime

import pytest

from mailroom.domain.doctype import FieldSpec, ValueKind
from mailroom.domain.evidence import Evidence, Method
from mailroom.domain.evidence_location import locate
from mailroom.domain.message import Address, Channel, Message, Picture, Zone, ZoneKind

SENT = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)  # a Wednesday


def message_of(*zones: tuple[ZoneKind, str], **more) -> Message:
    text, cut = "", []
    for kind, words in zones:
        cut.append(Zone(kind, len(text), len(text) + len(words)))
        text += words + "\n"
    return Message(Channel.EMAIL, text, tuple(cut), **more)


def find(value: str, kind: str, text: str, quote: str = "", *, labels: tuple[str, ...] = (), **more) -> Evidence:
    spec = FieldSpec("field", ValueKind(kind), "", labels=labels, choices=more.pop("choices", ()))
    return locate(value=value, quote=quote or value, spec=spec, message=message_of((ZoneKind.LATEST, text), **more))


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        # dates
        ("2026-03-05", "date", "due 2026-03-05."),
        ("2026-03-05", "date", "due 2026/3/5"),
        ("2026-03-05", "date", "Stamp 20260305T101500Z"),
        ("2026-03-05", "date", "fällig am 5. März 2026"),
        ("2026-03-05", "date", "fällig 05.03.26"),
        ("2026-03-05", "date", "le 5 mars 2026"),
        ("2026-08-01", "date", "le 1er août 2026"),
        ("2026-03-05", "date", "el 5 de marzo de 2026"),
        ("2026-03-05", "date", "5 marzo 2026"),
        ("2026-03-05", "date", "5 de março de 2026"),
        ("2026-03-05", "date", "5 maart 2026"),
        ("2026-03-05", "date", "5 marca 2026 r."),
        ("2026-03-05", "date", "5. března 2026"),
        ("2026-03-05", "date", "2026. március 5."),
        ("2026-03-05", "date", "5 марта 2026 г."),
        ("2026-03-05", "date", "2026年3月5日"),
        ("2026-03-05", "date", "２０２６年３月５日"),
        ("2026-03-05", "date", "令和8年3月5日"),
        ("2026-03-05", "date", "2026년 3월 5일"),
        ("2026-03-05", "date", "March 5th, 2026"),
        ("2026-03-05", "date", "Mar. 5, 2026"),
        ("2026-03-05", "date", "the 5th day of March, 2026"),
        ("2026-03-05", "date", "05MAR26"),
        ("2026-03-05", "date", "05-Mar-2026"),
        ("2026-03-03", "date", "3.–5. März 2026"),
        ("2026-03-05", "date", "3-5 March 2026"),
        ("2026-03-05", "date", "from March 3 to March 5, 2026"),
        ("2026-03-05", "date", "5.III.2026"),
        ("2026-03-05", "date", "ngày 5 tháng 3 năm 2026"),
        ("2026-03-05", "date", "Thu Mar 05 10:20:30 2026"),
        ("2026-03-05", "date", "٥ مارس ٢٠٢٦"),
        # times
        ("14:30", "time", "kl. 14.30"),
        ("15:30", "time", "at 3:30 p.m."),
        ("15:30", "time", "um 15.30 Uhr"),
        ("15:30", "time", "à 15h30"),
        ("15:00", "time", "at 3pm"),
        ("12:00", "time", "at noon"),
        ("00:15", "time", "12:15 AM"),
        ("15:30", "time", "午後3時30分"),
        ("2026-06-07T13:30", "datetime", "ARRIVAL: 07 JUN 2026 13:30"),
        ("2026-06-07T13:30", "datetime", "7. Juni 2026 um 13:30 Uhr"),
        # amounts and numbers
        ("1234.50", "amount", "Gesamt 1.234,50 €"),
        ("1234.50", "amount", "Total $1,234.50"),
        ("1234.50", "amount", "Total 1 234,50 EUR"),
        ("1234.50", "amount", "Total 1\u202f234,50 €"),
        ("1234.50", "amount", "CHF 1'234.50"),
        ("1234.50", "amount", "１２３４．５０円"),
        ("123456.78", "amount", "₹1,23,456.78"),
        ("1500", "amount", "USD 1,500"),
        ("-12.50", "amount", "Credit -12.50 EUR"),
        ("-12.50", "amount", "Credit (12.50)"),
        ("29", "amount", "29,- €"),
        ("2.5", "number", "2,5 hours"),
        ("3", "number", "3 pieces"),
        # currencies, countries, languages
        ("EUR", "currency", "12 €"),
        ("EUR", "currency", "12 EUR"),
        ("EUR", "currency", "zwölf Euro"),
        ("MYR", "currency", "RM 33.90"),
        ("CAD", "currency", "C$ 20"),
        ("DE", "country", "ganz Deutschland"),
        ("DE", "country", "from Germany"),
        ("ES", "country", "Espagne"),
        ("GB", "country", "United Kingdom"),
        ("FR", "language", "en français"),
        ("GB", "country", "in the UK now"),
        ("DE", "country", "D-10115 Berlin"),
        ("3", "number", "three chairs"),
        ("18000", "amount", "18 mil euros"),
        # words
        ("Smith & Sons Ltd", "name", "Smith and Sons Limited"),
        ("Ana Diaz", "name", "Diaz, Ana"),
        ("John Doe", "name", "DOE/JOHN MR"),
        ("Acme Inc.", "name", "ACME, INC."),
        ("Jörg Müller", "name", "Joerg Mueller"),
        ("Hauptbahnhof Nord", "text", "am Haupt-\nbahnhof Nord"),
        ("Hauptbahnhof", "text", "am Haupt\u00adbahnhof"),
        ("MR D.I.Y. SDN BHD", "name", "MR DIY SDN BHD"),
        ("12 High Street, 80331 München", "address", "12 High Street\n80331 München"),
        ("Hauptstraße 5, 10115 Berlin", "address", "Hauptstr. 5\n10115 Berlin"),
        ("東京", "text", "株式会社東京支店"),
        ("ＡＢＣ１２３", "text", "abc123"),
        # codes and contacts
        ("INV-2026-001", "identifier", "Invoice INV-2026-001."),
        ("4454794511390933", "identifier", "card 4454 7945 1139 0933"),
        ("FR7610107002450061705231739", "iban", "IBAN FR76 10107 00245 00617052317 39"),
        ("DE136695976", "vat_id", "USt-IdNr. DE 136 695 976"),
        ("+49301234567", "phone", "Tel. 030 / 1234567"),
        ("+49301234567", "phone", "+49 (0)30 123 45 67"),
        ("+15417541388", "phone", "541-754-1388"),
        ("ana@example.com", "email", "<Ana@Example.com>"),
        ("ana@example.com", "email", "ana (at) example (dot) com"),
        ("https://example.com/a/", "url", "see www.example.com/a."),
    ],
)
def test_a_value_is_found_however_a_mail_writes_it(value, kind, text):
    evidence = find(value.lower() if kind == "language" else value, kind, text)
    assert evidence.grounded, evidence
    assert evidence.zone is ZoneKind.LATEST
    assert 0 <= evidence.start < evidence.end <= len(text)


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        ("2026-03-06", "date", "due 5 March 2026"),
        ("2026-05-03", "date", "due 5. März 2026, 03.05.2025"),
        ("2026-03-05", "date", "on Thursday"),
        ("2026-03-05", "date", "5 March"),
        ("1234.51", "amount", "Total 1.234,50 €"),
        ("234.50", "amount", "Total 1.234,50 €"),
        ("12.34", "amount", "Rate 12.34%"),
        ("1234.50", "amount", "Total $1.50, account 1234"),
        ("19", "amount", "on 19.03.2026 at 19:00"),
        ("USD", "currency", "12 €"),
        ("CAD", "currency", "$12"),
        ("ALL", "currency", "all of us"),
        ("TRY", "currency", "Please TRY again"),
        ("FR", "country", "from Germany"),
        ("Ana", "name", "Banana"),
        ("Ana Dias", "name", "Diaz, Ana"),
        ("John Smith", "name", "John Doe and Anna Smith"),
        ("Müller", "name", "Möller"),
        ("23", "text", "12.23"),
        ("2026001", "identifier", "2026002"),
        ("FR7610107002450061705231739", "iban", "IBAN FR76 10107 00245 00617052317 38"),
        ("+49301234568", "phone", "030 / 1234567"),
        ("+33301234567", "phone", "+49 30 1234567"),
        ("smith@example.com", "email", "jsmith@example.com"),
        ("https://example.com/b", "url", "www.example.com/a"),
        ("15:31", "time", "15:30"),
        ("true", "boolean", "yes, nice weather"),
        ("", "text", "anything"),
    ],
)
def test_what_the_message_does_not_say_is_not_grounded(value, kind, text):
    assert not find(value, kind, text).grounded


def test_the_very_words_are_exact_evidence_with_their_span():
    evidence = find("INV-7", "identifier", "Your invoice INV-7 is due.")
    assert (evidence.method, evidence.start, evidence.end) == (Method.EXACT, 13, 18)


def test_a_quote_that_means_the_value_is_the_span():
    text = "Zahlbar bis 5. März 2026 ohne Abzug."
    evidence = find("2026-03-05", "date", text, quote="5. März 2026")
    assert (evidence.method, evidence.quote_found, evidence.denotes) == (Method.FORMAT, True, True)
    assert text[evidence.start : evidence.end] == "5. März 2026"


def test_a_quote_that_means_something_else_is_no_proof_even_where_the_value_stands_elsewhere():
    evidence = find("2026-04-05", "date", "from 5 March 2026 to 5 April 2026", quote="5 March 2026")
    assert (evidence.quote_found, evidence.denotes, evidence.grounded) == (True, False, False)


def test_an_invented_quote_falls_back_to_the_value_and_says_so():
    evidence = find("INV-7", "identifier", "Your invoice INV-7", quote="number INV-7 of today")
    assert (evidence.grounded, evidence.quote_found) == (True, False)


def test_a_quote_of_the_whole_mail_points_at_the_value_only():
    text = "Hello, " + "the weather is fine and " * 10 + "we pay 12.50 EUR."
    evidence = find("12.50", "amount", text, quote=text)
    assert text[evidence.start : evidence.end] == "12.50"


def test_the_strongest_zone_wins():
    message = message_of(
        (ZoneKind.QUOTED, "Order 4711"), (ZoneKind.HIDDEN, "Order 4711"), (ZoneKind.LATEST, "Order 4711")
    )
    spec = FieldSpec("order", ValueKind.IDENTIFIER, "")
    assert locate(value="4711", quote="4711", spec=spec, message=message).zone is ZoneKind.LATEST


def test_words_that_reach_into_hidden_text_are_hidden_evidence():
    message = message_of((ZoneKind.LATEST, "Pay to Ana"), (ZoneKind.HIDDEN, "Diaz"))
    spec = FieldSpec("payee", ValueKind.NAME, "")
    assert locate(value="Ana Diaz", quote="Ana Diaz", spec=spec, message=message).zone is ZoneKind.HIDDEN


def test_the_place_beside_the_label_wins_within_a_zone():
    text = "Deposit 50.00\nTotal: 50.00"
    evidence = find("50.00", "amount", text, labels=("Total",))
    assert (evidence.labelled, evidence.start) == (True, text.rindex("50.00"))


def test_an_undecided_date_has_two_candidates_and_a_low_score():
    evidence = find("2026-04-03", "date", "due 03/04/2026")
    assert (evidence.candidates, evidence.score) == (2, 0.5)
    assert not find("2026-03-04", "date", "due 03/04/2026").grounded


@pytest.mark.parametrize(
    ("value", "text", "more"),
    [
        ("2026-03-04", "due 03/04/2026, ordered 02/27/2026", {}),
        ("2026-04-03", "due 03/04/2026, ordered 27/02/2026", {}),
        ("2026-03-04", "due 03/04/2026, Denver, CO 80207", {}),
        ("2026-04-03", "due 03/04/2026, total £20", {}),
        ("2026-04-03", "due 03/04/2026", {"language": "fr"}),
        ("2026-03-04", "due Wed 03/04/2026", {}),
        ("2026-04-03", "due Fri 03/04/2026", {}),
        ("2026-03-04", "due 03/04/2026", {"sent_at": SENT}),
        ("2026-04-03", "due 03/04/2026, that is 3 April 2026", {}),
    ],
)
def test_the_message_itself_decides_the_order_of_day_and_month(value, text, more):
    evidence = find(value, "date", text, **more)
    assert evidence.grounded
    assert evidence.score >= 0.9


def test_a_day_without_its_year_borrows_it_from_near_dates_only():
    assert find("2026-03-07", "date", "on 7 March", sent_at=SENT).grounded
    assert find("2026-03-07", "date", "2026-02-01: come on 7 March").grounded
    assert not find("2024-03-07", "date", "on 7 March", sent_at=SENT).grounded


def test_tomorrow_counts_where_the_sender_speaks_and_the_sending_day_is_known():
    assert find("2026-03-05", "date", "come tomorrow", sent_at=SENT).grounded
    assert find("2026-03-06", "date", "bitte übermorgen", sent_at=SENT).grounded
    assert not find("2026-03-06", "date", "come tomorrow", sent_at=SENT).grounded
    assert not find("2026-03-05", "date", "come tomorrow").grounded
    assert not find("2026-03-05", "date", "come on Thursday", sent_at=SENT).grounded
    quoted = message_of((ZoneKind.QUOTED, "come tomorrow"), sent_at=SENT)
    spec = FieldSpec("day", ValueKind.DATE, "")
    assert not locate(value="2026-03-05", quote="2026-03-05", spec=spec, message=quoted).grounded


def test_candidates_count_distinct_values_of_the_kind():
    assert find("2026-03-05", "date", "2026-03-05, 5 March 2026 and 2026-04-01").candidates == 2
    assert find("12.50", "amount", "12.50 EUR, 12,50 EUR, 99.00 EUR").candidates == 2
    assert find("a@b.com", "email", "a@b.com, c@d.org, A@B.com").candidates == 2
    assert find("ORD-1", "identifier", "ORD-1, ORD-2, ORD-3").candidates == 3


def test_a_piece_of_a_longer_reference_scores_half():
    assert find("2026", "identifier", "INV-2026-001").score == 0.5
    assert find("001", "identifier", "Number 001").score == 1.0


def test_similar_words_are_shown_but_are_no_proof():
    text = "Yours, Alexander Hamilton"
    evidence = find("Alexander Hamiltan", "name", text)
    assert (evidence.method, evidence.denotes) == (Method.FUZZY, False)
    assert "Hamilton"[:6] in text[evidence.start : evidence.end]


def test_without_words_pictures_are_the_only_possible_source():
    picture = Picture("image/png", b"", 10, 10, 1, "2")
    assert find("12.50", "amount", "see photo", pictures=(picture,)).method is Method.PICTURE
    assert find("12.50", "amount", "see photo").method is Method.ABSENT


def test_headers_count_though_they_are_not_in_the_text():
    evidence = find("ana@example.com", "email", "Hi", sender=Address("Ana Diaz", "Ana@example.com"))
    assert (evidence.grounded, evidence.zone, evidence.start) == (True, ZoneKind.HEADER, -1)


def test_derived_fields_are_not_looked_for():
    spec = FieldSpec("summary", ValueKind.PROSE, "", derived=True)
    assert locate(value="x", quote="x", spec=spec, message=message_of()).method is Method.DERIVED


def test_yes_counts_beside_the_label_or_in_the_quote():
    assert find("true", "boolean", "Newsletter: yes", labels=("Newsletter",)).grounded
    assert find("false", "boolean", "Newsletter: ☐", labels=("Newsletter",)).grounded
    assert find("true", "boolean", "Ja, gerne", quote="Ja, gerne").grounded
    assert not find("true", "boolean", "Nein danke", quote="Nein danke").grounded


def test_choices_are_found_by_their_words():
    assert find("in_progress", "choice", "Status: In Progress", choices=("open", "in_progress")).grounded
    assert not find("open", "choice", "Please reopened", choices=("open",)).grounded
