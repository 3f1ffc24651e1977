"""Text made comparable: one spelling per character, every folded character knowing where it came from."""

import re
import unicodedata
from array import array
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from itertools import accumulate

# All that is not printable ASCII with single blanks, together with the blanks around it.
_NOT_PLAIN = re.compile(r"(?: *[^\x20-\x7e]+)+ *|  +")
# Format characters that carry no meaning of their own: soft hyphen, zero-width and bidirectional marks, word joiner.
_INVISIBLE = frozenset(
    "\u00ad\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff"
)
_LOOKALIKES = (
    dict.fromkeys("‐‑‒–—―−﹣－", "-")
    | dict.fromkeys("‘’‚‛′´`ʼ＇", "'")
    | dict.fromkeys("“”„‟″«»＂", '"')
    | {"٫": ".", "٬": ","}
)

# Scripts written without spaces: every character is a word of its own.
_UNSPACED = "\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uac00-\ud7af\u0e00-\u0e7f"
_TOKEN = re.compile(rf"[{_UNSPACED}]|\d+|[^\W\d_{_UNSPACED}]+")


@cache
def _fold_character(character: str) -> str:
    if character in _INVISIBLE:
        return ""
    if character in _LOOKALIKES:
        return _LOOKALIKES[character]
    if character.isspace() or unicodedata.category(character) == "Zs":
        return "\n" if character in "\n\r\u2028\u2029" else " "
    digit = unicodedata.digit(character, None)
    if digit is not None:
        return str(digit)
    return unicodedata.normalize("NFKC", character).casefold()


@dataclass(frozen=True, slots=True)
class Folded:
    """Folded text; ``starts[i]`` is the code point offset in the source of folded character ``i``."""

    text: str
    starts: array[int]

    def source_span(self, start: int, end: int) -> tuple[int, int]:
        """Return the source span of a folded span that is not empty."""
        return self.starts[start], self.starts[end - 1] + 1

    def folded_span(self, start: int, end: int) -> tuple[int, int]:
        """Return the folded span that a source span became."""
        return bisect_left(self.starts, start), bisect_left(self.starts, end)


def fold(text: str) -> Folded:
    """Fold case, width, digits, dashes and quotes; white space becomes one space, or one line end where it has any."""
    pieces: list[str] = []
    starts: array[int] = array("l")
    position = 0
    for odd in _NOT_PLAIN.finditer(text):
        begin, end = odd.span()
        pieces.append(text[position:begin].lower())
        starts.extend(range(position, begin))
        position = end
        for offset, folded in _fold_run(text, begin, end):
            pieces.append(folded)
            starts.extend([offset] * len(folded))
    pieces.append(text[position:].lower())
    starts.extend(range(position, len(text)))
    return Folded("".join(pieces), starts)


def _fold_run(text: str, begin: int, end: int) -> Iterator[tuple[int, str]]:
    space, space_at = "", begin
    for offset in range(begin, end):
        folded = _fold_character(text[offset])
        if folded in {" ", "\n"}:
            if not space:
                space_at = offset
            space = "\n" if "\n" in (folded, space) else " "
        elif folded:
            if space:
                yield space_at, space
                space = ""
            yield offset, folded
    if space:
        yield space_at, space


@lru_cache(maxsize=512)
def fold_words(text: str) -> str:
    """Return a short string folded, with single spaces throughout."""
    return " ".join(fold(text).text.split())


@lru_cache(maxsize=512)
def words_of(text: str) -> tuple[str, ...]:
    """Return the folded words and numbers of a short string."""
    return tokenise(fold(text).text).words


@dataclass(frozen=True)
class Tokens:
    """The words and numbers of a folded text; token ``i`` stands at ``[starts[i], ends[i])``."""

    words: tuple[str, ...]
    starts: array[int]
    ends: array[int]

    @cached_property
    def joined(self) -> str:
        """All tokens with one space before and after each."""
        return f" {' '.join(self.words)} "

    @cached_property
    def joined_starts(self) -> array[int]:
        """For each token, where the space before it stands in ``joined``."""
        return _running_starts(self.words, 1)

    @cached_property
    def squeezed(self) -> str:
        """All tokens with nothing between them."""
        return "".join(self.words)

    @cached_property
    def squeezed_starts(self) -> array[int]:
        """For each token, where it begins in ``squeezed``; one more entry holds the end."""
        starts = _running_starts(self.words, 0)
        starts.append(len(self.squeezed))
        return starts

    def sequences(self, words: tuple[str, ...]) -> Iterator[tuple[int, int]]:
        """Yield the token ranges ``[i, j)`` that are these very words in this order."""
        if not words:
            return
        needle = f" {' '.join(words)} "
        at = self.joined.find(needle)
        while at >= 0:
            index = bisect_left(self.joined_starts, at)
            yield index, index + len(words)
            at = self.joined.find(needle, at + 1)

    def squeezed_sequences(self, squeezed: str) -> Iterator[tuple[int, int]]:
        """Yield the token ranges that spell these characters, wherever the white space and the marks fall."""
        if not squeezed:
            return
        starts = self.squeezed_starts
        at = self.squeezed.find(squeezed)
        while at >= 0:
            first = bisect_left(starts, at)
            last = bisect_left(starts, at + len(squeezed))
            if starts[first] == at and last < len(starts) and starts[last] == at + len(squeezed):
                yield first, last
            at = self.squeezed.find(squeezed, at + 1)


def _running_starts(words: tuple[str, ...], gap: int) -> array[int]:
    lengths = [len(word) + gap for word in words]
    return array("l", list(accumulate(lengths, initial=0))[:-1])


def tokenise(folded: str) -> Tokens:
    """Cut a folded text into runs of letters, runs of digits, and single characters of unspaced scripts."""
    spans = [match.span() for match in _TOKEN.finditer(folded)]
    words = tuple([folded[start:end] for start, end in spans])
    return Tokens(words, array("l", [start for start, _ in spans]), array("l", [end for _, end in spans]))
