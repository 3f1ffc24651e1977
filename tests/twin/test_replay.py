"""A replay on the twin: stored messages read again, live and in batches, and the ledger left as it was."""

import json
from collections.abc import Iterator
from contextlib import chdir

import pytest

from local.cli import replay
from local.cli.replay import Wish
from local.inputs import mail_of
from local.places import Place
from local.session import Session, session
from tests.bulk_world import mail
from tests.fakes import START

pytestmark = [pytest.mark.twin, pytest.mark.timeout(240)]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    with chdir(tmp_path_factory.mktemp("twin")), session(live=False) as found:
        told = [found.deliver(mail_of(mail(n), str(n), found.domain)) for n in range(3)]
        list(found.at_rest([answer.record_id for answer in told], timeout_s=100))
        yield found


@pytest.mark.parametrize("batch", [False, True])
def test_stored_messages_are_read_again_by_another_model_and_the_ledger_stays_as_it_was(
    running, monkeypatch, capsys, batch
):
    for name, value in running.twin.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(replay, "place", lambda _: Place(running.twin.outputs))
    before = {record.record_id: record for record in running.records().everything()}
    capsys.readouterr()

    code = replay.run(Wish(START.date(), model="claude-haiku-5-5", batch=batch, as_json=True))
    report = json.loads(capsys.readouterr().out)

    assert code == 1  # nobody has decided about any of them
    assert (report["messages"], report["go"], report["simulated"]) == (3, False, True)
    assert report["model"] == "claude-haiku-5-5"
    assert float(report["cost_after_usd"]) < float(report["cost_before_usd"])
    assert {record.record_id: record for record in running.records().everything()} == before
