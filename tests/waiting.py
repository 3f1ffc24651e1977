"""Waiting for what happens elsewhere, within a bound that only a broken machine reaches."""

import time
from collections.abc import Callable


def eventually(holds: Callable[[], bool], *, within_s: float = 30.0) -> bool:
    """Ask again and again until it holds; the last answer if it never does."""
    give_up_at = time.monotonic() + within_s
    while time.monotonic() < give_up_at:
        if holds():
            return True
        time.sleep(0.05)
    return holds()
