"""HTML to the lines a person sees, what is hidden from them, and the structured data beside them.

Parsed by lexbor through selectolax: ten to fifty times faster than the pure-Python parsers, and it reads tag soup as
browsers do (the HTML Standard's algorithm). Nothing is fetched, no script is run.
"""

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mailroom.reading.css import Look, hidden_selectors, look_of
from mailroom.reading.depth import without_depths

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

_BLOCKS = frozenset(
    [
        "address",
        "article",
        "aside",
        "blockquote",
        "body",
        "center",
        "dd",
        "details",
        "dialog",
        "dir",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figcaption",
        "figure",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "legend",
        "li",
        "main",
        "menu",
        "nav",
        "ol",
        "p",
        "pre",
        "section",
        "summary",
        "table",
        "tbody",
        "tfoot",
        "thead",
        "tr",
        "ul",
        "option",
    ]
)
_PARAGRAPHS = frozenset(["p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "blockquote", "pre"])
_CELLS = frozenset(("td", "th"))
_ROWS = frozenset(("tr", "table"))
_SKIPPED = frozenset(
    [
        "script",
        "style",
        "head",
        "meta",
        "link",
        "template",
        "object",
        "embed",
        "applet",
        "svg",
        "math",
        "iframe",
        "frame",
        "frameset",
        "audio",
        "video",
    ]
)
_QUOTE_CLASSES = re.compile(
    r"\b(gmail_quote|gmail_extra_quote|yahoo_quoted|protonmail_quote|tutanota_quote|zmail_extra|moz-cite-prefix|"
    r"mail_quote|OutlookMessageHeader|x_gmail_quote|quoted-text|mailQuote)\b"
)
_QUOTE_IDS = re.compile(r"^(x_)*(divRplyFwdMsg|OLK_SRC_BODY_SECTION|appendonsend|reply139content|mailcontent_quoted)$")
_WHITE = re.compile("[ \t\n\r\f\u00a0\u2000-\u200a\u202f\u205f\u3000]+")
_INLINE_LINK_LIMIT = 80
_NODE_LIMIT = 100_000
_OPENING = _BLOCKS | _CELLS | {"br", "img", "input", "a"}


@dataclass(slots=True)
class Line:
    """One visible line; ``quoted`` is 0 (no), 1 (in a bare blockquote) or 2 (marked as a quote by a mail program)."""

    text: str
    quoted: int = 0


@dataclass(slots=True)
class Page:
    """What an HTML document says: to the eye, behind its back, and to machines."""

    lines: list[Line] = field(default_factory=list)
    hidden: list[tuple[str, str]] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    structured: list[tuple[str, str]] = field(default_factory=list)
    truncated: bool = False

    @property
    def text(self) -> str:
        """The visible lines as one text."""
        return "\n".join(line.text for line in self.lines)


def read_html(source: str) -> Page:
    """Return the lines, hidden texts, long links and structured data of an HTML document, in reading order."""
    from selectolax.lexbor import LexborHTMLParser  # noqa: PLC0415 - 9 ms that plain mails do not pay

    from mailroom.reading.structured import structured_data  # noqa: PLC0415 - the same

    shallow = without_depths(source)
    tree = LexborHTMLParser(shallow)
    writer = _Writer()
    writer.page.truncated = len(shallow) < len(source)
    lowered = source.lower()
    if tree.root is None:
        return writer.page
    if "itemscope" in lowered or "ld+json" in lowered:
        writer.page.structured = structured_data(tree)
    if "<style" in lowered:
        writer.rules = hidden_selectors("\n".join(node.text() for node in tree.css("style")))
    title = tree.css_first("title")
    if title is not None and (words := " ".join(title.text().split())):
        writer.page.hidden.append(("title", words))
    _walk(tree.body or tree.root, writer)
    writer.finish()
    return writer.page


def _walk(root: "LexborNode", writer: "_Writer") -> None:
    """Visit every node once, without recursion: documents nested a hundred thousand deep exist to break readers."""
    node = root
    open_nodes: list[tuple[LexborNode, str]] = []
    for _ in range(_NODE_LIMIT):
        name = node.tag or ""
        if name == "-text":
            writer.words(node.text_content or "")
        elif name == "-comment":
            writer.comment(node.comment_content or "")
        elif name not in _SKIPPED:
            writer.enter(node, name)
            child = node.child
            if child is not None:
                open_nodes.append((node, name))
                node = child
                continue
            writer.leave(name)
        # Next in document order: a sibling, or the sibling of the nearest ancestor that has one.
        while open_nodes:
            following = node.next
            if following is not None:
                node = following
                break
            node, name = open_nodes.pop()
            writer.leave(name)
        else:
            return
    writer.page.truncated = True


class _Writer:
    """Turns the walk's events into lines."""

    def __init__(self) -> None:
        self.page = Page()
        self.rules = hidden_selectors("")
        self._pieces: list[str] = []
        self._pending = ""  # what stands before the next word: "", "cell", "line" or "paragraph"
        self._looks: list[Look] = [Look()]
        self._quotes: list[int] = [0]
        self._cells: list[int] = []
        self._lists: list[int] = []
        self._links: list[tuple[str, int, int]] = []
        self._hidden: list[str] = []
        self._hidden_reason = ""
        self._hidden_depth = 0
        self._depth = 0
        self._preformatted = 0
        self._line_quote = 0
        self._line_as_it_is = False
        self._bare_marker = False

    def enter(self, node: "LexborNode", name: str) -> None:
        """Open an element."""
        self._depth += 1
        attributes = node.attributes
        if attributes or self.rules.tags:
            self._enter_styled(name, attributes)
        else:
            self._looks.append(self._looks[-1])
            self._quotes.append(max(self._quotes[-1], 1) if name == "blockquote" else self._quotes[-1])
        if name not in _OPENING:
            return
        if name == "br":
            self._break("line", hard=True)
        elif name == "img":
            self._image(attributes)
        elif name == "input":
            self._input(attributes)
        elif name in _CELLS:
            if self._pending != "cell" and not self._hidden_depth and not self._bare_marker:
                self._settle()
            self._cells.append(len(self.page.lines))
        elif name == "a":
            self._links.append((attributes.get("href") or "", len(self._pieces), len(self.page.lines)))
        elif name in _BLOCKS:
            self._open_block(name)

    def _enter_styled(self, name: str, attributes: "dict[str, str | None]") -> None:
        look = look_of(name, attributes, self._looks[-1], self.rules)
        self._looks.append(look)
        if look.hidden_because and not self._hidden_depth:
            self._hidden_depth = self._depth
            self._hidden_reason = look.hidden_because
        quoted = self._quotes[-1]
        if name == "blockquote":
            quoted = max(quoted, 2 if attributes.get("type") == "cite" or attributes.get("cite") else 1)
        if quoted < 2 and ("class" in attributes or "id" in attributes) and _marks_quote(attributes):
            quoted = 2
        self._quotes.append(quoted)

    def _open_block(self, name: str) -> None:
        self._break("paragraph" if name in _PARAGRAPHS else "line", hard=name in _ROWS)
        if name in ("ul", "ol"):
            self._lists.append(0 if name == "ol" else -1)
        elif name == "li":
            marker = "- "
            if self._lists and self._lists[-1] >= 0:
                self._lists[-1] += 1
                marker = f"{self._lists[-1]}. "
            if not self._hidden_depth:
                self._settle()
                self._append(marker)
                self._bare_marker = True
        elif name == "pre":
            self._preformatted += 1

    def leave(self, name: str) -> None:
        """Close an element."""
        if name in _CELLS:
            self._close_cell()
        elif name == "a" and self._links:
            self._close_link()
        elif name in _BLOCKS:
            if name in ("ul", "ol") and self._lists:
                self._lists.pop()
            elif name == "pre":
                self._preformatted = max(0, self._preformatted - 1)
            self._break("paragraph" if name in _PARAGRAPHS else "line", hard=name in _ROWS)
        if self._hidden_depth == self._depth:
            self._close_hidden()
        self._looks.pop()
        self._quotes.pop()
        self._depth -= 1

    def _close_hidden(self) -> None:
        self._hidden_depth = 0
        text = _WHITE.sub(" ", "".join(self._hidden)).strip()
        if text:
            self.page.hidden.append((self._hidden_reason, text))
        self._hidden = []

    def words(self, text: str) -> None:
        """Take a text node."""
        if self._hidden_depth:
            self._hidden.append(text)
            return
        if self._preformatted:
            self._preformatted_words(text)
            return
        if text.isspace():
            if self._pieces and not self._pending:
                self._pieces.append(" ")
            return
        self._settle()
        self._append(text)

    def _append(self, text: str) -> None:
        if not self._pieces:
            self._line_quote = self._quotes[-1]
            self._line_as_it_is = self._preformatted > 0
        self._bare_marker = False
        self._pieces.append(text)

    def _preformatted_words(self, text: str) -> None:
        self._settle()
        first, *rest = text.split("\n")
        self._append(first)
        for line in rest:
            self._flush(keep_blank=True)
            self._append(line)

    def comment(self, text: str) -> None:
        """Keep a comment's words, but not the markup that Outlook's conditional comments hold."""
        if "<" in text or "[endif]" in text or not any(character.isalnum() for character in text):
            return
        self.page.hidden.append(("comment", _WHITE.sub(" ", text).strip()))

    def _image(self, attributes: "dict[str, str | None]") -> None:
        text = _WHITE.sub(" ", attributes.get("alt") or attributes.get("title") or "").strip()
        if text and not self._hidden_depth:
            self.page.hidden.append(("alt text", text))

    def _input(self, attributes: "dict[str, str | None]") -> None:
        value = attributes.get("value") or ""
        if attributes.get("type") == "hidden":
            if value.strip():
                self.page.hidden.append(("hidden input", f"{attributes.get('name') or ''}: {value}"))
        elif attributes.get("type") not in ("checkbox", "radio"):
            self.words(value)

    def _close_link(self) -> None:
        href, start, lines_before = self._links.pop()
        href = href.strip()
        if self._hidden_depth or not href or href.startswith(("#", "javascript:", "cid:", "data:")):
            return
        on_this_line = lines_before == len(self.page.lines)
        said = _WHITE.sub(" ", "".join(self._pieces[start:] if on_this_line else self._pieces)).strip()
        target = href.removeprefix("mailto:").removeprefix("tel:")
        if not said or _bare_address(said) == _bare_address(target):
            if not said:
                self.page.links.append(target)
            return
        if len(target) <= _INLINE_LINK_LIMIT and not self._pending:
            self._pieces.append(f" <{target}>")
        else:
            self.page.links.append(f"{said[:120]}: {target}")

    def _close_cell(self) -> None:
        opened_at = self._cells.pop() if self._cells else len(self.page.lines)
        if len(self.page.lines) == opened_at and self._pending in ("", "line", "paragraph", "cell"):
            # A cell of one line stays on its row, whatever blocks were wrapped around its words.
            if self._pieces:
                self._pending = "cell"
        else:
            self._break("line")

    def _break(self, kind: str, *, hard: bool = False) -> None:
        if self._hidden_depth:
            self._hidden.append(" ")
            return
        if self._bare_marker or (not hard and self._cells and self._is_cell_start()):
            return
        if kind == "paragraph" or not self._pending or self._pending == "cell":
            self._pending = kind if self._pending != "paragraph" else "paragraph"

    def _is_cell_start(self) -> bool:
        """Blocks around a cell's first words do not take them off their row."""
        return self._pending == "cell" or (not self._pieces and len(self.page.lines) == self._cells[-1])

    def _settle(self) -> None:
        """Write the separator that was waiting for a next word."""
        if self._pending == "cell":
            self._pieces.append(" | ")
        elif self._pending:
            paragraph = self._pending == "paragraph"
            self._flush()
            if paragraph and self.page.lines and self.page.lines[-1].text:
                self.page.lines.append(Line("", self._quotes[-1]))
        self._pending = ""

    def _flush(self, *, keep_blank: bool = False) -> None:
        text = "".join(self._pieces)
        text = text.rstrip() if self._line_as_it_is else " ".join(text.split())
        if (text and not self._bare_marker) or keep_blank:
            self.page.lines.append(Line(text, self._line_quote))
        self._pieces = []
        self._bare_marker = False

    def finish(self) -> None:
        """Write what is still pending."""
        self._flush()
        if self._hidden:
            self._close_hidden()


def _marks_quote(attributes: "dict[str, str | None]") -> bool:
    return bool(_QUOTE_CLASSES.search(attributes.get("class") or "") or _QUOTE_IDS.match(attributes.get("id") or ""))


def _bare_address(text: str) -> str:
    return text.strip().lower().removeprefix("https://").removeprefix("http://").removeprefix("www.").removesuffix("/")
