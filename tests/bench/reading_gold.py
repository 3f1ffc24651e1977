"""Gold of the shared corpora, read in place: text parts of MIME trees, values of labelled sets, lines of replies."""

import html
import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

CORPORA = Path(__file__).resolve().parents[3] / "shared" / "corpora"

_WORD = re.compile(r"\w+")
_NOT_SHOWN = re.compile(r"<!--.*?-->|<(style|script|title)\b.*?</\1\s*>", re.DOTALL | re.IGNORECASE)
_TAG = re.compile(r"<[^>]*>")
_PART_SHARE = 0.95
_MAIL_SUFFIXES = {".eml", ".msg", ".txt", ".raw", ".email", ""}


@dataclass(frozen=True)
class GoldPart:
    """One text part that a reader should recover from a raw message."""

    source: str
    raw: bytes
    text: str


def mails() -> list[Path]:
    """Return every raw message of the corpora, in a fixed order."""
    found = [path for path in (CORPORA / "mime").rglob("*") if path.is_file() and _is_mail(path)]
    return sorted((*found, *(CORPORA / "reply").rglob("*.eml"), *(CORPORA / "labelled").rglob("*.eml")))


def _is_mail(path: Path) -> bool:
    if path.suffix in (".json", ".xml", ".out", ".golden", ".md", ".png", ".gif", ".jpg", ".zip", ".pdf", ".bin"):
        return False
    return path.suffix in _MAIL_SUFFIXES or path.parent.name in ("cur", "new") or "sisimai" in path.parts


def gold_parts() -> Iterator[GoldPart]:
    """Yield the text parts of the stalwart and mime4j gold trees that hold words at all."""
    for part in (*_stalwart(), *_mime4j()):
        if _WORD.search(part.text):
            yield part


def _stalwart() -> Iterator[GoldPart]:
    for path in sorted((CORPORA / "mime" / "stalwart").rglob("*.json")):
        tree = json.loads(path.read_text("utf-8"))
        if not isinstance(tree, dict) or "parts" not in tree:
            continue
        crlf = path.name.endswith(".crlf.json")
        source = path.with_name(path.name.replace(".crlf.json", ".eml").replace(".json", ".eml"))
        if not source.exists():
            continue
        raw = source.read_bytes()
        if crlf:
            raw = raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
        for text in _stalwart_texts(tree):
            yield GoldPart(path.name, raw, text)


def _stalwart_texts(tree: dict[str, Any]) -> Iterator[str]:
    for part in tree["parts"]:
        body = part["body"]
        if not isinstance(body, dict):
            continue
        if "Text" in body:
            yield body["Text"]
        elif "Html" in body:
            yield visible_words(body["Html"])
        elif "Message" in body:
            yield from _stalwart_texts(body["Message"])


def _mime4j() -> Iterator[GoldPart]:
    for path in sorted((CORPORA / "mime" / "mime4j").rglob("*_decoded.xml")):
        source = path.with_name(path.name.replace("_decoded.xml", ".msg"))
        tree = ET.fromstring(path.read_bytes())
        for entity in tree.iter():
            body = entity.find("text-body")
            if body is None:
                continue
            header = " ".join(field.text or "" for field in entity.iter("field"))
            charset = re.search(r"charset=\"?([\w.-]+)", header)
            data = path.with_name(body.get("name", "")).read_bytes()
            try:
                text = data.decode(charset[1] if charset else "utf-8")
            except (LookupError, UnicodeDecodeError):
                text = data.decode("latin-1")
            if re.search(r"Content-Type:\s*text/html", header, re.IGNORECASE):
                text = visible_words(text)
            yield GoldPart(path.name, source.read_bytes(), text)


def visible_words(markup: str) -> str:
    """Return the words of HTML by the simplest means there is, so that no reader is measured with its own ruler."""
    return html.unescape(_TAG.sub(" ", _NOT_SHOWN.sub(" ", markup)))


def recovered(gold: str, text: str) -> bool:
    """Whether a text holds a part: as it stands up to white space, or at least 95 % of its words."""
    if "".join(gold.split()) in "".join(text.split()):
        return True
    wanted = Counter(_WORD.findall(gold.lower()))
    missing = sum((wanted - Counter(_WORD.findall(text.lower()))).values())
    return missing <= (1 - _PART_SHARE) * sum(wanted.values())


def labelled(name: str) -> list[dict[str, Any]]:
    """Return the documents of a labelled set: id, text, gold values by field, source file."""
    return [json.loads(line) for line in (CORPORA / "labelled" / f"{name}.jsonl").read_text("utf-8").splitlines()]
