"""Small charts as inline SVG: no library, no script, nothing fetched; every word in them is escaped."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT, MARGIN = 460, 300, 44
_BAR, _GAP = 16, 8


@dataclass(frozen=True, slots=True)
class Series:
    """A line of points with x and y between 0 and 1. ``style`` is "line" or "dots"; ``weights`` are the dots' sizes."""

    name: str
    points: Sequence[tuple[float, float]]
    style: str = "line"
    weights: Sequence[float] = ()


def unit_chart(title: str, x_label: str, y_label: str, series: Sequence[Series], *, diagonal: bool = False) -> str:
    """Return a chart whose both axes go from 0 to 1."""
    parts = [_opening(WIDTH, HEIGHT, title), *_axes(x_label, y_label)]
    if diagonal:
        parts.append(f'<line class="guide" x1="{_x(0):.1f}" y1="{_y(0):.1f}" x2="{_x(1):.1f}" y2="{_y(1):.1f}"/>')
    for number, each in enumerate(series):
        parts += _drawn(each, number)
    return "\n".join([*parts, "</svg>"])


def _drawn(series: Series, number: int) -> list[str]:
    colour = f"s{number % 4}"
    points = [(x, y) for x, y in series.points if math.isfinite(x) and math.isfinite(y)]
    parts = []
    if series.style == "line" and len(points) > 1:
        path = " ".join(f"{_x(x):.1f},{_y(y):.1f}" for x, y in points)
        parts.append(f'<polyline class="{colour}" points="{path}"/>')
    else:
        most = max(series.weights, default=1.0) or 1.0
        sizes = [3 + 7 * math.sqrt(weight / most) for weight in series.weights] or [4.0] * len(points)
        parts += [
            f'<circle class="{colour}" cx="{_x(x):.1f}" cy="{_y(y):.1f}" r="{size:.1f}"/>'
            for (x, y), size in zip(points, sizes, strict=False)
        ]
    parts.append(
        f'<text class="{colour} legend" x="{WIDTH - 8}" y="{MARGIN + 16 * number}" text-anchor="end">'
        f"{escape(series.name)}</text>"
    )
    return parts


def bars(title: str, rows: Sequence[tuple[str, float, str]]) -> str:
    """Return horizontal bars: a name, a share between 0 and 1, and the words after the bar."""
    height = len(rows) * (_BAR + _GAP) + _GAP
    parts = [_opening(WIDTH + 160, height, title)]
    for number, (name, share, words) in enumerate(rows):
        y = _GAP + number * (_BAR + _GAP)
        length = 0.0 if math.isnan(share) else 240 * max(0.0, min(1.0, share))
        parts.append(f'<text x="208" y="{y + 12}" text-anchor="end">{escape(name)}</text>')
        parts.append(f'<rect class="rail" x="216" y="{y}" width="240" height="{_BAR}"/>')
        parts.append(f'<rect class="s0 full" x="216" y="{y}" width="{length:.1f}" height="{_BAR}"/>')
        parts.append(f'<text x="464" y="{y + 12}">{escape(words)}</text>')
    return "\n".join([*parts, "</svg>"])


def _opening(width: int, height: int, title: str) -> str:
    return (
        f'<svg viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img"'
        f' aria-label="{escape(title)}" xmlns="http://www.w3.org/2000/svg"><title>{escape(title)}</title>'
    )


def _axes(x_label: str, y_label: str) -> list[str]:
    parts = []
    for step in range(6):
        share = step / 5
        parts.append(
            f'<line class="grid" x1="{_x(0):.1f}" y1="{_y(share):.1f}" x2="{_x(1):.1f}" y2="{_y(share):.1f}"/>'
        )
        parts.append(f'<text x="{MARGIN - 6}" y="{_y(share) + 4:.1f}" text-anchor="end">{share:.1f}</text>')
        parts.append(f'<text x="{_x(share):.1f}" y="{HEIGHT - MARGIN + 16}" text-anchor="middle">{share:.1f}</text>')
    parts.append(f'<text x="{WIDTH / 2:.0f}" y="{HEIGHT - 6}" text-anchor="middle">{escape(x_label)}</text>')
    middle = HEIGHT / 2
    parts.append(
        f'<text x="12" y="{middle:.0f}" text-anchor="middle" transform="rotate(-90 12 {middle:.0f})">'
        f"{escape(y_label)}</text>"
    )
    return parts


def _x(share: float) -> float:
    return MARGIN + share * (WIDTH - 2 * MARGIN)


def _y(share: float) -> float:
    return HEIGHT - MARGIN - share * (HEIGHT - 2 * MARGIN)
