"""A raw email to a Message: headers, bodies, attachments and what had to be repaired; never raises, for any bytes."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mailroom.domain.message import (
    Address,
    Attachment,
    AttachmentOutcome,
    Channel,
    Message,
    Picture,
    Zone,
    ZoneKind,
)
from mailroom.reading import bodies, limits
from mailroom.reading.assembly import Piece, Pieces
from mailroom.reading.flowed import unwrapped
from mailroom.reading.headers import decode_words, parse_addresses, parse_date
from mailroom.reading.languages import language_hint
from mailroom.reading.mime import Part, parse
from mailroom.reading.selection import ALTERNATIVE

if TYPE_CHECKING:
    from mailroom.reading.attachments import Finding

_SHOWN_HEADERS = (
    ("from", "From"),
    ("reply-to", "Reply-To"),
    ("to", "To"),
    ("cc", "Cc"),
    ("subject", "Subject"),
    ("date", "Date"),
)
_HEADER_CHARACTERS = 4_000
_TEXT_TYPES = frozenset(
    {"text/plain", "text/html", "text/enriched", "text/x-markdown", "text/markdown", "text/x-plain"}
)
_NESTED_NUMBERS = "{part}.{index}"


def read_email(raw: bytes) -> Message:
    """Return what reading makes of any bytes; ``Message.defects`` says in words what was repaired or is missing."""
    try:
        return _Reader().read(raw)
    except Exception as error:  # noqa: BLE001 - the last line of defence: a message is never lost to a bug in here
        sentence = f"The message could not be read to the end ({type(error).__name__}): only its headers were."
        return _headers_only(raw, sentence)


def _headers_only(raw: bytes, sentence: str) -> Message:
    try:
        root, _ = parse(raw[: raw.find(b"\n\n") + 2 if b"\n\n" in raw[:262_144] else 262_144])
        pieces = Pieces(headers=_header_pieces(root))
        text, zones, _ = pieces.assemble()
        return _message(root, text, zones, (sentence,))
    except Exception:  # noqa: BLE001 - nothing at all can be made of these bytes
        return Message(channel=Channel.EMAIL, text="", defects=(sentence,))


def _header_pieces(part: Part, kind: ZoneKind = ZoneKind.HEADER, number: str = "") -> list[Piece]:
    """One piece per header worth extracting from; the piece is the whole line, its name included."""
    pieces = []
    for name, label in _SHOWN_HEADERS:
        value = part.header(name)
        if value and (decoded := decode_words(value)[:_HEADER_CHARACTERS]):
            pieces.append(Piece(kind, f"{label}: {decoded}", number, label, tight=True))
    return pieces


def _message(
    root: Part,
    text: str,
    zones: tuple[Zone, ...],
    defects: Iterable[str],
    *,
    attachments: Iterable[Attachment] = (),
    pictures: Iterable[Picture] = (),
) -> Message:
    language, direction = language_hint(text, root.header("content-language"))
    senders = parse_addresses(root.header("from")) or parse_addresses(root.header("sender"))
    replies = parse_addresses(root.header("reply-to"))
    nobody = Address("", "")
    return Message(
        channel=Channel.EMAIL,
        text=text,
        zones=zones,
        subject=decode_words(root.header("subject")),
        sender=senders[0] if senders else nobody,
        reply_to=replies[0] if replies else nobody,
        recipients=parse_addresses(root.header("to")) + parse_addresses(root.header("cc")),
        sent_at=parse_date(date) if (date := root.header("date")) else None,
        message_id=decode_words(root.header("message-id")).strip(" <>"),
        in_reply_to=decode_words(root.header("in-reply-to")).strip(" <>")[:998],
        attachments=tuple(attachments),
        pictures=tuple(pictures),
        language=language,
        direction=direction,
        defects=tuple(dict.fromkeys(defects)),
    )


@dataclass(slots=True)
class _Reader:
    """Collects what the parts of one message hold."""

    pieces: Pieces = field(default_factory=Pieces)
    attachments: list[Attachment] = field(default_factory=list)
    pictures: list[Picture] = field(default_factory=list)
    defects: list[str] = field(default_factory=list)
    deadline: limits.Deadline = field(default_factory=limits.Deadline)
    subject: str = ""
    saved_mails: int = 0

    def read(self, raw: bytes) -> Message:
        if len(raw) > limits.MESSAGE_BYTES:
            size = len(raw) / 2**20
            return _headers_only(
                raw[:262_144], f"The mail has {size:.0f} MB, more than 40: only its headers were read."
            )
        root, defects = parse(raw)
        self.defects += defects
        if not raw.strip():
            self.defects.append("The message is empty.")
        self.subject = decode_words(root.header("subject"))
        self.pieces.headers = _header_pieces(root)
        self._read_part(root, nested=False)
        if not self.pieces.body and not self.pieces.attachments and raw.strip():
            self.defects.append("The mail has no text.")
        text, zones, cut = self.pieces.assemble()
        if cut:
            self.defects.append(
                f"The mail holds more than {limits.MESSAGE_CHARACTERS:,} characters: the rest was left out."
            )
        return _message(root, text, zones, self.defects, attachments=self.attachments, pictures=self.pictures)

    def _read_part(self, part: Part, *, nested: bool) -> None:
        if part.media_type == "multipart/alternative" and part.children:
            self._read_alternatives(part, nested=nested)
        elif part.media_type.startswith("multipart/"):
            self._read_around(part)
            for child in part.children:
                self._read_part(child, nested=nested)
        elif part.children:
            self._read_nested_message(part)
        elif self.deadline.passed:
            self.defects.append("Reading the mail took too long: some of its parts were left out.")
        elif self._is_body(part):
            self._add_body(self._body_of(part), part, nested=nested)
        else:
            self._read_attached(part)

    def _is_body(self, part: Part) -> bool:
        if part.media_type not in _TEXT_TYPES or part.disposition == "attachment":
            return False
        return not part.filename or part.disposition == "inline" or not self.pieces.body

    def _body_of(self, part: Part) -> bodies.Body:
        text = bodies.decode_part(part, self.defects)
        if part.media_type in ("text/html", "text/enriched"):
            return bodies.read_markup(text, self.defects)
        if part.parameters.get("format", "").lower() == "flowed":
            text = unwrapped(text, delete_space=part.parameters.get("delsp", "").lower() == "yes")
        return bodies.read_plain(text, self.defects)

    def _add_body(self, body: bodies.Body, part: Part, *, nested: bool) -> None:
        if nested:
            self.pieces.attachments.append(Piece(ZoneKind.FORWARDED, body.text, part.number))
            bodies.add_behind(body, self.pieces, part=part.number)
        else:
            bodies.add_body(body, self.pieces, part=part.number, subject=self.subject)

    def _read_alternatives(self, part: Part, *, nested: bool) -> None:
        """Take the rendering that says most, and keep what only the other one says."""
        plain = [
            child for child in part.children if child.media_type == "text/plain" and child.disposition != "attachment"
        ]
        markup = [
            child for child in part.children if child.media_type == "text/html" and child.disposition != "attachment"
        ]
        others = [child for child in part.children if child not in plain[:1] and child not in markup[:1]]
        related = next((child for child in others if child.media_type.startswith("multipart/")), None)
        if not markup and related is not None:
            found = next((leaf for leaf in related.walk() if leaf.media_type == "text/html"), None)
            if found is not None:
                markup = [found]
                others = [child for child in others if child is not related]
                others += [leaf for leaf in related.walk() if not leaf.children and leaf is not found]
        if plain and markup:
            self._read_both(plain[0], markup[0], nested=nested)
        elif plain or markup:
            chosen = (plain or markup)[0]
            self._add_body(self._body_of(chosen), chosen, nested=nested)
        for child in others:
            self._read_part(child, nested=nested)

    def _read_both(self, plain: Part, markup: Part, *, nested: bool) -> None:
        plain_body, markup_body = self._body_of(plain), self._body_of(markup)
        body, only_plain = bodies.choose_alternative(plain_body, markup_body)
        chosen, other = (plain, markup) if body.lines is plain_body.lines else (markup, plain)
        self._add_body(body, chosen, nested=nested)
        if only_plain:
            self.pieces.hidden.insert(0, Piece(ZoneKind.HIDDEN, only_plain, other.number, ALTERNATIVE))

    def _read_around(self, part: Part) -> None:
        """Keep what stands before and after the parts, except the note that every mail program puts there."""
        for label, data in (("before the parts", part.preamble), ("after the parts", part.epilogue)):
            if data and b"MIME" not in data[:400] and b"multi-part message" not in data[:400]:
                text = bodies.decode_text(data, self.defects)
                self.pieces.hidden.append(Piece(ZoneKind.HIDDEN, text, part.number, label))

    def _read_nested_message(self, part: Part) -> None:
        """An attached mail is a forwarded original: its own headers, its text, its attachments."""
        inner = part.children[0]
        label = decode_words(inner.header("from")) or part.filename
        start = len(self.pieces.attachments)
        headers = _header_pieces(inner, ZoneKind.FORWARDED, part.number)
        if headers:
            headers[0].tight = False
        self.pieces.attachments += headers
        self._read_part(inner, nested=True)
        for piece in self.pieces.attachments[start:]:
            if piece.kind is ZoneKind.FORWARDED and not piece.label:
                piece.label = label
        self.attachments.append(
            Attachment(
                name=part.filename or decode_words(inner.header("subject"))[:200],
                media_type="message/rfc822",
                declared_type=part.media_type,
                size_bytes=part.size,
                part=part.number,
                outcome=AttachmentOutcome.READ,
            )
        )

    def _read_saved_mail(self, part: Part) -> None:
        """A mail that was saved as a file and attached is a forwarded original like any other."""
        self.saved_mails += 1
        inner, defects = parse(part.content())
        self.defects += defects
        for leaf in inner.walk():
            leaf.number = f"{part.number}.{leaf.number or 1}"
        part.children = [inner]
        self._read_nested_message(part)

    def _read_attached(self, part: Part) -> None:
        if part.media_type == "application/x-too-deep":
            return
        if part.filename.lower().endswith(".eml") and self.saved_mails < limits.SAVED_MAILS:
            self._read_saved_mail(part)
            return
        charset = part.parameters.get("charset", "")
        self._read_file(
            part.content(), name=part.filename, declared=part.media_type, number=part.number, charset=charset
        )

    def _read_file(
        self, data: bytes, *, name: str, declared: str, number: str, charset: str = "", depth: int = 0
    ) -> None:
        from mailroom.reading.attachments import read_attachment  # noqa: PLC0415 - most mails have none

        finding = read_attachment(
            data, name=name, declared_type=declared, charset=charset, part=number, deadline=self.deadline
        )
        room = limits.PICTURES - len(self.pictures)
        if len(finding.pictures) > room:
            finding.notes.append(f"Not shown: the mail has more than {limits.PICTURES} pictures ({name or number}).")
            finding.pictures = finding.pictures[:room]
            if not finding.pictures and not finding.pages:
                finding.outcome, finding.reason = AttachmentOutcome.SKIPPED, finding.notes[-1]
        self.attachments.append(
            Attachment(name, finding.media_type, declared, len(data), number, finding.outcome, finding.reason)
        )
        self.pictures += finding.pictures
        self.defects += finding.notes
        if finding.reason and "tracking pixel" not in finding.reason:
            self.defects.append(finding.reason)
        self._keep_texts(finding, name, number)
        if depth < 2:
            for index, (inner_name, inner_type, inner_data) in enumerate(finding.embedded, 1):
                inner_number = _NESTED_NUMBERS.format(part=number, index=index)
                self._read_file(inner_data, name=inner_name, declared=inner_type, number=inner_number, depth=depth + 1)

    def _keep_texts(self, finding: "Finding", name: str, number: str) -> None:
        for page, text in finding.pages:
            lines = bodies.read_plain(text, self.defects).text[: limits.ATTACHMENT_CHARACTERS]
            self.pieces.attachments.append(Piece(ZoneKind.ATTACHMENT, lines, number, name, page))
        if finding.html:
            body = bodies.read_markup(finding.html, self.defects)
            self.pieces.attachments.append(Piece(ZoneKind.ATTACHMENT, body.text, number, name))
            bodies.add_behind(body, self.pieces, part=number)
