"""Header values: RFC 2047 words, RFC 2231 parameters, addresses and dates, all read forgivingly."""

import binascii
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache
from urllib.parse import unquote_to_bytes

from mailroom.domain.message import Address
from mailroom.reading.charsets import clean, decode

_WORD = re.compile(r"=\?([^?\s]{0,40})\?([bBqQ])\?([^?]*)\?=")
_BETWEEN_WORDS = re.compile(r"(\?=)\s+(?==\?[^?\s]{0,40}\?[bBqQ]\?)")
_PARAMETER = re.compile(
    r""";\s*([^\s=;"*]+)(\*\d+)?(\*)?\s*=\s*(?:"((?:[^"\\]|\\.)*)"?|([^;]*))""",
    re.DOTALL,
)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_MAILBOX = re.compile(r"<\s*([^<>]*?)\s*>?\s*$")
_BARE_ADDRESS = re.compile(r"[^\s<>()\",;:]+@[^\s<>()\",;:]+")
_COMMENT = re.compile(r"\(([^()]*)\)")
_ADDRESS_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"?|<[^>]*>?|\([^()]*\)?|[,;]|[^",;<(]+', re.DOTALL)

# What most headers hold: one mailbox, with or without a name, and nothing that is quoted, encoded or listed.
_PLAIN_MAILBOX = re.compile(r"\s*([^\"(),:;<>@=\\]*)<([^\s\"(),:;<>=]*)>\s*")

_MAX_ADDRESSES = 500


def decode_words(value: str) -> str:
    """Return a header value with its RFC 2047 words decoded, NFC, white space folded; never raises."""
    if not value:
        return ""
    if "=?" not in value:
        return " ".join(clean(value).split())
    value = _BETWEEN_WORDS.sub(r"\1", value)
    pieces: list[str] = []
    pending, pending_charset, position = b"", "", 0
    for match in _WORD.finditer(value):
        charset = match[1].partition("*")[0]
        gap = value[position : match.start()]
        # A character may be split over two words (forbidden, and common): bytes are joined before they are decoded.
        if gap or charset.lower() != pending_charset.lower():
            pieces.append(decode(pending, pending_charset)[0])
            pending = b""
        pieces.append(gap)
        pending += _word_bytes(match[3], match[2])
        pending_charset, position = charset, match.end()
    pieces.append(decode(pending, pending_charset)[0])
    pieces.append(value[position:])
    return " ".join(clean("".join(pieces)).split())


def _word_bytes(payload: str, encoding: str) -> bytes:
    data = payload.encode("utf-8", "replace")
    if encoding in "bB":
        try:
            return binascii.a2b_base64(data + b"=" * (-len(data) % 4)) or data
        except binascii.Error:
            return data
    return binascii.a2b_qp(data, header=True)


def parse_parameters(value: str) -> tuple[str, dict[str, str]]:
    """Return a header's main value and its parameters by name, both lower-cased, RFC 2231 joined and decoded."""
    main, parameters = _parameters(value)
    return main, parameters.copy()


@lru_cache(maxsize=256)
def _parameters(value: str) -> tuple[str, dict[str, str]]:
    """Nearly all mail is declared in the same few ways, word by word."""
    main, semicolon, rest = value.partition(";")
    main = "".join((_COMMENT.sub("", main) if "(" in main else main).split()).lower().strip("\"'")
    if not semicolon:
        return main, {}
    plain: dict[str, str] = {}
    continued: dict[str, list[tuple[int, bool, str]]] = {}
    for match in _PARAMETER.finditer(semicolon + rest):
        name = match[1].lower()
        text = _ESCAPED.sub(r"\1", match[4]) if match[4] is not None else match[5].strip()
        if match[2] or match[3]:
            order = int(match[2][1:6]) if match[2] else 0
            continued.setdefault(name, []).append((order, bool(match[3]), text))
        else:
            plain.setdefault(name, text)
    for name, pieces in continued.items():
        plain[name] = _join_continuations(pieces)
    return main, plain


def _join_continuations(pieces: list[tuple[int, bool, str]]) -> str:
    data, charset = b"", ""
    for index, (_, encoded, text) in enumerate(sorted(pieces, key=lambda piece: piece[0])):
        value = text
        if encoded and index == 0 and value.count("'") >= 2:
            charset, _, value = value.split("'", 2)
        data += unquote_to_bytes(value) if encoded else value.encode("utf-8", "replace")
    return decode(data, charset or "utf-8")[0]


def parse_addresses(value: str) -> tuple[Address, ...]:
    """Return every mailbox of an address header, groups opened, comments as names where there is no other."""
    if not value:
        return ()
    if value.isascii() and value.isprintable() and (plain := _PLAIN_MAILBOX.fullmatch(value)) and plain[2]:
        return (Address(" ".join(plain[1].split()).strip(" \"'"), plain[2]),)
    found = []
    for item in _split_addresses(value):
        address = _parse_address(item)
        if address.name or address.email:
            found.append(address)
        if len(found) >= _MAX_ADDRESSES:
            break
    return tuple(found)


def _split_addresses(value: str) -> Iterator[str]:
    current: list[str] = []
    for token in _ADDRESS_TOKEN.findall(value):
        if token in (",", ";"):
            yield "".join(current)
            current = []
        else:
            current.append(token)
    yield "".join(current)


def _parse_address(item: str) -> Address:
    match = _MAILBOX.search(item)
    if match:
        name = item[: match.start()]
        email = match[1].replace(" ", "").removeprefix("mailto:")
    else:
        bare = _BARE_ADDRESS.search(item)
        if bare is None:
            return Address(_clean_name(item), "") if ":" not in item else Address("", "")
        email = bare[0]
        comment = _COMMENT.search(item)
        name = comment[1] if comment else item[: bare.start()]
    if ":" in name and not name.lstrip().startswith('"'):
        name = name.rpartition(":")[2]  # a group's name belongs to none of its members
    return Address(_clean_name(name), decode_words(email))


def _clean_name(name: str) -> str:
    stripped = name.strip()
    if stripped.startswith('"'):
        stripped = _ESCAPED.sub(r"\1", stripped.strip('"'))
    return decode_words(stripped).strip(" \"'")


def parse_date(value: str) -> datetime | None:
    """Return a Date header as an aware datetime, UTC where it names no zone; None where it is no date."""
    from email.utils import parsedate_to_datetime  # noqa: PLC0415 - kept out of the import of this package

    try:
        parsed = parsedate_to_datetime(_COMMENT.sub("", value))
        return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
