"""Calling functions as Lambda calls them: what an answer means, and what happens to an asynchronous call that fails."""

import base64
import json
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

type Invoke = Callable[[str, Mapping[str, Any]], Any]
"""Runs one function (its deployed name, the event) and returns its answer; raises whatever made it fail."""


class FunctionError(Exception):
    """The function raised, timed out, or died; the text is what Lambda would report."""


@dataclass(frozen=True, slots=True)
class LambdaContext:
    """What awslambdaric hands to a handler, for handlers that run in this process."""

    function_name: str
    invoked_function_arn: str
    memory_limit_in_mb: int
    timeout_s: float
    aws_request_id: str
    started_at: float
    function_version: str = "$LATEST"
    log_group_name: str = "twin"
    log_stream_name: str = "twin"

    def get_remaining_time_in_millis(self) -> int:
        """Return the milliseconds until the function's timeout."""
        return max(0, int((self.started_at + self.timeout_s - time.monotonic()) * 1000))


def context_for(configuration: Mapping[str, Any]) -> LambdaContext:
    """Make the context of one invocation from what GetFunctionConfiguration says."""
    return LambdaContext(
        function_name=configuration["FunctionName"],
        invoked_function_arn=configuration["FunctionArn"],
        memory_limit_in_mb=configuration["MemorySize"],
        timeout_s=configuration["Timeout"],
        aws_request_id=str(uuid.uuid4()),
        started_at=time.monotonic(),
    )


def failed_ids(answer: Any, batch_ids: frozenset[str]) -> frozenset[str]:
    """Return which items of a batch failed, as Lambda reads ``{"batchItemFailures": [{"itemIdentifier": id}]}``.

    Nothing, ``{}``, a null or an empty list is a success; an identifier that is null, empty, misspelt, or not of the
    batch makes the whole batch fail. Source: Lambda's developer guide, "Implementing partial batch responses".
    """
    failures = answer.get("batchItemFailures") if isinstance(answer, Mapping) else None
    if not failures:
        return frozenset()
    named = [item.get("itemIdentifier") if isinstance(item, Mapping) else None for item in failures]
    if any(name not in batch_ids for name in named):
        return batch_ids
    return frozenset(name for name in named if name)


def as_event(value: Any) -> Any:
    """Turn what boto3 returned into what Lambda's JSON would hold: binary as base64, moments as epoch seconds."""
    return json.loads(json.dumps(value, default=_plain))


def _plain(value: object) -> str | float:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, datetime):
        return value.timestamp()
    raise TypeError(f"{type(value).__name__} has no place in an event")
