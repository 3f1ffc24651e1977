"""What the stand-in leaves out, and what it reads only with good reason: on messages invented for each rule."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.standin.reading_rules import links, people, plausible
from local.standin.reading_rules.prompt import Mail, Zone, kinds_of
from tests.unit.standin.invented import PROMPT, form_of, meant, reading, zones_of


def test_the_answer_on_a_form_is_read_without_its_question():
    answers = {"Name": "Ilse Brandauer", "Company": "Brandauer & Kind", "Budget": "EUR 900", "Message": "Your prices?"}
    assert meant(reading(form_of(answers), form="enquiry")).items() >= {
        ("contact_name", "Ilse Brandauer"),
        ("company", "Brandauer & Kind"),
        ("budget", "900.00"),
    }


def test_a_question_that_says_your_is_the_same_question():
    answers = {"Ihr Name": "Ilse Brandauer", "Ihre Bestellnummer": "B-77120", "Nachricht": "Der Krug ist kaputt."}
    assert meant(reading(form_of(answers))).items() >= {
        ("customer_name", "Ilse Brandauer"),
        ("order_number", "B-77120"),
    }


def test_a_label_does_not_eat_the_beginning_of_its_value():
    zones = zones_of("I apply for a job.\nName: Leonora Esperanza Vondel", to="work@hall.example")
    assert meant(reading(zones))["applicant_name"] == "Leonora Esperanza Vondel"


@pytest.mark.parametrize(
    "words",
    [
        "Tulpenstraße 14",
        "221 Fleming Road",
        "12 rue des Lilas",
        "Calle Mayor 3",
        "80331 München",
        "Sent from my Galaxy",
        "Gesendet von meinem Telefon",
        "Envoyé de mon iPad",
        "Please call me when you are there",
        "Kind regards",
        "Tel. 0221 998877",
        "anna@blume.example",
    ],
)
def test_what_is_a_street_a_device_or_a_sentence_is_no_name(words):
    assert not plausible.could_be_name(words)


@pytest.mark.parametrize(
    "words",
    ["Ada Byron", "Ute von der Heide", "3M Deutschland GmbH", "Nguyễn Văn An", "Société du Port S.A.S.", "柏木遥"],
)
def test_what_is_a_name_stays_one(words):
    assert plausible.could_be_name(words)


@pytest.mark.parametrize("closing", ["Cordiali saluti", "Met vriendelijke groet,", "Z poważaniem", "Cumprimentos,"])
def test_a_name_is_signed_under_a_closing_in_any_of_the_languages(closing):
    zones = zones_of(f"I apply for the job, my CV is attached.\n\n{closing}\nIda Lund", sender="ida@lund.example")
    assert meant(reading(zones))["applicant_name"] == "Ida Lund"


def test_a_subject_is_no_job_title_and_a_device_no_customer():
    zones = zones_of(
        "What is the price?\nPosition: Prices for spring",
        subject="Prices for spring",
        to="hello@hall.example",
        signature="Sent from my phone",
    )
    answer = meant(reading(zones))
    assert "job_title" not in answer
    assert answer["contact_name"] == "Noor Haddad"


@pytest.mark.parametrize(
    "firm",
    [
        "Mühle Sonnenhof GmbH",
        "Bakker & Zonen B.V.",
        "Vetreria Lago S.r.l.",
        "Vidrios del Sur, S.L.",
        "Tin Mine Sdn Bhd",
    ],
)
def test_the_seller_is_the_company_of_the_letterhead_and_not_the_person_who_writes(firm):
    letter = f"{firm} · Hafen 3\nInvoice no.: 77-A\nBill to: Hall & Sons Ltd, 1 Quay Street\nTotal: 12.00 EUR"
    answer = meant(reading(zones_of("Our invoice is attached.\n\nBest,\nNoor", attachment=letter)))
    assert (answer["seller_name"], answer["customer_name"]) == (firm, "Hall & Sons Ltd")


def test_a_person_who_passes_a_bill_on_is_not_its_seller():
    assert "seller_name" not in meant(reading(zones_of("The receipt for the taxi.", subject="Invoice")))
    shop = zones_of("Invoice no.: 9\nTotal: 3 EUR", sender="Lampion <orders@lampion.example>")
    assert meant(reading(shop))["seller_name"] == "Lampion"


@pytest.mark.parametrize(
    ("line", "firm"),
    [
        ("Sugar 1 KG", None),
        ("I work at Tin & Sons Ltd in Leeds", "Tin & Sons Ltd"),
        ("De Gouden Leeuw B.V.", "De Gouden Leeuw B.V."),
        ("Jansen van Dijk B.V. - Ede", "Jansen van Dijk B.V."),
        ("(account name: Ink & Quill LLC)", "Ink & Quill LLC"),
        ("Facturar a: Puerto Claro, S.L.", None),
    ],
)
def test_a_company_is_known_by_its_legal_form_and_by_nothing_that_looks_like_one(line, firm):
    found = people.firm_in(line)
    assert (found.quote if found else None) == firm


def test_who_passes_a_bill_on_signs_for_another_company_than_the_seller():
    told = "From: Bo Lind <bo@lind.example>\n\nInvoice no.: 5-1\nTotal: 9.00 EUR\nLind Ljus AB"
    answer = meant(reading(zones_of("please pay", signature="Noor Haddad\nHall & Sons Ltd", forwarded=told)))
    assert answer["seller_name"] == "Lind Ljus AB"


def test_a_fax_is_no_telephone():
    signature = "Noor Haddad\nFax +44 20 7946 0111\n+44 20 7946 0222"
    zones = zones_of("I apply for the job, my CV is attached.", to="work@hall.example", signature=signature)
    assert meant(reading(zones))["phone"] == "+442079460222"


def test_one_date_is_not_told_twice_under_two_names():
    answer = meant(reading(zones_of("Invoice no.: 77-A\nTotal: 3.00 EUR\nIt is payable by 4 May 2026.")))
    assert answer["due_date"] == "2026-05-04"
    assert "issue_date" not in answer


LINES = [
    "Name",
    "Position:",
    "Position | ",
    "RM",
    "  Keeper",
    "Noor\tHaddad",
    "Total",
    "EUR",
    "7.10",
    "|",
    "",
    "a job, CV",
]


@given(st.lists(st.sampled_from(LINES), max_size=14))
def test_every_quote_is_copied_from_the_message(lines):
    zones = zones_of("\n".join(lines), to="work@hall.example", subject="I apply for a job")
    text = "\n".join(zone["text"] for zone in zones)
    assert all(value["quote"] in text for value in reading(zones)["values"])


def test_the_headers_of_a_forwarded_message_are_no_labels_of_the_bill():
    told = "---- Forwarded ----\nFrom: Bo Lind <bo@lind.example>\nDate: 1 Mar 2026\n\nInvoice no.: 5-1\nTotal: 9.00 EUR"
    answer = meant(reading(zones_of("please pay", forwarded=f"{told}\nLind Ljus AB")))
    assert answer["seller_name"] == "Lind Ljus AB"


@pytest.mark.parametrize(
    "rows",
    [
        "Netto | 100,00 €\nzzgl. 19 % MwSt. | 19,00 €\nRechnungsbetrag | 119,00 €",
        "Base imponible 100,00 €\nIVA 19 % 19,00 €\nTOTAL A PAGAR 119,00 €",
        "Subtotaal: 100,00 EUR\nBtw 19%: 19,00 EUR\nTe betalen: 119,00 EUR",
        "Total HT | 100,00 €\nTVA 19 % | 19,00 €\nNet à payer | 119,00 €",
        "Imponibile: € 100,00\nIVA 19%: € 19,00\nTotale fattura: € 119,00",
        "Subtotal | | 100.00 EUR\nVAT 19% | | 19.00 EUR\nTotal incl. VAT | | 119.00 EUR",
    ],
)
def test_net_tax_and_total_are_told_apart_by_their_labels(rows):
    table = "Pos. | Bezeichnung | Menge | Einzelpreis | Gesamt\n1 | Stuhl | 2 | 50,00 € | 100,00 €"
    answer = meant(reading(zones_of(f"Invoice no.: 77-A\n{table}\n{rows}")))
    assert (answer["net_amount"], answer["tax_amount"], answer["total_amount"]) == ("100.00", "19.00", "119.00")


def test_an_amount_of_a_row_is_never_the_total():
    table = "Description | Qty | Unit price | Amount\nTotal station | 2 | 48.90 | 97.80\nTripod | 1 | 20.00 | 20.00"
    assert "total_amount" not in meant(reading(zones_of(f"Invoice no.: 77-A\n{table}")))


def test_a_figure_of_an_account_is_no_amount():
    answer = meant(reading(zones_of("Invoice no.: 77-A\nTotal\nIBAN NL91 ABNA 0417 1643 00")))
    assert "total_amount" not in answer


def test_an_unlabelled_amount_counts_only_where_it_stands_out():
    assert "total_amount" not in meant(reading(zones_of("The invoice: 5.00 EUR, then 9.00 EUR.")))
    assert meant(reading(zones_of("The invoice: 9.00 EUR.")))["total_amount"] == "9.00"


@pytest.mark.parametrize(
    ("head", "rows"),
    [
        (
            "Beschreibung Menge Einzelpreis Betrag",
            ["Eimer 10 l, verzinkt 1.200 0,620 € 744,00 €", "Besen Nr. 3 2 8,50 € 17,00 €"],
        ),
        (
            "Pos. Désignation Qté P.U. Montant",
            ["1 Seau 10 l, zingué 1.200 0,620 € 744,00 €", "2 Balai n° 3 2 8,50 € 17,00 €"],
        ),
        ("Omschrijving Aantal Prijs Bedrag", ["Emmer 10 l 1.200 € 0,620 € 744,00", "Bezem 3 2 € 8,50 € 17,00"]),
    ],
)
def test_a_table_whose_columns_are_parted_by_spaces_has_all_its_columns(head, rows):
    text = "\n".join(["Rechnungsnummer: 77-A", "Die Rechnung für Sie und die Kasse:", head, *rows, "Total 761,00 €"])
    told = [{v["field"]: v["value"] or v["quote"] for v in row["values"]} for row in reading(zones_of(text))["rows"]]
    assert [(row["quantity"], row["unit_price"], row["amount"]) for row in told] == [
        ("1200", "0.620", "744.00"),
        ("2", "8.50", "17.00"),
    ]
    assert told[1]["description"].endswith("3")


@pytest.mark.parametrize(
    ("body", "position"),
    [
        ("I am applying for the position of Night Porter that you advertised.", "Night Porter"),
        ("Hiermit bewerbe ich mich als Hafenmeisterin in Ihrem Haus.", "Hafenmeisterin"),
        ("Je vous adresse ma candidature au poste de Chef de rang chez vous.", "Chef de rang"),
        ("Zgłaszam kandydaturę na stanowisko Specjalisty ds. zakupów w Państwa firmie.", "Specjalisty ds. zakupów"),
        ("Hierbij solliciteer ik naar de functie van Tuinman bij u.", "Tuinman"),
        ("I wish to apply for the role of\nSenior Bell Founder at your works.", "Senior Bell Founder"),
    ],
)
def test_the_position_is_read_out_of_a_sentence(body, position):
    zones = zones_of(f"Hello,\n{body}\nMy CV is attached.", to="work@hall.example", subject="Application")
    assert meant(reading(zones))["position"] == position


@pytest.mark.parametrize(
    ("body", "years"),
    [
        ("I have cast bells for nine years.", "9"),
        ("Seit drei Jahren arbeite ich am Hafen.", "3"),
        ("J'ai 12 ans d'expérience.", "12"),
        ("Ho quattro anni di esperienza.", "4"),
        ("I moved here two years ago and am 31 years old.", None),
        ("Vor zwei Jahren zog ich um.", None),
    ],
)
def test_years_of_work_are_counted_and_years_of_age_are_not(body, years):
    zones = zones_of(f"I apply for a job, my CV is attached.\n{body}", to="work@hall.example")
    assert meant(reading(zones)).get("years_of_experience") == years


@pytest.mark.parametrize(
    "words",
    [
        "I could start on 1 June 2026.",
        "Verfügbar ab 1. Juni 2026.",
        "Disponible à partir du 1er juin 2026.",
        "Sono disponibile dal 1 giugno 2026.",
    ],
)
def test_the_first_day_is_the_one_that_is_called_so(words):
    body = f"I saw your job of 9 March 2026 and apply for it, my CV is attached.\n{words}"
    assert meant(reading(zones_of(body, to="work@hall.example")))["available_from"] == "2026-06-01"


def test_a_date_or_language_that_nothing_names_is_left_out():
    zones = zones_of("I saw your job on 9 March 2026 and apply for it. My CV is in German.", to="work@hall.example")
    assert {"available_from", "languages"}.isdisjoint(meant(reading(zones)))
    zones = zones_of("I apply for the job, my CV is attached: English (C1), French (fluent).", to="work@hall.example")
    told = [v["value"] for v in reading(zones)["values"] if v["field"] == "languages"]
    assert told == ["en", "fr"]


def test_a_summary_is_one_short_sentence():
    body = "Hello,\nthank you for the catalogue. " + "What is the price of the lamps for our halls? " * 20
    summary = meant(reading(zones_of(body, subject="Prices", to="hello@hall.example")))["summary"]
    assert summary == "What is the price of the lamps for our halls?"


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        ("De lamp is kapot, ik wil graag mijn geld terug.", "refund"),
        ("Il vaso è rotto: chiedo la sostituzione.", "replacement"),
        ("Lampa jest uszkodzona, proszę o naprawę.", "repair"),
        ("The lamp is broken. Is that usual?", None),
    ],
)
def test_a_wish_is_concluded_only_where_it_is_said(body, wanted):
    answer = reading(zones_of(body, subject="Complaint", to="care@hall.example"))
    assert meant(answer).get("wish") == wanted


def test_links_are_taken_for_what_they_are():
    fields = {one.name: one for kind in kinds_of(PROMPT) for one in kind.fields if one.kind == "url"}
    mail = Mail("email", (Zone("header", "From", "Noor <noor@haddad.example>"),))
    follows = "https://news.example/click?u=1"
    assert [name for name, field in fields.items() if links.is_of_use(field, follows, mail)] == []
    assert links.is_of_use(fields["video_url"], "https://meet.hall.example/abc", mail)
    assert links.is_of_use(fields["profile_url"], "https://github.com/noor", mail)
    assert links.is_of_use(fields["website"], "https://www.haddad.example", mail)
    assert not links.is_of_use(fields["website"], "https://www.elsewhere.example", mail)
