"""Values that are words of the message and yet no value: a sentence in a short field, one phrase in several fields.

Grounding proves nothing of a field of free words, since any words of the message ground. What an obedient model puts
there is mostly the order itself: a whole sentence, and the same one wherever it fits. This needs no list of phrases and
knows no language.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from mailroom.domain.claims import Claim
from mailroom.domain.doctype import ValueKind
from mailroom.domain.evidence import Evidence
from mailroom.domain.locate.folding import fold_words
from mailroom.domain.message import Message, ZoneKind

_SHORT = frozenset({ValueKind.TEXT, ValueKind.NAME})
_LONGEST_WORDS = 14
"""Words of a short text. Chosen, not fitted: no honest short text in events/labels.jsonl is as long."""

_LONGEST_NAME = 8
"""Words of a name of a person or firm, particles and legal form included."""

_LONGEST = 120
"""Characters, for scripts that put no spaces between words."""

_WHOLE_SENTENCE_WORDS = 3
_HEADER_WORDS = {True: 11, False: 6}
"""From how many words on a header's text is too much for a value, by whether the header is the field's own."""

_LABEL_WORDS = 4
_ENDED = re.compile(r"\w{2,}[\"'”»)]*[.!?…。！？][\"'”»)]*$")
_NOT_IN_A_VALUE = re.compile(r"[*#<>{}\\]{2}|</?\w+>|\\n")
_NOT_IN_A_NAME = re.compile(r"\w{5,}['’”»\"]*\.$|[:;*?!<>{}\[\]=\\\"“”]")
_WORD = re.compile(r"\w+")
_NAMED_BY_ZONE = frozenset({ZoneKind.SIGNATURE, ZoneKind.FORM, ZoneKind.STRUCTURED, ZoneKind.HEADER})
"""Zones in which a line by itself is a value: a signature's job title, a form's answer."""


def implausible(claims: Sequence[Claim], proofs: Mapping[str, Evidence], message: Message) -> dict[str, str]:
    """Return what speaks against claims of free words, in words, by path; only claims with something against them."""
    said: dict[str, str] = {}
    for claim in claims:
        if claim.spec.derived or claim.spec.kind not in _SHORT:
            continue
        proof = proofs[claim.path]
        if _is_sentence(claim, proof, message):
            said[claim.path] = "It reads like a sentence of the message, not like a value of this field."
    said |= dict(_repeated(claims))
    return said


def _is_sentence(claim: Claim, proof: Evidence, message: Message) -> bool:
    text, words = claim.text.strip(), claim.text.split()
    if len(words) > _LONGEST_WORDS or len(text) > _LONGEST or "\n" in text or _NOT_IN_A_VALUE.search(text):
        return True
    if claim.spec.kind is ValueKind.NAME:
        return len(words) > _LONGEST_NAME or (
            len(words) > 1 and (bool(_NOT_IN_A_NAME.search(text)) or not _is_capitalised(words))
        )
    if proof.zone is ZoneKind.HEADER and len(words) >= _HEADER_WORDS[proof.labelled]:
        return True
    return len(words) >= _WHOLE_SENTENCE_WORDS and (bool(_ENDED.search(text)) or _is_whole_line(proof, message))


def _is_capitalised(words: Sequence[str]) -> bool:
    """Say whether the long words of a name mostly begin with a capital, as names do in every script that has them."""
    cased = [
        word
        for word in (word.lstrip("('’‘-") for word in words)
        if len(word) > 3 and word[0].lower() != word[0].upper()
    ]
    return not cased or 2 * sum(word[0].isupper() or not word.islower() for word in cased) >= len(cased)


def _is_whole_line(proof: Evidence, message: Message) -> bool:
    """Say whether the words are all that their line says, in running text and without a label of their own."""
    if proof.start < 0 or proof.zone in _NAMED_BY_ZONE:
        return False
    begin = message.text.rfind("\n", 0, proof.start) + 1
    end = message.text.find("\n", proof.end)
    line = message.text[begin : end if end >= 0 else len(message.text)]
    if _WORD.findall(line) != _WORD.findall(message.text[proof.start : proof.end]):
        return False
    above = message.text[message.text.rfind("\n", 0, max(0, begin - 1)) + 1 : max(0, begin - 1)]
    return not proof.labelled or not 0 < len(above.split()) <= _LABEL_WORDS or ": " in above


def _repeated(claims: Sequence[Claim]) -> Iterator[tuple[str, str]]:
    """Yield the claims whose words another field of free words claims too."""
    fields: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for claim in claims:
        if claim.spec.kind in _SHORT and not claim.spec.derived and not claim.group:
            fields[fold_words(claim.text)][claim.spec.name].append(claim.path)
    for by_field in fields.values():
        if len(by_field) > 1:
            for path in (path for paths in by_field.values() for path in paths):
                yield path, "The same words are given for another field as well."
