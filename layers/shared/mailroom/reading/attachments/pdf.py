"""PDF: the text layer page by page, and pictures of the pages that have none. Read by pdfium, as Chrome does."""

import threading
from typing import TYPE_CHECKING

from mailroom.domain.message import AttachmentOutcome, Picture
from mailroom.reading import limits
from mailroom.reading.attachments.finding import Finding, UnreadableError
from mailroom.reading.attachments.pictures import EDGE_PX, encode, scaled_size

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument, PdfPage  # type: ignore[import-untyped]  # ships no types

# pdfium is not thread-safe (pypdfium2's README, "Thread incompatibility"), and a batch is read by several threads.
_PDFIUM = threading.Lock()
_TEXTLESS_CHARACTERS = 8
"""A scanned page's "text layer" is often a page number or a stamp."""


def read_pdf(data: bytes, *, name: str, part: str, deadline: limits.Deadline) -> Finding:
    """Return a PDF's texts by page and pictures of its textless pages. Raises UnreadableError where it is shut."""
    import pypdfium2  # noqa: PLC0415 - 30 ms and 10 MB that few messages need

    with _PDFIUM:
        try:
            document = pypdfium2.PdfDocument(data)
        except pypdfium2.PdfiumError as error:
            locked = "password" in str(error).lower()
            raise UnreadableError("is locked with a password" if locked else "is a damaged PDF") from error
        try:
            return _read_pages(document, name=name, part=part, deadline=deadline)
        finally:
            document.close()


def _read_pages(document: "PdfDocument", *, name: str, part: str, deadline: limits.Deadline) -> Finding:
    finding = Finding("application/pdf")
    total = len(document)
    unseen = 0
    for number in range(1, min(total, limits.PDF_PAGES) + 1):
        if deadline.passed:
            finding.notes.append(f"has {total} pages, of which {number - 1} were read: reading took too long.")
            break
        page = document[number - 1]
        text = _page_text(page)
        if len(text.strip()) >= _TEXTLESS_CHARACTERS:
            finding.pages.append((number, text))
        elif len(finding.pictures) < limits.PDF_PAGES_RENDERED:
            if text.strip():
                finding.pages.append((number, text))
            finding.pictures.append(_render(page, number, name=name, part=part))
        else:
            unseen += 1
        page.close()
    if total > limits.PDF_PAGES:
        finding.notes.append(f"has {total} pages: only the first {limits.PDF_PAGES} were read.")
    if unseen:
        finding.notes.append(f"has {unseen} more scanned pages than the {limits.PDF_PAGES_RENDERED} that are shown.")
    if not finding.pages and finding.pictures:
        finding.outcome = AttachmentOutcome.SHOWN
    return finding


def _page_text(page: "PdfPage") -> str:
    text_page = page.get_textpage()
    try:
        return str(text_page.get_text_bounded(errors="replace"))
    finally:
        text_page.close()


def _render(page: "PdfPage", number: int, *, name: str, part: str) -> Picture:
    width, height = page.get_size()
    scale = EDGE_PX / max(width, height, 1.0)
    bitmap = page.render(scale=min(scale, 4.0), grayscale=False, may_draw_forms=False)
    image = bitmap.to_pil()
    try:
        return encode(image, scaled_size(*image.size), name=name, part=part, page=number)
    finally:
        bitmap.close()


def draw_page(data: bytes, number: int, *, name: str = "", part: str = "") -> Picture:
    """Return one page, counted from 1, as a picture for people. Raises UnreadableError where there is no such page."""
    import pypdfium2  # noqa: PLC0415 - as above

    with _PDFIUM:
        try:
            document = pypdfium2.PdfDocument(data)
        except pypdfium2.PdfiumError as error:
            raise UnreadableError("is a damaged PDF") from error
        try:
            if not 1 <= number <= min(len(document), limits.PDF_PAGES):
                raise UnreadableError("has no such page")
            page = document[number - 1]
            try:
                return _render(page, number, name=name, part=part)
            finally:
                page.close()
        finally:
            document.close()
