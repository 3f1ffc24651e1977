"""``mailroom read``: how a message is read, zone by zone."""

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.text import Text

from local.cli.tables import console
from local.inputs import FORM_TYPES
from mailroom.domain.message import Message, ZoneKind
from mailroom.reading import estimate_tokens, read_email, read_form

COLOURS = {
    ZoneKind.HEADER: "cyan",
    ZoneKind.LATEST: "bold",
    ZoneKind.QUOTED: "dim",
    ZoneKind.FORWARDED: "blue",
    ZoneKind.SIGNATURE: "magenta",
    ZoneKind.DISCLAIMER: "dim magenta",
    ZoneKind.ATTACHMENT: "green",
    ZoneKind.HIDDEN: "red",
    ZoneKind.STRUCTURED: "yellow",
    ZoneKind.FORM: "bold",
}


def run(path: Path, *, as_json: bool, form: str) -> int:
    """Read one file and print it; returns the exit code."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        print(f"{path}: {error.strerror or error}.", file=sys.stderr)
        return 2
    content_type = FORM_TYPES.get(path.suffix.lower())
    message = read_form(raw, content_type=content_type, form=form or path.stem) if content_type else read_email(raw)
    if as_json:
        print(json.dumps(as_data(message), ensure_ascii=False, indent=2))
    else:
        show(message, console())
    return 0


def as_data(message: Message) -> dict[str, Any]:
    """Return a message as JSON-ready data; pictures by their size, not their bytes."""
    data = asdict(message)
    data["sent_at"] = message.sent_at.isoformat() if message.sent_at else None
    for picture in data["pictures"]:
        picture["size_bytes"] = len(picture.pop("data"))
    for zone, source in zip(data["zones"], message.zones, strict=True):
        zone["text"] = message.words_of(source)
    return data


def show(message: Message, out: Console) -> None:
    """Print the zones in colour with their spans, then attachments and defects."""
    for zone in message.zones:
        place = f"{zone.start}–{zone.end}" + (f"  part {zone.part}" if zone.part else "")
        place += f"  page {zone.page}" if zone.page else ""
        label = f"  {zone.label}" if zone.label else ""
        out.print(f"[reverse] {zone.kind} [/reverse][dim] {place}{escape(label)}[/dim]")
        out.print(Text(_printable(message.words_of(zone)), style=COLOURS[zone.kind]))
    for attachment in message.attachments:
        reason = f": {attachment.reason}" if attachment.reason else ""
        out.print(
            Text(
                f"attachment {attachment.part}  {_printable(attachment.name)}  {attachment.media_type}"
                f"  {attachment.size_bytes:,} bytes  {attachment.outcome}{_printable(reason)}"
            )
        )
    for defect in message.defects:
        out.print(Text(f"defect: {_printable(defect)}", style="yellow"))
    facts = [f"{len(message.text):,} characters", f"about {estimate_tokens(message.text):,} tokens"]
    if message.pictures:
        facts.append(f"{len(message.pictures)} pictures")
    if message.language:
        facts.append(f"language {message.language}")
    out.print(Text(", ".join(facts), style="dim"))


def _printable(text: str) -> str:
    """Return text that cannot steer a terminal: control characters, the escape among them, are shown, not sent."""
    return "".join(
        char if char in "\n\t" or char.isprintable() or char == "\u3000" else "\N{REPLACEMENT CHARACTER}"
        for char in text
    )
