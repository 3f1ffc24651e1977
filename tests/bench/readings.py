"""A reader that errs at a known rate, so that every claim's truth is known.

It reads the labelled documents: mostly it gives the gold value with the words it stands in; now and then it slips as
models do: it takes another value of the same kind from the same message (the hardest to see), invents one, changes a
digit or a letter, or swaps day and month. When wrong it says more often that it is unsure.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mailroom.domain.answer import Answer
from mailroom.domain.claims import Claim
from mailroom.domain.confidence import Signals
from mailroom.domain.doctype import FieldSpec, ValueKind
from mailroom.domain.evidence_location import locate_in
from mailroom.domain.locate.dates import date_mentions
from mailroom.domain.locate.index import MessageIndex
from mailroom.domain.locate.numbers import number_mentions
from mailroom.domain.signals import Reading, signals_of
from tests.bench.labelled import Document, Gold
from tests.bench.plants import plants
from tests.bench.presence import is_present

LABELS: dict[str, tuple[str, ...]] = {
    "total": ("total", "amount due", "grand total"),
    "amount": ("total", "total ttc", "gesamtbetrag", "totaal"),
    "amount_untaxed": ("total ht", "netto", "subtotaal"),
    "date": ("date", "datum", "issue date", "rechnungsdatum"),
    "invoice_number": ("invoice no", "invoice number", "facture n°", "rechnungsnummer", "factuurnummer"),
    "due_date": ("due date",),
    "start_date": ("start date",),
    "reservationNumber": ("booking ref", "booking no", "reservation", "kód", "auftragsnummer"),
    "amount_paid": ("total", "amount", "charged", "paid"),
    "effective_date": ("effective as of", "dated"),
}


@dataclass(frozen=True, slots=True)
class Example:
    """One claim with its truth."""

    document: str
    field: str
    signals: Signals
    right: bool
    sort: str


def examples(
    documents: Sequence[Document], seed: int, *, error_rate: float = 0.1, readings: int = 1
) -> Iterator[Example]:
    """Yield the claims of a reader that errs at a rate, each document read several times."""
    rng = random.Random(seed)
    for document in documents:
        index = MessageIndex(document.message)
        others = [d for d in documents if d.collection == document.collection and d is not document]
        for _ in range(readings):
            for gold in document.gold:
                claim = _claim(document, gold, index, others, rng=rng, error_rate=error_rate)
                if claim is not None:
                    yield _example(document, gold, index, claim, rng)


def _claim(
    document: Document,
    gold: Gold,
    index: MessageIndex,
    others: Sequence[Document],
    *,
    rng: random.Random,
    error_rate: float,
) -> tuple[str, str] | None:
    if rng.random() >= error_rate:
        # A careful reader gives no value that the message does not have.
        return (gold.value, "right") if is_present(gold.value, gold.kind, document.text) else None
    truths = {g.value for g in document.gold if g.field == gold.field}
    rivals = [rival for rival in _rivals(document, gold, index) if rival not in truths]
    if rivals and rng.random() < 0.3:
        return rng.choice(rivals), "rival"
    planted = [(value, sort) for sort, value in plants(gold, others, rng) if value not in truths] if others else []
    return rng.choice(planted) if planted else None


def _rivals(document: Document, gold: Gold, index: MessageIndex) -> list[str]:
    same_kind = {g.value for g in document.gold if g.kind is gold.kind and is_present(g.value, g.kind, document.text)}
    if gold.kind is ValueKind.DATE:
        same_kind |= {m.readings[0].isoformat() for m in date_mentions(index) if not m.yearless}
    if gold.kind is ValueKind.AMOUNT:
        same_kind |= {str(m.readings[0]) for m in number_mentions(index) if m.money}
    return sorted(same_kind)


def _example(
    document: Document, gold: Gold, index: MessageIndex, claim: tuple[str, str], rng: random.Random
) -> Example:
    value, sort = claim
    right = sort == "right"
    spec = FieldSpec(gold.field, gold.kind, "", labels=LABELS.get(gold.field, ()))
    evidence = locate_in(index, value=value, quote=value, spec=spec)
    unsure = (gold.field,) if rng.random() < (0.04 if right else 0.3) else ()
    reading = Reading(document.message, Answer("bench", unsure=unsure))
    return Example(
        document.id, gold.field, signals_of(Claim(gold.field, spec, value, value), evidence, reading), right, sort
    )
