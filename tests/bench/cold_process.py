"""One cold start in this fresh process: import a handler as Lambda's init does, hand it one event, say what it took.

    python -S cold_process.py MODULE EVENT.json [floor]

The variables and PYTHONPATH are the caller's. Prints one line of JSON; ``floor`` stops before the import.
"""

import sys
import time

_BEGAN = time.perf_counter()


class Context:
    """What awslambdaric hands to a handler, as far as our handlers look."""

    function_name, function_version, memory_limit_in_mb = "bench", "$LATEST", 1024
    invoked_function_arn = "arn:aws:lambda:us-east-1:000000000000:function:bench"
    aws_request_id = "00000000-0000-4000-8000-000000000000"

    def get_remaining_time_in_millis(self) -> int:
        return 60_000


def main() -> None:
    import importlib
    import json
    import os
    import resource

    event = json.loads(open(sys.argv[2]).read())  # noqa: PTH123, SIM115 -- pathlib is part of what is measured
    ready = answered = began = time.perf_counter()
    cpu = time.process_time()
    handler, modules, loaded = None, len(sys.modules), 0
    if "floor" not in sys.argv:
        handler = importlib.import_module(sys.argv[1])
        ready, cpu = time.perf_counter(), time.process_time() - cpu
        modules = len(sys.modules)
        answer = handler.handle(event, Context())
        answered = time.perf_counter()
        loaded = len(sys.modules) - modules
        if answer and answer.get("batchItemFailures"):
            raise SystemExit(f"the handler failed: {answer}")
    found = {
        "init_ms": (ready - began) * 1000,
        "init_cpu_ms": cpu * 1000,
        "first_ms": (answered - ready) * 1000,
        "modules": modules,
        "modules_at_first": loaded,
        "rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    print("\n" + json.dumps(found), flush=True)  # noqa: T201
    os._exit(0)  # as Lambda does not: what an end of the process costs is nobody's wait


if __name__ == "__main__":
    main()
