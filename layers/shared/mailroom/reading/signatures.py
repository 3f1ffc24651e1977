"""The tail of what somebody wrote: signatures, "sent from my phone", disclaimers and list footers."""

import re
from collections.abc import Sequence
from itertools import islice

from mailroom.domain.message import ZoneKind
from mailroom.reading import closings

_DELIMITER = re.compile(r"^\s*(?:--|—|––|-- ?-|_{2,3})\s*$|^--\s?$")
_UNDERSCORES = re.compile(r"^\s*[_=*-]{20,}\s*$")
_SIGN_OFFS = frozenset(closings.SIGN_OFFS)
_PUNCTUATION = " \t,.!;:*_~-–—()[]<>\"'，。、！"
_CONTACT = re.compile(
    r"[\w.+-]+@[\w-]+\.\w|https?://|\bwww\.|\+?\(?\d[\d\s().\-/]{6,}\d|\b(?:tel|fax|phone|mobile|cell|mob|tlf|telefon|handy|portable|teléfono)\b",
    re.IGNORECASE,
)
_LIST_FOOTER = re.compile(
    r"mailing list\s*$|listinfo|/unsubscribe|unsubscribe|Get your FREE download|Yahoo! Groups", re.IGNORECASE
)

_SIGNATURE_LINES = 12
_LINE_CHARACTERS = 100
_DISCLAIMER_CHARACTERS = 60
_PARAGRAPH_CHARACTERS = 3_000
_TAIL_PARAGRAPHS = 8

Marks = list[tuple[ZoneKind, str]]


def tail_marks(lines: Sequence[str], kinds: Marks) -> None:
    """Mark, in place, the signature and the boilerplate of every stretch of somebody's own words."""
    for first, last in _latest_stretches(lines, kinds):
        _mark_disclaimers(lines, kinds, first, last)
        end = next(
            (index for index in range(first, last) if kinds[index][0] is ZoneKind.DISCLAIMER and index > first), last
        )
        start = _signature_start(lines, first, end)
        if start is not None:
            for index in range(start, end):
                kinds[index] = (ZoneKind.SIGNATURE, "")


def _latest_stretches(lines: Sequence[str], kinds: Marks) -> list[tuple[int, int]]:
    stretches: list[tuple[int, int]] = []
    start: int | None = None
    for index, (kind, _) in enumerate(kinds):
        if kind is ZoneKind.LATEST:
            if start is None:
                start = index
        elif start is not None:
            stretches.append((start, index))
            start = None
    if start is not None:
        stretches.append((start, len(lines)))
    return stretches


def _signature_start(lines: Sequence[str], first: int, last: int) -> int | None:
    """Return where the signature starts; None where nothing says that there is one."""
    from_the_end = (index for index in range(last - 1, first - 1, -1) if lines[index].strip())
    words = list(islice(from_the_end, _SIGNATURE_LINES + 9))[::-1]
    for position in range(len(words) - 1, max(-1, len(words) - 1 - _SIGNATURE_LINES - 8), -1):
        index = words[position]
        rest = words[position + 1 :]
        line = lines[index]
        if _DELIMITER.match(line) and len(rest) <= _SIGNATURE_LINES + 8 and _short(lines, rest):
            return index
        opening = line.strip(_PUNCTUATION).lower()
        if opening.startswith(closings.SENT_FROM) and not _is_sentence(line) and len(rest) <= 2:
            return index
        if opening in _SIGN_OFFS and len(rest) <= _SIGNATURE_LINES and _short(lines, rest):
            # The sign-off and the name are the writer's own words; contact details below them are the signature.
            contacts = [later for later in rest if _CONTACT.search(lines[later])]
            return rest[0] if contacts and position > 0 else None
    return None


def _is_sentence(line: str) -> bool:
    """Whether "Sent from my desk, which is easier than my phone." is said rather than appended by a program."""
    return len(line) > _LINE_CHARACTERS or (len(line.split()) > 8 and line.rstrip().endswith("."))


def _short(lines: Sequence[str], indexes: Sequence[int]) -> bool:
    return all(len(lines[index]) <= _LINE_CHARACTERS * 2 for index in indexes)


def _mark_disclaimers(lines: Sequence[str], kinds: Marks, first: int, last: int) -> None:
    """Mark paragraphs of boilerplate: two cues of it in one paragraph, or a list's footer under a long rule."""
    paragraphs = _paragraphs(lines, first, last)
    # Boilerplate is put before or after what somebody wrote.
    looked_at = [*paragraphs[:1], *paragraphs[1:][-_TAIL_PARAGRAPHS:]]
    texts = [" ".join(lines[start:end])[:_PARAGRAPH_CHARACTERS].lower() for start, end in looked_at]
    # Most mails have no cue at all: all paragraphs are searched for each at once, which takes a third of the time.
    together = "\n".join(texts)
    cues = [cue for cue in closings.DISCLAIMER_CUES if cue in together]
    for (start, end), text in zip(looked_at, texts, strict=True):
        footer = bool(_UNDERSCORES.match(lines[start])) and bool(_LIST_FOOTER.search(text))
        if footer or (len(text) >= _DISCLAIMER_CHARACTERS and sum(cue in text for cue in cues) >= 2):
            for index in range(start, end):
                kinds[index] = (ZoneKind.DISCLAIMER, "")


def _paragraphs(lines: Sequence[str], first: int, last: int) -> list[tuple[int, int]]:
    paragraphs: list[tuple[int, int]] = []
    start: int | None = None
    for index in range(first, last + 1):
        blank = index == last or not lines[index].strip()
        if not blank and start is None:
            start = index
        elif blank and start is not None:
            paragraphs.append((start, index))
            start = None
    return paragraphs
