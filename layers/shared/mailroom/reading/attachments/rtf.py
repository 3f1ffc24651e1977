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
    codec = f"cp{codepage[1].decode()}" if codepage else "cp1252"
    pieces: list[str] = []
    stack: list[tuple[bool, int]] = []
    silent, skip_count, to_skip = False, 1, 0
    for word, number, hexadecimal, symbol, brace, plain in _TOKEN.findall(data):
        if brace == b"{":
            if len(stack) < _DEPTH:
                stack.append((silent, skip_count))
        elif brace == b"}":
            silent, skip_count = stack.pop() if stack else (False, 1)
        elif symbol == b"*" or word in _SILENT or (word == b"htmlrtf" and number != b"0"):
            silent = True
        elif word == b"htmlrtf":
            silent = False
        elif silent:
            continue
        elif word == b"u" and number:
            pieces.append(chr(int(number) % 0x10000))
            to_skip = skip_count
        elif word == b"uc":
            skip_count = int(number or b"1")
        elif word:
            pieces.append(_WRITTEN.get(word, "") or _QUOTES.get(word, ""))
        elif hexadecimal:
            to_skip, text = (to_skip - 1, "") if to_skip else (0, _byte(hexadecimal, codec))
            pieces.append(text)
        elif symbol:
            pieces.append(symbol.decode("latin-1") if symbol in b"\\{}" else "\u00a0" if symbol == b"~" else "")
        elif plain:
            text = plain.decode("latin-1")
            pieces.append(text[to_skip:])
            to_skip = 0
    return "".join(pieces)


def _byte(hexadecimal: bytes, codec: str) -> str:
    try:
        return bytes.fromhex(hexadecimal.decode()).decode(codec, "replace")
    except LookupError:
        return bytes.fromhex(hexadecimal.decode()).decode("cp1252", "replace")
