from mailroom.reading.html import read_html


def text(markup: str) -> str:
    return read_html(markup).text


def test_tables_become_rows():
    assert (
        text("<table><tr><th>Item</th><th>Price</th></tr><tr><td><p>Tea</p></td><td>3</td></tr></table>")
        == "Item | Price\nTea | 3"
    )


def test_layout_tables_do_not_glue_their_blocks_together():
    nested = (
        "<table><tr><td><table><tr><td>Left</td></tr><tr><td>Below</td></tr></table></td><td>Right</td></tr></table>"
    )
    assert text(nested).split("\n") == ["Left", "Below", "Right"]


def test_lists_keep_their_marks_and_order():
    assert (
        text("<ul><li>one<li><p>two</p></ul><ol><li>first<li>second</ol>").replace("\n\n", "\n")
        == "- one\n- two\n1. first\n2. second"
    )


def test_links_keep_their_targets():
    page = read_html(
        f'<p>See <a href="https://x.example/o/7">your order</a> or <a href="https://x.example/{"t" * 90}">this</a></p>'
    )
    assert page.text == "See your order <https://x.example/o/7> or this"
    assert page.links == [f"this: https://x.example/{'t' * 90}"]


def test_a_link_that_says_its_own_target_says_it_once():
    assert (
        text('<a href="http://www.x.example/">x.example</a> <a href="mailto:a@x.example">a@x.example</a>')
        == "x.example a@x.example"
    )


def test_everything_that_hides_text_is_seen_through():
    markup = (
        "<style>.h{display:none}</style>seen"
        '<span class="h">by class</span><span style="font-size:0">by size</span>'
        '<span style="visibility:hidden">by visibility</span>'
        '<div style="background:#000"><span style="color:#010101">black on black</span></div>'
        "<span hidden>by attribute</span>"
        '<img alt="a logo" src="x"><input type="hidden" name="n" value="v">'
    )
    page = read_html(markup)
    assert page.text == "seen"
    assert [words for _, words in page.hidden] == [
        "by class",
        "by size",
        "by visibility",
        "black on black",
        "by attribute",
        "a logo",
        "n: v",
    ]


def test_white_text_on_a_dark_ground_is_visible():
    assert text('<table><tr><td bgcolor="#333333"><font color="#ffffff">Menu</font></td></tr></table>') == "Menu"


def test_rules_for_some_screens_only_hide_nothing():
    assert text("<style>@media (max-width:600px){.m{display:none}}</style><p class=m>Wide</p>") == "Wide"


def test_lines_inside_a_programs_quote_are_flagged():
    page = read_html('<p>mine</p><div class="gmail_quote"><p>theirs</p></div><blockquote>indented</blockquote>')
    assert [(line.text, line.quoted) for line in page.lines if line.text] == [
        ("mine", 0),
        ("theirs", 2),
        ("indented", 1),
    ]


def test_preformatted_text_keeps_its_lines():
    assert text("<pre>a  b\n  c</pre>") == "a  b\n  c"


def test_depth_does_not_break_the_reader():
    page = read_html("<div>" * 30_000 + "deep" + "</div>" * 30_000)
    assert "deep" in page.text or page.truncated


def test_microdata_becomes_an_outline():
    markup = (
        '<div itemscope itemtype="http://schema.org/Order"><meta itemprop="orderNumber" content="77">'
        '<div itemprop="seller" itemscope itemtype="http://schema.org/Organization">'
        '<span itemprop="name">Fox</span></div></div>'
    )
    assert read_html(markup).structured == [
        ("microdata", "@type: Order\norderNumber: 77\nseller:\n  @type: Organization\n  name: Fox")
    ]


def test_broken_json_ld_gives_what_can_be_made_out():
    page = read_html('<script type="application/ld+json">{"name": "Fox", "price": 3,, "broken": [}</script>')
    assert page.structured == [("JSON-LD", "name: Fox\nprice: 3")]
