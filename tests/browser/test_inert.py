"""Whatever a mail's author writes is text on every page: the browser says that nothing ran, loaded or appeared."""

from urllib.parse import urlencode

import pytest

from mailroom.adapters.statistics import DynamoDBStatistics
from mailroom.domain.record import FieldResult
from mailroom.domain.statistics import Counts, DayStatistics, Share
from tests.browser.filing import NOW, waiting
from tests.browser.vectors import FORMULAS, SCRIPTS

FOREIGN = """
() => [...document.querySelectorAll("*")].filter((element) =>
  [...element.attributes].some(({name, value}) => name.startsWith("on") || /^\\s*(javascript|data):/i.test(value))
  || element.matches("iframe, object, embed, base, template, audio, video, math, style, [style], foreignObject")
  || element.matches("meta[http-equiv], link:not([href^='/static/']), script:not([src^='/static/'])")
  || element.matches("form:not([action^='/']):not([method=dialog]), [formaction]:not([formaction^='/'])")
  || element.matches("img:not([src^='/']), a[href]:not([href^='/']):not([href^='#'])")
).map((element) => element.outerHTML.slice(0, 120))
"""
"""Elements that no template of ours has, whoever brought them there."""


def inert(watched, path):
    """Open a page, and return what is on it that is not ours."""
    watched.page.goto(path)
    return watched.page.evaluate(FOREIGN) + watched.mischief()


def hostile(number, vector):
    fields = {
        name: FieldResult(value=vector, quote=vector, method="fuzzy", confidence=0.4, doubts=(vector,))
        for name in ("invoice_number", "supplier_name")
    }
    return waiting(
        number,
        subject=vector,
        sender=vector,
        fields=fields,
        doubtful=tuple(fields),
        reasons=(vector,),
        defects=(vector,),
        left_out=(vector,),
        recipients=(vector,),
        verdicts={"spam": vector},
        form=vector,
    )


@pytest.fixture
def hostile_records(filing):
    return filing.file(hostile(number, vector) for number, vector in enumerate((*SCRIPTS, *FORMULAS)))


def test_the_queue_is_inert_and_shows_what_was_written(open_browser, hostile_records):
    watched = open_browser()
    assert inert(watched, "/") == []
    assert watched.page.locator(".row-subject").count() == 50
    assert "<script>window.pwned=1</script>" in watched.page.locator(".row-subject").all_inner_texts()
    watched.page.get_by_role("link", name="Next page").click()
    assert watched.page.locator(".row-subject").count() == len(hostile_records) - 50
    assert watched.page.evaluate(FOREIGN) == []


def test_what_is_asked_for_is_inert_where_it_is_shown_again(open_browser, filing):
    watched = open_browser()
    asked = [f"/?{urlencode({'sender': vector, 'kind': vector})}" for vector in SCRIPTS]
    asked += [f"/search?{urlencode({'sender': v, 'subject': v, 'value': v, 'after': v})}" for v in SCRIPTS[::6]]
    found = {path: foreign for path in asked if (foreign := inert(watched, path))}

    assert found == {}


def test_the_search_is_inert(open_browser, hostile_records):
    watched = open_browser()

    assert inert(watched, "/search?value=pwned") == []
    assert watched.page.locator("#queue .row").count() > 30


def test_the_overview_is_inert(open_browser, filing):
    store = DynamoDBStatistics(filing.dynamodb, filing.notes)
    for back in (0, 20):
        day = NOW.replace(hour=0).fromtimestamp(NOW.timestamp() - back * 86_400, NOW.tzinfo).date().isoformat()
        shares = {vector: Share(40, 30 - back, 0, 30 - back) for vector in SCRIPTS[:12]}
        counts = Counts(
            records=40, senders=shares, fields={f"invoice.{vector}": share for vector, share in shares.items()}
        )
        store.put(DayStatistics(day=day, counted_at=NOW, counts=counts))
    watched = open_browser()

    assert inert(watched, "/overview") == []
    assert watched.page.locator(".drift tbody tr").count() == 24
