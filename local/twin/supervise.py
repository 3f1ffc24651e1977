"""Keeps the emulator's processes from outliving whoever started them.

Run as ``python supervise.py COMMAND...`` at the head of a process group of its own. Standard input is the lifeline: its
other end is held by the starter, so it closes with the starter's stop(), with Ctrl-C, and with ``kill -9`` alike. Then
the whole group ends at once, the functions' processes included. Nothing is saved, so nothing needs a gentle end.
"""

import os
import signal
import subprocess
import sys
import threading


def _end_the_group() -> None:
    os.killpg(0, signal.SIGKILL)


def _wait_for_the_starter_to_go() -> None:
    sys.stdin.buffer.read()
    _end_the_group()


def main(command: list[str]) -> None:
    """Run a command for as long as standard input stays open."""
    signal.signal(signal.SIGTERM, lambda *_: _end_the_group())
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL)  # noqa: S603 -- the starter's own command
    threading.Thread(target=_wait_for_the_starter_to_go, daemon=True).start()
    child.wait()
    _end_the_group()


if __name__ == "__main__":
    main(sys.argv[1:])
