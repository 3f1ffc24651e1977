"""What happens once per Lambda environment, before its first message. A handler imports this module before all else.

Lambda runs the init phase at the full speed of a processor and the first message at the function's share of one, so
everything that the first message would wait for is done in init: imports, settings, clients, the rendered prompt.
Meanwhile the garbage collector rests: imports make hundreds of thousands of objects and next to no garbage, and what
is there when init ends stays for good (tests/bench/bench_cold_start.py measures it). Outside Lambda nothing changes.
"""

import gc
import os
from collections.abc import Callable

IN_LAMBDA = "AWS_LAMBDA_RUNTIME_API" in os.environ
"""Whether Lambda's runtime client runs this process: it sets the variable itself, in the cloud and in its emulators."""

if IN_LAMBDA:
    gc.disable()


def ready(*wired: Callable[[], object]) -> None:
    """End a function's init: wire what its first message needs, and let the collector go on without what is there.

    Raises what the wiring raises, above all SettingsError: Lambda logs it and begins init anew with the next message.
    """
    if not IN_LAMBDA:
        return
    for each in wired:
        each()
    gc.freeze()
    gc.enable()
