"""A day without the model and ten thousand messages waiting, on a virtual clock. Run it with ``make prove-outage``."""

import json
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from datetime import timedelta
from typing import Any

from tests.property.ledger_world import pure_parts_remembered
from tests.property.outage_world import Outage, OutageWorld, figures

PROMISED = ("lost", "doubled", "paid_twice", "dead_lettered", "failed", "expired")


def tried(outage: Outage) -> dict[str, Any]:
    """Return what came of one outage."""
    began = time.monotonic()
    world = OutageWorld(outage)
    with pure_parts_remembered():
        world.run()
    asked = {"hours": outage.lasts.total_seconds() / 3600, "a_minute": outage.a_minute}
    return figures(world) | asked | {"seconds": round(time.monotonic() - began, 1)}


def main(messages: int) -> int:
    """Try every kind of outage on two processors; print a line of JSON for each, and fail where a promise broke."""
    outages = (
        Outage(messages, "overloaded"),
        Outage(messages, "refused"),
        Outage(messages, "unreachable"),
        Outage(max(1, messages // 10), "overloaded", a_minute=50),
        Outage(max(1, messages // 20), "refused", lasts=timedelta(days=5)),
        Outage(1, "overloaded"),
        Outage(1, "unreachable"),
    )
    broken = 0
    with ProcessPoolExecutor(2) as pool:
        for found in pool.map(tried, outages):
            broken += any(found[name] for name in PROMISED)
            sys.stdout.write(json.dumps(found) + "\n")
            sys.stdout.flush()
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
