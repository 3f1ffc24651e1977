"""A short chaos: workers die, the model fails in every way, messages come twice; nothing is lost or doubled."""

from contextlib import chdir

import pytest

from local.chaos import FAULTS, Chaos, Report, run

pytestmark = [pytest.mark.twin, pytest.mark.timeout(240)]


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    with chdir(tmp_path_factory.mktemp("chaos")):
        return run(Chaos(count=60, seed=11, faults=tuple(FAULTS), timeout_s=150))


def test_nothing_is_lost_and_nothing_doubled(report):
    assert (report.lost, report.doubled) == (0, 0)
    assert report.delivered == 60
    assert sum(report.filed.values()) == 60


def test_nothing_is_paid_twice_but_by_a_kill(report):
    assert report.paid_twice <= report.kills


def test_there_was_chaos(report):
    assert report.kills > 0
    assert report.deliveries > report.delivered
    assert sum(count for outcome, count in report.outcomes.items() if outcome != "answered") > 0
