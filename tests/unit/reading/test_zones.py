import pytest

from mailroom.domain.message import ZoneKind
from mailroom.reading.zones import is_forward, mark_zones


def kinds(text: str, subject: str = "Order") -> list[str]:
    """Return one letter per line that is not blank: the first of its zone's kind."""
    lines = text.split("\n")
    marked = {
        index: run.kind.value[0] for run in mark_zones(lines, subject=subject) for index in range(run.first, run.last)
    }
    return [marked[index] for index, line in enumerate(lines) if line.strip()]


@pytest.mark.parametrize(
    "attribution",
    [
        "On Mon, Jan 5, 2026 at 9:12 AM Eve Fox <eve@x.example> wrote:",
        "Am 05.01.2026 um 09:12 schrieb Eva Fuchs <eva@x.example>:",
        "Le lun. 5 janv. 2026 à 09:12, Ève Renard <eve@x.example> a écrit :",
        "El lun, 5 ene 2026 a las 9:12, Eva Zorro (<eva@x.example>) escribió:",
        "Il giorno lun 5 gen 2026 alle ore 09:12 Eva Volpe <eva@x.example> ha scritto:",
        "Em seg., 5 de jan. de 2026 às 09:12, Eva Raposa <eva@x.example> escreveu:",
        "Op ma 5 jan 2026 om 09:12 schreef Eva Vos <eva@x.example>:",
        "Den mån 5 jan. 2026 kl 09:12 skrev Eva Räv <eva@x.example>:",
        "pon., 5 sty 2026 o 09:12 Ewa Lis <ewa@x.example> napisał(a):",
        "пн, 5 янв. 2026 г. в 09:12, Ева Лис <eva@x.example>:",
        "2026年1月5日(月) 9:12 狐太郎 <kitsune@x.example>:",
        "Op 5 jan. 2026 om 09:12 heeft Eva Vos <eva@x.example> het volgende geschreven:",
        "Quoting Eve Fox <eve@x.example>:",
        "Eva Róka <eva@x.example> ezt írta (időpont: 2026. jan. 5., H, 9:12):",
        "---- On Mon, 05 Jan 2026 09:12:00 +0100 Eve Fox <eve@x.example> wrote ----",
        "Eve Fox/Fox Ltd wrote on 01/05/2026 09:12:00 AM:",
        "5 Oca 2026 Pzt 09:12 tarihinde Eva Tilki <eva@x.example> şunu yazdı:",
    ],
)
def test_an_attribution_belongs_to_the_quote_in_any_language(attribution):
    assert kinds(f"Own words.\n\n{attribution}\n> Quoted words.") == ["l", "q", "q"]


@pytest.mark.parametrize(
    "header",
    [
        "From: Eve <eve@x.example>\nSent: Monday, January 5, 2026 9:12\nTo: Bob\nSubject: Order",
        "Von: Eva <eva@x.example>\nGesendet: Montag, 5. Januar 2026 09:12\nAn: Bob\nBetreff: Bestellung",
        "De : Ève <eve@x.example>\nEnvoyé : lundi 5 janvier 2026 09:12\nÀ : Bob\nObjet : Commande",
        "发件人: Eve <eve@x.example>\n发送时间: 2026年1月5日 9:12\n收件人: Bob\n主题: 订单",
    ],
)
def test_a_header_block_opens_a_quote_to_the_end(header):
    assert kinds(f"Own words.\n\n{header}\n\nTheir words.") == ["l", *"qqqq", "q"]


def test_a_tickets_from_and_to_are_no_header_block():
    assert kinds("Your trip\nFrom: Berlin Hbf\nTo: Hamburg\nDate: 3 May 2026\nPrice: 29 EUR") == ["l"] * 5


def test_answers_between_quoted_lines_are_the_writers_own():
    text = "On 5 Jan 2026, Eve <eve@x.example> wrote:\n> One?\nYes.\n> Two?\nNo."
    assert kinds(text) == ["q", "q", "l", "q", "l"]


def test_a_sentence_that_begins_with_on_and_ends_with_a_colon_is_no_attribution():
    assert kinds("On the other hand he once wrote:\nnothing at all") == ["l", "l"]


def test_a_forward_is_recognised_by_its_separator_or_the_subject():
    block = "From: Eve <eve@x.example>\nDate: 5 Jan 2026\nSubject: Order\nTo: Bob\n\nTheir words."
    assert kinds(f"FYI\n\n---------- Forwarded message ---------\n{block}")[0:3] == ["l", "f", "f"]
    assert kinds(f"FYI\n\n{block}", subject="WG: Bestellung") == ["l", *"ffff", "f"]


@pytest.mark.parametrize("subject", ["Fwd: x", "FW: x", "WG: x", "TR : x", "RV: x", "[list] Fwd: x", "转发：x"])
def test_forwards_are_known_by_their_prefix(subject):
    assert is_forward(subject)


@pytest.mark.parametrize("subject", ["Re: x", "Forward planning", "Trip", ""])
def test_other_subjects_are_no_forwards(subject):
    assert not is_forward(subject)


def test_signatures_and_disclaimers_are_set_apart():
    text = (
        "Please ship it.\n\n-- \nEve Fox\nFox Ltd\n\n"
        "This message is confidential and for the intended recipient only; delete this mail if you got it in error."
    )
    assert kinds(text) == ["l", "s", "s", "s", "d"]


def test_a_sign_off_without_contact_details_is_the_writers_own():
    assert kinds("Please ship it.\n\nBest regards,\nEve") == ["l", "l", "l"]


def test_contact_details_after_a_sign_off_are_the_signature():
    assert kinds("Please ship it.\n\nKind regards\nEve Fox\n+49 30 1234567\nwww.fox.example") == [
        "l",
        "l",
        "s",
        "s",
        "s",
    ]


def test_a_phones_footer_is_a_signature_and_a_sentence_like_it_is_not():
    assert kinds("Yes.\n\nSent from my iPhone") == ["l", "s"]
    assert kinds("Yes.\n\nSent from my desk, which is much easier than my phone.") == ["l", "l"]


def test_every_line_has_exactly_one_run():
    lines = ["a", "", "> b", "c", "-- ", "d"]
    runs = mark_zones(lines)
    assert [index for run in runs for index in range(run.first, run.last)] == list(range(len(lines)))


def test_a_bare_blockquote_is_a_quote_only_after_an_attribution():
    lines = ["Own.", "5 Jan 2026 09:12, Eve <eve@x.example>:", "inside"]
    assert [run.kind for run in mark_zones(lines, [0, 0, 1])] == [ZoneKind.LATEST, ZoneKind.QUOTED]
    assert [run.kind for run in mark_zones(["Own.", "A poem", "inside"], [0, 0, 1])] == [ZoneKind.LATEST]
