"""The operator's commands over real HTTP: a stack named by ``--stack``, as a deployed one would be."""

import csv
import io
import json
import shutil
import zipfile
from collections.abc import Iterator
from contextlib import chdir
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner, Result

from local.cli import doctypes
from local.cli.app import app
from local.inputs import samples
from local.promoting import spec_in
from local.session import DOMAIN, Session, session
from local.twin.deploy import STACK
from mailroom.catalogue import card
from mailroom.doctypes.registry import document_types
from mailroom.domain.confidence import field_confidence
from mailroom.domain.record import BY_A_PERSON, Record, Status
from mailroom.domain.signal_notes import signals_from
from mailroom.pipeline.filing import results
from mailroom.prompts.checks import check_types

pytestmark = [pytest.mark.twin, pytest.mark.timeout(300)]

EVENTS = Path(__file__).parents[2] / "events"
NAMES = ("01-lead-plain-text.eml", "02-invoice-html-german.eml", "11-invoice-contradictory.eml", "12-spam.eml")


@dataclass(frozen=True)
class House:
    """A running stack, what is in its ledger, and the command line that looks at it."""

    running: Session
    environment: dict[str, str]

    def call(self, *arguments: object, **options: Any) -> Result:
        named = [str(argument) for argument in arguments]
        if named[:1] == ["records"] or named[0] in {"dead-letters", "tail", "stats", "suggestions"}:
            named += ["--stack", STACK]
        return CliRunner().invoke(app, named, env=self.environment, **options)

    def rows(self, *arguments: object) -> list[dict[str, Any]]:
        done = self.call(*arguments, "--json")
        assert done.exit_code == 0, (done.stderr, done.exception)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def records(self) -> list[Record]:
        return list(self.running.records().query())

    def one(self, status: Status) -> Record:
        return next(record for record in self.records() if record.status is status)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with chdir(tmp_path_factory.mktemp("operator")), session(live=False) as running:
        chosen = [sample for sample in samples(EVENTS, DOMAIN) if sample.input.source.endswith(NAMES)]
        told = [running.deliver(sample.input) for sample in chosen]
        list(running.at_rest([each.record_id for each in told], timeout_s=100))
        yield House(running, dict(running.twin.environment))


@pytest.fixture(autouse=True)
def _in_the_house(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in house.environment.items():
        monkeypatch.setenv(name, value)


def test_each_filter_of_a_list_takes_what_it_names(house):
    records = house.records()

    assert len(house.rows("records", "list")) == len(records) == len(NAMES)
    for record in records:
        for option, value in [("--status", record.status), ("--kind", record.kind), ("--sender", record.sender)]:
            if value:
                found = {row["record_id"] for row in house.rows("records", "list", option, value)}
                assert record.record_id in found
                assert found == {r.record_id for r in records if getattr(r, option[2:]) == value}
        day = record.received_at.date().isoformat()
        assert record.record_id in {row["record_id"] for row in house.rows("records", "list", "--day", day)}
    assert house.rows("records", "list", "--since", "1m", "--status", "rejected") == []


def test_a_list_for_people_says_what_is_needed(house):
    done = house.call("records", "list", "--status", "needs_human")

    assert "A person's decision, since" in " ".join(done.stdout.split())


def test_what_cannot_be_asked_for_is_refused_in_a_sentence(house):
    for wrong in (
        ["--status", "lost"],
        ["--kind", "poem"],
        ["--day", "today"],
        ["--day", "2026-03-02", "--since", "1d"],
    ):
        done = house.call("records", "list", *wrong)
        assert done.exit_code != 0
        assert str(done.exception)


def test_a_record_is_shown_by_the_beginning_of_its_id(house):
    record = house.one(Status.ACCEPTED)

    done = house.call("records", "show", record.record_id[:12])
    assert done.exit_code == 0
    assert record.record_id in done.stdout
    assert json.loads(house.call("records", "show", record.record_id, "--json").stdout)["record_id"] == record.record_id
    assert house.call("records", "show", "mail-nobody").exit_code == 1


def test_an_export_holds_every_record_in_each_format(house, tmp_path):
    ids = {record.record_id for record in house.records()}

    assert house.call("records", "export", "--jsonl", tmp_path / "a.jsonl").exit_code == 0
    assert house.call("records", "export", "--xlsx", tmp_path / "a.xlsx").exit_code == 0
    assert house.call("records", "export", "--parquet", tmp_path / "a.parquet").exit_code == 0
    written = house.call("records", "export", "--csv", "-").stdout

    assert {json.loads(line)["record_id"] for line in (tmp_path / "a.jsonl").read_text().splitlines()} == ids
    assert {row["record_id"] for row in csv.DictReader(io.StringIO(written))} == ids
    table = pq.read_table(tmp_path / "a.parquet").to_pylist()
    assert {row["record_id"] for row in table} == ids
    assert sum(row["cost_usd"] for row in table) == sum(record.cost_usd for record in house.records())
    with zipfile.ZipFile(tmp_path / "a.xlsx") as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert all(record_id in sheet for record_id in ids)
    assert "<f>" not in sheet


def test_an_export_may_be_narrowed_and_names_one_file(house, tmp_path):
    done = house.call("records", "export", "--jsonl", "-", "--status", "quarantined")

    assert [json.loads(line)["status"] for line in done.stdout.splitlines()] == ["quarantined"]
    assert house.call("records", "export", "--jsonl", "-", "--csv", "-").exception is not None


def test_decisions_read_ids_from_stdin_and_one_refused_does_not_stop_the_others(house):
    waiting = house.one(Status.NEEDS_HUMAN).record_id

    done = house.call("records", "approve", "-", "--by", "ana", "--json", input=f"mail-nobody\n{waiting}\n")

    assert done.exit_code == 1
    assert "mail-nobody" in done.stderr
    assert json.loads(done.stdout)["status"] == "approved"
    shown = " ".join(house.call("records", "show", waiting).stdout.split())
    assert "approved by ana" in shown


def test_a_requeued_record_is_read_again_and_says_who_asked(house):
    record = house.one(Status.QUARANTINED)

    done = house.call("records", "requeue", record.record_id, "--by", "bo", "--reason", "It is no spam.")
    assert done.exit_code == 0, done.stderr
    (again,) = house.running.at_rest([record.record_id], timeout_s=60)

    assert again.status not in {Status.QUARANTINED, Status.RECEIVED}
    assert [(each.action, each.by, each.reason) for each in again.decisions] == [("requeued", "bo", "It is no spam.")]


def test_a_stack_that_is_not_there_is_said_to_be_missing(house):
    done = CliRunner().invoke(app, ["records", "list", "--stack", "nobody"], env=house.environment)

    assert "nobody" in str(done.exception)


def test_help_names_the_exit_codes_and_every_command_has_a_sentence():
    done = CliRunner().invoke(app, ["--help"])

    assert "Exit codes: 0" in " ".join(done.stdout.split())
    for command in app.registered_commands:
        assert command.callback
        assert command.callback.__doc__


def test_a_watcher_sees_what_is_there_and_what_changes_meanwhile(house):
    seen = {row["record_id"] for row in house.rows("tail", "--for", "0.5", "--every", "0.2")}

    assert seen == {record.record_id for record in house.records()}


def test_the_last_days_are_summed_whether_they_were_counted_yet_or_not(house):
    *days, summed = house.rows("stats", "--days", "2")
    records = house.records()

    assert len(days) == 2
    assert summed["records"] == len(records)
    assert summed["cost_usd"] == str(sum(record.cost_usd for record in records))
    assert "2 days" in house.call("stats", "--days", "2").stdout


def test_every_confidence_follows_from_the_note_that_its_value_keeps(house):
    values = [found for record in house.records() for _, found in results(record) if found.origin != BY_A_PERSON]

    assert len(values) > 10
    for found in values:
        signals = signals_from(found.signals, found.kind)
        assert signals
        assert field_confidence(signals) == pytest.approx(found.confidence, abs=2e-3)


def test_a_decided_record_becomes_a_worked_example_after_its_change_was_shown(house, tmp_path, monkeypatch):
    home = tmp_path / "doctypes"
    shutil.copytree(doctypes.HOME, home, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(doctypes, "HOME", home)
    lead = next(record for record in house.records() if record.kind == "lead" and record.status is Status.ACCEPTED)
    promote = ["doctypes", "promote", lead.record_id, "--stack", STACK]
    before = (home / "lead.py").read_text()

    assert "only what a person decided can teach" in str(house.call(*promote).exception)
    assert house.call("records", "correct", lead.record_id, "summary=They need oil before Friday.").exit_code == 0
    data = json.loads(house.call(*promote, "--json").stdout)
    assert (data["file"], data["written"]) == ("lead.py", False)
    assert any(line.startswith("+") and "Example(" in line for line in data["diff"])
    shown = house.call(*promote)
    assert shown.exit_code == 1
    assert (home / "lead.py").read_text() == before
    flat = " ".join(shown.stdout.split())
    assert "+ Example(" in flat
    assert "Personal data" in flat
    assert lead.sender in flat

    done = house.call(*promote, "--replace", "Harriet Penhaligon=Ada Byron", "--replace", "Harriet=Ada", "--yes")
    assert done.exit_code == 0, (done.stdout, done.exception)
    after = (home / "lead.py").read_text()
    assert "Ada Byron" in after
    assert "Harriet" not in after
    spec = spec_in(after, "mailroom.doctypes.lead", "lead")
    assert len(spec.examples) == len(document_types()["lead"].examples) + 1
    types = {**document_types(), "lead": spec}
    assert [each for each in check_types(card("claude-haiku-4-5"), None, types) if each.level == "error"] == []


def test_a_replacement_that_would_teach_nonsense_is_refused(house, tmp_path, monkeypatch):
    home = tmp_path / "doctypes"
    shutil.copytree(doctypes.HOME, home, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(doctypes, "HOME", home)
    invoice = next(record for record in house.records() if record.kind == "invoice")
    if invoice.status in {Status.ACCEPTED, Status.NEEDS_HUMAN}:
        house.call("records", "correct", invoice.record_id, "purchase_order=PO-1")
    total = invoice.fields["total_amount"].quote

    done = house.call("doctypes", "promote", invoice.record_id, "--stack", STACK, "--replace", f"{total}=9,99", "--yes")

    assert "does not mean" in str(done.exception)


def test_suggestions_name_what_three_records_share(house):
    assert house.rows("suggestions") == []
