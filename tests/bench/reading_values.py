"""The share of gold values that can be located in what reading would send to the model, and what it costs in tokens."""

import base64
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reading_gold import CORPORA, labelled

from mailroom.domain.doctype import FieldSpec, ValueKind
from mailroom.domain.evidence import Method
from mailroom.domain.evidence_location import locate_in
from mailroom.domain.locate.index import MessageIndex
from mailroom.domain.message import Message
from mailroom.reading import estimate_tokens, read_email, select
from mailroom.reading.assembly import Piece, Pieces

CONTEXT_TOKENS = 200_000
_GROUNDED = {Method.EXACT, Method.NORMALISED, Method.FORMAT}
_ANY_WORDS = (ValueKind.TEXT, ValueKind.NAME, ValueKind.ADDRESS, ValueKind.IDENTIFIER)
_ALPHANUMERIC = re.compile(r"[^\W_]+")


@dataclass
class Located:
    """Values found of values asked for, and the estimated tokens of the source file and of what is sent."""

    found: int = 0
    asked: int = 0
    tokens_raw: int = 0
    tokens_sent: int = 0

    @property
    def share(self) -> float:
        return self.found / self.asked if self.asked else 0.0


def located(name: str, missing: list[str] | None = None) -> Located:
    """Read every document of a labelled set as the mail it would come in, and look for its gold values."""
    result = Located()
    for document in labelled(name):
        raw, source = _as_mail(document)
        message = read_email(raw)
        selection = select(message, budget_tokens=CONTEXT_TOKENS)
        result.tokens_raw += estimate_tokens(source)
        result.tokens_sent += selection.tokens
        index = MessageIndex(_as_sent(message, selection.zones))
        for field, values in document["gold"].items():
            for value in values:
                result.asked += 1
                if _found(str(value), field, index):
                    result.found += 1
                elif missing is not None:
                    missing.append(f"{name} {document['id']} {field}: {value}")
    return result


def _as_mail(document: dict[str, Any]) -> tuple[bytes, str]:
    """Return the mail that carries a document, and the text that sending the source itself would cost."""
    path = CORPORA / document["source"] if document["source"] else None
    if path is None or path.suffix in (".csv", ".json"):
        return _mail("text/plain", document["text"].encode()), document["text"]
    data = path.read_bytes()
    if path.suffix == ".eml":
        return data, data.decode("utf-8", "replace")
    if path.suffix == ".pdf":
        # What a PDF costs without reading: its text as plainly extracted, which the labelled set holds.
        return _mail("application/pdf", data, path), document["text"]
    return _mail("text/html" if path.suffix == ".html" else "text/plain", data), data.decode("utf-8", "replace")


def _mail(media_type: str, data: bytes, path: Path | None = None) -> bytes:
    name = f'; name="{path.name}"' if path else "; charset=utf-8"
    head = f"MIME-Version: 1.0\r\nContent-Type: {media_type}{name}\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    return head.encode() + base64.encodebytes(data)


def _as_sent(message: Message, zones: tuple[Any, ...]) -> Message:
    """Return the message as the model sees it: only the zones that are sent."""
    pieces = Pieces(body=[Piece(zone.kind, message.words_of(zone), zone.part, zone.label, zone.page) for zone in zones])
    text, kept, _ = pieces.assemble()
    return Message(channel=message.channel, text=text, zones=kept)


def _found(value: str, field: str, index: MessageIndex) -> bool:
    moment = re.match(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d)", value)
    if moment and _grounded(moment[1], ValueKind.DATE, index):
        # A ticket states the day once and the times in a table below, in its country's way: 9:05, 09.05, 9h05.
        hour, minute = moment[2].split(":")
        return bool(re.search(rf"(?<!\d)0?{int(hour)}[:.h]{minute}(?!\d)", index.message.text))
    if re.search(r"\w", value):
        kinds = dict.fromkeys((_kind_of(value, field), *_ANY_WORDS))
        if any(_grounded(value, kind, index) for kind in kinds):
            return True
    # The last resort is the plainest: the value's characters, white space, case and punctuation aside; then its words,
    # wherever they stand (an address that runs around a logo).
    text = index.message.text.casefold()
    if "".join(_ALPHANUMERIC.findall(value.casefold())) in "".join(_ALPHANUMERIC.findall(text)):
        return bool(_ALPHANUMERIC.search(value)) or value in index.message.text
    words = re.findall(r"\w+", value.casefold())
    known = set(re.findall(r"\w+", text))
    # Scanned receipts and their gold were typed by different people: one word in five may be spelt differently.
    return len(words) >= 4 and sum(word in known for word in words) >= 0.8 * len(words)


def _grounded(value: str, kind: ValueKind, index: MessageIndex) -> bool:
    spec = FieldSpec(name="value", kind=kind, description="")
    return locate_in(index, value=value, quote=value, spec=spec).method in _GROUNDED


def _kind_of(value: str, field: str) -> ValueKind:
    if re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        return ValueKind.DATE
    if re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d", value):
        return ValueKind.DATETIME
    if re.fullmatch(r"-?\d+(\.\d+)?", value):
        return ValueKind.AMOUNT
    named = {"urrency": ValueKind.CURRENCY, "ountry": ValueKind.COUNTRY, "telephone": ValueKind.PHONE}
    if kind := next((kind for word, kind in named.items() if word in field), None):
        return kind
    return ValueKind.URL if value.startswith("http") else ValueKind.TEXT
