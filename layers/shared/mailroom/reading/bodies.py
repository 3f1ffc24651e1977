"""A text part, plain or HTML, to pieces: zoned visible text, hidden text, links and structured data."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mailroom.domain.message import ZoneKind
from mailroom.reading import charsets, limits
from mailroom.reading.assembly import Piece, Pieces
from mailroom.reading.invisible import reveal
from mailroom.reading.mime import Part
from mailroom.reading.zones import mark_zones

if TYPE_CHECKING:
    from mailroom.reading.html import Page

_WORD = re.compile(r"\w+")
_META_CHARSET = re.compile(rb"""<meta[^>]{0,200}charset\s*=\s*["']?\s*([\w:.-]{1,40})""", re.IGNORECASE)
_LONG_LINK = 200
"""A longer link is a tracking address: it costs a hundred tokens and says nothing. It is kept, and not sent."""


@dataclass(slots=True)
class Body:
    """One text part, read: its lines, how far each is marked as quoted, and what is behind the lines."""

    lines: list[str]
    quoted: list[int] | None = None
    hidden: list[tuple[str, str]] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    structured: list[tuple[str, str]] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The lines as one text."""
        return "\n".join(self.lines)


def decode_part(part: Part, defects: list[str]) -> str:
    """Return a text part's characters, NFC; what was repaired is added to the defects."""
    data = part.content()
    label = part.parameters.get("charset", "")
    if not label and part.media_type == "text/html" and (match := _META_CHARSET.search(data[:4_096])):
        label = match[1].decode("ascii")
    bound = limits.BODY_CHARACTERS * 4
    text, note = charsets.decode(data[:bound], label)
    if note:
        defects.append(note)
    return charsets.clean(text)


def decode_text(data: bytes, defects: list[str]) -> str:
    """Return the characters of bytes that nobody labelled."""
    text, note = charsets.decode(data[: limits.BODY_CHARACTERS * 4])
    if note:
        defects.append(note)
    return reveal(charsets.clean(text), defects)[0]


def read_plain(text: str, defects: list[str]) -> Body:
    """Return a plain text's lines, without the white space at their ends and with one empty line at most in a row."""
    text = _bounded(text, defects)
    text, revealed = reveal(text, defects)
    lines: list[str] = []
    blank = True
    for raw in text.split("\n"):
        line = raw.rstrip()
        if line or not blank:
            lines.append(line)
        blank = not line
    return Body(lines, hidden=revealed)


def read_markup(text: str, defects: list[str]) -> Body:
    """Return what an HTML text says and hides."""
    from mailroom.reading.html import read_html  # noqa: PLC0415 - plain mails do not pay for it

    page = read_html(_bounded(text, defects))
    if page.truncated:
        defects.append("The HTML is longer or nested deeper than can be read: the rest of it was left out.")
    return _body_of(page, defects)


def _body_of(page: "Page", defects: list[str]) -> Body:
    text, revealed = reveal("\n".join(line.text for line in page.lines), defects)
    lines = text.split("\n")
    quoted = [line.quoted for line in page.lines] if len(lines) == len(page.lines) else None
    hidden = [(label, reveal(words, [])[0]) for label, words in page.hidden]
    return Body(lines, quoted, [*hidden, *revealed], page.links, page.structured)


def _bounded(text: str, defects: list[str]) -> str:
    if len(text) <= limits.BODY_CHARACTERS:
        return text
    defects.append(f"The text is longer than {limits.BODY_CHARACTERS:,} characters: the rest of it was left out.")
    return text[: limits.BODY_CHARACTERS]


def choose_alternative(plain: Body, markup: Body) -> tuple[Body, str]:
    """Return the alternative that says more, and the lines that only the other one has.

    The plain one is taken where both say the same: its quotes are marked without doubt and it costs fewer tokens. The
    HTML one is taken where it has words that the plain one lacks, as transactional mails do.
    """
    plain_words, markup_words = Counter(_words(plain.text)), Counter(_words(markup.text))
    missing = sum((markup_words - plain_words).values())
    if plain_words and missing <= 0.02 * sum(markup_words.values()):
        return Body(plain.lines, plain.quoted, [*plain.hidden, *markup.hidden], markup.links, markup.structured), ""
    behind = "\n".join((*markup.links, *(words for _, words in markup.hidden)))
    only_plain = _lines_not_in(plain.lines, markup_words + Counter(_words(behind)))
    return Body(
        markup.lines, markup.quoted, [*markup.hidden, *plain.hidden], markup.links, markup.structured
    ), only_plain


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower())


def _lines_not_in(lines: Sequence[str], known: Counter[str]) -> str:
    """Return the lines most of whose words are not known, so that nothing a sender wrote is lost."""
    kept = []
    for line in lines:
        words = [word for word in _words(line) if len(word) > 1]
        if words and sum(word not in known for word in words) * 4 > len(words):
            kept.append(line.strip())
    return "\n".join(kept)


def add_body(body: Body, pieces: Pieces, *, part: str, subject: str = "") -> None:
    """Zone a body of the mail itself and add it to the pieces."""
    for run in mark_zones(body.lines, body.quoted, subject=subject):
        text = "\n".join(body.lines[run.first : run.last])
        tight = run.first > 0 and bool(body.lines[run.first - 1].strip()) and bool(body.lines[run.first].strip())
        pieces.body.append(Piece(run.kind, text, part, run.label, tight=tight))
    add_behind(body, pieces, part=part)


def add_behind(body: Body, pieces: Pieces, *, part: str) -> None:
    """Add what stands behind a body's visible lines."""
    alt_texts = dict.fromkeys(words for label, words in body.hidden if label == "alt text")
    if alt_texts:
        pieces.hidden.append(Piece(ZoneKind.HIDDEN, "\n".join(alt_texts), part, "alt text"))
    for label, words in dict.fromkeys(body.hidden):
        if label != "alt text":
            pieces.hidden.append(Piece(ZoneKind.HIDDEN, words, part, label))
    for label, outline in body.structured:
        pieces.structured.append(Piece(ZoneKind.STRUCTURED, charsets.clean(outline), part, label))
    links = dict.fromkeys(body.links)
    for label, long in (("links", False), ("long links", True)):
        lines = [link for link in links if (len(link) > _LONG_LINK) is long]
        if lines:
            pieces.structured.append(Piece(ZoneKind.STRUCTURED, charsets.clean("\n".join(lines)), part, label))
