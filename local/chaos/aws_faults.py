"""What goes wrong at AWS: calls throttled, failed or cut, before they were carried out or after, all drawn from a seed.

botocore tries each call three times under one ``amz-sdk-invocation-id``. A stubborn fault meets every try, so that it
surfaces in our code; the others meet the first one only and are the SDK's to heal. A fault after the call was carried
out is the worst kind: the caller is told that it failed, and every further try meets what the first one wrote.
"""

import json
import random
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class AwsFault(StrEnum):
    """What may happen to a call; the names are those of ``--faults``."""

    THROTTLES = "aws-throttles"
    ERRORS = "aws-errors"
    CUTS = "aws-cuts"


AWS_FAULTS: Mapping[AwsFault, float] = {AwsFault.THROTTLES: 0.02, AwsFault.ERRORS: 0.012, AwsFault.CUTS: 0.008}
"""The share of calls that each fault meets: far more than AWS ever fails, few enough for work to get done."""

STUBBORN = 0.25
"""The share of faults that outlast the SDK's own tries."""

CARRIED_OUT = 0.5
"""The share of errors and cuts that come after the call was carried out. A throttled call never was."""

_REMEMBERED = 5_000
"""Calls whose fault is remembered for their further tries: more than can be under way at once."""

_THROTTLED = {
    "dynamodb": "ProvisionedThroughputExceededException",
    "s3": "SlowDown",
    "sqs": "RequestThrottled",
}
_FAILED = {
    "dynamodb": "InternalServerError",
    "s3": "InternalError",
    "sqs": "InternalFailure",
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of one try. ``carried_out``: the emulator sees it all the same, and its answer is lost."""

    fault: AwsFault
    carried_out: bool
    stubborn: bool


class AwsFaults:
    """Draws a fault, or none, for each call, and the same one for its further tries where it is stubborn."""

    def __init__(
        self,
        rates: Mapping[AwsFault, float],
        seed: int,
        *,
        stubborn: float = STUBBORN,
        carried_out: float = CARRIED_OUT,
    ) -> None:
        self._rates = rates
        self._shares = (stubborn, carried_out)
        self._draw = random.Random(seed)  # noqa: S311 -- not for secrets
        self._stubborn: dict[str, Verdict] = {}

    def verdict(self, invocation_id: str, *, first: bool) -> Verdict | None:
        """Return what becomes of one try of a call."""
        if not first:
            return self._stubborn.get(invocation_id)
        point = self._draw.random()
        for fault, rate in self._rates.items():
            point -= rate
            if point < 0:
                stubborn, carried_out = (self._draw.random() < share for share in self._shares)
                verdict = Verdict(fault, carried_out and fault is not AwsFault.THROTTLES, stubborn)
                if verdict.stubborn:
                    self._remember(invocation_id, verdict)
                return verdict
        return None

    def stop(self) -> None:
        """Let every further call through."""
        self._rates = {}
        self._stubborn.clear()

    def _remember(self, invocation_id: str, verdict: Verdict) -> None:
        self._stubborn[invocation_id] = verdict
        if len(self._stubborn) > _REMEMBERED:
            del self._stubborn[next(iter(self._stubborn))]


def refusal(fault: AwsFault, service: str) -> bytes:
    """Return AWS's own error reply, head and body, in the notation of the service (its name in the signature)."""
    throttled = fault is AwsFault.THROTTLES
    code = _THROTTLED.get(service, "ThrottlingException") if throttled else _FAILED.get(service, "InternalFailure")
    said = "Slow down." if throttled else "We encountered an internal error. Please try again."
    request_id = uuid.uuid4()
    if service == "s3":
        status = 503 if throttled else 500
        kind = "application/xml"
        body = f"<Error><Code>{code}</Code><Message>{said}</Message><RequestId>{request_id}</RequestId></Error>"
    else:
        status = 400 if throttled else 500
        kind = "application/x-amz-json-1.0"
        body = json.dumps({"__type": f"com.amazonaws.{service}#{code}", "message": said})
    return (
        f"HTTP/1.1 {status} Fault\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n"
        f"x-amzn-RequestId: {request_id}\r\nx-amzn-ErrorType: {code}\r\n\r\n{body}"
    ).encode()
