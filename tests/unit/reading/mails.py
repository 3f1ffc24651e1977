"""Small mails for the tests, built by hand so that every byte is known."""

import base64
import io
import zipfile


def mail(
    body: str = "Hello", *, headers: str = "From: Ana Diaz <ana@x.example>\r\nSubject: Order", kind: str = ""
) -> bytes:
    content_type = kind or "text/plain; charset=utf-8"
    return f"{headers}\r\nContent-Type: {content_type}\r\n\r\n{body}".encode()


def html_mail(body: str) -> bytes:
    return mail(body, kind="text/html; charset=utf-8")


def mixed(*parts: tuple[str, bytes]) -> bytes:
    """Return a multipart/mixed mail of (extra headers, content) parts, each base64."""
    lines = [b"From: ana@x.example", b"Subject: Files", b'Content-Type: multipart/mixed; boundary="b"', b""]
    for headers, content in parts:
        lines += [b"--b", headers.encode(), b"Content-Transfer-Encoding: base64", b"", base64.encodebytes(content)]
    return b"\r\n".join((*lines, b"--b--", b""))


def attachment(name: str, media_type: str, content: bytes) -> tuple[str, bytes]:
    head = f'Content-Type: {media_type}; name="{name}"\r\nContent-Disposition: attachment; filename="{name}"'
    return head, content


def pdf(text: str) -> bytes:
    """Return a one-page PDF with a text layer; pdfium rebuilds the cross-reference table that is left out."""
    stream = f"BT /F1 12 Tf 72 720 Td ({text}) Tj ET".encode()
    font = b"<< /F1 5 0 R >>"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources << /Font %s >> >>" % font,
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    body = b"".join(b"%d 0 obj\n%s\nendobj\n" % (number, item) for number, item in enumerate(objects, 1))
    return b"%PDF-1.4\n" + body + b"trailer << /Root 1 0 R /Size 6 >>\n%%EOF\n"


def picture(width: int, height: int, kind: str = "PNG") -> bytes:
    from PIL import Image

    buffer = io.BytesIO()
    Image.new("RGB", (width, height), (200, 30, 30)).save(buffer, kind)
    return buffer.getvalue()


def zipped(members: dict[str, str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    return buffer.getvalue()
