"""Charts as plain geometry: where each bar, dot and label stands. Templates draw them, so every word is escaped there.

All lengths are in the units of the chart's own box, 440 wide: near a pixel each where three charts stand side by side.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from mailroom.domain.significance import wilson
from mailroom.domain.statistics import ReliabilityBin

WIDTH, HEIGHT = 440, 220
SQUARE = 300
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 8, 12, 26
_LARGEST_DOT, _SMALLEST_DOT = 11.0, 3.0
_NOTHING = 1e-9  # a token costs ten times that


@dataclass(frozen=True, slots=True)
class Label:
    """A word beside an axis."""

    x: float
    y: float
    text: str


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar, or one part of a stacked one; ``series`` is its colour, ``title`` what it says when pointed at."""

    x: float
    y: float
    width: float
    height: float
    series: str
    title: str


@dataclass(frozen=True, slots=True)
class BarChart:
    """Bars by day; ``summary`` says in words what a person would see."""

    summary: str
    bars: tuple[Bar, ...]
    lines: tuple[Label, ...]
    days: tuple[Label, ...]
    legend: tuple[tuple[str, str], ...] = ()
    width: int = WIDTH
    height: int = HEIGHT


@dataclass(frozen=True, slots=True)
class Dot:
    """One bin of the reliability diagram: where it lies, how large it is, and between which shares the truth may be."""

    x: float
    y: float
    radius: float
    low_y: float
    high_y: float
    title: str


@dataclass(frozen=True, slots=True)
class ReliabilityChart:
    """Dots over the diagonal on which confidence is honest."""

    summary: str
    dots: tuple[Dot, ...]
    lines: tuple[Label, ...]
    columns: tuple[Label, ...]
    diagonal: tuple[float, float, float, float]
    width: int = SQUARE
    height: int = SQUARE


def bars_by_day(
    days: Sequence[str],
    series: Mapping[str, Sequence[float]],
    *,
    summary: str,
    written: Callable[[float], str] = "{:,.0f}".format,
    tick: Callable[[float], str] = "{:,g}".format,
    legend: bool = True,
) -> BarChart:
    """Return a chart of one bar per day, stacked where there are several series (their names are their colours).

    ``written`` writes a height for people, ``tick`` one beside the axis. Days are ISO dates, oldest first; each series
    has one value a day.
    """
    tops = [sum(values) for values in zip(*series.values(), strict=True)]
    most = nice_ceiling(max(tops, default=0))
    step = (WIDTH - _LEFT - _RIGHT) / max(1, len(days))
    bars: list[Bar] = []
    for place, day in enumerate(days):
        base = 0.0
        for name, values in series.items():
            if values[place] > 0:
                top = base + values[place]
                title = f"{day}: {written(values[place])} {name.replace('_', ' ')}"
                x, y = _LEFT + place * step + step * 0.1, _y(top / most)
                bars.append(Bar(round(x, 2), y, round(step * 0.8, 2), round(_y(base / most) - y, 2), name, title))
                base = top
    return BarChart(
        summary=summary,
        bars=tuple(bars),
        lines=tuple(Label(_LEFT, _y(share), tick(most * share)) for share in (0, 0.5, 1)),
        days=tuple(
            Label(round(_LEFT + (place + 0.5) * step, 2), HEIGHT - 8, days[place][5:])
            for place in _shown_days(len(days))
        ),
        legend=tuple((name, name.replace("_", " ").capitalize()) for name in series) if legend else (),
    )


def reliability_chart(bins: Sequence[ReliabilityBin], *, summary: str) -> ReliabilityChart:
    """Return the reliability diagram: promised confidence across, the share that people confirmed up.

    The line through each dot is the 95 % interval of that share (Wilson): few values, long line.
    """
    most = max((each.checked for each in bins), default=0) or 1
    dots = []
    for each in bins:
        if not each.checked:
            continue
        mean, share = each.confidence_sum / each.checked, each.right / each.checked
        low, high = wilson(each.right, each.checked)
        spread = (_LARGEST_DOT - _SMALLEST_DOT) * math.sqrt(each.checked / most)
        title = f"Confidence {mean:.0%}: {each.right:,} of {each.checked:,} right ({share:.0%})"
        dots.append(Dot(_sx(mean), _sy(share), round(_SMALLEST_DOT + spread, 2), _sy(low), _sy(high), title))
    shares = (0, 0.5, 1)
    return ReliabilityChart(
        summary=summary,
        dots=tuple(dots),
        lines=tuple(Label(_LEFT, _sy(share), f"{share:.0%}") for share in shares),
        columns=tuple(Label(_sx(share), SQUARE - 8, f"{share:.0%}") for share in shares),
        diagonal=(_sx(0), _sy(0), _sx(1), _sy(1)),
    )


def nice_ceiling(most: float) -> float:
    """Return the smallest of 1, 2, 4, 6, 8 times a power of ten that is no less; 1 for nothing at all."""
    if most < _NOTHING:
        return 1.0
    power = 10.0 ** math.floor(math.log10(most))
    return next(step * power for step in (1, 2, 4, 6, 8, 10) if step * power >= most * (1 - 1e-12))


def _shown_days(count: int) -> Sequence[int]:
    """Return which days are named below the axis: the last, and each week before it."""
    return range(count - 1, -1, -7)[::-1]


def _y(share: float) -> float:
    return round(HEIGHT - _BOTTOM - share * (HEIGHT - _TOP - _BOTTOM), 2)


def _sx(share: float) -> float:
    return round(_LEFT + share * (SQUARE - _LEFT - 14), 2)


def _sy(share: float) -> float:
    return round(SQUARE - _BOTTOM - share * (SQUARE - 14 - _BOTTOM), 2)
