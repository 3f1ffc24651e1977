"""Content lines, the grammar that calendars (RFC 5545) and business cards (RFC 6350) share."""

import binascii
import re
from collections.abc import Iterator

_FOLD = re.compile(r"\r?\n[ \t]")
_SOFT_BREAK = re.compile(r"=\r?\n")
_NAME = re.compile(r"^(?:[\w-]+\.)?([\w-]+)((?:;(?:[^:\"]|\"[^\"]*\")*)?):(.*)$", re.DOTALL)
_ESCAPE = re.compile(r"\\([\\;,nN:])")


def content_lines(text: str) -> Iterator[tuple[str, dict[str, str], str]]:
    """Yield (NAME, parameters, unescaped value) of every line; lines that are none are passed over."""
    if "QUOTED-PRINTABLE" in text.upper():
        text = _SOFT_BREAK.sub("", text)  # vCard 2.1 folds its values as MIME does
    for line in _FOLD.sub("", text).splitlines():
        match = _NAME.match(line.strip())
        if match is None:
            continue
        parameters = _parameters(match[2])
        value = match[3]
        if parameters.get("ENCODING", "").upper() == "QUOTED-PRINTABLE":
            value = binascii.a2b_qp(value.encode("utf-8", "replace")).decode("utf-8", "replace")
        yield match[1].upper(), parameters, _ESCAPE.sub(lambda found: "\n" if found[1] in "nN" else found[1], value)


def _parameters(text: str) -> dict[str, str]:
    parameters: dict[str, str] = {}
    for piece in text.split(";")[1:]:
        name, equals, value = piece.partition("=")
        if equals:
            parameters[name.strip().upper()] = value.strip().strip('"')
        elif piece.strip().upper() in ("QUOTED-PRINTABLE", "BASE64"):
            parameters["ENCODING"] = piece.strip()
        elif piece.strip():
            parameters["TYPE"] = piece.strip()
    return parameters
