"""RTF to plain text: the words, not the looks (Rich Text Format Specification 1.9.1)."""

import re

_TOKEN = re.compile(
    rb"\\([a-z]{1,32})(-?\d{1,10})? ?|\\'([0-9a-f]{2})|\\([^a-z])|([{}])|[\r\n]+|([^\\{}\r\n]+)", re.IGNORECASE
)
_SILENT = frozenset(
    b"fonttbl colortbl stylesheet info pict object header footer headerl headerr footerl footerr themedata "
    b"datastore listtable listoverridetable rsidtbl generator xmlnstbl latentstyles filetbl revtbl".split()
)
_WRITTEN = {
    b"par": "\n",
    b"line": "\n",
    b"row": "\n",
    b"page": "\n",
    b"tab": "\t",
    b"cell": " | ",
    b"emdash": "—",
    b"endash": "–",
}
_QUOTES = {b"lquote": "‘", b"rquote": "’", b"ldblquote": "“", b"rdblquote": "”", b"bullet": "•"}
_DEPTH = 1_000


def rtf_text(data: bytes) -> str:
    """Return the text of an RTF document; markup that Outlook put around embedded HTML is passed over."""
    codepage = re.search(rb"\\ansicpg(\d{3,5})", data[:2_000])
    reader = _Reader(f"cp{codepage[1].decode()}" if codepage else "cp1252")
    for word, number, hexadecimal, symbol, brace, plain in _TOKEN.findall(data):
        if brace:
            reader.brace(opening=brace == b"{")
        elif symbol == b"*" or word in _SILENT or word == b"htmlrtf":
            reader.silent = number != b"0"
        elif not reader.silent:
            reader.take(word, number, hexadecimal, symbol or plain, escaped=bool(symbol))
    return "".join(reader.pieces)


class _Reader:
    """Groups nest; each restores what was in force before it."""

    def __init__(self, codec: str) -> None:
        self.pieces: list[str] = []
        self.silent = False
        self._codec = codec
        self._fallback_length = 1  # characters that stand in for a Unicode one in old programs (\\uc)
        self._to_skip = 0
        self._stack: list[tuple[bool, int]] = []

    def brace(self, *, opening: bool) -> None:
        if not opening:
            self.silent, self._fallback_length = self._stack.pop() if self._stack else (False, 1)
        elif len(self._stack) < _DEPTH:
            self._stack.append((self.silent, self._fallback_length))

    def take(self, word: bytes, number: bytes, hexadecimal: bytes, text: bytes, *, escaped: bool) -> None:
        if word == b"u" and number:
            self.pieces.append(chr(int(number) % 0x10000))
            self._to_skip = self._fallback_length
        elif word == b"uc":
            self._fallback_length = int(number or b"1") % 16
        elif word:
            self.pieces.append(_WRITTEN.get(word, "") or _QUOTES.get(word, ""))
        elif hexadecimal and self._to_skip:
            self._to_skip -= 1
        elif hexadecimal:
            self.pieces.append(_byte(hexadecimal, self._codec))
        elif escaped:
            self.pieces.append({b"~": "\u00a0", b"\\": "\\", b"{": "{", b"}": "}"}.get(text, ""))
        else:
            self.pieces.append(text.decode("latin-1")[self._to_skip :])
            self._to_skip = 0


def _byte(hexadecimal: bytes, codec: str) -> str:
    try:
        return bytes.fromhex(hexadecimal.decode()).decode(codec, "replace")
    except LookupError:
        return bytes.fromhex(hexadecimal.decode()).decode("cp1252", "replace")
