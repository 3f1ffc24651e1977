"""Tables of names in many languages, found in a message at one pass."""

from mailroom.domain.locate.folding import words_of
from mailroom.domain.locate.index import MessageIndex

type Names = dict[str, list[tuple[tuple[str, ...], list[str]]]]
"""Names by their first word: all their words, and the codes they stand for; the longest first."""


def names_by_first_word(table: dict[str, list[str]]) -> Names:
    """Return a table of names arranged for ``named_spans``."""
    arranged: Names = {}
    for name, codes in table.items():
        words = words_of(name)
        if words and not words[0].isdigit():
            arranged.setdefault(words[0], []).append((words, codes))
    for names in arranged.values():
        names.sort(key=lambda entry: -len(entry[0]))
    return arranged


def named_spans(names: Names, index: MessageIndex) -> list[tuple[int, int, list[str]]]:
    """Return the folded spans of all names of a table in the message, with what they stand for."""
    tokens = index.tokens
    first_words = names.keys() & set(tokens.words)
    found = []
    for i in (i for i, word in enumerate(tokens.words) if word in first_words):
        for words, codes in names[tokens.words[i]]:
            if tokens.words[i : i + len(words)] == words:
                found.append((tokens.starts[i], tokens.ends[i + len(words) - 1], codes))
                break
    return found
