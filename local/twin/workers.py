"""Handlers in processes of our own, forked from one that has imported and wired everything, so that one may be killed.

The clock is compressed: what takes minutes in AWS (visibility, leases, backoff, the sweep's patience) takes seconds
here, by the one factor in ``hurry``. Nothing else of the deployed code is changed.
"""

import importlib
import multiprocessing
import os
import random
import threading
import time
from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from local.twin.invoking import FunctionError, LambdaContext, context_for

HURRY = 60.0
"""How much faster the clock of a chaos run goes than the wall's."""

TIMEOUT_S = 10.0
"""The functions' timeout here: Lambda's own kill, which a starved laptop must not mistake for a fault."""

TIMEOUTS_S = {"sweep_records": 60.0}
"""A sweep's work grows with the ledger and not with the clock's speed."""

_STARTS_WITHIN_S = 60.0
VISIBILITY_S = 12
WORKERS_ENVIRONMENT = {"LEASE_S": "10", "MODEL_TIMEOUT_S": "4"}


class Workers:
    """Runs each invocation in a process that can be killed at any moment; ``kills`` counts by function's folder.

    A function that outlives its timeout is killed too, and counted by a name of its own.
    """

    def __init__(self, configurations: Mapping[str, Mapping[str, Any]], folders: Mapping[str, str], log: Path) -> None:
        self._configurations = configurations
        self._folders = folders
        self._log = log
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(["local.twin.warm"])
        self._lock = threading.Lock()
        self._idle: list[_Worker] = []
        self._busy: list[_Worker] = []
        self.kills: Counter[str] = Counter()
        self.invocations = 0

    def begin(self) -> None:
        """Wait until the process that workers are forked from has imported everything: that is no function's time."""
        worker = _Worker(self._context, self._log)
        worker.wait_for_greeting()
        self._idle.append(worker)

    def invoke(self, function_name: str, event: Mapping[str, Any]) -> Any:
        """Run a function in a worker; raises FunctionError when the handler fails or the worker dies."""
        folder = self._folders[function_name]
        context = context_for({**self._configurations[function_name], "Timeout": TIMEOUT_S})
        worker = self._taken(folder)
        try:
            return worker.call(folder, event, context, TIMEOUTS_S.get(folder, TIMEOUT_S))
        except TimeoutError as error:
            self.kills[f"{folder} at its timeout"] += 1
            worker.kill()
            raise FunctionError(f"{folder} timed out") from error
        except (EOFError, OSError) as error:
            raise FunctionError(f"{folder} died") from error
        finally:
            with self._lock:
                self._busy.remove(worker)
                if worker.alive:
                    self._idle.append(worker)

    def _taken(self, folder: str) -> "_Worker":
        with self._lock:
            self.invocations += 1
            worker = self._idle.pop() if self._idle else None
            if worker is None:
                worker = _Worker(self._context, self._log)
            worker.folder = folder
            self._busy.append(worker)
            return worker

    def kill_one(self, draw: random.Random) -> bool:
        """Kill one busy worker at once, as ``kill -9`` does; False when none is busy."""
        with self._lock:
            if not self._busy:
                return False
            worker = draw.choice(self._busy)
            self.kills[worker.folder] += 1
            worker.kill()
            return True

    def stop(self) -> None:
        """End every worker."""
        with self._lock:
            for worker in (*self._idle, *self._busy):
                worker.kill()


class _Worker:
    """One process and the pipe to it."""

    def __init__(self, context: Any, log: Path) -> None:
        self.folder = ""
        self.alive = True
        self._greeted = False
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, str(log)), daemon=True)
        self._process.start()
        theirs.close()

    def wait_for_greeting(self) -> None:
        """Return once the process runs; raises TimeoutError where it does not."""
        if not self._pipe.poll(_STARTS_WITHIN_S):
            raise TimeoutError("The workers' process did not start.")
        self._pipe.recv()
        self._greeted = True

    def call(self, folder: str, event: Mapping[str, Any], context: LambdaContext, timeout_s: float) -> Any:
        try:
            if not self._greeted:
                self.wait_for_greeting()
            self._pipe.send((folder, event, context.invoked_function_arn, context.function_name))
            if not self._pipe.poll(timeout_s):
                raise TimeoutError
            worked, answer = self._pipe.recv()
        except (EOFError, OSError):
            self.kill()
            raise
        if not worked:
            raise FunctionError(answer)
        return answer

    def kill(self) -> None:
        self.alive = False
        self._process.kill()


def _serve(pipe: Connection, log: str) -> None:
    """Answer invocations until the pipe closes."""
    out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(out, 1)
    os.dup2(out, 2)
    pipe.send("here")
    while True:
        try:
            folder, event, arn, name = pipe.recv()
        except EOFError:
            return
        handler = importlib.import_module(f"functions.{folder}.handler")
        context = LambdaContext(name, arn, 512, TIMEOUT_S, str(random.random()), time.monotonic())  # noqa: S311
        try:
            answer = (True, handler.handle(event, context))
        except Exception as error:  # noqa: BLE001 -- a handler may raise anything, and Lambda reports it
            answer = (False, f"{type(error).__name__} in {folder}: {error}")
        pipe.send(answer)


def hurry(factor: float) -> None:
    """Compress the clock of this process: every span that the pipeline waits is divided by the factor."""
    from mailroom import wiring  # noqa: PLC0415 -- in a worker's parent only
    from mailroom.adapters import pay_once, sqs  # noqa: PLC0415
    from mailroom.domain import breaker, patience  # noqa: PLC0415
    from mailroom.pipeline import lease, receive, sweep  # noqa: PLC0415

    setattr(patience, "STEPS_S", tuple(max(1, round(step / factor)) for step in patience.STEPS_S))  # noqa: B010 -- a constant, to everybody else
    pay_once.TIME_TO_FILE_S /= factor
    round_s = max(1, round(patience.ROUND_S / factor))
    for module in (patience, lease, sqs):  # each holds the number by its own name
        setattr(module, "ROUND_S", round_s)  # noqa: B010 -- a constant, to everybody else
    for module, names in (
        (breaker, ("FIRST_PAUSE", "LONGEST_PAUSE")),
        (receive, ("LEASE",)),
        (sweep, ("GRACE", "LONGEST_GRACE", "SETTLING")),
        (wiring, ("REVIEW_LEASE",)),
    ):
        for name in names:
            setattr(module, name, getattr(module, name) / factor)
    breaker.PROBE = timedelta(seconds=TIMEOUT_S)
    _hurry_the_sdk(factor)


def _hurry_the_sdk(factor: float) -> None:
    """Divide botocore's waits between two tries too: some seconds at most, which would outlast everything here."""
    from botocore.retries.standard import ExponentialBackoff  # noqa: PLC0415

    wait_s = ExponentialBackoff.delay_amount
    setattr(ExponentialBackoff, "delay_amount", lambda self, context: wait_s(self, context) / factor)  # noqa: B010
