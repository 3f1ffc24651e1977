"""Files as a person has them — .eml, .mbox, forms, folders — as the deliveries that the twin's doors take."""

import hashlib
import json
import mailbox
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from email.utils import getaddresses
from pathlib import Path

from mailroom.reading.identity import header_pairs

FORM_TYPES = {
    ".json": "application/json",
    ".urlencoded": "application/x-www-form-urlencoded",
    ".form": "application/x-www-form-urlencoded",
}
MAIL_SUFFIXES = frozenset({".eml", ".msg822", ".mbox"})
HEAD_BYTES = 64 * 1024


class InputError(Exception):
    """A file that cannot be taken in; the sentence names it and says what would help."""


@dataclass(frozen=True, slots=True)
class Mail:
    """One email and its envelope. ``ses_message_id`` follows from the bytes, so that two runs give the same records."""

    source: str
    raw: bytes = field(repr=False)
    mail_from: str
    recipients: tuple[str, ...]
    verdicts: Mapping[str, str] = field(default_factory=dict)

    @property
    def ses_message_id(self) -> str:
        """An id of SES's shape (lower-case letters and digits)."""
        return hashlib.sha256(self.raw).hexdigest()[:40]


@dataclass(frozen=True, slots=True)
class Form:
    """One form post."""

    source: str
    form: str
    body: bytes = field(repr=False)
    content_type: str


type Input = Mail | Form


def mail_of(raw: bytes, source: str, domain: str, *, mail_from: str = "", recipients: Sequence[str] = ()) -> Mail:
    """Give a bare message the envelope it may have had: whoever wrote it, to this deployment's domain."""
    headers = {name.lower(): value for name, value in reversed(header_pairs(raw[:HEAD_BYTES]))}
    written_by = next((address for _, address in getaddresses([headers.get("from", "")]) if address), "")
    to = [address for _, address in getaddresses([headers.get("to", "")]) if address.endswith("@" + domain)]
    return Mail(
        source=source,
        raw=raw,
        mail_from=mail_from or written_by or f"unknown@{domain}",
        recipients=tuple(recipients) or tuple(to) or (f"inbox@{domain}",),
    )


def inputs_of(path: Path, domain: str, *, form: str = "") -> Iterator[Input | InputError]:
    """Yield what a file or a folder holds, in the order of names; what cannot be taken in is yielded as an error."""
    if path.is_dir():
        taken = sorted(child for child in path.rglob("*") if child.suffix.lower() in MAIL_SUFFIXES | FORM_TYPES.keys())
        if not taken:
            yield InputError(f"{path}: no .eml, .mbox or form file in this folder.")
        for child in taken:
            yield from inputs_of(child, domain, form=form)
        return
    suffix = path.suffix.lower()
    try:
        if suffix == ".mbox":
            yield from _mbox(path, domain)
        elif suffix in MAIL_SUFFIXES:
            yield mail_of(_filled(path), str(path), domain)
        elif suffix in FORM_TYPES:
            yield Form(str(path), form or path.stem, path.read_bytes(), FORM_TYPES[suffix])
        else:
            yield InputError(f"{path}: not an .eml, .mbox, .json or .urlencoded file.")
    except OSError as error:
        yield InputError(f"{path}: {error.strerror or error}.")
    except InputError as error:
        yield error


def _filled(path: Path) -> bytes:
    raw = path.read_bytes()
    if not raw.strip():
        raise InputError(f"{path}: the file is empty.")
    return raw


def _mbox(path: Path, domain: str) -> Iterator[Mail]:
    if not path.is_file():
        raise InputError(f"{path}: there is no such file.")
    box = mailbox.mbox(path, create=False)
    try:
        for number, key in enumerate(box.keys(), start=1):
            yield mail_of(box.get_bytes(key), f"{path}#{number}", domain)
    finally:
        box.close()


@dataclass(frozen=True, slots=True)
class Sample:
    """One line of ``events/index.json``: an input, how often it is delivered, and a sentence about it."""

    input: Input
    deliveries: int
    note: str


def samples(events: Path, domain: str) -> list[Sample]:
    """Return the demo's inputs in their order."""
    forms = {Path(line["input"]).name: line for line in json.loads((events / "forms" / "index.json").read_text())}
    found = []
    for line in json.loads((events / "index.json").read_text()):
        path = events / line["input"]
        if path.parent.name == "forms":
            about = forms[path.name]
            item: Input = Form(line["input"], about["form"], path.read_bytes(), about["content_type"])
        else:
            bare = mail_of(
                path.read_bytes(),
                line["input"],
                domain,
                mail_from=line.get("mail_from", ""),
                recipients=line.get("recipients", ()),
            )
            item = Mail(bare.source, bare.raw, bare.mail_from, bare.recipients, line.get("verdicts", {}))
        found.append(Sample(item, 2 if line.get("deliver_twice") else 1, line.get("note", "")))
    return found
