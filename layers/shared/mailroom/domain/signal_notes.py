"""The signals of a value as a short note that people can read and ``calibrate`` can read back: nothing is lost in it.

    exact latest denotes quoted score=1 candidates=2 labelled

Only what differs from the least that can be known is named. A note is some 50 characters long, so that a record can
afford one per value (docs/adr/0066).
"""

from collections.abc import Mapping

from mailroom.domain.confidence import Signals
from mailroom.domain.evidence import Method
from mailroom.domain.message import ZoneKind

_FLAGS: Mapping[str, str] = {
    "denotes": "denotes",
    "quoted": "quote_found",
    "labelled": "labelled",
    "unsure": "unsure",
    "unread_attachment": "attachment_skipped",
    "in_row": "in_row",
}
_VERDICTS: Mapping[str, str] = {
    "checksum": "checksum",
    "header": "agrees_with_headers",
    "second": "second_reading",
}
NOWHERE = "nowhere"


def noted(signals: Signals) -> str:
    """Return the note; the kind of value is kept beside it. The score is rounded to four places."""
    words = [str(signals.method), str(signals.zone or NOWHERE)]
    words += [word for word, name in _FLAGS.items() if getattr(signals, name)]
    words += [] if signals.valid else ["invalid"]
    for word, name in _VERDICTS.items():
        verdict = getattr(signals, name)
        words += [] if verdict is None else [f"{word}={'yes' if verdict else 'no'}"]
    words += [f"score={round(signals.score, 4):g}"] if signals.score else []
    words += [f"candidates={signals.candidates}"] if signals.candidates else []
    return " ".join(words)


def signals_from(note: str, kind: str = "") -> Signals | None:
    """Return what a note says of a value of that kind; None for no note, or one that this version cannot read."""
    words = note.split()
    try:
        method, zone = Method(words[0]), None if words[1] == NOWHERE else ZoneKind(words[1])
        flags = {_FLAGS[word]: True for word in words[2:] if word in _FLAGS}
        given = dict(word.split("=", 1) for word in words[2:] if "=" in word)
        return Signals(
            method=method,
            zone=zone,
            valid="invalid" not in words[2:],
            score=float(given.get("score", 0)),
            candidates=int(given.get("candidates", 0)),
            kind=kind,
            **flags,
            **{name: given[word] == "yes" for word, name in _VERDICTS.items() if word in given},
        )
    except (ValueError, IndexError):
        return None
