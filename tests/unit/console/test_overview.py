"""The overview says what the days add up to, and links what drifts to the records themselves."""

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailroom.console.charts import HEIGHT, WIDTH, bars_by_day, nice_ceiling, reliability_chart
from mailroom.console.overview_view import overview_of, shown_days
from mailroom.domain.statistics import Counts, DayStatistics, ReliabilityBin, Share
from tests.fakes import START
from tests.unit.console.browser import Browser, Page, console


def day(days_back, **counts):
    moment = START - timedelta(days=days_back)
    return DayStatistics(day=moment.date().isoformat(), counted_at=START, counts=Counts(**counts))


def test_the_weeks_are_compared_and_days_never_counted_are_empty():
    week = day(0, records=10, unseen=8, reviewed=1, people=1, cost_usd=Decimal("0.05"), cache={"hit": 9, "write": 1})
    before = day(10, records=40, unseen=20, cost_usd=Decimal("0.40"))

    view = overview_of([before, week], START)
    figures = {figure.name: (figure.value, figure.note) for figure in view.figures}

    assert figures["Records"] == ("10", "10 a week before")
    assert figures["Accepted unseen"] == ("80%", "50% before; 8 this week")
    assert figures["Cost per record"] == ("$0.0050", "$0.0100 before; $0.0500 this week")
    assert figures["Prompt from the cache"][0] == "90%"
    assert [row.day for row in view.days] == ["2026-03-02", "2026-02-20"]


def test_a_drifting_sender_is_marked_and_links_to_what_waits_of_it():
    ports = console()
    ports.statistics.put(day(0, records=9, senders={"bad&co@x.example": Share(9, 9, 0, 9)}))
    ports.statistics.put(day(20, records=99, senders={"bad&co@x.example": Share(99, 1, 0, 1)}))
    page = Page(Browser(ports).get("/overview"))

    assert page.links("/?sender=") == ["/?sender=bad%26co%40x.example"]
    assert "Drifted" in page.words


def test_before_the_first_count_the_page_says_so():
    assert "Nothing is counted yet" in Page(Browser(console()).get("/overview")).words


def test_the_overview_asks_for_the_days_it_shows_and_nothing_else():
    assert len(shown_days(START)) == 35
    assert shown_days(START)[-1] == "2026-03-02"


def test_a_dot_lies_where_promise_and_truth_meet():
    bins = [ReliabilityBin()] * 9 + [ReliabilityBin(10, 9.5, 10)]

    (dot,) = reliability_chart(bins, summary="").dots

    assert dot.title == "Confidence 95%: 10 of 10 right (100%)"
    assert dot.high_y <= dot.y < dot.low_y


@given(st.lists(st.tuples(st.floats(0, 1e6), st.floats(0, 1e6)), min_size=1, max_size=40))
def test_every_bar_stays_within_its_chart(values):
    first, second = zip(*values, strict=True)
    days = [f"2026-01-{number:02d}" for number in range(len(values))]

    for bar in bars_by_day(days, {"one": first, "two": second}, summary="").bars:
        assert bar.x >= 0
        assert bar.x + bar.width <= WIDTH
        assert bar.y >= 0
        assert bar.height >= 0
        assert bar.y + bar.height <= HEIGHT


@pytest.mark.parametrize(("most", "top"), [(0, 1), (1, 1), (3, 4), (21, 40), (99, 100), (0.0031, 0.004)])
def test_an_axis_ends_at_a_round_number(most, top):
    assert nice_ceiling(most) == pytest.approx(top)
