"""Characters that nobody sees: taken out of the words, and what was written in them brought to light."""

import re

from mailroom.reading.charsets import clean

# Zero-width and filler characters: they break words for every search and carry no meaning in mail.
_FILLER = re.compile("[\u200b\u2060\ufeff\u00ad\u034f\u180e\u2061-\u2064\u115f\u1160\u17b4\u17b5\u3164\uffa0]")
# The joiners mean something between letters of Indic and Arabic scripts and inside emoji, and nothing beside ASCII.
_JOINER = re.compile("(?<![^\x00-\xff\\s\u200c\u200d])[\u200c\u200d]+|[\u200c\u200d]+(?![^\x00-\xff\\s\u200c\u200d])")
_DIRECTION = re.compile("[\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c]")
_TAGS = re.compile("[\U000e0000-\U000e007f]+")
_FLAG = "\U0001f3f4"
_ANY = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\u3164\ufeff\uffa0\U000e0000-\U000e007f]"
)


def reveal(text: str, defects: list[str]) -> tuple[str, list[tuple[str, str]]]:
    """Return the text without invisible characters, and (label, words) for what was written in them."""
    if text.isascii() or not _ANY.search(text):
        return text, []
    revealed: list[tuple[str, str]] = []

    def take_tags(match: re.Match[str]) -> str:
        # Flags of England, Scotland and Wales are a black flag followed by tag characters.
        if match.start() and text[match.start() - 1] == _FLAG:
            return match[0]
        words = "".join(chr(ord(character) - 0xE0000) for character in match[0])
        if words := "".join(character for character in words if character.isprintable()).strip():
            revealed.append(("written in invisible characters", words))
        return ""

    cleaned = _TAGS.sub(take_tags, text)
    if revealed:
        defects.append("The mail holds words written in invisible characters: they are kept as hidden text.")
    cleaned = _JOINER.sub("", _FILLER.sub("", cleaned))
    without_direction = _DIRECTION.sub("", cleaned)
    if re.search("[\u202d\u202e]", cleaned):
        defects.append("Characters that reverse the direction of writing were taken out.")
    return clean(without_direction), revealed
