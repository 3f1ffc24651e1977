"""The peers, run by the bench's own interpreter (.bench) in a process of their own; answers as JSON on standard output.

python reading_peers.py speed PEER < paths        seconds of one pass over the files, and what it raised
python reading_peers.py replies < texts.json      the lines that each reply parser keeps, by text
"""

# ruff: noqa: T201 - it answers on standard output
import importlib
import json
import logging
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

LANGUAGES = ["en", "de", "da", "fr", "nl", "pl", "sv", "ja", "es", "it"]


def _mail_parser() -> Callable[[bytes], Any]:
    mailparser = importlib.import_module("mailparser")

    def read(raw: bytes) -> Any:
        mail = mailparser.parse_from_bytes(raw)
        return mail.subject, mail.text_plain, mail.text_html, mail.attachments

    return read


def _fast_mail_parser() -> Callable[[bytes], Any]:
    return importlib.import_module("fast_mail_parser").parse_email


def _eml_parser() -> Callable[[bytes], Any]:
    parser = importlib.import_module("eml_parser").EmlParser(include_raw_body=True, include_attachment_data=True)
    return parser.decode_email_bytes


READERS = {"mail-parser": _mail_parser, "fast-mail-parser": _fast_mail_parser, "eml-parser": _eml_parser}


def measure(read: Callable[[bytes], Any], paths: list[str]) -> dict[str, float]:
    """Return the processor seconds of one pass, the wall seconds of the slowest file, and how many files raised."""
    raised, slowest = 0, 0.0
    files = [Path(path).read_bytes() for path in paths]
    started = time.process_time()
    for raw in files:
        begun = time.perf_counter()
        try:
            read(raw)
        except Exception:  # noqa: BLE001 - that it raises is what is counted
            raised += 1
        slowest = max(slowest, time.perf_counter() - begun)
    return {"seconds": time.process_time() - started, "raised": raised, "slowest": slowest, "files": len(files)}


def _replies(texts: dict[str, str]) -> dict[str, dict[str, list[str]]]:
    talon = importlib.import_module("talon.quotations")
    github = importlib.import_module("email_reply_parser").EmailReplyParser
    multilingual = importlib.import_module("mailparser_reply").EmailReplyParser(languages=LANGUAGES)
    keepers: dict[str, Callable[[str], str]] = {
        "talon": talon.extract_from_plain,
        "email-reply-parser": github.parse_reply,
        "mail-parser-reply": lambda text: multilingual.read(text).latest_reply or "",
    }
    return {name: {key: _kept(keep, text) for key, text in texts.items()} for name, keep in keepers.items()}


def _kept(keep: Callable[[str], str], text: str) -> list[str]:
    try:
        return keep(text).splitlines()
    except Exception:  # noqa: BLE001 - a peer that raises keeps nothing
        return []


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    if sys.argv[1] == "speed":
        print(json.dumps(measure(READERS[sys.argv[2]](), sys.stdin.read().splitlines())))
    else:
        print(json.dumps(_replies(json.load(sys.stdin))))
