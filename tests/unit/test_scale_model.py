"""The model of a day conserves messages, obeys its limits, and queues by the books."""

import random

import pytest

from tests.bench.scale_model import (
    PARTITION_WCU,
    Api,
    Bucket,
    Day,
    Step,
    arrivals,
    later,
    per_second,
    quantiles,
    served,
    write_units,
)

FREE = Api(rpm=1e9, itpm=1e12, otpm=1e12)


def step(concurrency=2, batch=10, api=FREE):
    return Step(concurrency, batch, 0.01, 0.6, 97, 600, 250, api)


def test_a_day_has_its_messages_in_order_and_within_it():
    times = arrivals(Day(messages=10_000), random.Random(1))

    assert 9_900 <= len(times) <= 10_100
    assert times == sorted(times)
    assert 0 <= times[0] <= times[-1] <= 86_400


@pytest.mark.parametrize("api", [FREE, Api(rpm=60, itpm=1e9, otpm=1e9)])
def test_every_message_is_served_once_however_often_it_is_refused(api):
    times = [each / 10 for each in range(300)]
    found = served(step(api=api), times, random.Random(1))

    assert len(found.finished) == len(found.waits_s) == 300
    assert found.calls == 300 + found.refused
    assert (found.refused > 0) == (api is not FREE)
    assert min(found.waits_s) >= 0


def test_no_more_workers_run_than_there_are():
    found = served(step(concurrency=3), [0.0] * 200, random.Random(1))

    assert found.peak_workers == 3
    assert found.invocations == 20


def test_more_workers_mean_shorter_waits():
    times = [each / 20 for each in range(2_000)]
    few, many = (served(step(concurrency=each), times, random.Random(1)) for each in (2, 20))

    assert quantiles(many.waits_s)["p99_s"] < quantiles(few.waits_s)["p99_s"]


def test_a_bucket_gives_what_it_holds_and_then_what_flows_in():
    bucket = Bucket(60)
    bucket.level -= 60

    assert bucket.lacks_s(0, 1) == pytest.approx(1)
    assert bucket.lacks_s(1, 1) == 0


def test_the_calls_of_a_minute_stay_within_the_rate():
    found = served(step(concurrency=50, api=Api(rpm=120, itpm=1e9, otpm=1e9)), [0.0] * 600, random.Random(1))

    assert max(found.finished) > 60 * (600 - 120) / 120


def test_a_key_is_written_as_often_as_the_steps_of_one_second_say():
    second = per_second([1.2, 1.7, 2.1])

    peaks = write_units({"received": second, "begun": second, "concluded": second, "reviewed": per_second([])})
    assert peaks["by_day: today"] == 6
    assert peaks["by_lease: received"] == 4
    assert max(peaks.values()) < PARTITION_WCU


def test_only_a_share_goes_on_and_later():
    went = later([100.0] * 2_000, 1.0, random.Random(1), 0.1)

    assert 150 <= len(went) <= 250
    assert min(went) >= 100.5
