"""What bytes are, by their content; names and declared types only choose between kinds of text."""

import re

PDF = "application/pdf"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
OLE = "application/x-ole-storage"
TNEF = "application/vnd.ms-tnef"
ZIP = "application/zip"
UNKNOWN = "application/octet-stream"

# First bytes, from the formats' own specifications.
_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"\x78\x9f\x3e\x22", TNEF),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", OLE),
    (b"{\\rtf", "application/rtf"),
    (b"\x1f\x8b", "application/gzip"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"Rar!\x1a\x07", "application/vnd.rar"),
    (b"BZh", "application/x-bzip2"),
    (b"\xfd7zXZ\x00", "application/x-xz"),
    (b"MZ", "application/x-msdownload"),
    (b"\x7fELF", "application/x-elf"),
    (b"%!PS", "application/postscript"),
    (b"OggS", "audio/ogg"),
    (b"ID3", "audio/mpeg"),
    (b"RIFF", "application/x-riff"),
)
_HTML = re.compile(
    rb"^\s*(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body|table|div|p|meta|title)\b", re.IGNORECASE | re.DOTALL
)
_BINARY = re.compile(rb"[\x00-\x06\x0e-\x1a\x1c-\x1f]")
_TEXT_TYPES = ("text/", "message/")


def sniff(data: bytes, declared_type: str = "", name: str = "") -> str:
    """Return the media type of some bytes."""
    head = data[:1024]
    if head.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return "image/webp"
    if b"%PDF-" in head:
        return PDF  # ISO 32000-1, annex H.3.4: the mark may stand anywhere in the first 1,024 bytes
    if head.startswith(b"PK\x03\x04"):
        return _sniff_zip(data)
    if (
        head.startswith(b"BM")
        and len(data) > 26
        and int.from_bytes(data[2:6], "little") <= len(data) + 1024
        and b"\x00" in head[:20]
    ):
        return "image/bmp"
    for magic, media_type in _MAGIC:
        if head.startswith(magic):
            return media_type
    return _sniff_text(data, declared_type, name.lower())


def _sniff_zip(data: bytes) -> str:
    # Member names stand uncompressed in the local headers and, at the end, in the directory.
    names = data[:65_536] + data[-65_536:]
    for mark, media_type in ((b"word/document", DOCX), (b"xl/workbook", XLSX), (b"ppt/presentation", PPTX)):
        if mark in names:
            return media_type
    return ZIP


def _sniff_text(data: bytes, declared_type: str, name: str) -> str:
    sample = data[:4096]
    wide = sample.startswith((b"\xff\xfe", b"\xfe\xff"))
    if not wide and len(_BINARY.findall(sample)) * 50 > len(sample):
        return UNKNOWN
    opening = sample.lstrip(b"\xef\xbb\xbf \t\r\n")[:200].upper()
    for mark, media_type in ((b"BEGIN:VCALENDAR", "text/calendar"), (b"BEGIN:VCARD", "text/vcard")):
        if opening.startswith(mark):
            return media_type
    if _HTML.match(sample) or declared_type in ("text/html", "application/xhtml+xml"):
        return "text/html"
    return _plain_kind(declared_type, name)


def _plain_kind(declared_type: str, name: str) -> str:
    if declared_type == "text/csv" or name.endswith((".csv", ".tsv")):
        return "text/csv"
    if declared_type.startswith(_TEXT_TYPES):
        return declared_type
    return UNKNOWN if _claims_binary(declared_type, name) else "text/plain"


def _claims_binary(declared_type: str, name: str) -> bool:
    claims = declared_type.startswith(("image/", "audio/", "video/", "font/")) or declared_type == PDF
    return claims or name.endswith((".pdf", ".png", ".jpg", ".jpeg", ".gif", ".docx", ".xlsx", ".p7s", ".zip"))
