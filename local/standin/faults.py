"""What goes wrong on request, and how fast the stand-in writes: all of it drawn from a seed, nothing from chance."""

import hashlib
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from local.standin.errors import ApiError


class Honesty(StrEnum):
    """How the stand-in treats the truth."""

    HONEST = "honest"
    OBEDIENT = "obedient"  # obeys every order that stands in the mail
    INVENTIVE = "inventive"  # makes up what the mail does not say, and the quote with it
    SWAPPING = "swapping"  # changes a digit, swaps day and month


class Fault(StrEnum):
    """What may happen to one call instead of an answer; the names are the rates in ``Behaviour``."""

    RATE_LIMIT = "rate_limit"
    OVERLOADED = "overloaded"
    SERVER_ERROR = "server_error"
    UNAUTHORIZED = "unauthorized"
    FORBIDDEN = "forbidden"
    SPEND_LIMIT = "spend_limit"
    CUT = "cut"
    TIMEOUT = "timeout"
    GARBAGE = "garbage"
    NOT_JSON = "not_json"
    REFUSAL = "refusal"
    TRUNCATION = "truncation"
    EMPTY = "empty"


BILLED = frozenset(
    {Fault.CUT, Fault.TIMEOUT, Fault.GARBAGE, Fault.NOT_JSON, Fault.REFUSAL, Fault.TRUNCATION, Fault.EMPTY}
)
"""Faults after the model has worked: the call is paid for, whatever the caller got of it."""

UNUSABLE = frozenset({Fault.CUT, Fault.TIMEOUT, Fault.GARBAGE, Fault.NOT_JSON})
"""Of these, the ones of whose answer nothing arrives that could be read: whoever asks again pays again."""

_ERRORS = {
    Fault.RATE_LIMIT: (429, "rate_limit_error", "This request would exceed your organization's rate limit."),
    Fault.SPEND_LIMIT: (429, "rate_limit_error", "Your organization has reached its monthly spend limit."),
    Fault.OVERLOADED: (529, "overloaded_error", "Overloaded"),
    Fault.SERVER_ERROR: (500, "api_error", "Internal server error"),
    Fault.UNAUTHORIZED: (401, "authentication_error", "invalid x-api-key"),
    Fault.FORBIDDEN: (403, "permission_error", "Your API key does not have permission to use the specified resource."),
}

_Rate = Field(default=0.0, ge=0.0, le=1.0)


class Behaviour(BaseModel):
    """What ``POST /_standin/behaviour`` takes: rates between 0 and 1 per fault, speed, honesty.

    The ``batch_`` rates: requests that end as errored (overloaded) or expired, creations that are refused (429) or done
    without an answer that arrives, results whose connection breaks in the middle. ``only_models`` limits faults and
    lies to models whose id starts with one of these; ``at_most`` stops the faults after so many.
    ``rate_limit_retry_after_s`` None sends a 429 without the header. Times in seconds; a ``tokens_per_second`` of 0
    writes at once (published for Haiku 4.5: 97 tokens per second after 0.6 s).
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    seed: int = 0
    rate_limit: float = _Rate
    overloaded: float = _Rate
    server_error: float = _Rate
    unauthorized: float = _Rate
    forbidden: float = _Rate
    spend_limit: float = _Rate
    cut: float = _Rate
    timeout: float = _Rate
    garbage: float = _Rate
    not_json: float = _Rate
    refusal: float = _Rate
    truncation: float = _Rate
    empty: float = _Rate
    rate_limit_retry_after_s: float | None = 1.0
    timeout_s: float = Field(default=3600.0, ge=0.0)
    latency_s: float = Field(default=0.0, ge=0.0)
    ttft_s: float = Field(default=0.0, ge=0.0)
    tokens_per_second: float = Field(default=0.0, ge=0.0)
    batch_delay_s: float = Field(default=0.0, ge=0.0)
    batch_errored: float = _Rate
    batch_expired: float = _Rate
    batch_refused: float = _Rate
    batch_unheard: float = _Rate
    batch_cut: float = _Rate
    at_most: int | None = Field(default=None, ge=0)
    only_models: tuple[str, ...] = ()
    honesty: Honesty = Honesty.HONEST
    honesty_rate: float = Field(default=1.0, ge=0.0, le=1.0)

    def touches(self, model_id: str) -> bool:
        """Say whether faults and lies apply to this model."""
        return not self.only_models or model_id.startswith(self.only_models)

    def draw(self, fingerprint: str, attempt: int) -> Fault | None:
        """Return the fault of one call, or None.

        The draw depends on the seed, the request and how often it was seen, not on the order of arrival, so that
        concurrent runs repeat. Rates add up; what is above 1 in sum is never drawn.
        """
        point = share(f"{self.seed}/{fingerprint}/{attempt}")
        for fault in Fault:
            point -= getattr(self, fault.value)
            if point < 0:
                return fault
        return None

    def lies(self, fingerprint: str) -> Honesty:
        """Return the honesty of one answer: the same request is always treated the same way."""
        if share(f"{self.seed}/honesty/{fingerprint}") < self.honesty_rate:
            return self.honesty
        return Honesty.HONEST


def share(text: str) -> float:
    """Return a number in [0, 1) that depends on the text alone."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8]) / 2**64


def error_of(fault: Fault, behaviour: Behaviour) -> ApiError | None:
    """Return the API's own error for a fault, or None where the fault is no error reply."""
    wait = behaviour.rate_limit_retry_after_s if fault is Fault.RATE_LIMIT else None
    code = "enforced_spend_limit_reached" if fault is Fault.SPEND_LIMIT else ""
    if fault not in _ERRORS:
        return None
    status, kind, message = _ERRORS[fault]
    return ApiError(status, kind, message, error_code=code, retry_after_s=wait)
