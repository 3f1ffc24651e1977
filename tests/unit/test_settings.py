from datetime import timedelta

import pytest

from mailroom.settings import Asking, Ledger, SettingsError

PLACES = {"RECORDS_TABLE": "t", "RAW_BUCKET": "b", "IDEMPOTENCY_TABLE": "i"}


def settings(written: str) -> Asking:
    return Asking.from_environment({**PLACES, "RETENTION_BY_KIND": written})


def test_kinds_and_the_quarantine_may_be_kept_for_less_long():
    kept = settings("lead=180, quarantined=30").kept_for(["lead", "invoice"])

    assert (kept.longest, kept.shortest) == (timedelta(days=365), timedelta(days=30))


@pytest.mark.parametrize("written", ["lead", "lead=", "lead=half a year", "lead=400", "lead=1"])
def test_a_retention_that_cannot_be_kept_says_how_it_is_written(written: str):
    with pytest.raises(SettingsError, match="written like this: lead=180"):
        settings(written).kept_for(["lead"])


def test_a_retention_for_an_unknown_kind_is_refused():
    with pytest.raises(SettingsError, match="names leed; no document type"):
        settings("leed=30").kept_for(["lead"])


def test_without_more_ado_everything_is_kept_for_the_same_time():
    assert Ledger.from_environment({**PLACES, "RETENTION_DAYS": "7"}).retention.longest == timedelta(days=7)
