"""Any bytes to a tree of MIME parts: offsets into the raw message, nothing decoded before it is asked for.

Own code, because nothing else reads everything: see docs/adr/0031-reading-own-mime-walk.md for the measurements.
"""

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from mailroom.reading import limits
from mailroom.reading.headers import decode_words, parse_parameters
from mailroom.reading.identity import split_head, text_of

_BOUNDARY_GUESS = re.compile(
    rb"^--([^\r\n]{1,200}?)[ \t]*\r?\n(?:content-[a-z-]+[ \t]*:|[ \t]*\r?\n)", re.IGNORECASE | re.MULTILINE
)
_BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="
_NOT_BASE64 = bytes(byte for byte in range(256) if byte not in _BASE64)
_BASE64_RUNS = 1_000
_UU_BYTES = 4 * 1024 * 1024
_DELIMITER_LIKE_LINES = 100_000
_UU_BEGIN = re.compile(rb"^begin(?:-base64)? [0-7]{3,4} [^\r\n]*\r?\n", re.MULTILINE)
_KNOWN_HEADERS = frozenset(
    [
        "from",
        "to",
        "cc",
        "bcc",
        "subject",
        "date",
        "sender",
        "reply-to",
        "return-path",
        "received",
        "message-id",
        "mime-version",
        "content-type",
        "content-transfer-encoding",
        "content-disposition",
        "delivered-to",
        "x-mailer",
        "in-reply-to",
        "references",
        "list-id",
    ]
)
_BAD_NAME = re.compile(r"[\x00-\x1f\x7f/\\]+")


@dataclass(slots=True)
class Part:
    """One node of the tree: ``source[start:end]`` is its body, ``number`` its section number as in IMAP."""

    number: str
    headers: dict[str, bytes]
    source: bytes = field(repr=False)
    start: int
    end: int
    media_type: str = "text/plain"
    parameters: dict[str, str] = field(default_factory=dict)
    children: "list[Part]" = field(default_factory=list)
    preamble: bytes = field(default=b"", repr=False)
    epilogue: bytes = field(default=b"", repr=False)
    disposition: str = ""
    filename: str = ""

    def header(self, name: str) -> str:
        """Return a header's unfolded, still encoded value, "" where there is none."""
        value = self.headers.get(name)
        return text_of(value) if value is not None else ""

    @property
    def size(self) -> int:
        """Bytes of the body as it was sent, transfer encoding included."""
        return self.end - self.start

    def content(self) -> bytes:
        """Return the body with its transfer encoding undone; damaged encodings give what can be saved."""
        return decode_transfer(self.source[self.start : self.end], self.header("content-transfer-encoding"))

    def walk(self) -> "Iterator[Part]":
        """Yield this part and everything below it, in the order of the raw message."""
        stack = [self]
        while stack:
            part = stack.pop()
            yield part
            stack.extend(reversed(part.children))


@dataclass(slots=True)
class _Budget:
    """What is left of the limits while the tree is being built."""

    parts: int = limits.PARTS
    defects: list[str] = field(default_factory=list)

    def say(self, sentence: str) -> None:
        if sentence not in self.defects:
            self.defects.append(sentence)


def parse(raw: bytes) -> tuple[Part, list[str]]:
    """Return the tree of a raw message and what was repaired, in words; never raises for any bytes."""
    if b"\n" not in raw:
        raw = raw.replace(b"\r", b"\n")
    budget = _Budget()
    root = _parse_entity(raw, 0, len(raw), "text/plain", budget)
    if root.headers and not _KNOWN_HEADERS.intersection(root.headers):
        # Lines that look like headers and are none: a text was sent as it is, and none of it may be lost.
        root = Part(number="1", headers={}, source=raw, start=0, end=len(raw))
        budget.say("The mail has no headers: all of it was read as text.")
    _build(root, budget)
    return root, budget.defects


def _parse_entity(source: bytes, start: int, end: int, default_type: str, budget: _Budget) -> Part:
    """Read one entity's headers; its children are not looked at yet."""
    fields, body, defects = split_head(source, start, end) if start < end else ([], end, [])
    for defect in defects:
        budget.say(defect)
    headers: dict[str, bytes] = {}
    for name, value in fields:
        # The first of repeated fields counts, as in most readers; an empty one gives way.
        lowered = name.lower().decode("ascii")
        if not headers.get(lowered):
            headers[lowered] = value
    part = Part(number="", headers=headers, source=source, start=min(body, end), end=end)
    content_type = part.header("content-type")
    part.media_type, part.parameters = parse_parameters(content_type) if content_type else (default_type, {})
    if "/" not in part.media_type:
        # "Content-Type: text" and the like (RFC 2045 section 5.2 says text/plain for what cannot be understood).
        part.media_type = {"html": "text/html", "multipart": "multipart/mixed"}.get(part.media_type, "text/plain")
    named = part.parameters.get("name", "")
    if disposition := part.header("content-disposition"):
        part.disposition, parameters = parse_parameters(disposition)
        named = parameters.get("filename") or named
    part.filename = _safe_name(named) if named else ""
    return part


def _safe_name(name: str) -> str:
    return _BAD_NAME.sub("_", decode_words(name))[:200]


def _build(root: Part, budget: _Budget) -> None:
    """Open containers level by level, on a stack: a mail nested a thousand deep must not exhaust ours."""
    stack: list[tuple[Part, int]] = [(root, 0)]
    while stack:
        part, depth = stack.pop()
        if depth >= limits.NESTING:
            if _is_container(part):
                budget.say(f"The mail is nested deeper than {limits.NESTING} levels: what is deeper was not read.")
                part.media_type = "application/x-too-deep"
            continue
        if part.media_type.startswith("multipart/"):
            _open_multipart(part, budget)
        elif _is_message(part):
            _open_message(part, budget)
        stack.extend((child, depth + 1) for child in reversed(part.children))
    _number(root)


def _is_message(part: Part) -> bool:
    return part.media_type in ("message/rfc822", "message/global", "message/news")


def _is_container(part: Part) -> bool:
    return part.media_type.startswith("multipart/") or _is_message(part)


def _open_message(part: Part, budget: _Budget) -> None:
    encoding = part.header("content-transfer-encoding").strip().lower()
    source, start, end = part.source, part.start, part.end
    if encoding in ("base64", "quoted-printable", "x-uuencode"):
        # RFC 2046 section 5.2.1 forbids it; several programs do it.
        source = part.content()
        start, end = 0, len(source)
    if source[start:end].strip() and budget.parts > 0:
        budget.parts -= 1
        part.children = [_parse_entity(source, start, end, "text/plain", budget)]


def _open_multipart(part: Part, budget: _Budget) -> None:
    boundary = part.parameters.get("boundary", "").rstrip()
    encoding = part.header("content-transfer-encoding").strip().lower()
    if encoding in ("base64", "quoted-printable"):
        decoded = part.content()
        if boundary and b"--" + boundary.encode("utf-8", "replace") in decoded:
            part.source, part.start, part.end = decoded, 0, len(decoded)
    slices = _split(part, boundary.encode("utf-8", "replace"), budget) if boundary else []
    if not slices:
        guess = _BOUNDARY_GUESS.search(part.source, part.start, min(part.end, part.start + 65_536))
        slices = _split(part, guess[1], budget) if guess else []
        if slices:
            budget.say("The mail does not say where its parts begin: they were found by their form.")
    if not slices:
        budget.say("The mail claims to have several parts but has none: read as one text.")
        part.media_type = (
            "text/html" if b"<html" in part.source[part.start : part.start + 2_000].lower() else "text/plain"
        )
        return
    default = "message/rfc822" if part.media_type == "multipart/digest" else "text/plain"
    part.children = [_parse_part(part.source, start, end, default, budget) for start, end in slices]


def _parse_part(source: bytes, start: int, end: int, default: str, budget: _Budget) -> Part:
    child = _parse_entity(source, start, end, default, budget)
    if not child.headers and default == "text/plain":
        # A part without a header must start with an empty line; those that forget it would lose their first line.
        child.start = start if source[start : start + 2].strip(b"\r\n") else child.start
    return child


def _split(part: Part, boundary: bytes, budget: _Budget) -> list[tuple[int, int]]:
    """Return the spans between delimiter lines; preamble and epilogue are kept on the part."""
    source, marker = part.source, b"--" + boundary
    slices: list[tuple[int, int]] = []
    opened = -1
    last_end = part.start
    for line_start, line_end, closing in _delimiters(source, marker, part.start, part.end):
        if opened >= 0:
            slices.append((opened, _before_line_end(source, opened, line_start)))
        elif not slices:
            part.preamble = source[part.start : line_start].strip()
        opened = -1 if closing else line_end
        last_end = line_end
        if len(slices) >= budget.parts:
            budget.say(f"The mail has more than {limits.PARTS:,} parts: the rest were not read.")
            budget.parts = 0
            return slices
    if opened >= 0 and (opened < part.end or not slices):
        slices.append((opened, part.end))
    elif slices:
        part.epilogue = source[last_end : part.end].strip()
    budget.parts -= len(slices)
    return slices


def _delimiters(source: bytes, marker: bytes, start: int, end: int) -> Iterator[tuple[int, int, bool]]:
    """Yield (line start, next line's start, closing) of every delimiter line (RFC 2046 section 5.1.1)."""
    position = start
    for _ in range(_DELIMITER_LIKE_LINES):
        found = source.find(marker, position, end)
        if found < 0:
            return
        position = found + len(marker)
        if found > start and source[found - 1] not in b"\n\r":
            continue
        line_end = source.find(b"\n", position, end)
        line_end = end if line_end < 0 else line_end
        rest = source[position : min(line_end, position + 1_000)]
        closing = rest.startswith(b"--")
        # After the closing "--" anything may stand; after an opening one only white space, else it is another boundary.
        if rest.strip() and not closing:
            continue
        position = min(line_end + 1, end)
        yield found, position, closing


def _before_line_end(source: bytes, start: int, position: int) -> int:
    """The line end before a delimiter belongs to the delimiter."""
    if position > start and source[position - 1 : position] == b"\n":
        position -= 1
    if position > start and source[position - 1 : position] == b"\r":
        position -= 1
    return position


def _number(root: Part) -> None:
    """Give IMAP section numbers (RFC 9051 section 6.4.5); the root keeps "" when it is a container."""
    stack: list[tuple[Part, str]] = [(root, "")]
    if not _is_container(root) or not root.children:
        root.number = "1"
    while stack:
        part, prefix = stack.pop()
        if _is_message(part) and part.children:
            child = part.children[0]
            base = part.number or "1"
            part.number = base
            child.number = base if child.media_type.startswith("multipart/") else f"{base}.1"
            stack.append((child, base))
        else:
            for index, child in enumerate(part.children, 1):
                child.number = f"{prefix}.{index}" if prefix else str(index)
                stack.append((child, child.number))


def decode_transfer(data: bytes, encoding: str) -> bytes:
    """Undo a Content-Transfer-Encoding; unknown ones are taken as they are."""
    name = encoding.partition(";")[0].strip().strip("\"'").lower()
    if name == "base64":
        return _decode_base64(data)
    if name in ("quoted-printable", "quotedprintable", "quoted/printable"):
        return binascii.a2b_qp(data)
    if name in ("x-uuencode", "uuencode", "x-uue", "uue"):
        return _decode_uu(data)
    return data


def _decode_base64(data: bytes) -> bytes:
    try:
        decoded = binascii.a2b_base64(data)
    except binascii.Error:
        decoded = b""
    # Nothing lost: three bytes from four characters, line ends aside. Else parts were glued, or padding is missing.
    if len(decoded) * 4 >= (len(data) - data.count(b"\n") - data.count(b"\r")) * 3 - 12:
        return decoded
    pieces = []
    *runs, rest = data.translate(None, _NOT_BASE64).split(b"=", _BASE64_RUNS)
    for run in (*runs, rest.replace(b"=", b"")):
        usable = run if len(run) % 4 != 1 else run[:-1]
        if usable:
            pieces.append(binascii.a2b_base64(usable + b"=" * (-len(usable) % 4)))
    rescued = b"".join(pieces)
    return rescued if len(rescued) > len(decoded) else decoded


def _decode_uu(data: bytes) -> bytes:
    begin = _UU_BEGIN.search(data)
    pieces = []
    start = begin.end() if begin else 0
    for line in data[start : start + _UU_BYTES].splitlines():
        if line.strip() in (b"end", b"`", b""):
            continue
        try:
            pieces.append(binascii.a2b_uu(line))
        except binascii.Error:
            # Writers pad the last group wrongly; the length byte tells how much of the line counts (as in Python's uu).
            length = (((line[0] - 32) & 63) * 4 + 5) // 3
            try:
                pieces.append(binascii.a2b_uu(line[:length]))
            except binascii.Error:
                continue
    return b"".join(pieces)
