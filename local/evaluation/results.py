"""What one message came to: every value claimed or missed, as plain data that is kept line by line."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, ConfigDict

from mailroom.domain.confidence import Signals


class Value(BaseModel):
    """One value that was claimed, or missed, or both.

    ``field`` is "invoice.total_amount", or "invoice.line_items.amount" for a cell, with the kind that was claimed.
    ``truth`` None: no such value exists; ``found`` None: none was claimed. ``passes`` says whether the value's own
    confidence would let it pass unseen, ``accepted`` whether its whole record did. ``signals`` are those that
    confidence is computed from.
    """

    model_config = ConfigDict(frozen=True)

    field: str
    truth: str | None
    found: str | None
    right: bool
    confidence: float | None = None
    passes: bool = False
    accepted: bool = False
    must_be_seen: bool = False
    method: str = ""
    signals: Signals | None = None


class Result(BaseModel):
    """One message's outcome. ``kind_truth`` None: nobody said what it is. Times in milliseconds.

    ``model_ms`` is what the calls took, one after the other; ``own_ms`` reading, locating and judging.
    ``accept_expected`` False: a person must look at it.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    status: str
    kind: str
    kind_truth: str | None
    accepted: bool
    accept_expected: bool | None = None
    values: tuple[Value, ...] = ()
    confidence: float | None = None
    cost_usd: Decimal = Decimal(0)
    prompt_tokens: int = 0
    output_tokens: int = 0
    calls: Mapping[str, int] = {}
    cache: tuple[str, ...] = ()
    model_ms: int = 0
    own_ms: int = 0
    reasons: tuple[str, ...] = ()

    @property
    def kind_right(self) -> bool | None:
        """Whether the kind is the true one; None where nobody said."""
        return None if self.kind_truth is None else self.kind == self.kind_truth

    def comparable(self) -> Mapping[str, Any]:
        """Return all but what the machine's load decides."""
        return self.model_dump(mode="json", exclude={"own_ms"})
