"""The lines of a message, and what kinds of values stand on each."""

import re
from bisect import bisect_right
from dataclasses import dataclass

from mailroom.domain.locate.currencies import currency_of
from mailroom.domain.locate.dates import date_mentions
from mailroom.domain.locate.index import MessageIndex
from mailroom.domain.locate.numbers import number_mentions
from mailroom.domain.locate.times import time_mentions

# How lines below a table begin that sum it up, in the languages of most tables. Folded; matched at a word's beginning.
_KIND_OF_TOTAL = (
    "grand|sub|net|gross|order|invoice|cart|item|items|merchandise|final|new|amount|balance|summe|gesamt|zwischen|netto"
    "|brutto|rechnungs|end|sous|montant|importe|base|valor|imponibile|totale|totaal|subtotaal|razem|suma|celkem|mezi|att"
)
_TOTALS = (
    "total|totals|subtotal|sum|summe|betrag|gesamt|gesamtbetrag|zwischensumme|endbetrag|rechnungsbetrag|totale|totaal"
    "|subtotaal|balance|amount due|amount paid|balance due|payable|to pay|paid|payment|saldo|solde|net à payer|razem"
    "|suma|do zapłaty|celkem|k úhradě|összesen|yhteensä|summa|att betala|i alt|netto|brutto|net|gross|due"
    "|base imponible|imponibile|合計|小計|总计|小计|합계"
)
_TAXES = (
    "tax|vat|gst|hst|pst|mwst|ust|umsatzsteuer|mehrwertsteuer|tva|iva|btw|moms|podatek|dph|áfa|alv|igic|cgst|sgst"
    "|消費税|税"
)
_EXTRAS = (
    "shipping|delivery|freight|postage|handling|versand|versandkosten|fracht|lieferung|livraison|frais de port|port"
    "|envío|gastos de envío|spedizione|verzending|verzendkosten|frakt|dostawa|doprava|discount|rabatt|remise"
    "|descuento|sconto|korting|skonto|voucher|gutschein|coupon|tip|service|rounding|round|cash|change|visa"
    "|mastercard|card|amex|tender|deposit|fee|fees|surcharge"
)
_SUMMARY = re.compile(
    r"^\W*(?:(?:line )?items?(?:\(s\))?|qty\(s\)|articles|positions|positionen|anzahl \w+|number of \w+)\s?[:=]"
    rf"|^\W*(?:(?:{_KIND_OF_TOTAL})[\s-]?)*(?:{_TOTALS}|{_TAXES}|{_EXTRAS})(?![^\W_])"
)
_BULLET = re.compile(r"^(?:([-*•·‣▪–>+])|\(?\d{1,2}[.)](?!\d)|\(?[a-z]\))\s")
_LETTERS = re.compile(r"[^\W\d_]{2,}")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the folded text, with how many values of each kind begin on it."""

    number: int
    start: int
    end: int
    money: int
    numbers: int
    dates: int
    times: int
    wordy: bool
    bullet: str
    sums_up: bool

    @property
    def shape(self) -> tuple[int, int, int, bool, str]:
        """What rows of one table share: amounts, dates and times, words or none, and the bullet."""
        return (self.money, self.dates, self.times, self.wordy, self.bullet)

    @property
    def strong(self) -> bool:
        """Whether it has an amount, a date or a time: a bare number is too common to tell rows by."""
        return bool(self.money or self.dates or self.times)

    @property
    def typed(self) -> int:
        """How many values of any recognised kind the line has."""
        return self.numbers + self.dates + self.times


def lines_of(index: MessageIndex) -> list[Line]:
    """Return all lines of the folded text, first to last; blank ones do not exist there."""
    return index.once(_lines_of)


def _lines_of(index: MessageIndex) -> list[Line]:
    text = index.text
    starts = [0, *(m.end() for m in re.finditer("\n", text))]
    counts = [[0, 0, 0, 0] for _ in starts]
    position = 0
    for number in number_mentions(index):
        if number.start < position:  # "1 234,50" is told as one number and as two
            continue
        position = number.end
        row = counts[bisect_right(starts, number.start) - 1]
        row[0] += number.money
        row[1] += 1
    for day in date_mentions(index):
        counts[bisect_right(starts, day.start) - 1][2] += 1
    for time in time_mentions(index):
        counts[bisect_right(starts, time.start) - 1][3] += 1
    lines = []
    for i, start in enumerate(starts):
        end = starts[i + 1] - 1 if i + 1 < len(starts) else len(text)
        words = text[start:end]
        bullet = _BULLET.match(words)
        mark = (bullet[1] or "1.") if bullet else ""
        money, numbers, dates, times = counts[i]
        sums_up = _SUMMARY.match(words) is not None
        lines.append(Line(i, start, end, money, numbers, dates, times, _is_wordy(words), mark, sums_up))
    return lines


def _is_wordy(words: str) -> bool:
    return any(currency_of(m[0]) is None for m in _LETTERS.finditer(words))


def line_at(index: MessageIndex, offset: int) -> int:
    """Return the number of the line that holds an offset of the folded text."""
    return bisect_right(lines_of(index), offset, key=lambda line: line.start) - 1
