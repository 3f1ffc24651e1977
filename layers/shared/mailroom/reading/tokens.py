"""How many tokens a text costs: a stated estimate; the API's ``usage`` is the truth afterwards."""

import re

ASCII_CHARACTERS_PER_TOKEN = 3.5
"""Claude's documentation, glossary, "Tokens": "a token approximately represents 3.5 English characters"."""

# Scripts outside ASCII cost more per character; counted conservatively, as no tokenizer of the model is published.
_ACCENTED_PER_TOKEN = 2.0
_IDEOGRAPHS_PER_TOKEN = 1.0
_NOT_ASCII = re.compile("[^\x00-\x7f]")
_IDEOGRAPH = re.compile("[\u2e80-\ud7ff\uf900-\ufaff\U00010000-\U0010ffff]")


def estimate_tokens(text: str) -> int:
    """Return the estimated tokens of a text: ASCII at 3.5 characters a token, other alphabets at 2, ideographs at 1."""
    if text.isascii():
        return -(-len(text) * 2 // 7)
    foreign = len(_NOT_ASCII.findall(text))
    ideographs = len(_IDEOGRAPH.findall(text))
    estimate = (
        (len(text) - foreign) / ASCII_CHARACTERS_PER_TOKEN
        + (foreign - ideographs) / _ACCENTED_PER_TOKEN
        + ideographs / _IDEOGRAPHS_PER_TOKEN
    )
    return int(-(-estimate // 1))
