"""How long a message that failed waits before it is tried again: pure arithmetic, the same for every queue."""

import hashlib
import math
from datetime import timedelta

STEPS_S = (5, 30, 120, 600, 1800)
"""The waits after the first, second, … receive: a blip costs seconds, and an outage is not asked every second."""

LONGEST_S = 6 * 3600
"""No wait is longer. SQS allows twelve hours from the first receive on, and some of them may be used up."""

LONGEST_OUTAGE = timedelta(hours=36)
"""How old a message may be and not be given up because the model is out of reach: a day's outage, and half again."""

ROUND_S = 900
"""How long such a message waits before it begins anew: SQS's longest delay."""

JITTER = 0.25
"""Up to this share is added to each wait, so that messages that failed together do not come back together."""


def wait_s(receive_count: int, message_id: str, *, asked_s: float = 0.0) -> int:
    """Return the whole seconds until the next try, at least ``asked_s``, the wish of whoever refused.

    ``receive_count`` is how often the queue has handed the message out, the first time being 1. The jitter is drawn
    from the message and the count, so that the same failure always waits the same.
    """
    step_s = STEPS_S[min(max(receive_count, 1), len(STEPS_S)) - 1]
    least_s = max(float(step_s), asked_s)
    return min(LONGEST_S, math.ceil(least_s * (1 + JITTER * share(f"{message_id}/{receive_count}"))))


def share(text: str) -> float:
    """Return a number in [0, 1) that depends on the text alone."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8]) / 2**64
