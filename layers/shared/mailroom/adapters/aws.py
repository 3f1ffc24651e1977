"""What all AWS adapters share: bounded clients, and the one place where AWS errors become ours."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from mailroom.domain.errors import PermanentError, StopTheLineError, TransientError

BOUNDS = Config(
    connect_timeout=2,
    read_timeout=10,
    retries={"mode": "standard", "total_max_attempts": 3},
    # As many as a batch has workers; botocore's own default is 10.
    max_pool_connections=25,
)
"""Every call ends: three tries of at most twelve seconds."""

DENIED = frozenset({"AccessDenied", "AccessDeniedException", "UnrecognizedClientException", "InvalidClientTokenId"})
GONE = frozenset({"NoSuchKey", "404"})


@cache
def _session() -> boto3.Session:
    return boto3.Session()


@cache
def client(service: Any) -> Any:
    """Return the client of one service: there is one each, since loading its model and connecting is what costs."""
    return _session().client(service, config=BOUNDS)


def client_without_retries(service: Any) -> Any:
    """Return a client that asks once, for what must not be done twice."""
    return _session().client(service, config=BOUNDS.merge(Config(retries={"total_max_attempts": 1})))


@contextmanager
def aws_errors(doing: str) -> Iterator[None]:
    """Turn what AWS answers into who must act; ``doing`` completes "AWS failed while …" and names no content."""
    try:
        yield
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "Unknown")
        if code in DENIED:
            raise StopTheLineError(f"AWS refused access while {doing} ({code}).") from error
        if code in GONE:
            raise PermanentError(f"The stored message is gone ({code} while {doing}).") from error
        raise TransientError(f"AWS failed while {doing} ({code}).") from error
    except BotoCoreError as error:
        raise TransientError(f"AWS could not be reached while {doing} ({type(error).__name__}).") from error
