"""Reply corpora: which lines are the writer's own, which are quoted, and who labels them right.

The labels in reply_gold.json were drafted by our own marker and then corrected by reading every file, so they favour it
where a line is a matter of opinion: one letter per line, o = own, q = quoted (attribution included),
n = neither (blank, signature, footer). They hold no word of the corpora.
"""

import email
import email.policy
import json
from collections.abc import Iterator
from pathlib import Path

from reading_gold import CORPORA

from mailroom.domain.message import ZoneKind
from mailroom.reading import read_email

_GOLD = Path(__file__).with_name("reply_gold.json")


def gold() -> dict[str, str]:
    """Return the line labels by file."""
    labels: dict[str, str] = json.loads(_GOLD.read_text("utf-8"))
    return labels


def text_of(name: str) -> str:
    """Return the plain text of a reply."""
    raw = (CORPORA / "reply" / name).read_bytes()
    if not name.endswith(".eml"):
        return raw.decode("utf-8")
    message = email.message_from_bytes(raw, policy=email.policy.compat32)
    part = next(part for part in message.walk() if part.get_content_type() == "text/plain")
    payload = part.get_payload(decode=True)
    assert isinstance(payload, bytes)
    return payload.decode("utf-8", "replace").replace("\r\n", "\n")


def kept_by_us(text: str) -> list[str]:
    """Return the lines that reading labels as the latest message."""
    raw = b"From: a@example.com\nSubject: Answer\nContent-Type: text/plain; charset=utf-8\n\n" + text.encode()
    message = read_email(raw)
    latest = (message.words_of(zone) for zone in message.zones if zone.kind is ZoneKind.LATEST)
    return [line for words in latest for line in words.split("\n")]


def shares(kept: dict[str, list[str]]) -> tuple[float, float]:
    """Return (share of own lines kept, share of quoted lines kept)."""
    own = quoted = own_kept = quoted_kept = 0
    for name, labels in gold().items():
        for label, is_kept in _matched(text_of(name), labels, kept[name]):
            own += label == "o"
            quoted += label == "q"
            own_kept += label == "o" and is_kept
            quoted_kept += label == "q" and is_kept
    return own_kept / own, quoted_kept / quoted


def _matched(text: str, labels: str, kept: list[str]) -> Iterator[tuple[str, bool]]:
    """Follow the kept lines through the text; both are in the same order."""
    remaining = [words for line in kept if (words := " ".join(line.split()))]
    position = 0
    for line, label in zip(text.split("\n"), labels, strict=True):
        words = " ".join(line.split())
        if not words:
            continue
        is_kept = words in remaining[position : position + 40]
        if is_kept:
            position += remaining[position : position + 40].index(words) + 1
        yield label, is_kept
