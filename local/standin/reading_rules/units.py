"""Figures with a unit that a field's name implies: "seven years", "30 min", "drei Nächte"."""

import re

from local.standin.reading_rules import conclusions, figures
from local.standin.reading_rules.dates import Found
from local.standin.reading_rules.prompt import Mail, folded
from local.standin.reading_rules.surroundings import Surroundings
from local.standin.reading_rules.vocabulary import counted

_OF_ANOTHER = re.compile(r"[ ]?(?:old|ago|alt\b|de edad|eta\b|oud\b|temu|garant|warrant|guarant|contract)")
_BEFORE_ANOTHER = re.compile(r"(?:\bvor|\bil y a|\bhace|\bage|\baged|\balter)\s*$")


def with_unit(unit: re.Pattern[str], mail: Mail, near: Surroundings) -> Found | None:
    """Return the first figure or counting word before the unit, in what was written now, else in what is attached.

    An age, a span that is over ("three years ago") and the term of a guarantee are left out.
    """
    attached = (zone.text for zone in mail.zones if zone.kind == "attachment")
    for text in (conclusions.body_of(mail), *attached):
        low = folded(text)
        for match in unit.finditer(low):
            opening = max(0, match.start() - 12)
            if _OF_ANOTHER.match(low, match.end()) or _BEFORE_ANOTHER.search(low[opening : match.start()]):
                continue
            written = text[match.start(1) : match.end(1)]
            value = counted(match[1]) or figures.plain_decimal(match[1], near)
            return Found(written, value, match.start(1))
    return None
