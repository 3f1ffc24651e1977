"""The peers, run by the bench's own interpreter (.bench) in a process of their own; answers as JSON on standard output.

python reading_peers.py speed PEER < paths        seconds of mailroom and the peer, round by round and batch by batch
python reading_peers.py replies < texts.json      the lines that each reply parser keeps, by text
"""

# ruff: noqa: T201 - it answers on standard output
import gc
import importlib
import json
import logging
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

Reader = Callable[[bytes], Any]

LANGUAGES = ["en", "de", "da", "fr", "nl", "pl", "sv", "ja", "es", "it"]


def _mail_parser() -> Reader:
    mailparser = importlib.import_module("mailparser")

    def read(raw: bytes) -> Any:
        mail = mailparser.parse_from_bytes(raw)
        return mail.subject, mail.text_plain, mail.text_html, mail.attachments

    return read


def _fast_mail_parser() -> Reader:
    return importlib.import_module("fast_mail_parser").parse_email


def _eml_parser() -> Reader:
    parser = importlib.import_module("eml_parser").EmlParser(include_raw_body=True, include_attachment_data=True)
    return parser.decode_email_bytes


_ROUNDS = 5
_BATCH = 25
_SHARED = Path(__file__).resolve().parents[2] / "layers" / "shared"

READERS = {"mail-parser": _mail_parser, "fast-mail-parser": _fast_mail_parser, "eml-parser": _eml_parser}


def measure(read: Reader, paths: list[str]) -> dict[str, float]:
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


def _paired(peer: str, paths: list[str]) -> dict[str, Any]:
    """Return processor seconds by round and batch, ``ours`` and ``theirs``, measured so that a busy machine hurts both.

    Both read the same files in the same process on one core, batch by batch in turn; who goes first alternates. Before
    that, one round warms both up and counts what they raise.
    """
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    sys.path.insert(0, str(_SHARED))  # the peers' environment does not have us installed
    readers = (importlib.import_module("mailroom.reading").read_email, READERS[peer]())
    files = [Path(path).read_bytes() for path in paths]
    raised = [sum(_seconds(reader, [raw])[1] for raw in files) for reader in readers]
    batches = [files[start : start + _BATCH] for start in range(0, len(files), _BATCH)]
    rounds: tuple[list[list[float]], list[list[float]]] = ([], [])
    for number in range(_ROUNDS):
        for seconds in rounds:
            seconds.append([])
        for index, batch in enumerate(batches):
            for which in (0, 1) if (number + index) % 2 else (1, 0):
                gc.collect()  # nobody pays for what the other left behind
                rounds[which][-1].append(_seconds(readers[which], batch)[0])
    return {"ours": rounds[0], "theirs": rounds[1], "raised_by_us": raised[0], "raised": raised[1]}


def _seconds(read: Reader, files: list[bytes]) -> tuple[float, int]:
    raised = 0
    started = time.process_time()
    for raw in files:
        try:
            read(raw)
        except Exception:  # noqa: BLE001 - that it raises is what is counted
            raised += 1
    return time.process_time() - started, raised


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
        print(json.dumps(_paired(sys.argv[2], sys.stdin.read().splitlines())))
    else:
        print(json.dumps(_replies(json.load(sys.stdin))))
