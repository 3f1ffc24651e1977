"""Bytes to text, whatever the label says, and what had to be assumed on the way."""

import codecs
import re
import unicodedata
from functools import lru_cache

# Labels as browsers read them (WHATWG Encoding Standard, "Names and labels"), plus what mail programs invented.
_ALIASES = {
    "ascii": "cp1252",
    "us-ascii": "cp1252",
    "iso-8859-1": "cp1252",
    "iso8859-1": "cp1252",
    "latin1": "cp1252",
    "latin-1": "cp1252",
    "ansi_x3.4-1968": "cp1252",
    "ansi": "cp1252",
    "iso-8859-9": "cp1254",
    "iso-8859-11": "cp874",
    "tis-620": "cp874",
    "windows-874": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "chinesebig5": "cp950",
    "big5": "cp950",
    "big5-hkscs": "big5hkscs",
    "ks_c_5601-1987": "cp949",
    "ks_c_5601": "cp949",
    "ksc5601": "cp949",
    "euc-kr": "cp949",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "x-sjis": "cp932",
    "sjis": "cp932",
    "windows-31j": "cp932",
    "iso-2022-jp": "iso2022_jp_ext",
    "x-euc-jp": "euc_jp",
    "iso-8859-8-i": "iso8859_8",
    "iso-8859-8-e": "iso8859_8",
    "iso-8859-6-i": "iso8859_6",
    "x-mac-cyrillic": "mac_cyrillic",
    "x-mac-roman": "mac_roman",
    "macintosh": "mac_roman",
    "x-macintosh": "mac_roman",
    "x-mac-ce": "mac_latin2",
    "x-mac-greek": "mac_greek",
    "x-mac-turkish": "mac_turkish",
    "unicode-1-1-utf-7": "utf-7",
    "unicode-1-1-utf-8": "utf-8",
    "utf8": "utf-8",
    "utf-8mb4": "utf-8",
    "utf8mb4": "utf-8",
    "unicode": "utf-16",
    "ucs-2": "utf-16",
    "koi8": "koi8_r",
    "x-koi8-r": "koi8_r",
    "cp-850": "cp850",
    "x-cp1250": "cp1250",
    "x-cp1251": "cp1251",
    "x-cp1252": "cp1252",
    "win-1251": "cp1251",
    "win1251": "cp1251",
    "iso-10646-ucs-2": "utf-16-be",
}
# Words that mail programs write where they do not know.
_UNKNOWN = frozenset(
    {"", "default", "unknown", "unknown-8bit", "x-unknown", "x-user-defined", "binary", "8bit", "none"}
)
# Text codecs of Python's that no mail is written in, and that expand or execute escapes.
_UNFIT = frozenset({"unicode-escape", "raw-unicode-escape", "idna", "punycode", "undefined", "mbcs", "oem"})

_CONTROL = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_MARKS = re.compile(r"[^\w\s\x00-\x7f]{31,}")
_MARKS_PER_LETTER = 30
_LINE_END = re.compile("[\u2028\u2029\x85\x0c]")


@lru_cache(maxsize=256)
def codec_name(label: str) -> str | None:
    """Return the codec for a charset label, or None where nobody knows it."""
    cleaned = label.strip(" \t\"'").lower().replace("\x00", "")
    cleaned = _ALIASES.get(cleaned, cleaned)
    if cleaned in _UNKNOWN:
        return None
    candidates = (cleaned, cleaned.replace("windows-", "cp").replace("x-", "", 1), cleaned.replace("_", "-"))
    for candidate in candidates:
        try:
            found = codecs.lookup(candidate)
        except (LookupError, ValueError):
            continue
        if getattr(found, "_is_text_encoding", True) and found.name.replace("_", "-") not in _UNFIT:
            return found.name
    return None


def decode(data: bytes, label: str = "") -> tuple[str, str]:
    """Return the text of some bytes, and in words what was assumed ("" where the label was right); never raises."""
    if data.isascii() and b"\x1b" not in data and "utf-7" not in label and "16" not in label and "32" not in label:
        return data.decode("ascii"), ""
    for mark, codec in ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16")):
        if data.startswith(mark):
            return data.decode(codec, "replace").lstrip("\ufeff"), ""
    codec_found = codec_name(label)
    if codec_found is None:
        return _decode_unlabelled(data, label)
    return _decode_labelled(data, codec_found, label)


def _decode_labelled(data: bytes, codec: str, label: str) -> tuple[str, str]:
    if codec == "cp1252":
        # Senders write "us-ascii" and "iso-8859-1" over anything; valid multi-byte UTF-8 is never an accident.
        text = _strict(data, "utf-8")
        if text is not None:
            return text, f"The text is labelled {label} but is UTF-8: read as UTF-8."
        return data.decode("cp1252", "replace"), ""
    text = _strict(data, codec)
    if text is not None:
        return text, ""
    if codec != "utf-8" and (text := _strict(data, "utf-8")) is not None:
        return text, f"The text is labelled {label} but is UTF-8: read as UTF-8."
    text = data.decode(codec, "replace")
    damaged = text.count("\ufffd")
    if codec == "utf-8" and damaged * 3 > sum(byte > 0x7F for byte in data[:100_000]):
        return data.decode("cp1252", "replace"), "The text is labelled UTF-8 but is not: read as Windows-1252."
    return text, f"{damaged} characters of the text are not valid {label}: shown as \ufffd."


def _decode_unlabelled(data: bytes, label: str) -> tuple[str, str]:
    named = f"an unknown character set ({label[:40]})" if label.strip() else "no character set"
    if b"\x1b$" in data or b"\x1b(" in data:
        text = _strict(data, "iso2022_jp_ext")
        if text is not None:
            return text, f"The text names {named}: read as ISO-2022-JP."
    text = _strict(data, "utf-8")
    if text is not None:
        return text, f"The text names {named}: read as UTF-8." if label.strip() else ""
    return data.decode("cp1252", "replace"), f"The text names {named}: read as Windows-1252."


def _strict(data: bytes, codec: str) -> str | None:
    try:
        return data.decode(codec)
    except (UnicodeError, ValueError):
        return None


def clean(text: str) -> str:
    r"""Return text in NFC with ``\n`` line ends and without control characters and lone surrogates."""
    if text.isascii() and text.isprintable():
        return text
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    # isprintable() runs at the speed of C, the expressions do not: nearly every mail passes here.
    if not text.replace("\n", " ").replace("\t", " ").isprintable():
        text = _CONTROL.sub("", _LINE_END.sub("\n", text))
    return text if is_latin_1(text) else unicodedata.normalize("NFC", _MARKS.sub(_bounded_marks, text))


def is_latin_1(text: str) -> bool:
    """Say whether a text has no character beyond U+00FF: such a text has no combining marks and is in NFC as it is."""
    if text.isascii():
        return True
    try:
        text.encode("latin-1")
    except UnicodeEncodeError:
        return False
    return True


def _bounded_marks(match: re.Match[str]) -> str:
    """Keep 30 marks on one letter (UAX #15, "Stream-Safe Text Format"): sorting more takes time with their square."""
    kept, marks = [], 0
    for character in match[0]:
        marks = marks + 1 if unicodedata.combining(character) else 0
        if marks <= _MARKS_PER_LETTER:
            kept.append(character)
    return "".join(kept)
