"""What the processes of a run take: processor time and memory, from Linux's /proc, by what each is there for."""

import os
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
_MIB = 2**20


@dataclass(frozen=True, slots=True)
class Taken:
    """Processor seconds so far, and resident memory in MiB.

    ``functions_s`` are the workers with their parent, ``emulator_s`` AWS's stand-in, ``model_s`` the model's,
    ``around_s`` the rest of this process: what Lambda's pollers, SES and the messages' senders do in the cloud.
    ``worker_mib`` is the largest worker, ``emulator_mib`` and ``own_mib`` are the emulator and this process.
    """

    functions_s: float
    emulator_s: float
    model_s: float
    around_s: float
    workers: int
    worker_mib: float
    emulator_mib: float
    own_mib: float


def taken() -> Taken:
    """Return what this process and all below it have taken."""
    family = [(pid, _command(pid)) for pid in _below(os.getpid())]
    workers = [pid for pid, command in family if "forkserver" in command]
    emulator = [pid for pid, command in family if "ministack" in command]
    model_s = sum(
        time.clock_gettime(time.pthread_getcpuclockid(thread.ident))
        for thread in threading.enumerate()
        if thread.name == "standin" and thread.ident
    )
    return Taken(
        functions_s=sum(map(_seconds, workers)),
        emulator_s=sum(map(_seconds, emulator)),
        model_s=model_s,
        around_s=time.process_time() - model_s,
        workers=len(workers) - 1,
        worker_mib=max(map(_mib, workers), default=0.0),
        emulator_mib=max(map(_mib, emulator), default=0.0),
        own_mib=_mib(os.getpid()),
    )


def _below(root: int) -> Iterator[int]:
    children: dict[int, list[int]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        fields = _stat(int(folder.name))
        if fields:
            children.setdefault(int(fields[1]), []).append(int(folder.name))
    waiting = [root]
    while waiting:
        found = children.get(waiting.pop(), [])
        waiting += found
        yield from found


def _stat(pid: int) -> list[str]:
    """Return the fields of /proc/PID/stat from the state on; nothing where the process is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""


def _seconds(pid: int) -> float:
    fields = _stat(pid)
    return sum(map(int, fields[11:13])) / _TICKS_A_SECOND if fields else 0.0


def _mib(pid: int) -> float:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE_BYTES / _MIB
    except (OSError, IndexError):
        return 0.0
