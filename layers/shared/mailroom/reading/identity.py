"""Who wrote this message: its header block as pairs, and an identity that survives redelivery.

Standard library only, and light: ``receive_email`` imports this module on every cold start.
"""

import hashlib
import re
from collections.abc import Iterable

HEAD_LIMIT_BYTES = 256 * 1024
"""More header than this is an attack or an accident: the rest is not looked at (Exchange allows 256 KiB)."""

_FIELD = re.compile(rb"([!-9;-~]{1,120})[ \t]*:[ \t]*([^\n]*(?:\n[ \t][^\n]*)*)\n?")
_FIELDS = re.compile(rb"(?:" + _FIELD.pattern + rb")|([\x00-\xff])")
_FOLD = re.compile(rb"\r?\n[ \t]+")
_NOT_PLAIN = re.compile(r"[^!-~]+")

_MACHINE_WRITTEN = (
    "message-id",
    "date",
    "in-reply-to",
    "references",
    "content-type",  # its boundary is drawn anew for each mail
    "dkim-signature",  # covers the body and what the sender wrote by hand
)
"""What the sending program writes once and no hop rewrites, in plain ASCII, so that every reader sees the same."""


def split_head(raw: bytes, start: int = 0, end: int | None = None) -> tuple[list[tuple[bytes, bytes]], int, list[str]]:
    """Split a header block from what follows it.

    Returns the fields as raw (name, value) pairs, still folded, the offset of the body's first byte, and in words what
    was repaired. A line that is neither a field nor a continuation ends the block, as in every common mail reader.
    """
    fields: list[tuple[bytes, bytes]] = []
    defects: list[str] = []
    position = _skip_envelope_line(raw, start) if start == 0 else start
    end = len(raw) if end is None else end
    limit = min(end, position + HEAD_LIMIT_BYTES)
    if (usual := _usual_head(raw, position, limit)) is not None:
        return (*usual, defects)
    while position < limit:
        match = _FIELD.match(raw, position, limit)
        if match is None:
            if raw.startswith((b"\n", b"\r\n"), position):
                return fields, min(raw.find(b"\n", position) + 1, end), defects
            defects.append("The headers end without an empty line: what follows was read as the body.")
            break
        fields.append((match[1], match[2]))
        position = match.end()
    if position >= limit and limit < end:
        defects.append("The headers are longer than 256 KiB: the rest of them was read as the body.")
    return fields, min(position, end), defects


def _usual_head(raw: bytes, start: int, limit: int) -> tuple[list[tuple[bytes, bytes]], int] | None:
    """Return the fields and the body's first byte of a block without flaws, in one call; None where it has any."""
    ends = [at for mark in (b"\n\n", b"\n\r\n") if (at := raw.find(mark, start, limit)) >= 0]
    if not ends or raw[start : start + 1] in (b"\r", b"\n"):
        return None
    end = min(ends) + 1
    found = _FIELDS.findall(raw, start, end)
    if any(stray for _, _, stray in found):
        return None
    return [(name, value) for name, value, _ in found], raw.find(b"\n", end) + 1


def _skip_envelope_line(raw: bytes, start: int) -> int:
    """Step over what mailboxes put before the first header: a byte order mark, empty lines, mbox's ``From`` line."""
    position = start
    if raw.startswith(b"\xef\xbb\xbf", position):
        position += 3
    while raw[position : position + 1] in (b"\r", b"\n") and position < start + 64:
        position += 1
    if raw[position : position + 5].lstrip(b">") in (b"From ", b"From"):
        line_end = raw.find(b"\n", position)
        position = len(raw) if line_end < 0 else line_end + 1
    return position


def text_of(value: bytes) -> str:
    """Return a raw header value as text, unfolded: UTF-8 (RFC 6532), Windows-1252 where it is not; never raises."""
    value = (_FOLD.sub(b" ", value) if b"\n" in value else value).rstrip()
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("cp1252", "replace")


def header_pairs(raw_head: bytes) -> list[tuple[str, str]]:
    """Return the (name, value) pairs of a header block; whole messages will do, and nothing raises.

    Names keep their spelling, values are unfolded but still encoded (RFC 2047 words stay as they are).
    """
    head = raw_head if b"\n" in raw_head[:HEAD_LIMIT_BYTES] else raw_head.replace(b"\r", b"\n")
    return [(text_of(name), text_of(value)) for name, value in split_head(head)[0]]


def sender_identity(headers: Iterable[tuple[str, str]]) -> str | None:
    """Return the SHA-256, in hex, of the headers that the sending program wrote; None where there is no Message-ID.

    The same mail delivered twice, over different hops, has the same identity; two mails that merely share a
    Message-ID have not. What people write (Subject, names) is left out: SES tells it decoded, the stored mail holds it
    encoded, and both must come to the same. Order between different headers does not count.
    """
    found: dict[str, list[str]] = {name: [] for name in _MACHINE_WRITTEN}
    for name, value in headers:
        lowered = name.strip().lower()
        if lowered in found:
            found[lowered].append(_NOT_PLAIN.sub("", value))
    if not any(found["message-id"]):
        return None
    digest = hashlib.sha256()
    for name, values in found.items():
        digest.update("\n".join((name, *values, "")).encode())
    return digest.hexdigest()
