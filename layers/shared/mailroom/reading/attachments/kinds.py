"""One attachment to its finding: decides by content who reads it."""

from collections.abc import Callable

from mailroom.domain.message import AttachmentOutcome
from mailroom.reading import charsets, limits
from mailroom.reading.attachments import sniff
from mailroom.reading.attachments.finding import Finding, UnreadableError, skipped

_KIND_NAMES = {
    sniff.PDF: "a PDF",
    "image/png": "a PNG picture",
    "image/jpeg": "a JPEG picture",
    "image/gif": "a GIF picture",
    "image/webp": "a WebP picture",
    sniff.DOCX: "a Word document",
    sniff.XLSX: "an Excel sheet",
    "text/calendar": "a calendar entry",
    "text/vcard": "a business card",
    "application/zip": "a ZIP archive",
    sniff.TNEF: "a winmail.dat file",
}
_EXTENSIONS = {
    ".pdf": sniff.PDF,
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".gif": "image/gif",
    ".webp": "image/webp",
    ".docx": sniff.DOCX,
    ".xlsx": sniff.XLSX,
}
_UNREAD = {
    sniff.OLE: "is in an Office format from before 2007, or locked with a password",
    sniff.PPTX: "is a presentation",
    sniff.ZIP: "is an archive; archives are not unpacked",
    "application/gzip": "is an archive; archives are not unpacked",
    "application/x-7z-compressed": "is an archive; archives are not unpacked",
    "application/vnd.rar": "is an archive; archives are not unpacked",
    "application/x-bzip2": "is an archive; archives are not unpacked",
    "application/x-xz": "is an archive; archives are not unpacked",
    "application/x-msdownload": "is a program",
    "application/x-elf": "is a program",
}


def read_attachment(
    data: bytes, *, name: str, declared_type: str, charset: str, part: str, deadline: limits.Deadline
) -> Finding:
    """Return what one attachment holds; never raises. Reasons are whole sentences for an operations person."""
    called = f"The attachment {name}" if name else f"An attachment without a name (part {part})"
    found = sniff.sniff(data, declared_type, name)
    try:
        _refuse(data, found, _claimed_type(declared_type, name), deadline)
        finding = _reader_for(found)(data, name, part, charset, deadline)
    except UnreadableError as error:
        return skipped(found, f"{called} {error}: not read.")
    except Exception as error:  # noqa: BLE001 - foreign bytes break foreign parsers in ways nobody can list
        return skipped(found, f"{called} is damaged ({type(error).__name__}): not read.")
    finding.media_type = found
    finding.notes = [f"{called} {note}" for note in finding.notes]
    return finding


def _refuse(data: bytes, found: str, claimed: str, deadline: limits.Deadline) -> None:
    """Raise UnreadableError for what is not even to be looked into."""
    if not data:
        raise UnreadableError("is empty")
    if len(data) > limits.ATTACHMENT_BYTES:
        raise UnreadableError(f"is larger than {limits.ATTACHMENT_BYTES // 2**20} MB")
    if found == sniff.UNKNOWN and claimed in _KIND_NAMES:
        raise UnreadableError(f"claims to be {_KIND_NAMES[claimed]} but is not")
    if found in _UNREAD:
        raise UnreadableError(_UNREAD[found])
    if deadline.passed:
        raise UnreadableError("came late in a message that took too long to read")


def _claimed_type(declared_type: str, name: str) -> str:
    if declared_type in _KIND_NAMES:
        return declared_type
    dot = name.rfind(".")
    return _EXTENSIONS.get(name[dot:].lower(), declared_type) if dot >= 0 else declared_type


_Reader = Callable[[bytes, str, str, str, limits.Deadline], Finding]


def _reader_for(media_type: str) -> _Reader:
    if media_type in _READERS:
        return _READERS[media_type]
    if media_type.startswith("image/"):
        return _read_picture
    if media_type.startswith(("text/", "message/")):
        return _read_text
    return _read_unknown


def _read_unknown(_data: bytes, _name: str, _part: str, _charset: str, _deadline: limits.Deadline) -> Finding:
    raise UnreadableError("is of a kind that nobody here can read")


def _read_text(data: bytes, _name: str, _part: str, charset: str, _deadline: limits.Deadline) -> Finding:
    text, note = charsets.decode(data[: limits.ATTACHMENT_CHARACTERS * 4], charset)
    finding = Finding("text/plain", pages=[(0, charsets.clean(text))])
    if note:
        finding.notes.append(f"was repaired: {note}")
    return finding


def _read_html(data: bytes, name: str, part: str, charset: str, deadline: limits.Deadline) -> Finding:
    finding = _read_text(data, name, part, charset, deadline)
    finding.html = finding.pages[0][1]
    finding.pages = []
    return finding


def _read_picture(data: bytes, name: str, part: str, _charset: str, _deadline: limits.Deadline) -> Finding:
    from mailroom.reading.attachments.pictures import read_picture  # noqa: PLC0415 - Pillow only where a picture is

    picture = read_picture(data, name=name, part=part)
    return Finding(picture.media_type, AttachmentOutcome.SHOWN, pictures=[picture])


def _read_pdf(data: bytes, name: str, part: str, _charset: str, deadline: limits.Deadline) -> Finding:
    from mailroom.reading.attachments.pdf import read_pdf  # noqa: PLC0415 - pdfium only where a PDF is

    return read_pdf(data, name=name, part=part, deadline=deadline)


def _read_docx(data: bytes, _name: str, _part: str, _charset: str, _deadline: limits.Deadline) -> Finding:
    from mailroom.reading.attachments.office import docx_text  # noqa: PLC0415 - zip and XML only where needed

    return Finding(sniff.DOCX, pages=[(0, docx_text(data))])


def _read_xlsx(data: bytes, _name: str, _part: str, _charset: str, _deadline: limits.Deadline) -> Finding:
    from mailroom.reading.attachments.office import xlsx_sheets  # noqa: PLC0415 - zip and XML only where needed

    return Finding(sniff.XLSX, pages=[(number, text) for number, text in enumerate(xlsx_sheets(data), 1) if text])


def _read_calendar(data: bytes, _name: str, _part: str, charset: str, _deadline: limits.Deadline) -> Finding:
    from mailroom.reading.attachments.calendars import calendar_text  # noqa: PLC0415 - only where needed

    return Finding("text/calendar", pages=[(0, calendar_text(charsets.decode(data, charset or "utf-8")[0]))])


def _read_vcard(data: bytes, _name: str, _part: str, charset: str, _deadline: limits.Deadline) -> Finding:
    from mailroom.reading.attachments.vcards import vcard_text  # noqa: PLC0415 - only where needed

    return Finding("text/vcard", pages=[(0, vcard_text(charsets.decode(data, charset or "utf-8")[0]))])


def _read_tnef(data: bytes, _name: str, _part: str, _charset: str, _deadline: limits.Deadline) -> Finding:
    from mailroom.reading.attachments.tnef import read_tnef  # noqa: PLC0415 - only where needed

    return read_tnef(data)


def _read_rtf(data: bytes, _name: str, _part: str, _charset: str, _deadline: limits.Deadline) -> Finding:
    from mailroom.reading.attachments.rtf import rtf_text  # noqa: PLC0415 - only where needed

    return Finding("application/rtf", pages=[(0, rtf_text(data))])


_READERS: dict[str, _Reader] = {
    sniff.PDF: _read_pdf,
    sniff.DOCX: _read_docx,
    sniff.XLSX: _read_xlsx,
    sniff.TNEF: _read_tnef,
    "text/calendar": _read_calendar,
    "text/vcard": _read_vcard,
    "text/html": _read_html,
    "application/rtf": _read_rtf,
}
