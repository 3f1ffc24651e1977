"""The cache policy does the sensible thing where the sensible thing is known, and the bench's clairvoyant is exact."""

from decimal import Decimal
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailroom.catalogue import card
from mailroom.domain.cache_policy import LIFETIME_S, CacheLife, choose_life
from mailroom.domain.cost import Price
from tests.bench.bench_cache import clairvoyant, cost_of

HAIKU = card("claude-haiku-4-5").prices[0].price
SONNET_5_5 = card("claude-sonnet-5-5").prices[0].price
MONDAY_9 = 4 * 86_400.0 + 9 * 3600.0
DAY = 86_400.0


def every(gap_s, count, start=MONDAY_9):
    return [start + gap_s * number for number in range(count)]


@pytest.mark.parametrize("price", [HAIKU, SONNET_5_5])
@pytest.mark.parametrize(
    ("gap_s", "life"),
    [
        (2.0, CacheLife.FIVE_MINUTES),
        (240.0, CacheLife.FIVE_MINUTES),
        (301.0, CacheLife.ONE_HOUR),
        (1800.0, CacheLife.ONE_HOUR),
        (3700.0, CacheLife.OFF),
        (DAY, CacheLife.OFF),
    ],
)
def test_a_steady_rhythm_gets_the_shortest_life_that_bridges_its_gaps_or_none(gap_s, life, price):
    assert choose_life(every(gap_s, 60), price) is life


def test_one_long_gap_is_enough_to_stop_paying_for_writes_in_vain():
    assert choose_life(every(DAY, 2), HAIKU) is CacheLife.OFF


def test_the_first_message_ever_risks_no_more_than_the_quarter_that_a_short_write_costs():
    assert choose_life([MONDAY_9], HAIKU) is CacheLife.FIVE_MINUTES


def test_no_arrival_at_all_is_answered_too():
    assert choose_life([], HAIKU) in CacheLife


def test_the_first_of_a_burst_is_cached_though_the_gap_before_it_was_long():
    bursts = [MONDAY_9 + 7 * 3600 * burst + 10.0 * number for burst in range(8) for number in range(10)]

    assert choose_life([*bursts, bursts[-1] + 7 * 3600], HAIKU) is CacheLife.FIVE_MINUTES


def test_the_same_lull_ends_in_a_write_in_the_morning_and_in_none_at_night():
    days = [MONDAY_9 + DAY * day + 600.0 * number for day in range(26) for number in range(48)]
    nights = [MONDAY_9 + DAY * day + 3600.0 * hour for day in range(26) for hour in (11, 13, 15, 17, 19, 21)]
    known = sorted([*days, *nights])
    morning, night = MONDAY_9 + 22 * DAY, MONDAY_9 + 22 * DAY + 17 * 3600

    assert choose_life([*(at for at in known if at < morning), morning], HAIKU) is CacheLife.ONE_HOUR
    assert choose_life([*(at for at in known if at < night), night], HAIKU) is CacheLife.OFF


def bursts_with_a_lull_at_nine(lull_days, days=4):
    """Bursts of eight every half-hour, none from nine to eleven on these days; the last arrival is one at nine."""
    lulls = [MONDAY_9 + DAY * day for day in lull_days]
    starts = [MONDAY_9 + 1800.0 * number for number in range(days * 48 + 1)]
    kept = [at for at in starts if not any(lull < at < lull + 7200 for lull in lulls)]
    return [*(at + 10.0 * number for at in kept[:-1] for number in range(8)), kept[-1]]


def test_a_lull_at_the_same_time_every_day_is_not_paid_an_hour_for():
    assert choose_life(bursts_with_a_lull_at_nine([0, 1, 2, 3]), HAIKU) is CacheLife.FIVE_MINUTES


def test_a_single_lull_at_this_time_does_not_outweigh_what_all_the_other_hours_show():
    assert choose_life(bursts_with_a_lull_at_nine([3]), HAIKU) is CacheLife.ONE_HOUR


def test_nothing_changes_when_the_same_arrivals_come_whole_weeks_later():
    arrivals = bursts_with_a_lull_at_nine([1, 3])

    assert choose_life([at + 7 * DAY * 2_000 for at in arrivals], HAIKU) is choose_life(arrivals, HAIKU)


def test_a_model_whose_reads_cost_as_much_as_input_is_never_cached():
    price = Price(*(Decimal(each) for each in ("1", "5", "1", "1.25", "2")))

    assert choose_life(every(10.0, 50), price) is CacheLife.OFF


gaps = st.lists(st.sampled_from([1.0, 200.0, 299.0, 300.0, 900.0, 3599.0, 3600.0, 9000.0]), max_size=6)


@settings(deadline=None)
@given(gaps)
def test_no_sequence_of_choices_is_cheaper_than_the_clairvoyant_and_one_is_as_cheap(found):
    arrivals = [MONDAY_9]
    for gap in found:
        arrivals.append(arrivals[-1] + gap)
    tried = [
        cost_of(arrivals, HAIKU, lambda seen, plan=plan: plan[len(seen) - 1])
        for plan in product(LIFETIME_S, repeat=len(arrivals))
    ]

    assert min(tried) == pytest.approx(clairvoyant(arrivals, HAIKU))


@settings(deadline=None)
@given(st.lists(st.floats(0.0, 9 * DAY), max_size=40))
def test_any_history_is_answered_with_a_life(found):
    assert choose_life([MONDAY_9 + at for at in sorted(found)], HAIKU) in CacheLife
