"""Tables of names in many languages, found in a message at one pass."""

import json
from pathlib import Path

from mailroom.domain.locate.index import MessageIndex

type Names = dict[str, dict[str, list[str]]]
"""Names by their first word: each in folded words with single blanks, the longest first, and what it stands for."""


def load_names(table: str) -> Names:
    """Return one of the tables in ``data``, as ``tools/generate_cldr_words.py`` writes them."""
    path = Path(__file__).parent / "data" / f"{table}.json"
    loaded: Names = json.loads(path.read_text(encoding="utf-8"))
    return loaded


def named_spans(names: Names, index: MessageIndex) -> list[tuple[int, int, list[str]]]:
    """Return the folded spans of all names of a table in the message, with what they stand for."""
    tokens = index.tokens
    first_words = names.keys() & set(tokens.words)
    found = []
    for i in (i for i, word in enumerate(tokens.words) if word in first_words):
        for name, codes in names[tokens.words[i]].items():
            count = name.count(" ") + 1
            if " ".join(tokens.words[i : i + count]) == name:
                found.append((tokens.starts[i], tokens.ends[i + count - 1], codes))
                break
    return found
