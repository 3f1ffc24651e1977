"""A day without the model and ten thousand messages waiting, on a virtual clock. Run it with ``make prove-outage``."""

import json
import sys
import time
from datetime import timedelta

from tests.property.ledger_world import pure_parts_remembered
from tests.property.outage_world import Outage, OutageWorld, figures


def main(messages: int) -> int:
    """Try every kind of outage; print a line of JSON for each, and fail where a promise broke."""
    broken = 0
    for outage in (
        Outage(messages, "overloaded"),
        Outage(messages, "unreachable"),
        Outage(messages, "refused"),
        Outage(messages, "overloaded", a_minute=50),
        Outage(1, "overloaded"),
        Outage(1, "unreachable"),
        Outage(max(10, messages // 20), "refused", lasts=timedelta(days=5)),
    ):
        began = time.monotonic()
        world = OutageWorld(outage)
        with pure_parts_remembered():
            world.run()
        found = figures(world)
        found |= {"hours": outage.lasts.total_seconds() / 3600, "a_minute": outage.a_minute}
        broken += any(found[name] for name in ("lost", "doubled", "paid_twice", "dead_lettered", "failed", "expired"))
        sys.stdout.write(json.dumps(found | {"seconds": round(time.monotonic() - began, 1)}) + "\n")
        sys.stdout.flush()
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
