"""The evaluation from end to end: the demo's labelled messages over loopback, and a replay with sockets off."""

import json
from pathlib import Path

import pytest
from pytest_socket import disable_socket, enable_socket
from typer.testing import CliRunner

from local.cli.app import app
from local.evaluation.corpora import CORPORA, SOURCES, shared_set
from local.evaluation.runs import Run

MAIL = """From: Clerk <clerk@shop.example>
Subject: Invoice {number}

Invoice number: {number}
Invoice date: 3 March 2026
Total: EUR 12.50

Paper Shop Ltd
"""


@pytest.fixture
def mailroom(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Run the command in a folder of its own; returns its exit code and what it printed."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> tuple[int, str, str]:
        done = CliRunner().invoke(app, arguments, catch_exceptions=False)
        return done.exit_code, done.stdout, done.stderr

    return run


@pytest.fixture
def labelled(tmp_path: Path) -> Path:
    folder = tmp_path / "mine"
    folder.mkdir()
    labels = []
    for number in ("A-101", "A-102", "A-103"):
        (folder / f"{number}.eml").write_text(MAIL.format(number=number), encoding="utf-8")
        fields = {"invoice_number": number, "issue_date": "2026-03-03", "total_amount": "12.50", "currency": "EUR"}
        labels.append({"file": f"{number}.eml", "kind": "invoice", "fields": fields, "ignore": ["supplier_name"]})
    (folder / "labels.jsonl").write_text("\n".join(map(json.dumps, labels)), encoding="utf-8")
    return folder


def figures(printed: str) -> dict:
    """The report without what the machine's load decides."""
    data = json.loads(printed)
    data["latency_ms"] = {name: ms for name, ms in data["latency_ms"].items() if name.startswith("model")}
    del data["settings"]["origin"]
    return data


def test_the_demos_messages_are_evaluated_recorded_and_replayed_without_a_network(mailroom):
    code, printed, _ = mailroom("eval", "events", "--json", "--record", "answers.jsonl", "--out", "first")
    assert code == 0
    recorded = figures(printed)
    assert recorded["messages"] == 27
    assert recorded["all"]["right"] > 0
    assert recorded["statuses"]["quarantined"] == 1

    disable_socket(allow_unix_socket=True)
    try:
        code, printed, _ = mailroom("eval", "events", "--json", "--replay", "answers.jsonl", "--out", "second")
    finally:
        enable_socket()

    assert code == 0
    assert figures(printed) == recorded
    first, second = (Run.open(Path(name)).results() for name in ("first", "second"))
    assert [each.comparable() for each in first] == [each.comparable() for each in second]
    for name in ("report.html", "report.json", "results.jsonl"):
        assert (Path("first") / name).stat().st_size > 0


def test_what_confidence_was_computed_from_is_computed_again_to_the_same(mailroom):
    from mailroom.domain.confidence import field_confidence

    mailroom("eval", "events", "--json", "--out", "run")

    values = [value for result in Run.open(Path("run")).results() for value in result.values if value.found]
    assert values
    assert all(value.signals is not None for value in values)
    again = [round(field_confidence(value.signals), 4) for value in values if value.signals]
    assert again == [value.confidence for value in values]


def test_a_folder_of_ones_own_is_scored_by_its_labels(mailroom, labelled: Path):
    code, printed, _ = mailroom("eval", str(labelled), "--json")

    data = json.loads(printed)
    assert code == 0
    assert data["kind_accuracy"] == 1.0
    assert data["fields"]["invoice.invoice_number"]["f1"] == 1.0
    assert "invoice.supplier_name" not in data["fields"]


def test_a_run_that_was_cut_off_asks_only_for_what_is_missing(mailroom, labelled: Path):
    mailroom("eval", str(labelled), "--json", "--record", "all.jsonl", "--out", "run")
    lines = Path("run/results.jsonl").read_text(encoding="utf-8").splitlines()
    Path("run/results.jsonl").write_text("\n".join(lines[:2]) + "\n" + lines[2][:40], encoding="utf-8")

    code, printed, _ = mailroom("eval", str(labelled), "--json", "--record", "rest.jsonl", "--out", "run")

    assert code == 0
    assert json.loads(printed)["messages"] == 3
    assert Path("rest.jsonl").read_text(encoding="utf-8").count("\n") < Path("all.jsonl").read_text(
        encoding="utf-8"
    ).count("\n")
    assert len(Run.open(Path("run")).results()) == 3


def test_a_replay_without_an_answer_ends_with_a_sentence_and_no_result(mailroom, labelled: Path):
    Path("empty.jsonl").write_text("", encoding="utf-8")

    code, printed, said = mailroom("eval", str(labelled), "--replay", "empty.jsonl")

    assert code == 2
    assert printed == ""
    assert "Record again with --record" in said


def test_a_run_beside_itself_shows_no_difference(mailroom, labelled: Path):
    mailroom("eval", str(labelled), "--json", "--out", "before")

    code, printed, _ = mailroom("eval", str(labelled), "--json", "--out", "after", "--against", "before")

    assert code == 0
    compared = json.loads(printed)["comparison"]
    assert compared["is_real"] is False
    assert "agree everywhere" in compared["sentence"]


def test_live_without_a_key_says_what_to_set(mailroom, labelled: Path):
    code, _, said = mailroom("eval", str(labelled), "--live")

    assert code == 2
    assert "ANTHROPIC_API_KEY" in said


def test_calibrating_on_little_keeps_the_weights_and_writes_the_report(mailroom, labelled: Path):
    mailroom("eval", str(labelled), "--json", "--out", "run")

    code, printed, _ = mailroom("calibrate", "--from", "run", "--out", "learnt")

    assert code == 0
    assert "it takes 200" in " ".join(printed.split())
    assert not Path("learnt/weights.json").exists()
    assert json.loads(Path("learnt/thresholds.json").read_text(encoding="utf-8"))["target_error_rate"] == 0.01
    assert "<svg" in Path("learnt/calibration.html").read_text(encoding="utf-8")


def test_calibrating_on_nothing_says_what_to_run_first(mailroom):
    code, _, said = mailroom("calibrate")

    assert code == 2
    assert "mailroom eval" in said


def test_what_calibration_wrote_is_what_the_next_run_goes_by(mailroom, labelled: Path, monkeypatch: pytest.MonkeyPatch):
    from mailroom.domain.calibration import weights_json
    from mailroom.domain.confidence import default_weights

    nothing = {"source": "test", "target_error_rate": 0.01, "thresholds": {"invoice": 1.01}}
    Path("thresholds.json").write_text(json.dumps(nothing), encoding="utf-8")
    Path("weights.json").write_text(weights_json(default_weights()), encoding="utf-8")
    monkeypatch.setenv("THRESHOLDS_FILE", "thresholds.json")
    monkeypatch.setenv("WEIGHTS_FILE", "weights.json")

    _, printed, _ = mailroom("eval", str(labelled), "--json")

    assert json.loads(printed)["accepted_messages"] == 0


def test_calls_that_were_paid_are_kept_when_one_of_them_stops_the_line(monkeypatch: pytest.MonkeyPatch):
    from types import SimpleNamespace

    from local.cli import evaluate
    from local.evaluation.asking import LIVE
    from mailroom.domain.errors import StopTheLineError
    from tests.unit.evaluation.made import result

    def asked(message: SimpleNamespace, _bench: object):
        if message.id == "m2":
            raise StopTheLineError("The spend limit is reached.")
        return result(message.id)

    monkeypatch.setattr(evaluate, "evaluate", asked)
    messages = [SimpleNamespace(id=f"m{number}") for number in range(6)]
    bench = SimpleNamespace(answering=SimpleNamespace(origin=LIVE))
    kept = []

    with pytest.raises(StopTheLineError):
        kept.extend(message.id for message, _ in evaluate._outcomes(messages, bench))

    assert sorted(kept) == ["m0", "m1", "m3", "m4", "m5"]


def test_a_tables_decisions_give_thresholds_and_no_weights(mailroom):
    import boto3
    from moto import mock_aws

    from mailroom.adapters import aws
    from mailroom.adapters.dynamodb import DynamoDBRecordStore
    from mailroom.domain.record import Decision, Status
    from tests.deployed_tables import create_records_table
    from tests.fakes import START
    from tests.integration.test_ledger_in_dynamodb import field, record

    with mock_aws():
        aws._session.cache_clear()
        dynamodb = boto3.client("dynamodb")
        create_records_table(dynamodb)
        store = DynamoDBRecordStore(dynamodb, "records")
        for number in range(3):
            fields = {"total_amount": field("1.00"), "iban": field("DE1", origin="person")}
            replaced = {"before": {"iban": "DE9"}, "fields": {"iban": field("DE9")}}
            store.create(
                record(
                    f"mail-{number}",
                    status=Status.CORRECTED,
                    lease_until=None,
                    kind="invoice",
                    fields=fields,
                    decisions=(Decision(action="corrected", by="ann", at=START, **replaced),),
                )
            )
        store.create(record("mail-9", status=Status.NEEDS_HUMAN, kind="invoice", fields={"iban": field("DE2")}))

        code, printed, _ = mailroom("calibrate", "--table", "records", "--json", "--out", "learnt")
        aws._session.cache_clear()

    data = json.loads(printed)
    assert code == 0
    assert (data["values"], data["wrong"]) == (6, 3)
    assert data["thresholds"] == {"invoice.iban": 1.01}
    assert not Path("learnt/weights.json").exists()


@pytest.mark.corpora
@pytest.mark.skipif(not CORPORA.is_dir(), reason="the shared corpora are not beside this checkout")
@pytest.mark.parametrize("name", SOURCES)
def test_every_shared_set_is_read_and_every_label_fits_its_field(name: str):
    dataset = shared_set(name)

    (spec,) = (spec for kind, spec in dataset.types.items() if kind != "other")
    assert dataset.messages
    for message in dataset.messages:
        for field, wanted in message.truth.fields.items():
            for each in wanted if isinstance(wanted, list) else [wanted]:
                for value in each:
                    wire = {field: [value] if isinstance(wanted, list) else value}
                    assert spec.validate(wire).values, f"{message.id}: {field} cannot be {value!r}"
