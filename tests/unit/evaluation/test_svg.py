"""Charts: well-formed, inside their frame, and their words escaped."""

import math
import re
from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from local.evaluation.svg import HEIGHT, WIDTH, Series, bars, unit_chart

shares = st.floats(0, 1) | st.just(math.nan)


@given(st.lists(st.tuples(shares, shares), max_size=8), st.sampled_from(["line", "dots"]))
def test_every_chart_is_well_formed_and_stays_in_its_frame(points: list[tuple[float, float]], style: str):
    weights = [1.0] * len(points) if style == "dots" else []
    chart = unit_chart("A <b> & c", "x", "y", [Series("one & <two>", points, style, weights)], diagonal=True)

    root = ET.fromstring(chart)
    numbers = [float(n) for n in re.findall(r'(?:cx|x1|x2)="(-?[\d.]+)"', chart)]
    assert all(0 <= n <= WIDTH for n in numbers)
    numbers = [float(n) for n in re.findall(r'(?:cy|y1|y2)="(-?[\d.]+)"', chart)]
    assert all(0 <= n <= HEIGHT for n in numbers)
    assert root.attrib["aria-label"] == "A <b> & c"
    assert "nan" not in chart


@given(st.lists(st.tuples(st.text("ab<&\"'", max_size=9), st.floats(0, 1) | st.just(math.nan)), max_size=5))
def test_bars_are_as_long_as_their_share(rows: list[tuple[str, float]]):
    root = ET.fromstring(bars("F1", [(name, share, "words") for name, share in rows]))

    drawn = [each for each in root.iter() if each.attrib.get("class") == "s0 full"]
    assert [float(each.attrib["width"]) for each in drawn] == [
        0.0 if math.isnan(share) else round(240 * share, 1) for _, share in rows
    ]
