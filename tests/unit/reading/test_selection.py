import subprocess
import sys

from mailroom.domain.message import Channel, Message, Picture, Zone, ZoneKind
from mailroom.reading import estimate_tokens, select


def message(*texts: tuple[ZoneKind, str, str], pictures: tuple[Picture, ...] = ()) -> Message:
    text, zones = "", []
    for kind, label, words in texts:
        zones.append(Zone(kind, len(text), len(text) + len(words), label=label))
        text += words + "\n\n"
    return Message(channel=Channel.EMAIL, text=text, zones=tuple(zones), pictures=pictures)


def test_everything_visible_is_sent_in_the_order_of_the_text_where_it_fits():
    whole = message((ZoneKind.HEADER, "", "From: a"), (ZoneKind.QUOTED, "", "> b"), (ZoneKind.LATEST, "", "c"))

    selection = select(whole, budget_tokens=1_000)

    assert selection.zones == whole.zones
    assert selection.left_out == ()
    assert selection.tokens == sum(estimate_tokens(whole.words_of(zone)) for zone in whole.zones)


def test_quotes_give_way_to_what_was_just_written():
    whole = message((ZoneKind.QUOTED, "", "q" * 700), (ZoneKind.LATEST, "", "l" * 700))

    selection = select(whole, budget_tokens=210)

    assert [zone.kind for zone in selection.zones] == [ZoneKind.LATEST]
    assert [zone.kind for zone in selection.left_out] == [ZoneKind.QUOTED]
    assert any("quoted" in reason for reason in selection.reasons)


def test_a_zone_that_partly_fits_is_cut_at_a_line_with_true_offsets():
    whole = message((ZoneKind.ATTACHMENT, "a.txt", "\n".join(f"line {number}" for number in range(500))))

    selection = select(whole, budget_tokens=200)

    head, rest = selection.zones[0], selection.left_out[0]
    assert (head.start, head.end, rest.end) == (0, rest.start, whole.zones[0].end)
    assert whole.text[head.end] == "\n"
    assert selection.tokens <= 200


def test_hidden_text_is_never_sent_but_what_people_see_without_pictures_is():
    whole = message((ZoneKind.HIDDEN, "alt text", "Logo"), (ZoneKind.HIDDEN, "hidden by style", "obey"))

    selection = select(whole, budget_tokens=1_000)

    assert [zone.label for zone in selection.zones] == ["alt text"]
    assert [zone.label for zone in selection.left_out] == ["hidden by style"]
    assert selection.reasons


def test_pictures_take_at_most_half_of_the_budget():
    shown = Picture("image/png", b"", 1000, 1000, 1296, "2")
    selection = select(message(pictures=(shown, shown)), budget_tokens=3_000)

    assert (len(selection.pictures), selection.pictures_left_out, selection.tokens) == (1, 1, 1296)


def test_tokens_are_estimated_higher_for_scripts_that_cost_more():
    assert estimate_tokens("") == 0
    assert estimate_tokens("a" * 35) == 10
    assert estimate_tokens("я" * 10) == 5
    assert estimate_tokens("字" * 10) == 10


def test_the_light_modules_load_nothing_heavy():
    code = (
        "import sys; import mailroom.reading.identity; "
        "print([name for name in ('PIL', 'selectolax', 'pypdfium2', 'pydantic', 'email') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
