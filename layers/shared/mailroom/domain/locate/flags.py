"""Yes and no, and the choices a field offers."""

import re
from functools import lru_cache

from mailroom.domain.doctype import FieldSpec
from mailroom.domain.evidence import Method
from mailroom.domain.locate.folding import fold_words
from mailroom.domain.locate.index import Match, MessageIndex
from mailroom.domain.locate.words import find_literal

_YES = r"yes|y|true|on|ja|oui|sí|si|sì|sim|tak|kyllä|ano|igen|da|evet|да|はい|是|예|checked|x|✓|✔|☑|☒|✅|\[x\]"
_NO = r"no|n|false|off|nein|non|não|nao|nee|nie|nej|nei|ei|ne|nem|hayır|нет|いいえ|否|아니요|unchecked|☐|✗|✘|❌|\[ \]"
_WORDS = {
    "true": re.compile(rf"(?<![^\W_])(?:{_YES})(?![^\W_])"),
    "false": re.compile(rf"(?<![^\W_])(?:{_NO})(?![^\W_])"),
}


@lru_cache(maxsize=512)
def labels_of(spec: FieldSpec) -> tuple[str, ...]:
    """Return the folded words a field goes by: its labels and its own name."""
    return tuple(
        dict.fromkeys(fold_words(label) for label in (*spec.labels, spec.name.replace("_", " ")) if label.strip())
    )


def is_labelled(start: int, spec: FieldSpec, index: MessageIndex) -> bool:
    """Say whether a label of the field stands before an offset on its line, or alone on the line above."""
    before = index.line_before(start)
    if not before.strip(" |-*•:"):
        above = index.line_before(start - len(before) - 1) if start > len(before) else ""
        before = above if len(above) <= 40 else ""
    return any(label in before and has_word(label, before) for label in labels_of(spec))


def has_word(words: str, text: str) -> bool:
    """Say whether folded words stand in a folded text as whole words."""
    return re.search(rf"(?<![^\W_]){re.escape(words)}(?![^\W_])", text) is not None


def find_boolean(value: str, spec: FieldSpec, index: MessageIndex) -> list[Match]:
    """Return where yes or no is said on a line that also has the field's label; a bare yes anywhere proves nothing."""
    pattern = _WORDS.get(value.strip().lower())
    if pattern is None:
        return []
    labels = labels_of(spec)
    found = []
    for m in pattern.finditer(index.text):
        line_end = index.text.find("\n", m.end())
        line = index.line_before(m.start()) + " " + index.text[m.end() : line_end if line_end >= 0 else m.end() + 120]
        if any(label in line for label in labels):
            found.append(Match(*m.span(), Method.FORMAT, 0.9))
    return found


def says(value: str, words: str) -> bool:
    """Say whether quoted words contain a yes (value "true") or a no (value "false")."""
    pattern = _WORDS.get(value.strip().lower())
    return bool(pattern and pattern.search(fold_words(words)))


def find_choice(value: str, index: MessageIndex) -> list[Match]:
    """Return where a choice's own words stand; "in_progress" is looked for as "in progress" too."""
    return find_literal(value.replace("_", " "), index)


def distinct_choices(spec: FieldSpec, index: MessageIndex) -> int:
    """Return how many of a field's choices the message has words for."""
    return sum(1 for choice in spec.choices if find_choice(choice, index))
