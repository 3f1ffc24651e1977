"""How the command line ends: one line and a number where it cannot go on, and help that waits for nothing."""

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import typer
from botocore.exceptions import NoRegionError

from local.cli import app as command_line
from local.cli.options import CallError, moment, wanted
from mailroom.domain.errors import TransientError
from mailroom.domain.record import Status


@pytest.mark.parametrize("error", [CallError("Name one."), TransientError("Too busy."), NoRegionError()])
def test_what_stops_a_command_is_one_line_and_the_exit_code_2(monkeypatch, capsys, error):
    def stopped() -> None:
        raise error

    monkeypatch.setattr(command_line, "app", stopped)

    with pytest.raises(SystemExit) as ended:
        command_line.main()
    assert ended.value.code == 2
    said = capsys.readouterr()
    assert said.err.startswith("mailroom: ")
    assert said.err.count("\n") == 1
    assert said.out == ""


def test_a_fault_of_ours_is_not_hidden(monkeypatch):
    def broken() -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(command_line, "app", broken)

    with pytest.raises(ZeroDivisionError):
        command_line.main()


def test_help_waits_for_no_sdk():
    seen = "import local.cli.app, sys; print(sorted({'boto3', 'anthropic', 'pyarrow'} & set(sys.modules)))"

    done = subprocess.run([sys.executable, "-c", seen], capture_output=True, text=True, check=True, timeout=60)

    assert done.stdout.strip() == "[]"


def test_every_command_can_print_data():
    def named(group: Any, *path: str) -> Iterator[tuple[str, set[str]]]:
        for name, command in getattr(group, "commands", {}).items():
            yield from named(command, *path, name)
        if not hasattr(group, "commands"):
            yield " ".join(path), {option for each in group.params for option in each.opts}

    without = [name for name, options in named(typer.main.get_command(command_line.app)) if "--json" not in options]

    assert without == ["records export"]  # its options are formats, one of them JSON lines


def test_the_shell_completes_commands_and_the_values_of_options():
    def completed(words: str) -> list[str]:
        asked = {"_MAILROOM_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": str(len(words.split()) - 1)}
        program = "import sys; sys.argv = ['mailroom']; from local.cli import main; main()"
        done = subprocess.run(
            [sys.executable, "-c", program],
            env=os.environ | asked,
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
        return done.stdout.split()

    assert completed("mailroom doct") == ["doctor", "doctypes"]
    assert completed("mailroom records list --status ne") == ["needs_human"]


def test_a_day_is_the_whole_of_it_in_utc_and_a_moment_may_be_so_long_ago():
    day = wanted(status="failed", day="2026-03-02")

    assert day.status is Status.FAILED
    assert (day.since, day.until) == (datetime(2026, 3, 2, tzinfo=UTC), datetime(2026, 3, 3, tzinfo=UTC))
    assert moment("2026-03-02T14:30+01:00") == datetime(2026, 3, 2, 13, 30, tzinfo=UTC)
    ago = moment("6h")
    assert ago
    assert abs(datetime.now(UTC) - timedelta(hours=6) - ago) < timedelta(minutes=1)


@pytest.mark.parametrize("text", ["yesterday", "7w", "2026-13-01", "0x1d"])
def test_what_is_no_time_is_refused_with_how_to_write_one(text):
    with pytest.raises(CallError, match="2026-03-02"):
        moment(text)
