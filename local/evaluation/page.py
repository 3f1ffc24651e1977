"""One self-contained HTML page: no script, no picture from elsewhere, every cell escaped."""

from collections.abc import Iterable, Sequence
from html import escape

STYLE = """
:root { color-scheme: light dark; --line: #8885; --soft: #8882; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin-top: 2.2rem; }
p.note { opacity: .75; } .verdict { font-weight: 600; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { border-bottom: 1px solid var(--line); padding: .25rem .6rem; text-align: left; vertical-align: top; }
th { position: sticky; top: 0; } td.n, th.n { text-align: right; }
td.w { max-width: 26rem; overflow-wrap: anywhere; white-space: pre-wrap; }
svg { max-width: 100%; height: auto; font-size: 11px; margin: .5rem 1rem .5rem 0; }
svg text { fill: currentColor; } .grid { stroke: var(--line); } .guide { stroke: currentColor; stroke-dasharray: 4 4; }
.rail { fill: var(--soft); } polyline { fill: none; stroke-width: 2; }
.s0 { stroke: #2563eb; } .s1 { stroke: #d97706; } .s2 { stroke: #059669; } .s3 { stroke: #9333ea; }
.full.s0, circle.s0 { fill: #2563eb; stroke: none; } circle.s1 { fill: #d97706; stroke: none; }
circle.s2 { fill: #059669; stroke: none; } circle.s3 { fill: #9333ea; stroke: none; }
svg text.s0 { fill: #2563eb; stroke: none; } svg text.s1 { fill: #d97706; stroke: none; }
svg text.s2 { fill: #059669; stroke: none; } svg text.s3 { fill: #9333ea; stroke: none; }
"""
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def page(title: str, sections: Iterable[str]) -> str:
    """Return the whole document; ``sections`` are HTML already."""
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<h1>{escape(title)}</h1>\n"
        + "\n".join(sections)
        + "\n</body>\n</html>\n"
    )


def heading(words: str) -> str:
    """Return a section's heading."""
    return f"<h2>{escape(words)}</h2>"


def paragraph(words: str, style: str = "") -> str:
    """Return a paragraph."""
    return f'<p class="{escape(style)}">{escape(words)}</p>' if style else f"<p>{escape(words)}</p>"


def table(columns: Sequence[str], rows: Iterable[Sequence[str]], *, words: frozenset[int] = frozenset({0})) -> str:
    """Return a table; ``words`` are the columns that hold text, all others are set as numbers."""
    styles = ["w" if place in words else "n" for place in range(len(columns))]
    head = "".join(f'<th class="{style}">{escape(name)}</th>' for name, style in zip(columns, styles, strict=True))
    body = "\n".join(
        "<tr>"
        + "".join(f'<td class="{style}">{escape(cell)}</td>' for cell, style in zip(row, styles, strict=True))
        + "</tr>"
        for row in rows
    )
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>\n{body}\n</tbody></table></div>'
