"""Handlers that run in this process: one environment per function, with Lambda's variables meanwhile."""

import importlib
import json
import logging
import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from local.twin.invoking import FunctionError, context_for


class InProcess:
    """Calls ``functions.<folder>.handler.handle``; both maps are by deployed function name."""

    def __init__(self, configurations: Mapping[str, Mapping[str, Any]], folders: Mapping[str, str]) -> None:
        self._configurations = configurations
        self._folders = folders
        # As in one Lambda environment: Powertools keeps an invocation's state in the module.
        self._one_at_a_time = {name: threading.Lock() for name in folders}

    def load(self) -> None:
        """Import every handler, before threads do: two of them in one circular import see half a module."""
        for folder in self._folders.values():
            importlib.import_module(f"functions.{folder}.handler")

    def invoke(self, function_name: str, event: Mapping[str, Any]) -> Any:
        """Run a function with a copy of the event; the answer went through JSON, as Lambda's does.

        Raises FunctionError with the handler's error as its cause.
        """
        handler = importlib.import_module(f"functions.{self._folders[function_name]}.handler")
        context = context_for(self._configurations[function_name])
        with self._one_at_a_time[function_name]:
            try:
                return json.loads(json.dumps(handler.handle(json.loads(json.dumps(event)), context)))
            except Exception as error:
                raise FunctionError(f"{type(error).__name__} in {self._folders[function_name]}") from error


def import_ahead() -> None:
    """Begin to import what costs the first message a second or two, while the emulator has the other processor."""
    threading.Thread(target=importlib.import_module, args=("anthropic",), name="import-ahead", daemon=True).start()


@contextmanager
def deployed_environment(variables: Mapping[str, str], log_path: Path) -> Iterator[None]:
    """Give this process the functions' variables and send their logs to a file; everything is put back at the end."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    # After the variables: Powertools reads them as it is imported.
    from mailroom import wiring  # noqa: PLC0415 -- see above
    from mailroom.observability import logger  # noqa: PLC0415 -- see above

    wiring.forget()
    with log_path.open("a", encoding="utf-8") as log, _logging_to(logger.handlers, log):
        try:
            yield
        finally:
            for name, value in before.items():
                if value is None:
                    os.environ.pop(name, None)
                else:
                    os.environ[name] = value
            wiring.forget()


@contextmanager
def _logging_to(handlers: list[logging.Handler], log: IO[str]) -> Iterator[None]:
    # Not setStream, which first flushes the stream before: that may be closed, as pytest's is after each test.
    streams = [handler for handler in handlers if isinstance(handler, logging.StreamHandler)]
    before = [handler.stream for handler in streams]
    for handler in streams:
        handler.stream = log
    try:
        yield
    finally:
        for handler, stream in zip(streams, before, strict=True):
            handler.stream = stream
