"""The command line as a person uses it: real processes, real output, real exit codes."""

import json
import os
import shutil
import signal
import smtplib
import subprocess
import sys
import time
from itertools import chain
from pathlib import Path

import pytest

from local.inputs import samples
from local.session import DOMAIN
from local.twin.emulator import free_port

pytestmark = [pytest.mark.twin, pytest.mark.timeout(300)]

ROOT = Path(__file__).parents[2]
EMAILS = ROOT / "events" / "emails"


COMMAND = [sys.executable, "-c", "from local.cli import main; main()"]


def mailroom(*arguments, cwd, path="", **options):
    command = [*COMMAND, *map(str, arguments)]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    environment |= {"PYTHONPATH": path} if path else {}
    return subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=100, check=False, **options
    )


@pytest.fixture(scope="module")
def processed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("inputs")
    (folder / "broken.eml").write_bytes(b"")
    (folder / "lead.json").write_bytes((ROOT / "events" / "forms" / "lead.json").read_bytes())
    mails = [EMAILS / "01-lead-plain-text.eml", EMAILS / "03-support-alternative-french.eml"]
    (folder / "both.mbox").write_bytes(
        b"".join(
            b"From x Mon Mar  2 09:00:00 2026\n" + mail.read_bytes().replace(b"\r\n", b"\n") + b"\n" for mail in mails
        )
    )
    return folder, mailroom("process", folder, folder / "not-there.eml", "--json", cwd=folder)


def test_process_prints_one_record_a_line_and_nothing_else_on_stdout(processed):
    _, done = processed
    rows = [json.loads(line) for line in done.stdout.splitlines()]

    assert sorted(Path(row["source"]).name for row in rows) == ["both.mbox#1", "both.mbox#2", "lead.json"]
    keys = {"record_id", "source", "kind", "status", "fields", "confidence", "reasons", "models", "usage", "cost_usd"}
    assert all(keys | {"cache"} <= row.keys() for row in rows)


def test_a_bad_file_gets_one_clear_line_the_others_go_on_and_the_exit_code_says_so(processed):
    _, done = processed

    assert done.returncode == 1
    complaints = [line for line in done.stderr.splitlines() if line.startswith("mailroom: ")]
    assert len([line for line in complaints if "broken.eml" in line]) == 1
    assert len([line for line in complaints if "not-there.eml" in line]) == 1


def test_the_last_runs_records_can_be_listed_and_exported_when_the_twin_is_down(processed):
    folder, done = processed
    ids = {json.loads(line)["record_id"] for line in done.stdout.splitlines()}
    listed = mailroom("records", "list", "--json", cwd=folder)
    exported = mailroom("records", "export", "--csv", "-", cwd=folder)

    assert {json.loads(line)["record_id"] for line in listed.stdout.splitlines()} == ids
    assert exported.stdout.count("\n") >= len(ids) + 1
    assert mailroom("records", "show", min(ids), cwd=folder).returncode == 0


def test_records_without_any_run_say_what_to_do(tmp_path):
    done = mailroom("records", "list", cwd=tmp_path)

    assert done.returncode == 2
    assert "mailroom demo" in done.stderr


def test_live_without_a_key_says_what_to_do(tmp_path):
    done = mailroom("process", EMAILS / "01-lead-plain-text.eml", "--live", cwd=tmp_path)

    assert done.returncode == 2
    assert "ANTHROPIC_API_KEY" in done.stderr


def test_read_shows_zones_without_any_model(tmp_path):
    done = mailroom("read", EMAILS / "07-reply-meeting-italian.eml", "--json", cwd=tmp_path)
    data = json.loads(done.stdout)

    assert {zone["kind"] for zone in data["zones"]} >= {"header", "latest", "quoted", "signature"}
    assert all(data["text"][zone["start"] : zone["end"]] == zone["text"] for zone in data["zones"])


def test_a_new_document_type_passes_its_check_at_once_and_a_second_of_the_name_is_refused(tmp_path):
    for folder in ("local", "layers/shared"):  # not in the checkout, where other tests would find a kind too many
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))

    def run(*arguments):
        return mailroom("doctypes", *arguments, cwd=tmp_path, path=f"{tmp_path}:{tmp_path / 'layers' / 'shared'}")

    before = json.loads(run("check", "--json").stdout)["kinds"]
    made = json.loads(run("new", "receipt", "--json").stdout)

    assert made == {"kind": "receipt", "file": "layers/shared/mailroom/doctypes/receipt.py"}
    checked = run("check", "--json")
    assert (checked.returncode, json.loads(checked.stdout)["kinds"]) == (0, before + 1)
    assert run("new", "receipt").returncode == 1


def test_the_twin_that_stays_up_tells_of_each_record_and_shows_people_what_it_counted(tmp_path):
    ports = [free_port() for _ in range(3)]
    named = zip(("--smtp-port", "--forms-port", "--console-port"), map(str, ports), strict=True)
    up = subprocess.Popen(
        [*COMMAND, "dev", "--json", *chain(*named)], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True,
    )  # fmt: skip
    try:
        announced = [up.stderr.readline() for _ in range(4)]
        assert any(f"http://127.0.0.1:{ports[2]}" in line for line in announced)
        with smtplib.SMTP("127.0.0.1", ports[0], timeout=30) as smtp:
            smtp.sendmail(
                "ana@papel.example", ["sales@inbox.example"], (EMAILS / "01-lead-plain-text.eml").read_bytes()
            )
        row = json.loads(up.stdout.readline())
    finally:
        up.send_signal(signal.SIGTERM)
        up.communicate(timeout=60)

    assert row["kind"] == "lead"
    assert up.returncode == 0


def test_a_demo_that_was_killed_leaves_no_process_and_the_next_one_runs_to_its_end(tmp_path):
    first = subprocess.Popen(
        [*COMMAND, "demo"], cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    started = time.monotonic()
    while not (children := children_of(first.pid)) and time.monotonic() - started < 30:
        time.sleep(0.1)
    time.sleep(1)
    children = children_of(first.pid)
    first.send_signal(signal.SIGKILL)
    first.wait(10)
    ended = time.monotonic()
    while any(Path(f"/proc/{child}").exists() for child in children) and time.monotonic() - ended < 20:
        time.sleep(0.1)

    assert children
    assert not [child for child in children if Path(f"/proc/{child}").exists()]

    again = mailroom("demo", "--json", cwd=tmp_path)
    assert again.returncode == 0
    rows = [json.loads(line) for line in again.stdout.splitlines()]
    assert len(rows) == len(samples(ROOT / "events", DOMAIN))
    assert {row["status"] for row in rows} >= {"accepted", "needs_human", "quarantined", "failed"}


def children_of(pid: int) -> list[int]:
    found = []
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(entry.read_text().rpartition(")")[2].split()[1])
        except (OSError, ValueError):
            continue
        if parent == pid:
            found += [int(entry.parent.name), *children_of(int(entry.parent.name))]
    return found
