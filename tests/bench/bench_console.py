"""How long the console's pages take on the server with 10,000 records waiting and 35 counted days.

    python -m tests.bench.bench_console [RECORDS]

The twin runs ServeConsoleFunction in this process; what is timed is the function, from its event to its answer, with
DynamoDB spoken to over loopback (the emulator's speed: simulated). The browser's share is not in it.
"""

import itertools
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import chdir
from pathlib import Path
from typing import Any

from local.session import Session, session
from mailroom import wiring
from mailroom.adapters.sessions import new_session
from mailroom.console.web import SESSION_COOKIE
from mailroom.domain.session import Person, Role
from tests.browser.filing import Filing, five_weeks, waiting

RESULT = Path(__file__).parents[2] / "build" / "bench" / "console.json"
ROUNDS = 25
WITHIN_MS = 200


def event_of(path: str, secret: str) -> dict[str, Any]:
    """Return a request as API Gateway hands it over."""
    bare, _, query = path.partition("?")
    return {
        "version": "2.0",
        "rawPath": bare,
        "rawQueryString": query,
        "cookies": [f"{SESSION_COOKIE}={secret}"],
        "headers": {"host": "localhost"},
        "requestContext": {"domainName": "localhost", "http": {"method": "GET", "path": bare}},
        "isBase64Encoded": False,
    }


def counted_calls(dynamodb: Any) -> Iterator[int]:
    """Yield how many calls a client has made since the last time it was asked."""
    calls = itertools.count()
    dynamodb.meta.events.register("before-send.dynamodb", lambda **_: next(calls) and None)
    last = -1
    while True:
        now = next(calls)
        yield now - last - 1
        last = now


def measure(ask: Callable[[str], str], paths: dict[str, str], calls: Iterator[int]) -> dict[str, dict[str, float]]:
    """Return each page's milliseconds and its calls to DynamoDB."""
    found = {}
    for name, path in paths.items():
        ask(path)  # the first request also compiles the template
        next(calls)
        times = []
        for _ in range(ROUNDS):
            began = time.perf_counter()
            ask(path)
            times.append(1000 * (time.perf_counter() - began))
        times.sort()
        found[name] = {
            "p50_ms": round(statistics.median(times), 1),
            "p95_ms": round(times[int(0.95 * ROUNDS)], 1),
            "dynamodb_calls": next(calls) / ROUNDS,
        }
    return found


def run(running: Session, records: int) -> dict[str, dict[str, float]]:
    """Fill the ledger and measure every page that lists."""
    filing = Filing(running)
    filing.file(waiting(number) for number in range(records))
    filing.count(five_weeks(a_day=records // 50))
    secret = wiring.console().sessions.open(new_session(Person("bench", Role.REVIEWER)))

    def ask(path: str) -> str:
        answer = running.twin.invoke("ServeConsoleFunction", event_of(path, secret))
        if answer["statusCode"] != 200:
            raise SystemExit(f"{path} answered {answer['statusCode']}")
        return str(answer["body"])

    next_page = ask("/").partition('rel="next" href="')[2].partition('"')[0].replace("&amp;", "&")
    paths = {
        "queue": "/",
        "queue, second page": next_page,
        "queue, one kind": "/?kind=invoice",
        "queue, a sender": "/?sender=billing7@",
        "overview": "/overview",
        "search, an address": "/search?sender=billing7@papel.example",
    }
    return measure(ask, paths, counted_calls(wiring.client("dynamodb")))


def main() -> None:
    """Print the table and write build/bench/console.json; fails where the queue or the overview is too slow."""
    records = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    with tempfile.TemporaryDirectory() as folder, chdir(folder), session(live=False) as running:
        found = run(running, records)
    print(f"{records:,} records waiting; median and 95th percentile of {ROUNDS} requests, on the server")  # noqa: T201 -- the table
    print(f"{'page':24}{'p50 ms':>9}{'p95 ms':>9}{'DynamoDB calls':>16}")  # noqa: T201 -- the table
    for name, figures in found.items():
        print(f"{name:24}{figures['p50_ms']:>9}{figures['p95_ms']:>9}{figures['dynamodb_calls']:>16.0f}")  # noqa: T201 -- the table
    RESULT.parent.mkdir(parents=True, exist_ok=True)
    RESULT.write_text(json.dumps({"records": records, "rounds": ROUNDS, "pages": found}, indent=2) + "\n")
    slow = [name for name in ("queue", "overview") if found[name]["p50_ms"] >= WITHIN_MS]
    if slow:
        raise SystemExit(f"Slower than {WITHIN_MS} ms: {', '.join(slow)}")


if __name__ == "__main__":
    main()
