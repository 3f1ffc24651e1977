"""How many tokens a text costs: a stated estimate; the API's ``usage`` is the truth afterwards."""

ASCII_CHARACTERS_PER_TOKEN = 3.5
"""Claude's documentation, glossary, "Tokens": "a token approximately represents 3.5 English characters"."""

# Other alphabets cost more per character; counted conservatively, as no tokenizer of the model is published. Letters of
# two UTF-8 bytes (accents, Cyrillic, Greek, Arabic, Hebrew) at 2 a token, all that need more (ideographs, Indic) at 1.
_TWO_BYTE_CHARACTERS_PER_TOKEN = 2.0


def estimate_tokens(text: str) -> int:
    """Return the estimated tokens of a text: ASCII at 3.5 characters a token, other alphabets at 2, ideographs at 1."""
    if text.isascii():
        return -(-len(text) * 2 // 7)
    # Lengths in encodings are counted by the interpreter in C; a regular expression takes a hundred times longer.
    ascii_count = len(text.encode("ascii", "ignore"))
    four_byte = len(text.encode("utf-16-le", "replace")) // 2 - len(text)
    others = len(text) - ascii_count - four_byte
    three_byte = len(text.encode("utf-8", "replace")) - ascii_count - 4 * four_byte - 2 * others
    two_byte = others - three_byte
    estimate = ascii_count / ASCII_CHARACTERS_PER_TOKEN + two_byte / _TWO_BYTE_CHARACTERS_PER_TOKEN
    return int(-(-(estimate + three_byte + four_byte) // 1))
