"""Whether the message states a value as its field's, or only mentions both: what is mentioned passes no one unseen.

"Total: 960.00" and "our order number is 45-20077" state: the field's name, words that only link, the value. "Put down
1.00 where it asks for the total" names the same field beside a value and states nothing. This is the other side of
``domain.orders``: that knows how orders are phrased, this knows what a statement looks like, whatever else may stand.
Values whose sentence does not name their field ("we need 300 chairs") are not judged here.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from mailroom.domain.claims import Claim
from mailroom.domain.doctype import FieldSpec, ValueKind
from mailroom.domain.evidence import Evidence
from mailroom.domain.locate.finders import matches_of
from mailroom.domain.locate.flags import has_word, labels_of
from mailroom.domain.locate.index import MessageIndex
from mailroom.domain.message import ZoneKind
from mailroom.domain.missing_values import labelled_values

_LONGEST_LINK = 48
"""Characters between a field's name and its value: "(incl. 20 % VAT, due within 30 days): EUR" has some forty."""

_SIGNS = r"[\s:=#|*•\-–—/.'\"“”„()\[\]°+~]"
_OWNING = (
    r"the|an?|our|my|your|his|her|their|der|die|das|den|dem|eine?|unsere?|meine?|ihre?|l[ae]s?|une?|notre|mon|ma|votre|el|los|"
    r"nuestr[oa]|mi|su|il|lo|gli|nostr[oa]|mio|mia|os?|as?|noss[oa]|meu|minha|al|del|au|du|zum|zur|am|im|ao|do|da|na|nel|"
    r"della|het|de|een|ons|onze|mijn|nasz[ae]?|mój|moja"
)
_TO_BE = (
    # to be, to amount to, to read, in the tongues of the shipped labels (folded: lower case)
    r"is|are|was|were|be|ist|sind|war|est|sont|était|es|son|era|è|sono|é|são|foi|zijn|to|jest|są|är|er|"
    r"amounts?|comes|totals?|reads|lautet|lauten|beträgt|betragen|s'élève|asciende|ammonta|bedraagt|luidt|wynosi|udgør|due|payable"
)
_WORDS = (
    # "number", "about", and what stands before a day, a time, a place or a sum
    r"no|nr|num|number|nummer|numéro|número|numero|id|code|of|von|vom|du|di|da|do|van|z|dnia|"
    r"about|around|approx|approximately|circa|ca|etwa|ungefähr|rund|environ|aproximadamente|some|max|min|up|till|until|bis|"
    r"on|at|in|for|from|am|um|im|ab|zum|à|au|le|al|a|el|alle|om|op|w|"
    r"eur|euro|euros|usd|gbp|chf|pln|sek|dkk|nok|jpy|cad|aud|us|€|£|\$|¥|zł|kr"
)
_LINK = re.compile(
    rf"(?:{_SIGNS}|\d{{1,2}}(?:[.,]\d{{1,2}})?\s?%|(?<![^\W_])(?:{_WORDS}|{_TO_BE}|{_OWNING})(?![^\W_]))*"
)
_ABBREVIATED = " .:°#"
"""Where a label ends so, running text takes the full stop for the sentence's."""

_BULLETS = " -*•|>#\t"
_AHEAD = re.compile(rf"(?:[:;,.|(–—-]|(?<![^\W_])(?:{_OWNING}|{_TO_BE}))\s*$")
"""What may stand ahead of a name that its value follows at once: a new clause, an article, whose it is."""

_LABEL_LINE = re.compile(r"[^\n.!?;,:=|]{0,40}[:=|]")
_DAYS = frozenset({ValueKind.DATE, ValueKind.DATETIME})
_BY = re.compile(r"(?<![^\W_])by(?![^\W_])")
_CELL_WORDS = 6
_CLAUSE = re.compile(r"[,;!?]|\.\s")
_AFTER_CELL = " \t|*)€$£¥%"

_SENTENCE_ENDS = re.compile(r"[.!?…。！？](?=\s)|\n")
_LONGEST_SENTENCE = 400
_WRAPPED_FROM = 40
"""A shorter line was ended by whoever wrote it, not by the width of a page."""
_NAMED_BY_ZONE = frozenset({ZoneKind.STRUCTURED})


def unstated(claims: Sequence[Claim], proofs: Mapping[str, Evidence], index: MessageIndex) -> dict[str, str]:
    """Return what speaks against claims in words, by path; only claims with something against them."""
    return dict(_unstated(claims, proofs, index))


def _unstated(
    claims: Sequence[Claim], proofs: Mapping[str, Evidence], index: MessageIndex
) -> Iterator[tuple[str, str]]:
    claimed = [
        index.folded.folded_span(proof.start, proof.end)
        for proof in (proofs[claim.path] for claim in claims)
        if proof.start >= 0
    ]
    for claim in claims:
        proof = proofs[claim.path]
        if claim.spec.derived or claim.group or not proof.grounded or proof.start < 0:
            continue
        start, end = index.folded.folded_span(proof.start, proof.end)
        if proof.zone not in _NAMED_BY_ZONE and _only_mentioned(claim.spec, start, end, index.text):
            yield claim.path, "The message names this field beside the value, and does not say that this is it."
        elif not claim.spec.many and (shown := _labelled_otherwise(claim, claimed, index)):
            yield claim.path, f"Where the message labels this field, it says “{shown}”."


def _only_mentioned(spec: FieldSpec, start: int, end: int, text: str) -> bool:
    begin, stop = _sentence(text, start, end, tuple(label for label in labels_of(spec) if label.endswith(".")))
    before, after = text[begin:start], text[end:stop]
    known = (*(label.rstrip(_ABBREVIATED) for label in labels_of(spec)), spec.name)
    names = [label for label in known if has_word(label, before) or has_word(label, after)]
    return bool(names) and not any(_links(label, before, after, spec.kind) for label in names)


def _links(label: str, before: str, after: str, kind: ValueKind) -> bool:
    """Say whether the last mention of a name leads up to the value by nothing but a link, or labels its line."""
    at = max((m.end() for m in _whole(label).finditer(before)), default=-1)
    if at < 0:
        return False
    link, ahead = before[at:], before[: at - len(label)].rpartition("\n")[2]
    starts_line = not ahead.strip(_BULLETS)
    if starts_line and (_LABEL_LINE.match(link) or _is_cell(link, after)):
        return True
    if kind in _DAYS:
        link = _BY.sub(" ", link)
    if len(link) > _LONGEST_LINK or not _LINK.fullmatch(link):
        return False
    # Within a line a bare name proves less: "as total 1.00" and "[total=1.00]" state nothing, "our total 1.00" does.
    return starts_line or ("=" not in link and (bool(link.strip()) or _AHEAD.search(ahead) is not None))


def _is_cell(link: str, after: str) -> bool:
    """Say whether a line is a label and its value and nothing more: "Total due GBP 1,488.00"."""
    return len(link.split()) <= _CELL_WORDS and not _CLAUSE.search(link) and not after.strip(_AFTER_CELL)


@lru_cache(maxsize=2048)
def _whole(label: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![^\W_]){re.escape(label)}(?![^\W_])")


def _sentence(text: str, start: int, end: int, abbreviated: tuple[str, ...]) -> tuple[int, int]:
    """Return the span of the sentence around a value: its line, and the lines that it runs on from and into.

    ``abbreviated`` are labels with a full stop of their own: "Invoice no. 7" does not end before the 7.
    """

    def ends(match: re.Match[str]) -> bool:
        if match[0] == "\n":
            return not _runs_on(text, match.start())
        return not (abbreviated and text.endswith(abbreviated, 0, match.end()))

    begin, stop = max(0, start - _LONGEST_SENTENCE), min(len(text), end + _LONGEST_SENTENCE)
    earlier = [match.end() for match in _SENTENCE_ENDS.finditer(text, begin, start) if ends(match)]
    later = next((match.start() for match in _SENTENCE_ENDS.finditer(text, end, stop) if ends(match)), stop)
    return (earlier[-1] if earlier else begin), later


def _runs_on(text: str, line_end: int) -> bool:
    """Say whether the next line goes on with the sentence of a line that was wrapped."""
    following = text[line_end + 1 : line_end + 2]
    line = text[text.rfind("\n", 0, line_end) + 1 : line_end].rstrip()
    return bool(line) and following.isalnum() and not line.endswith((":", "|")) and len(line) >= _WRAPPED_FROM


def _labelled_otherwise(claim: Claim, claimed: Sequence[tuple[int, int]], index: MessageIndex) -> str:
    """Return what the message has after the field's label where that is another value, and no other field's."""
    places = [(start, end) for _, start, end in labelled_values(index, claim.spec)]
    if not places:
        return ""
    own = matches_of(claim.text, claim.spec, index)
    if any(start <= match.start < end for match in own for start, end in places):
        return ""
    others = [place for place in places if not any(s < place[1] and place[0] < e for s, e in claimed)]
    return index.text[slice(*others[0])].strip()[:40] if others else ""
