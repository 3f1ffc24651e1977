"""Word and Excel files (ECMA-376) to text: paragraphs, table rows, and cells as a person sees them."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from xml.etree.ElementTree import Element

from mailroom.reading import limits
from mailroom.reading.attachments.archives import Members
from mailroom.reading.attachments.finding import UnreadableError

_WORD_PARTS = re.compile(r"^word/(?:header\d*|document|footnotes|endnotes|footer\d*)\.xml$")
_SHEET = re.compile(r"^xl/worksheets/sheet(\d+)\.xml$")
_DATE_CODE = re.compile(r"[dmyhs]", re.IGNORECASE)
_NOT_CODE = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.')
# Built-in number formats that are dates or times (ECMA-376 part 1, section 18.8.30).
_BUILT_IN_DATES = frozenset((*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)))
_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 - Excel's serial days have no zone
_ROWS = 20_000


def _local(element: Element) -> str:
    return element.tag.rpartition("}")[2]


def docx_text(data: bytes) -> str:
    """Return a Word document's text: a line per paragraph and table row, headers first, notes and footers last."""
    members = Members(data)
    names = [name for name in members.names if _WORD_PARTS.match(name)]
    names.sort(key=lambda name: ("document" in name) + 2 * ("note" in name) + 3 * ("footer" in name))
    blocks = []
    for name in names:
        root = members.read_xml(name)
        if root is not None:
            blocks.append("\n".join(_word_lines(root)))
    if not blocks:
        raise UnreadableError("is a Word document without a text")
    return "\n".join(block for block in blocks if block.strip())[: limits.ATTACHMENT_CHARACTERS]


def _word_lines(element: Element, depth: int = 0) -> Iterator[str]:
    for child in element:
        name = _local(child)
        if name == "p":
            yield _paragraph_text(child)
        elif name == "tr":
            cells = (" ".join(_word_lines(cell, depth + 1)).strip() for cell in child if _local(cell) == "tc")
            yield " | ".join(cells)
        elif depth < limits.NESTING and name not in ("sectPr", "del"):
            yield from _word_lines(child, depth + 1)


def _paragraph_text(paragraph: Element) -> str:
    pieces: list[str] = []
    for node in paragraph.iter():
        name = _local(node)
        if name == "t":
            pieces.append(node.text or "")
        elif name == "tab":
            pieces.append("\t")
        elif name in ("br", "cr"):
            pieces.append("\n")
    return "".join(pieces)


def xlsx_sheets(data: bytes) -> list[str]:
    """Return each sheet of a workbook: its name, then one line per row, cells divided by " | "."""
    members = Members(data)
    strings = [_string(item) for item in _children(members.read_xml("xl/sharedStrings.xml"))]
    date_styles = _date_styles(members.read_xml("xl/styles.xml"))
    workbook = members.read_xml("xl/workbook.xml")
    titles = (
        [node.get("name", "") for node in workbook.iter() if _local(node) == "sheet"] if workbook is not None else []
    )
    numbered = sorted((int(match[1]), name) for name in members.names if (match := _SHEET.match(name)))
    sheets = []
    for index, (_, name) in enumerate(numbered):
        root = members.read_xml(name)
        rows = list(_rows(root, strings, date_styles)) if root is not None else []
        title = titles[index] if index < len(titles) else ""
        sheets.append("\n".join([title, *rows]).strip() if rows else "")
    return sheets


def _children(root: Element | None) -> list[Element]:
    return list(root) if root is not None else []


def _string(item: Element) -> str:
    # Phonetic guides (rPh) repeat the words in another script.
    return "".join(node.text or "" for node in item.iter() if _local(node) == "t")


def _date_styles(styles: Element | None) -> frozenset[int]:
    """Return the cell styles that show a number as a date."""
    if styles is None:
        return frozenset()
    custom = {
        int(node.get("numFmtId", "0")): node.get("formatCode", "") for node in styles.iter() if _local(node) == "numFmt"
    }
    dates = set()
    formats = next((node for node in styles if _local(node) == "cellXfs"), None)
    for index, style in enumerate(_children(formats)):
        number = int(style.get("numFmtId", "0"))
        if number in _BUILT_IN_DATES or _DATE_CODE.search(
            _NOT_CODE.sub("", custom.get(number, "").replace("General", ""))
        ):
            dates.add(index)
    return frozenset(dates)


def _rows(root: Element, strings: list[str], date_styles: frozenset[int]) -> Iterator[str]:
    count = 0
    for row in root.iter():
        if _local(row) != "row":
            continue
        cells = [_cell(cell, strings, date_styles) for cell in row if _local(cell) == "c"]
        line = " | ".join(cell for cell in cells if cell)
        if line:
            yield line
            count += 1
        if count >= _ROWS:
            return


def _cell(cell: Element, strings: list[str], date_styles: frozenset[int]) -> str:
    kind = cell.get("t", "n")
    if kind == "inlineStr":
        return _string(cell).strip()
    value = next((node.text or "" for node in cell if _local(node) == "v"), "")
    if kind == "s":
        return strings[int(value)].strip() if value.isdigit() and int(value) < len(strings) else ""
    if kind == "b":
        return "TRUE" if value == "1" else "FALSE"
    if kind == "n" and value and int(cell.get("s", "0")) in date_styles:
        return _date(value)
    return _number(value) if kind == "n" else value.strip()


def _date(value: str) -> str:
    try:
        moment = _EPOCH + timedelta(days=float(value))
    except (ValueError, OverflowError):
        return value
    if float(value) < 1:
        return moment.strftime("%H:%M")
    return moment.strftime("%Y-%m-%d" if float(value).is_integer() else "%Y-%m-%dT%H:%M")


def _number(value: str) -> str:
    """Excel stores 0.1 + 0.2 as 0.30000000000000004 and shows fifteen digits at most."""
    try:
        return f"{float(value):.15g}" if len(value) > 15 and "E" not in value else value
    except ValueError:
        return value
