"""Values that are words: free text, names, addresses, references, choices."""

import re
from collections import Counter
from collections.abc import Iterator

from mailroom.domain.evidence import Method
from mailroom.domain.locate.folding import fold_words, words_of
from mailroom.domain.locate.index import Match, MessageIndex

_FUZZY_CUTOFF = 85.0
_MOST = 40
_WITH_DIGIT = re.compile(r"[^\s,;:()<>|]*\d[^\s,;:()<>|]*")
_MARKS = ".,;:!?'\"()[]{}<>*_-/#"
# Short forms and numbers in letters. They are equal in both directions, so each stands for one common form.
_EQUAL_WORDS: dict[str, str] = {
    "st": "street", "rd": "road", "ave": "avenue", "av": "avenue", "blvd": "boulevard", "dr": "drive", "ln": "lane",
    "sq": "square", "apt": "apartment", "ste": "suite", "fl": "floor", "jln": "jalan", "jl": "jalan", "mt": "mount",
    "inc": "incorporated", "ltd": "limited", "corp": "corporation", "co": "company", "bros": "brothers",
    "intl": "international", "ft": "fort", "no": "number", "nr": "number",
    "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8",
    "nine": "9", "ten": "10", "eleven": "11", "twelve": "12", "zwei": "2", "drei": "3", "deux": "2", "trois": "3",
    "dos": "2", "tres": "3",
}  # fmt: skip
# Letters that their own languages write in two where a keyboard lacks them. Dropped accents are another spelling.
_TRANSCRIBED = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa", "æ": "ae", "œ": "oe"})


def find_literal(words: str, index: MessageIndex) -> list[Match]:
    """Return where these words stand, up to case, white space, Unicode form and the punctuation between them.

    A match begins and ends with a whole word or a whole number: "Ana" is not in "Banana", nor "23" in "123".
    """
    wanted = words_of(words)
    tokens = index.tokens
    found = []
    for first, last in tokens.sequences(wanted):
        match = Match(tokens.starts[first], tokens.ends[last - 1], Method.NORMALISED)
        if not _cuts_a_number(match, index):
            found.append(match)
        if len(found) >= _MOST:
            break
    return found


def find_quote(quote: str, index: MessageIndex) -> list[Match]:
    """Return where quoted words stand: the very characters if they do, else the words up to case, space and marks."""
    source = index.message.text
    found: list[Match] = []
    at = source.find(quote)
    while at >= 0 and len(found) < _MOST:
        end = at + len(quote)
        left, right = source[at - 1 : at] + source[at], source[end - 1 : end + 1]
        if not (_runs_on(left) or _runs_on(right)):
            start, stop = index.folded.folded_span(at, end)
            if start < stop:
                found.append(Match(start, stop, Method.EXACT))
        at = source.find(quote, at + 1)
    return found or find_literal(quote, index) or _squeezed(quote, index)


def _runs_on(two: str) -> bool:
    """Say whether two neighbours are of one word or one number."""
    if len(two) < 2:
        return False
    return (two.isdigit() and two.isascii()) or (two.isalpha() and two[0] < "\u0e00" and two[1] < "\u0e00")


def _cuts_a_number(match: Match, index: MessageIndex) -> bool:
    """Say whether the words begin or end inside a number such as "12.50"."""
    text, start, end = index.text, match.start, match.end
    left = text[start].isdigit() and bool(re.search(r"\d[.,]$", text[max(0, start - 2) : start]))
    right = text[end - 1].isdigit() and bool(re.match(r"[.,]\d", text[end : end + 2]))
    return left or right


def find_text(value: str, index: MessageIndex) -> list[Match]:
    """Return where free words stand, hyphenated at a line's end or with a few words in between if they are many."""
    return (
        find_literal(value, index)
        or _squeezed(value, index)
        or list(_same_order(value, index))
        or _with_gaps(value, index)
    )


def _same_order(value: str, index: MessageIndex) -> Iterator[Match]:
    """Find the words in other usual spellings: short forms and numbers in letters ("two years" for "2 years")."""
    wanted = _equal(words_of(value))
    if not wanted:
        return
    words, tokens = _equal_words(index), index.tokens
    for first, word in enumerate(words):
        if word == wanted[0] and words[first : first + len(wanted)] == wanted:
            match = Match(tokens.starts[first], tokens.ends[first + len(wanted) - 1], Method.FORMAT, 0.9)
            if not _cuts_a_number(match, index):
                yield match


def _squeezed(value: str, index: MessageIndex) -> list[Match]:
    """Find the same letters with blanks elsewhere ("Haupt- bahnhof", "D.I.Y."); numbers never run together."""
    wanted = words_of(value)
    squeezed = "".join(wanted)
    if len(squeezed) < 5:
        return []
    tokens = index.tokens
    numbers = [w for w in wanted if w.isdigit()]
    found = []
    for first, last in tokens.squeezed_sequences(squeezed):
        if [w for w in tokens.words[first:last] if w.isdigit()] == numbers:
            found.append(Match(tokens.starts[first], tokens.ends[last - 1], Method.NORMALISED, 0.95))
    return found


def _with_gaps(value: str, index: MessageIndex) -> list[Match]:
    """Find all the words in their order with short insertions, as an address has them across lines."""
    wanted = _equal(words_of(value))
    if len(wanted) < 4:
        return []
    tokens = index.tokens
    words = _equal_words(index)
    found = []
    for first, word in enumerate(words):
        if word != wanted[0]:
            continue
        last = _follow(words, first, wanted)
        if last:
            found.append(Match(tokens.starts[first], tokens.ends[last - 1], Method.FORMAT, 0.85))
    return found


def _follow(words: tuple[str, ...], first: int, wanted: tuple[str, ...]) -> int:
    """Return where a sequence with gaps ends, 0 where it breaks: no gap over four words, a third of all at most."""
    position, skipped = first, 0
    for word in wanted:
        ahead = words[position : position + 5]
        if word not in ahead:
            return 0
        gap = ahead.index(word)
        skipped += gap
        position += gap + 1
    return position if skipped * 3 <= len(wanted) else 0


def _equal(words: tuple[str, ...]) -> tuple[str, ...]:
    equal = _EQUAL_WORDS.get
    spelled = [word if word.isascii() else word.translate(_TRANSCRIBED) for word in words]
    return tuple([equal(word, word) if not word.endswith("strasse") else word[:-4] for word in spelled])


def _equal_words(index: MessageIndex) -> tuple[str, ...]:
    return index.once(_all_equal_words)


def _all_equal_words(index: MessageIndex) -> tuple[str, ...]:
    return _equal(index.tokens.words)


def find_name(value: str, index: MessageIndex) -> list[Match]:
    """Return where a name stands: as given, reordered ("Diaz, Ana"), with an initial between, or in short forms."""
    finders = (find_literal, _squeezed, _same_words, _with_gaps)
    spellings = dict.fromkeys((value, value.replace("&", " and "), value.replace(" and ", " & ")))
    for spelling in spellings:
        for finder in finders:
            found = list(finder(spelling, index))
            if found:
                return found
    return []


def _same_words(value: str, index: MessageIndex) -> Iterator[Match]:
    wanted = _equal(words_of(value))
    if not wanted:
        return
    tokens, words, count = index.tokens, _equal_words(index), Counter(wanted)
    size = len(wanted)
    for i in range(len(words)):
        if words[i] not in count:
            continue
        if Counter(words[i : i + size]) == count:
            yield Match(tokens.starts[i], tokens.ends[i + size - 1], Method.FORMAT, 0.9)
        elif len(words[i + 1 : i + 2]) == 1 == len(words[i + 1]) and words[i + 1] not in count and size > 1:
            without_initial = (words[i], *words[i + 2 : i + size + 1])
            if Counter(without_initial) == count:
                yield Match(tokens.starts[i], tokens.ends[i + size], Method.FORMAT, 0.8)


def find_address(value: str, index: MessageIndex) -> list[Match]:
    """Return where a postal address stands, across lines and with usual short forms ("Str." for "Straße")."""
    return (
        find_literal(value, index)
        or _squeezed(value, index)
        or list(_same_words(value, index))
        or _with_gaps(value, index)
    )


def find_identifier(value: str, index: MessageIndex) -> list[Match]:
    """Return where a reference stands: as written, or grouped otherwise by single blanks, dots, slashes or hyphens.

    A piece of a longer reference ("2024" in "INV-2024-001") scores half: it is there, but is hardly what was meant.
    """
    found = find_literal(value, index)
    if not found:
        wanted = "".join(words_of(value))
        tokens = index.tokens
        for first, last in tokens.squeezed_sequences(wanted if len(wanted) > 4 else ""):
            start, end = tokens.starts[first], tokens.ends[last - 1]
            if not re.search(r"\s{2}|\n|[^\w\s./-]|_", index.text[start:end]):
                found.append(Match(start, end, Method.FORMAT, 0.9))
    return [Match(m.start, m.end, m.method, m.score * (0.5 if _is_piece(m, index) else 1.0)) for m in found]


def _is_piece(match: Match, index: MessageIndex) -> bool:
    text, start, end = index.text, match.start, match.end
    left = re.search(r"[^\W_][-/._]?$", text[max(0, start - 2) : start])
    right = re.match(r"[-/_]?[^\W_]|\.\d", text[end : end + 2])
    return bool(left or right)


def shape_of(word: str) -> str:
    """Return a reference's pattern: runs of letters as A, digits one by one as 9, marks as they are."""
    return re.sub(r"[^\W\d_]+", "A", re.sub(r"\d", "9", word))


def distinct_identifiers(value: str, index: MessageIndex) -> int:
    """Return how many references of the value's own pattern the message has."""
    shape = shape_of(value.strip().casefold())
    if not any(c.isdigit() for c in value):
        return 1
    return max(1, index.once(_shapes)[shape])


def _shapes(index: MessageIndex) -> Counter[str]:
    words = {word.strip(_MARKS) for word in _WITH_DIGIT.findall(index.text)}
    return Counter(shape_of(word) for word in words)


def find_number_word(value: str, index: MessageIndex) -> list[Match]:
    """Return where a small whole number stands in letters ("three chairs")."""
    return [match for match in _same_order(value, index) if not index.text[match.start].isdigit()]


def find_nearly(value: str, index: MessageIndex) -> Match | None:
    """Return the words most like the value, at least 85 of 100 by edit distance: for a person's eye only."""
    from rapidfuzz import fuzz  # noqa: PLC0415 - 20 ms that clean messages never need

    wanted = fold_words(value)
    if not 4 <= len(wanted) <= 400 or not index.text:
        return None
    best = fuzz.partial_ratio_alignment(wanted, index.text, score_cutoff=_FUZZY_CUTOFF)
    if best is None or best.dest_end <= best.dest_start:
        return None
    return Match(best.dest_start, best.dest_end, Method.FUZZY, best.score / 100)
