"""Plain text whose lines were wrapped for sending, put together again (RFC 3676, "format=flowed")."""

import re

_QUOTES = re.compile(r">(?: ?>)*")
_SIGNATURE_MARK = "-- "


def unwrapped(text: str, *, delete_space: bool = False) -> str:
    r"""Return a flowed text with one line per paragraph; quote marks stay, once before each paragraph.

    A line that ends in a space goes on in the next one of the same quote depth; the signature's mark never does
    (sections 4.1 to 4.5). ``delete_space`` is the parameter ``DelSp=yes``: the space itself is no part of the text.
    Every other character is kept, in its order. Lines end with ``\n``.
    """
    paragraphs: list[str] = []
    depth, flows = 0, False
    for line in text.split("\n"):
        quotes = _QUOTES.match(line)
        marks = quotes[0].count(">") if quotes else 0
        # Writers put a space before lines that would look like something else (section 4.4, "space-stuffing").
        words = (line[quotes.end() :] if quotes else line).removeprefix(" ")
        is_mark = words == _SIGNATURE_MARK
        goes_on = words.endswith(" ") and not is_mark
        piece = words[:-1] if goes_on and delete_space else words
        if flows and marks == depth and not is_mark:
            paragraphs[-1] += piece
        else:
            paragraphs.append(f"{'>' * marks} {piece}" if marks else piece)
        depth, flows = marks, goes_on
    return "\n".join(paragraphs)
