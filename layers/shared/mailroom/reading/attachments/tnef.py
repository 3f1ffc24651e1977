"""Outlook's winmail.dat (TNEF): the body and the attachments inside it ([MS-OXTNEF])."""

import struct
from collections.abc import Iterator

from mailroom.reading import charsets, limits
from mailroom.reading.attachments.finding import Finding, UnreadableError
from mailroom.reading.attachments.rtf import rtf_text

_HEADER_BYTES = 6
_BODY = 0x0002800C
_MAPI_PROPERTIES = 0x00069003
_ATTACHMENT_START = 0x00069002
_ATTACHMENT_TITLE = 0x00018010
_ATTACHMENT_DATA = 0x0006800F
_ATTACHMENT_PROPERTIES = 0x00069005
_SUBJECT = 0x00018004
_CODEPAGE = 0x00069007

# MAPI property ids ([MS-OXPROPS]).
_PLAIN_BODY, _RTF_BODY, _HTML_BODY = 0x1000, 0x1009, 0x1013
_LONG_NAME, _MEDIA_TYPE = 0x3707, 0x370E

_FIXED_SIZES = {0x02: 4, 0x03: 4, 0x04: 4, 0x05: 8, 0x06: 8, 0x07: 8, 0x0A: 4, 0x0B: 4, 0x14: 8, 0x40: 8, 0x48: 16}
_STRING8, _UNICODE, _BINARY, _OBJECT = 0x1E, 0x1F, 0x102, 0x0D
_PROPERTIES = 4_000

# The dictionary that compressed RTF starts with ([MS-OXRTFCP] section 2.1.2.1).
_RTF_DICTIONARY = (
    b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript "
    b"\\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par "
    b"\\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx"
)


def read_tnef(data: bytes) -> Finding:
    """Return the body as text or HTML and the files inside. Raises UnreadableError where nothing can be made out."""
    reader = _Reader()
    seen = False
    for attribute, value in _attributes(data):
        seen = True
        reader.take(attribute, value)
    if not seen:
        raise UnreadableError("is a damaged winmail.dat file")
    reader.keep_file()
    if reader.body.strip() and not reader.finding.html:
        reader.finding.pages = [(0, charsets.clean(reader.body))]
    return reader.finding


class _Reader:
    """Attributes of one attachment follow each other; the next one's start ends them."""

    def __init__(self) -> None:
        self.finding = Finding("application/vnd.ms-tnef")
        self.body = ""
        self._codec = "cp1252"
        self._name = self._media_type = ""
        self._content = b""

    def take(self, attribute: int, value: bytes) -> None:
        if attribute == _CODEPAGE and len(value) >= 4:
            self._codec = charsets.codec_name(f"cp{struct.unpack_from('<I', value)[0]}") or self._codec
        elif attribute == _BODY:
            self.body = self.body or value.rstrip(b"\x00").decode(self._codec, "replace")
        elif attribute == _MAPI_PROPERTIES:
            self.body = _read_bodies(_properties(value, self._codec), self.finding) or self.body
        elif attribute == _ATTACHMENT_START:
            self.keep_file()
        elif attribute == _ATTACHMENT_TITLE:
            self._name = self._name or value.rstrip(b"\x00").decode(self._codec, "replace")
        elif attribute == _ATTACHMENT_DATA:
            self._content = value
        elif attribute == _ATTACHMENT_PROPERTIES:
            properties = _properties(value, self._codec)
            self._name = _text(properties.get(_LONG_NAME)) or self._name
            self._media_type = _text(properties.get(_MEDIA_TYPE))

    def keep_file(self) -> None:
        if self._content and len(self.finding.embedded) < limits.PARTS:
            kind = self._media_type or "application/octet-stream"
            self.finding.embedded.append((self._name, kind, self._content))
        self._name, self._media_type, self._content = "", "", b""


def _text(value: bytes | str | None) -> str:
    return value if isinstance(value, str) else ""


def _read_bodies(properties: dict[int, bytes | str], finding: Finding) -> str:
    """Keep the HTML body on the finding, and return the plain one, made from RTF where there is no other."""
    html = properties.get(_HTML_BODY)
    if isinstance(html, bytes) and html.strip():
        finding.html = charsets.decode(html)[0]
    elif isinstance(html, str):
        finding.html = html
    plain = _text(properties.get(_PLAIN_BODY))
    compressed = properties.get(_RTF_BODY)
    if not plain.strip() and not finding.html and isinstance(compressed, bytes):
        plain = rtf_text(decompress_rtf(compressed))
    return plain


def _attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    position = _HEADER_BYTES
    while position + 9 <= len(data):
        attribute, length = struct.unpack_from("<II", data, position + 1)
        start = position + 9
        yield attribute, data[start : start + length]
        position = start + length + 2


def _properties(data: bytes, codec: str) -> dict[int, bytes | str]:
    """Return the MAPI properties that are strings or bytes; stops where the bytes make no sense any more."""
    found: dict[int, bytes | str] = {}
    try:
        (count,) = struct.unpack_from("<I", data, 0)
        position = 4
        for _ in range(min(count, _PROPERTIES)):
            position = _property(data, position, codec, found)
    except (struct.error, IndexError):
        pass
    return found


def _property(data: bytes, position: int, codec: str, found: dict[int, bytes | str]) -> int:
    kind, identifier = struct.unpack_from("<HH", data, position)
    position += 4
    if identifier >= 0x8000:
        position = _skip_name(data, position)
    base, many = kind & 0x0FFF, bool(kind & 0x1000)
    if base in _FIXED_SIZES:
        values = struct.unpack_from("<I", data, position)[0] if many else 1
        return position + (4 if many else 0) + _FIXED_SIZES[base] * min(values, len(data))
    (values,) = struct.unpack_from("<I", data, position)
    position += 4
    for _ in range(min(values, _PROPERTIES)):
        (length,) = struct.unpack_from("<I", data, position)
        value = data[position + 4 : position + 4 + length]
        position += 4 + length + (-length % 4)
        if base == _UNICODE:
            found.setdefault(identifier, value.decode("utf-16-le", "replace").rstrip("\x00"))
        elif base == _STRING8:
            found.setdefault(identifier, value.decode(codec, "replace").rstrip("\x00"))
        elif base in (_BINARY, _OBJECT):
            found.setdefault(identifier, value)
    return position


def _skip_name(data: bytes, position: int) -> int:
    """Named properties carry a GUID and a number or a name."""
    (kind,) = struct.unpack_from("<I", data, position + 16)
    position += 20
    if kind == 0:
        return position + 4
    (length,) = struct.unpack_from("<I", data, position)
    return int(position + 4 + length + (-length % 4))


def decompress_rtf(data: bytes) -> bytes:
    """Return the RTF inside a PR_RTF_COMPRESSED value ([MS-OXRTFCP]); damaged ones give what can be saved."""
    if len(data) < 16:
        return b""
    _, raw_size, magic, _ = struct.unpack_from("<IIII", data)
    if magic == 0x414C454D:  # "MELA": stored as it is
        return data[16 : 16 + raw_size]
    return _inflate(data, min(raw_size, limits.UNPACKED_BYTES))


def _inflate(data: bytes, allowed: int) -> bytes:
    """Undo LZFu: control bytes tell, bit by bit, whether a byte or a reference into the last 4,096 bytes follows."""
    window = bytearray(_RTF_DICTIONARY) + bytearray(4096 - len(_RTF_DICTIONARY))
    write, position = len(_RTF_DICTIONARY), 16
    output = bytearray()
    while position < len(data):
        control = data[position]
        position += 1
        for bit in range(8):
            reference = control >> bit & 1
            if len(output) >= allowed or position + reference >= len(data):
                return bytes(output[:allowed])
            if not reference:
                window[write] = data[position]
                output.append(data[position])
                write, position = (write + 1) % 4096, position + 1
                continue
            token = data[position] << 8 | data[position + 1]
            position += 2
            offset, length = token >> 4, (token & 0xF) + 2
            if offset == write:
                return bytes(output)
            for source in range(offset, offset + length):
                window[write] = window[source % 4096]
                output.append(window[write])
                write = (write + 1) % 4096
    return bytes(output)
