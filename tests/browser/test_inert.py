"""Whatever a mail's author writes is text on every page: the browser says that nothing ran, loaded or appeared."""

import os
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from itertools import batched
from urllib.parse import urlencode

import pytest

from mailroom.adapters.aws import client
from mailroom.adapters.statistics import DynamoDBStatistics
from mailroom.domain.record import FieldResult
from mailroom.domain.statistics import Counts, DayStatistics, Share
from tests.browser.filing import NOW, waiting
from tests.browser.vectors import FORMULAS, SCRIPTS

FOREIGN = """
() => [...document.querySelectorAll("*")].filter((element) =>
  [...element.attributes].some(({name, value}) => name.startsWith("on")
    || (/^(xlink:)?(href|src|srcdoc|action|formaction|data|poster|to|values)$/.test(name) && !/^[/#]|^$/.test(value)))
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


def hostile_mail(vectors, number):
    """Return a mail that has the vectors in its headers, its text, its HTML and its attachments' names and contents."""
    mail = EmailMessage(policy=EmailPolicy(raise_on_defect=False))
    plain = [vector.replace("\r", " ").replace("\n", " ").replace("\x00", "") for vector in vectors]
    mail["From"] = Address(plain[0], "ann", "acme.example")
    mail["Subject"] = plain[-1]
    mail["To"] = "office@inbox.example"
    mail["Message-ID"] = f"<hostile-{number}@acme.example>"
    mail.set_content("\n\n".join(plain))
    mail.add_alternative("".join(f"<div>{vector}</div>" for vector in plain), subtype="html")
    for vector in plain:
        mail.add_attachment(vector.encode(), maintype="text", subtype="html", filename=vector)
        mail.add_attachment(f"<svg xmlns='http://www.w3.org/2000/svg'>{vector}</svg>".encode(), "image", "svg+xml")
    return mail.as_bytes()


TEXT_FIELDS = ("supplier_name", "supplier_vat_id", "customer_name", "invoice_number", "purchase_order", "iban")


def test_a_record_is_inert_beside_its_message_and_after_a_decision(open_browser, filing):
    watched = open_browser()
    everything = (*SCRIPTS, *FORMULAS)
    found = {}
    for number, vectors in enumerate(batched(everything, 6, strict=False)):
        key = f"raw/hostile-{number}"
        body = hostile_mail(vectors, number)
        client("s3").put_object(Bucket=os.environ["RAW_BUCKET"], Key=key, Body=body)
        fields = {
            name: FieldResult(value=vector, quote=vector, method="fuzzy", confidence=0.4, doubts=(vector,))
            for name, vector in zip(TEXT_FIELDS, vectors, strict=False)
        }
        record = hostile(number, vectors[0]).model_copy(update={"key": key, "fields": fields, "raw_keys": (key,)})
        filing.file([record])
        path = f"/records/{record.record_id}"
        if foreign := inert(watched, path):
            found[path] = foreign
        assert watched.page.locator(".attachment").count() >= len(vectors)
        watched.page.locator("#reject summary").click()
        watched.page.get_by_label("Why is it rejected?").fill(vectors[-1].replace("\x00", " ").strip() or "x")
        watched.page.get_by_role("button", name="Reject it").click()
        if foreign := watched.page.evaluate(FOREIGN) + inert(watched, path):
            found[path, "rejected"] = foreign

    assert found == {}
