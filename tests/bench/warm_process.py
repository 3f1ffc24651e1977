"""Warm invocations of the extract handler in this process: reads events as JSON from stdin, prints what each took.

The tree whose handler runs is whichever comes first on PYTHONPATH. Prints one line of JSON: for each event its
messages, its wall and its CPU milliseconds, and the greatest memory of the process in MB.
"""

import importlib
import json
import resource
import sys
import time

from tests.bench.cold_process import Context


def main() -> None:
    warm_up, measured = json.loads(sys.stdin.read())
    handler = importlib.import_module("functions.extract_record.handler")
    for event in warm_up:
        handler.handle(event, Context())
    found = []
    for event in measured:
        wall, cpu = time.perf_counter(), time.process_time()
        answer = handler.handle(event, Context())
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        if answer["batchItemFailures"]:
            raise SystemExit(f"the handler failed: {answer}")
        found.append([len(event["Records"]), wall * 1000, cpu * 1000])
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print("\n" + json.dumps({"took": found, "peak_mb": peak_mb, "file": handler.__file__}))  # noqa: T201


if __name__ == "__main__":
    main()
