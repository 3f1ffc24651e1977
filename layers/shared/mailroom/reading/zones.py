"""A body's lines to zones: what was just written, what is quoted from whom, what is forwarded, signed or boilerplate.

Nothing is cut. Marking is line by line and language-blind where it can be: a quote is recognised by its form (marks,
a header block, an attribution with a date or an address) and words of many languages only confirm it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from mailroom.domain.message import ZoneKind
from mailroom.reading import phrases
from mailroom.reading.signatures import tail_marks


def _any_of(words: Sequence[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


_QUOTE_MARK = re.compile(r"^\s{0,3}(?:>(?!From )|&gt;|[»›❯]|[A-Z]{1,3}>\s)|^\s?\|\s(?=.*\|?)(?!.*\s\|\s)")
_PIPE_MARK = re.compile(r"^\s?\|")
_RULE = re.compile(r"^\s*(?:[-_=*~─—–]{3,}|(?:[-_=*] ){3,})\s*$")
_DECORATED = re.compile(r"^\s*[-_=*─—–]{2,}")
_LABELLED = re.compile(r"^\s*[*_]{0,2}([^\W\d_][^:：<>@|]{0,24}?)[*_]{0,2}\s?[:：][*_]{0,2}\s*(.*)$")
_DATE_HINT = re.compile(r"\d{1,4}\s?[-./年]\s?\d{1,2}|\d{1,2}[:.h]\d{2}|\b(?:19|20)\d\d\b|[年년]")
_ADDRESS_HINT = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)*|\[?mailto:|@\S*\.\.\.")
# The phrases are written in lower case and matched against lowered text: ignoring case would compile for 30 ms.
_WROTE = re.compile(rf"(?<!\w)(?:{_any_of(phrases.WROTE)})(?!\w)|写道|寫道|書きました|のメッセージ|작성")
_ENDS_WROTE = re.compile(
    rf"(?:{_any_of(phrases.WROTE)})\W{{0,3}}(?:[^.!?]|\.(?=\w)){{0,100}}[:：]\s*$|(?:写道|寫道|書きました|作成|작성)[^a-z]{{0,8}}$"
)
_OPENS_DATED = re.compile(
    r"^\W{0,3}(?:on|am|le|el|il|em|op|den|dnia|w dniu|dne|at|a|в|på|kl|quoting|citando|zitat von|"
    r"mon|tue|wed|thu|fri|sat|sun|\d{1,4})\b",
    re.IGNORECASE,
)
_OPENING_CHARACTERS = 16
_DECORATIONS = "\u00a0 	>*_#=~-─—–:"
_SEPARATOR_STARTS = frozenset(words[:3] for words in (*phrases.ORIGINAL, *phrases.FORWARDED))
_BEFORE_NAME = re.compile(
    r"^.*(?:\d[\d:.]*\s*(?:[AaPp]\.?\s?[Mm]\.?)?(?:\s*\(?(?:[A-Z]{2,5}|[+-]\d{4})\)?)*|\d年?|\bum|\bà|\bat)\s*(?:Uhr)?\s*[,:;]?\s+"
)

_FROM = frozenset(phrases.FROM_LABELS)
_DATE = frozenset(phrases.DATE_LABELS)
_SUBJECT = frozenset(phrases.SUBJECT_LABELS)
_LABELS = _FROM | _DATE | _SUBJECT | frozenset(phrases.OTHER_LABELS)
_HEADER_LINES = 14
_ATTRIBUTION_LINES = 4
_ATTRIBUTION_ENDS = frozenset(":：>-*_ \u00a0")
_LINES = 20_000
_FORWARD_SUBJECT = re.compile(rf"^\s*(?:\[[^\]]*\]\s*)?(?:{_any_of(phrases.FORWARD_PREFIXES)})\s*[:：]")
_REPLY_SUBJECT = re.compile(rf"^\s*(?:{_any_of(phrases.REPLY_PREFIXES)})(?:\[\d+\])?\s*[:：]")


@dataclass(frozen=True, slots=True)
class Run:
    """Lines ``first`` to ``last`` (exclusive) of one kind; ``label`` says whose words they are, where that is known."""

    kind: ZoneKind
    first: int
    last: int
    label: str = ""


def is_forward(subject: str) -> bool:
    """Whether a subject says that the mail is a forward, in any of the usual languages."""
    return bool(_FORWARD_SUBJECT.match(subject.lower()))


def mark_zones(lines: Sequence[str], quoted: Sequence[int] | None = None, *, subject: str = "") -> list[Run]:
    """Return the runs that cover every line, in order.

    ``quoted`` is, per line, 0, 1 (indented like a quote) or 2 (marked as one by the mail program), from the HTML.
    """
    looked_at = lines[:_LINES]
    marks = _Marker(looked_at, quoted[:_LINES] if quoted else None, subject=subject).mark()
    # What follows twenty thousand lines belongs to whatever they end with.
    marks += [marks[-1]] * (len(lines) - len(looked_at)) if marks else []
    return _runs(marks)


class _Marker:
    """Walks the lines once and gives each a kind and a label."""

    def __init__(self, lines: Sequence[str], quoted: Sequence[int] | None, *, subject: str) -> None:
        self.lines = list(lines)
        self.reply = bool(_REPLY_SUBJECT.match(subject.lower()))
        self.flags = quoted or [0] * len(lines)
        self.forward = is_forward(subject)
        self.kinds: list[tuple[ZoneKind, str]] = [(ZoneKind.LATEST, "")] * len(lines)
        self._indented: dict[int, bool] = {}
        matches = _QUOTE_MARK.match
        self._has_mark = [matches(line) is not None for line in self.lines]
        marked = (index for index in reversed(range(len(lines))) if self.flags[index] == 2 or self._has_mark[index])
        self._last_mark = next(marked, -1)
        self._openings = _attribution_openings(self.lines)
        # Lines that may be a separator or head a header block, by their first word.
        self._telling = {
            index
            for index, line in enumerate(self.lines)
            if line
            and (
                ((":" in line or not line.isascii()) and _may_head(line))
                or (line.lstrip(_DECORATIONS)[:3].lower() in _SEPARATOR_STARTS and len(line) <= 120)
            )
        }

    def _candidates(self) -> list[int]:
        """Return the lines worth a closer look, in order: most are not, and a mail has many."""
        found = self._telling | self._openings
        found.update(index for index, flag in enumerate(self.flags) if flag)
        found.update(index for index, mark in enumerate(self._has_mark) if mark)
        return sorted(found)

    def mark(self) -> list[tuple[ZoneKind, str]]:
        following = 0
        for index in self._candidates():
            if index >= following:
                following = self._mark_from(index)
        tail_marks(self.lines, self.kinds)
        return self.kinds

    def _mark_from(self, index: int) -> int:
        """Mark what starts at a line and return the next line to look at."""
        if self._is_marked(index):
            return self._mark_block(index, index, "")
        if index in self._telling:
            if separator := self._separator_at(index):
                kind, start = separator
                block = header_block(self.lines, start)
                return self._mark_rest(index, kind, block[1] if block else "")
            if block := header_block(self.lines, index):
                return self._mark_headed(index, *block)
        if attribution := self._attribution_at(index):
            return self._mark_attributed(index, *attribution)
        return index + 1

    def _mark_headed(self, index: int, end: int, sender: str) -> int:
        """Mark what a header block opens."""
        if self._has_own_words(index):
            return self._mark_rest(index, ZoneKind.FORWARDED if self.forward else ZoneKind.QUOTED, sender)
        if self.forward or self.reply:
            return self._mark_rest(index, ZoneKind.FORWARDED if self.forward else ZoneKind.QUOTED, sender)
        return end  # nothing above it and no sign of a forward: a mail that was pasted with its own headers

    def _mark_attributed(self, index: int, end: int, label: str) -> int:
        following = self._next_words(end)
        if following is not None and self._is_marked(following):
            return self._mark_block(index, following, label)
        if following is None or self._opens_unmarked_quote(index, end):
            return self._mark_rest(index, ZoneKind.QUOTED, label)
        return index + 1

    def _opens_unmarked_quote(self, index: int, end: int) -> bool:
        """Whether what follows an attribution is a quote without marks: only if the attribution is beyond doubt."""
        text = " ".join(line.strip() for line in self.lines[index:end])
        certain = _DATE_HINT.search(text) and (_ADDRESS_HINT.search(text) or _OPENS_DATED.match(text))
        return bool(certain) and self._last_mark < end

    def _is_marked(self, index: int) -> bool:
        if self.flags[index] == 2:
            return True
        if self.flags[index] == 1:
            return self._follows_attribution(index)
        if not self._has_mark[index]:
            return False
        return not _PIPE_MARK.match(self.lines[index]) or self._has_pipe_neighbour(index)

    def _has_pipe_neighbour(self, index: int) -> bool:
        return any(self._has_mark[max(0, index - 1) : index] + self._has_mark[index + 1 : index + 2])

    def _follows_attribution(self, index: int) -> bool:
        """A bare <blockquote> is a quote where an attribution leads to it, else it is only indented text."""
        before = index - 1
        while before >= 0 and before not in self._indented and not self.lines[before].strip():
            before -= 1
        if before in self._indented:
            verdict = self._indented[before]
        else:
            line = self.lines[before].rstrip()[-300:] if before >= 0 else ""
            said = line.endswith((":", "：")) and bool(_DATE_HINT.search(line) or _ENDS_WROTE.search(line.lower()))
            verdict = said or (before >= 0 and self.kinds[before][0] in (ZoneKind.QUOTED, ZoneKind.FORWARDED))
        self._indented[index] = verdict
        return verdict

    def _mark_block(self, start: int, first: int, label: str) -> int:
        """Mark the quoted lines from ``first`` on, and those from ``start`` before them (the attribution)."""
        kind = self._block_kind(start, first)
        end = first
        index = first
        while index < len(self.lines):
            if self._is_marked(index):
                end = index + 1
            elif self.lines[index].strip() and not self._is_wrapped_rest(index):
                break
            elif self.lines[index].strip():
                end = index + 1
            index += 1
        for position in range(start, end):
            self.kinds[position] = (kind, label)
        return end

    def _block_kind(self, start: int, first: int) -> ZoneKind:
        opening = self.lines[first][:200].strip(_DECORATIONS).lower()
        if opening.startswith(phrases.FORWARDED) or (self.forward and not self._has_own_words(start)):
            return ZoneKind.FORWARDED
        return ZoneKind.QUOTED

    def _is_wrapped_rest(self, index: int) -> bool:
        """A short line between two quoted ones is the end of a quoted line that a mail program wrapped."""
        if index == 0 or index + 1 >= len(self.lines) or self.flags[index]:
            return False
        if not (self._has_mark[index - 1] and self._has_mark[index + 1]):
            return False
        before, line = self.lines[index - 1], self.lines[index]
        return len(before) >= 60 and len(line.split()) <= 3 and before.rstrip("> ") != ""

    def _mark_rest(self, start: int, kind: ZoneKind, label: str) -> int:
        first = start
        while first > 0 and (_RULE.match(self.lines[first - 1]) or not self.lines[first - 1].strip()):
            first -= 1
        for position in range(first, len(self.lines)):
            if self.kinds[position][0] is ZoneKind.LATEST:
                self.kinds[position] = (kind, label)
        return len(self.lines)

    def _separator_at(self, index: int) -> tuple[ZoneKind, int] | None:
        """Return the kind that a separator line opens, and the line after it."""
        line = self.lines[index]
        if len(line) > 120 or line.lstrip(_DECORATIONS)[:3].lower() not in _SEPARATOR_STARTS:
            return None
        words = line.strip(_DECORATIONS).lower()
        forwarded = words.startswith(phrases.FORWARDED)
        if not forwarded and not words.startswith(phrases.ORIGINAL):
            return None
        decorated = bool(_DECORATED.match(line)) or line.rstrip().endswith((":", "："))
        announced = len(words.split()) <= 6 and self._dated_soon(index + 1)
        if not (decorated or announced or header_block(self.lines, index + 1)):
            return None
        forwarded = forwarded or self.forward or not self._has_own_words(index)
        return (ZoneKind.FORWARDED if forwarded else ZoneKind.QUOTED), index + 1

    def _dated_soon(self, index: int) -> bool:
        following = [line for line in self.lines[index : index + 4] if line.strip()][:2]
        return any(_DATE_HINT.search(line) and len(line) < 120 for line in following)

    def _attribution_at(self, index: int) -> tuple[int, str] | None:
        """Return (end, whose) of an attribution such as "On Monday Ana wrote:" that may run over several lines."""
        if index not in self._openings:
            return None
        text = ""
        opening = self.lines[index].strip()
        # Only what opens like one runs over several lines; what it opens with stands in the first dozen characters.
        several = len(opening) < _OPENING_CHARACTERS or _OPENS_DATED.match(opening)
        limit = _ATTRIBUTION_LINES if several else 1
        for end in range(index + 1, min(index + 1 + limit, len(self.lines) + 1)):
            line = self.lines[end - 1]
            if not line.strip() or self._is_marked(end - 1):
                break
            text = f"{text} {line.strip()}".strip()
            if len(text) > 300:
                break
            # Whoever is quoted, in whichever language, the attribution ends where the quote begins.
            if not _ends_like_attribution(text):
                continue
            if self._is_attribution(text, end, end - index):
                return end, _author(text)
        return None

    def _is_attribution(self, text: str, end: int, lines: int) -> bool:
        if lines > 1 and not _OPENS_DATED.match(text):
            return False
        quote_follows = (following := self._next_words(end)) is not None and self._is_marked(following)
        if not quote_follows and text.endswith(">"):
            return False
        dated, addressed = bool(_DATE_HINT.search(text)), bool(_ADDRESS_HINT.search(text))
        if not (dated or addressed or quote_follows):
            return False
        lowered = text.lower()
        if any(verb in lowered for verb in phrases.WROTE):
            dated_verb = dated and text.endswith((":", "：", "-")) and _WROTE.search(lowered)
            if dated_verb or _ENDS_WROTE.search(lowered):
                return True
        # No verb that is known: a date, an address and a quote below them say the same in any language.
        return quote_follows and dated and addressed

    def _next_words(self, index: int) -> int | None:
        for later in range(index, len(self.lines)):
            if self.lines[later].strip():
                return later
        return None

    def _has_own_words(self, index: int) -> bool:
        return any(
            self.lines[before].strip()
            and self.kinds[before][0] is ZoneKind.LATEST
            and not _RULE.match(self.lines[before])
            for before in range(index)
        )


def _may_head(line: str) -> bool:
    """Whether a line may be the first of a header block."""
    colon = line.find(":", 0, 60)
    if colon <= 0:
        colon = -1 if line.isascii() else line.find("：", 0, 60)
    return colon > 0 and line[:colon].strip(" \t*_\u00a0").lower() in _LABELS


def _ends_like_attribution(text: str) -> bool:
    if text[-1:] not in _ATTRIBUTION_ENDS:
        return False
    stripped = text.rstrip("*_ \u00a0")
    if stripped.endswith((":", "：", ">")):
        return True
    # Zoho puts the attribution between dashes: no colon there.
    return stripped.endswith("--") and stripped.rstrip("- ").endswith(phrases.WROTE)


def _attribution_openings(lines: Sequence[str]) -> set[int]:
    """Return where an attribution may begin: not further above a line that ends like one than it may be long."""
    openings: set[int] = set()
    for index, line in enumerate(lines):
        if line[-1:] in _ATTRIBUTION_ENDS and _ends_like_attribution(line):
            openings.update(range(max(0, index - _ATTRIBUTION_LINES + 1), index + 1))
    return openings


def header_block(lines: Sequence[str], start: int) -> tuple[int, str] | None:
    """Return (end, from whom) of a header block as mail programs put above a quoted mail; None where there is none.

    It must name a sender and either a subject, or a date while the sender is an address: a train ticket's
    "From: Berlin, To: Hamburg, Date: 3 May" is none.
    """
    if start >= len(lines) or (lines[start].strip() and not _may_head(lines[start])):
        return None
    sender, seen, blank = "", set[str](), 0
    has_address = False
    index = start
    while index < len(lines) and index < start + _HEADER_LINES and blank < 2:
        line = lines[index]
        match = _LABELLED.match(line)
        label = match[1].strip().lower() if match else ""
        if match and label in _LABELS:
            kind = (
                "from" if label in _FROM else "date" if label in _DATE else "subject" if label in _SUBJECT else "other"
            )
            if kind == "from" and "from" not in seen:
                sender, has_address = match[2].strip(), bool(_ADDRESS_HINT.search(match[2]))
            seen.add(kind)
        elif not line.strip():
            blank += 1
            if index == start or ("from" in seen and "subject" in seen):
                break
        elif not seen or not line.startswith((" ", "\t", "<")):
            break
        index += 1
    if "from" in seen and len(seen) >= 3 and ("subject" in seen or has_address):
        return index, sender
    if "from" in seen and has_address and ("date" in seen or "subject" in seen):
        return index, sender
    return None


def _author(text: str) -> str:
    """Return whose words an attribution announces: the name stands after the verb in German and Danish, else before."""
    opening = text.rstrip(":： ")
    verb = None
    for verb in _WROTE.finditer(opening.lower()):  # noqa: B007 - the last one is wanted
        pass
    if verb is None:
        return _plain_name(_BEFORE_NAME.sub("", opening))
    after = _plain_name(opening[verb.end() :])
    return after or _plain_name(_BEFORE_NAME.sub("", opening[: verb.start()]))


def _plain_name(text: str) -> str:
    return text.strip(" ,;:*_\"'()>«»")[:120]


def _runs(marks: Sequence[tuple[ZoneKind, str]]) -> list[Run]:
    runs: list[Run] = []
    first = 0
    for index in range(1, len(marks) + 1):
        kind, label = opening = marks[first]
        if index < len(marks):
            mark = marks[index]
            if mark is opening or (mark[0] is kind and mark[1] in (label, "")):
                continue
        runs.append(Run(kind, first, index, label))
        first = index
    return runs if marks else []
