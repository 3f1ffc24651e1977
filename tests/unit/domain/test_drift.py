"""Drift is called where chance would not do it, and nowhere else."""

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailroom.domain.drift import ALPHA, FEWEST_BEFORE, FEWEST_NOW, drifts
from mailroom.domain.significance import fisher_more
from mailroom.domain.statistics import Share


def share(troubled, seen):
    return Share(seen, troubled, 0, troubled)


@pytest.mark.parametrize(
    ("hits", "count", "hits_before", "count_before", "p"),
    [
        (2, 5, 0, 20, 10 / 300),  # C(5,2) / C(25,2)
        (3, 4, 1, 4, 17 / 70),  # the lady tasting tea: 16/70 + 1/70
        (4, 4, 0, 4, 1 / 70),
        (0, 5, 5, 5, 1.0),
        (5, 5, 20, 20, 1.0),
    ],
)
def test_fisher_gives_the_exact_hypergeometric_tail(hits, count, hits_before, count_before, p):
    assert fisher_more(hits, count, hits_before, count_before) == pytest.approx(p)


@given(st.data(), st.integers(1, 60), st.integers(1, 60))
def test_fisher_is_the_sum_of_whole_tables(data, count, before):
    hits, hits_before = data.draw(st.integers(0, count)), data.draw(st.integers(0, before))
    troubled = hits + hits_before
    tables = sum(
        math.comb(troubled, k) * math.comb(count + before - troubled, count - k)
        for k in range(hits, min(troubled, count) + 1)
    )

    assert fisher_more(hits, count, hits_before, before) == pytest.approx(tables / math.comb(count + before, count))


def test_a_sender_whose_mails_turn_bad_is_named_first():
    now = {"good@x.example": share(1, 30), "bad@x.example": share(12, 30), "better@x.example": share(0, 30)}
    before = {"good@x.example": share(4, 120), "bad@x.example": share(5, 120), "better@x.example": share(60, 120)}

    rows = drifts(now, before)

    assert rows[0].name == "bad@x.example"
    assert [row.drifted for row in rows] == [True, False, False]


def test_too_few_records_are_no_row():
    assert drifts({"a": share(4, FEWEST_NOW - 1)}, {"a": share(0, 100)}) == []
    assert drifts({"a": share(50, 50)}, {"a": share(0, FEWEST_BEFORE - 1)}) == []
    assert drifts({"new": share(50, 50)}, {}) == []


def test_where_nothing_has_changed_a_whole_table_rarely_cries_wolf():
    rng = random.Random(7)
    false_alarms = 0
    for _ in range(300):
        names = [f"s{number}" for number in range(20)]
        now = {name: share(sum(rng.random() < 0.2 for _ in range(15)), 15) for name in names}
        before = {name: share(sum(rng.random() < 0.2 for _ in range(60)), 60) for name in names}
        false_alarms += any(row.drifted for row in drifts(now, before))

    assert false_alarms / 300 <= ALPHA
