"""The emulator's process: it starts only where it can, and nothing of it stays."""

import os
import signal
import socket
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from local.twin import supervise
from local.twin.emulator import LOOPBACK, Emulator, free_port
from local.twin.errors import TwinError
from tests.waiting import eventually

STARTS_ONE_AND_WAITS = textwrap.dedent(
    """
    import sys, time
    from pathlib import Path
    from local.twin.emulator import Emulator

    emulator = Emulator(Path(sys.argv[1])).start()
    print(emulator.port, emulator._process.pid, flush=True)
    time.sleep(600)
    """
)


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((LOOPBACK, port)) != 0


def group_is_gone(leader: int) -> bool:
    """True once no process of the group runs; one that ended and waits to be reaped counts as gone."""
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, group = status.read_text().rpartition(")")[2].split()[:3]
        except OSError:  # it ended while we looked
            continue
        if int(group) == leader and state != "Z":
            return False
    return True


def test_it_answers_on_loopback_and_leaves_no_process_no_port_and_no_file(tmp_path: Path):
    emulator = Emulator(tmp_path).start()
    assert emulator._process is not None
    leader = emulator._process.pid
    assert not is_free(emulator.port)

    emulator.stop()
    emulator.stop()

    assert eventually(lambda: group_is_gone(leader))
    assert is_free(emulator.port)
    assert [path.name for path in tmp_path.iterdir()] == ["emulator.log"]


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_it_ends_with_whoever_started_it_however_that_ended(tmp_path: Path, end: signal.Signals):
    starter = subprocess.Popen(
        [sys.executable, "-c", STARTS_ONE_AND_WAITS, str(tmp_path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert starter.stdout is not None
    port, leader = map(int, starter.stdout.readline().split())
    assert not is_free(port)

    starter.send_signal(end)
    starter.wait(timeout=20)
    starter.stdout.close()

    assert eventually(lambda: group_is_gone(leader) and is_free(port))


def test_a_taken_port_is_named_with_the_remedy(tmp_path: Path):
    with socket.create_server((LOOPBACK, 0)) as taken:
        port = taken.getsockname()[1]

        with pytest.raises(TwinError, match=f"Port {port} is taken.*choose another"):
            Emulator(tmp_path, port).start()


def test_a_missing_environment_is_named_with_the_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("local.twin.emulator.ROOT", tmp_path)

    with pytest.raises(TwinError, match="make setup"):
        Emulator(tmp_path).start()


def test_what_a_killed_run_left_is_cleared_and_what_runs_is_kept(tmp_path: Path):
    ended = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True)
    (tmp_path / f"run-{int(ended.stdout)}-1").mkdir()
    (tmp_path / f"run-{os.getpid()}-1").mkdir()

    emulator = Emulator(tmp_path, free_port()).start()
    emulator.stop()

    assert [path.name for path in tmp_path.glob("run-*")] == [f"run-{os.getpid()}-1"]


TIDIES_UP = textwrap.dedent(
    """
    import signal, sys, time
    from pathlib import Path

    def tidy(*_):
        Path(sys.argv[1]).write_text("tidied")
        sys.exit()

    signal.signal(signal.SIGTERM, tidy)
    print("ready", flush=True)
    time.sleep(600)
    """
)


@pytest.mark.parametrize(("options", "left"), [(["--gently"], "tidied"), ([], "")])
def test_a_command_may_tidy_up_where_it_is_ended_gently_and_else_ends_at_once(
    tmp_path: Path, options: list[str], left: str
):
    note = tmp_path / "note"
    command = [sys.executable, "-c", TIDIES_UP, str(note)]
    running = subprocess.Popen(
        [sys.executable, "-S", supervise.__file__, *options, *command],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    assert running.stdin is not None
    assert running.stdout is not None
    assert running.stdout.readline() == b"ready\n"

    running.stdin.close()
    running.wait(timeout=30)
    running.stdout.close()

    assert eventually(lambda: group_is_gone(running.pid))
    assert (note.read_text() if note.exists() else "") == left
