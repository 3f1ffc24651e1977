"""Claude's message batches, over the anthropic SDK: half the price, within a day, results in no order.

The body of each request is the one that ``adapters.claude`` sends live. Only one's own key and Claude Platform on AWS
have batches (platform.claude.com, batch-processing); Bedrock and Vertex have others of their own, which this is not.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import anthropic
import httpx2

from mailroom.adapters.claude import OUTCOMES, cache_verdict, payload, said_by_api, usage_of
from mailroom.adapters.claude_client import ClaudeClients
from mailroom.adapters.claude_routes import CATALOGUE_NAMES
from mailroom.catalogue import ModelCard, card
from mailroom.domain.errors import PermanentError, StopTheLineError, TransientError, UnheardError
from mailroom.domain.record import Lane
from mailroom.ports import Batch, BatchResult, CacheLife, Ending, ModelAnswer, ModelRequest, Outcome
from mailroom.settings import SettingsError

ROUTES = frozenset({"api", "aws"})
PAGE = 100
TIMEOUT_S = 120.0
"""A batch of 32 MB takes 26 s to send at 10 Mbit/s; the results of one come in pieces, each within this."""

ENVELOPE_BYTES = 64 + len('{"custom_id":"","params":},')
MESSAGES_OWN_FAULT = frozenset({"invalid_request_error", "request_too_large"})
OVERLOADED = 529


class ClaudeBatches:
    """Batches of one workspace. ``clients`` gives an open client of the SDK, so that a rotated key is picked up."""

    def __init__(self, clients: ClaudeClients, cards: Callable[[str], ModelCard], route: str) -> None:
        check_route(route)
        self._client = clients
        self._cards = cards
        self._route = route

    def weight(self, request: ModelRequest) -> int:
        """Return the bytes that a request adds to a batch."""
        return len(json.dumps(self._params(request), ensure_ascii=False).encode()) + ENVELOPE_BYTES

    def create(self, requests: Mapping[str, ModelRequest]) -> Batch:
        """Submit requests; raises UnheardError where it may have been done, or what the API said where it was not."""
        body: list[Any] = [{"custom_id": name, "params": self._params(each)} for name, each in requests.items()]
        try:
            return _batch(self._client().messages.batches.create(requests=body, timeout=TIMEOUT_S))
        except anthropic.APIStatusError as error:
            if error.status_code >= 500 and error.status_code != OVERLOADED:
                raise UnheardError(f"The batch may have been made: the API answered {error.status_code}.") from error
            raise said_by_api(error) from error
        except (anthropic.APIError, ValueError, AttributeError) as error:  # no answer, or half of one
            raise UnheardError(f"The batch may have been made: no answer came ({type(error).__name__}).") from error
        except (anthropic.AnthropicError, RuntimeError) as error:
            raise StopTheLineError(f"The route {self._route} to Claude is not open: {error}") from error

    def get(self, batch_id: str) -> Batch:
        """Return a batch as it stands; raises PermanentError where there is none."""
        with _said():
            return _batch(self._client().messages.batches.retrieve(batch_id, timeout=TIMEOUT_S))

    def listed(self, since: datetime) -> Iterator[Batch]:
        """Yield the workspace's batches that were made since then, the newest first."""
        with _said():
            for found in self._client().messages.batches.list(limit=PAGE, timeout=TIMEOUT_S):
                batch = _batch(found)
                if batch.created_at < since:
                    return
                yield batch

    def results(self, batch_id: str) -> Iterator[BatchResult]:
        """Yield an ended batch's results; TransientError where they break off, PermanentError where they are gone."""
        with _said():
            lines = self._client().messages.batches.results(batch_id, timeout=TIMEOUT_S)
            try:
                for line in lines:
                    yield _result(line)
            finally:
                lines.close()

    def _params(self, request: ModelRequest) -> dict[str, Any]:
        return payload(request, self._cards(request.model), self._route)


def check_route(route: str) -> None:
    """Raise SettingsError where a route to Claude, by the catalogue's name or by MODEL_PROVIDER's, has no batches."""
    if CATALOGUE_NAMES.get(route, route) not in ROUTES:
        raise SettingsError(
            f"The bulk lane has no route {route}: batches are offered with one's own key and on Claude Platform on "
            "AWS. Set MODEL_PROVIDER (ModelProvider) to anthropic or aws, or backfill without --batch."
        )


@contextmanager
def _said() -> Iterator[None]:
    """Turn what reading batches may raise into our words; a 404 is about one batch, not about the account."""
    try:
        yield
    except anthropic.NotFoundError as error:
        raise PermanentError("The API does not know this batch, or no longer.") from error
    except anthropic.APIError as error:
        raise said_by_api(error) from error
    except httpx2.HTTPError as error:  # in the midst of a body the SDK does not wrap it
        raise TransientError(f"The batch's results broke off ({type(error).__name__}).") from error
    except ValueError as error:
        raise TransientError("The batch's results hold a line that is not JSON.") from error
    except anthropic.AnthropicError as error:  # so the SDK says that a batch has no results
        raise PermanentError("The batch's results are not there, or no longer.") from error


def _batch(found: Any) -> Batch:
    counts = found.request_counts
    total = counts.processing + counts.succeeded + counts.errored + counts.canceled + counts.expired
    return Batch(found.id, found.created_at, found.processing_status == "ended", total)


def _result(line: Any) -> BatchResult:
    found = line.result
    if found.type == "succeeded":
        return BatchResult(line.custom_id, Ending.ANSWERED, _answer(found.message))
    if found.type == "errored":
        kind = str(found.error.error.type)
        ending = Ending.REFUSED if kind in MESSAGES_OWN_FAULT else Ending.UNDONE
        return BatchResult(line.custom_id, ending, said=f"The model API answered {kind} in a batch.")
    return BatchResult(line.custom_id, Ending.UNDONE, said=f"The request was {found.type} in its batch.")


def _answer(message: Any) -> ModelAnswer:
    usage = usage_of(message.usage)
    return ModelAnswer(
        model=card(message.model).id,
        outcome=OUTCOMES.get(message.stop_reason or "", Outcome.TRUNCATED),
        text="".join(block.text for block in message.content if block.type == "text"),
        usage=usage,
        cache=cache_verdict(CacheLife.ONE_HOUR, usage),
        duration_ms=0,
        lane=Lane.BATCH,
    )
