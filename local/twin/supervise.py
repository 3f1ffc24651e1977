"""Keeps the twin's processes from outliving whoever started them.

Run as ``python supervise.py [--gently] COMMAND...`` at the head of a process group of its own. Standard input is the
lifeline: its other end is held by the starter, so it closes with the starter's stop(), with Ctrl-C, and with
``kill -9`` alike. Then the whole group ends at once, the functions' processes included: the emulator saves nothing.
With ``--gently`` the command is asked first, and has some time to tidy up: SAM removes its containers.
"""

import contextlib
import os
import signal
import subprocess
import sys
import threading

GENTLE_S = 45.0
"""How long a command may take to end when it is asked to."""


def _end_the_group() -> None:
    os.killpg(0, signal.SIGKILL)


def main(command: list[str], *, gently: bool) -> None:
    """Run a command for as long as standard input stays open."""
    asked = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: asked.set())
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL)  # noqa: S603 -- the starter's own command

    def wait_for_the_starter_to_go() -> None:
        sys.stdin.buffer.read()
        asked.set()

    def wait_for_the_child_to_end() -> None:
        child.wait()
        asked.set()

    for wait in (wait_for_the_starter_to_go, wait_for_the_child_to_end):
        threading.Thread(target=wait, daemon=True).start()
    asked.wait()
    if gently and child.poll() is None:
        child.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(timeout=GENTLE_S)
    _end_the_group()


if __name__ == "__main__":
    first, *rest = sys.argv[1:]
    main(rest if first == "--gently" else [first, *rest], gently=first == "--gently")
