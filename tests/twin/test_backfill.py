"""A backlog through the deployed pipeline: in batches and live, run again, and refused where nothing could come."""

import json
from collections.abc import Iterator
from contextlib import chdir
from decimal import Decimal
from pathlib import Path

import pytest

from local.backfill.deployment import Deployment
from local.cli.backfill import Wish, _Backfill
from local.session import Session, session
from mailroom.adapters.aws import client
from mailroom.domain.errors import MailroomError
from mailroom.domain.record import Lane, Status
from tests.bulk_world import mail

pytestmark = [pytest.mark.twin, pytest.mark.timeout(240)]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    with chdir(tmp_path_factory.mktemp("twin")), session(live=False) as found:
        yield found


@pytest.fixture(autouse=True)
def _its_environment(running, monkeypatch) -> None:
    for name, value in running.twin.environment.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def backfill(running, capsys):
    def run(where: object, **wish: object) -> dict:
        asked = Wish(str(where), yes=True, as_json=True, **wish)
        capsys.readouterr()
        code = _Backfill(asked, Deployment.of(running.twin.outputs), running).run()
        return {"code": code, **json.loads(capsys.readouterr().out)}

    return run


def box(folder: Path, numbers: list[int]) -> Path:
    path = folder / "old.mbox"
    path.write_bytes(
        b"".join(b"From x Mon Mar  2 09:00:00 2026\n" + mail(n).replace(b"\r\n", b"\n") + b"\n" for n in numbers)
    )
    return path


def test_a_mailbox_is_read_in_batches_once_and_running_it_again_pays_nothing(tmp_path, running, backfill):
    first = backfill(box(tmp_path, [1, 2, 2, 3]), batch=True)

    assert (first["code"], first["found"], first["double"], first["taken_in"]) == (0, 4, 1, 3)
    records = [running.records().get(record_id) for record_id in first["record_ids"]]
    assert [record.attempts[0].lane for record in records] == [Lane.BATCH] * 3
    assert not [record for record in records if record.status is Status.BATCHED]
    assert Decimal(first["cost_usd"]) > 0
    assert first["simulated"] is True

    again = backfill(box(tmp_path, [1, 2, 3]), batch=True)
    assert (again["new"], again["taken_in"], sum(again["known"].values())) == (0, 0, 3)


def test_without_batch_a_backlog_goes_through_the_live_lane_and_meets_the_same_records(tmp_path, running, backfill):
    backfill(box(tmp_path, [1]), batch=True)
    live = backfill(box(tmp_path, [1, 11]), rate=50.0)

    assert (live["new"], sum(live["known"].values())) == (1, 1)
    (record,) = [running.records().get(record_id) for record_id in live["record_ids"]]
    assert record.attempts[0].lane is Lane.LIVE


def test_a_prefix_of_a_bucket_is_a_backlog_and_a_budget_bounds_what_is_taken_in(running, backfill):
    s3 = client("s3")
    s3.create_bucket(Bucket="old-mail")
    for number in range(21, 26):
        s3.put_object(Bucket="old-mail", Key=f"2026/q1/{number}.eml", Body=mail(number))
    s3.put_object(Bucket="old-mail", Key="2026/q1/notes.xlsx", Body=b"x")
    whole = backfill("s3://old-mail/2026/", batch=True, limit=2)
    assert (whole["code"], whole["taken_in"], whole["unreadable"]) == (1, 2, 1)

    worst = Decimal(whole["estimate_usd"][1]) / whole["new"]
    bounded = backfill("s3://old-mail/2026/", batch=True, budget_usd=worst * 2)
    assert (bounded["code"], bounded["new"], bounded["taken_in"], bounded["unreadable"]) == (1, 3, 2, 1)


def test_a_route_without_batches_is_refused_before_anything_is_put_in(running, tmp_path):
    deployed = Deployment.of(running.twin.outputs)
    bedrock = Deployment({**deployed.variables, "MODEL_PROVIDER": "bedrock"}, deployed.function_name)

    with pytest.raises(MailroomError, match="without --batch"):
        _Backfill(Wish(str(box(tmp_path, [31])), batch=True, yes=True), bedrock, running).run()
