"""Message batches: taken at once, worked off in the background at half price, read back in no particular order."""

import asyncio
import json
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from local.standin.api import MessagesApi, workspace_of
from local.standin.errors import ApiError, invalid
from local.standin.faults import share
from local.standin.rules_of_the_api import check_version

MAX_REQUESTS = 100_000
MAX_BYTES = 256 * 1024 * 1024
EXPIRES_AFTER = timedelta(hours=24)
KEPT_FOR = timedelta(days=29)
MOST_LISTED = 1_000
_CUSTOM_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_RESULTS = ("succeeded", "errored", "canceled", "expired")


@dataclass(slots=True)
class _Batch:
    batch_id: str
    workspace: str
    created: datetime
    requests: list[dict[str, Any]]
    results: list[dict[str, Any]] = field(default_factory=list)
    ended: datetime | None = None
    canceling: datetime | None = None
    reads: int = 0

    def end(self, moment: datetime, rest: str) -> None:
        """End the batch; what has no result yet gets ``rest`` as its own."""
        done = {result["custom_id"] for result in self.results}
        left = [request["custom_id"] for request in self.requests if request["custom_id"] not in done]
        self.results += [{"custom_id": name, "result": {"type": rest}} for name in left]
        self.ended = moment


class Batches:
    """All batches of one stand-in; a batch is seen only by the workspace that made it."""

    def __init__(self, api: MessagesApi) -> None:
        self._api = api
        self._batches: dict[str, _Batch] = {}
        self._working: set[asyncio.Task[None]] = set()
        self._asked = 0

    def create(self, headers: Mapping[str, str], raw: bytes, base_url: str) -> tuple[dict[str, Any], bool]:
        """Take a batch and start to work on it; the second value says whether the answer shall be lost on its way.

        ApiError 400 for the batch's form and 413 for its size, while each request is checked only later; 429 and 529
        as the behaviour asks for.
        """
        workspace = workspace_of(headers)
        check_version(headers.get("anthropic-version"))
        behaviour = self._api.behaviour
        self._asked += 1
        point = share(f"{behaviour.seed}/create/{self._asked}")
        if point < behaviour.batch_refused and self._api.ledger.may_fail(behaviour.at_most):
            wait = behaviour.rate_limit_retry_after_s
            raise ApiError(429, "rate_limit_error", "Too many batch requests are waiting.", retry_after_s=wait)
        requests = _requests_of(raw)
        batch_id = f"msgbatch_standin{len(self._batches) + 1:010d}"
        batch = _Batch(batch_id, workspace, self._now(), requests)
        self._batches[batch_id] = batch
        task = asyncio.create_task(self._work(batch, dict(headers)))
        self._working.add(task)
        task.add_done_callback(self._working.discard)
        unheard = 1 - point < behaviour.batch_unheard and self._api.ledger.may_fail(behaviour.at_most)
        return _shown(batch, base_url, self._now()), unheard

    def retrieve(self, headers: Mapping[str, str], batch_id: str, base_url: str) -> dict[str, Any]:
        """Return a batch and its counts; ApiError 404 where the workspace has none of that id."""
        return _shown(self._own(headers, batch_id), base_url, self._now())

    def listed(self, headers: Mapping[str, str], query: Mapping[str, str], base_url: str) -> dict[str, Any]:
        """Return a page of the workspace's batches, the newest first; ApiError 400 for a page that cannot be."""
        workspace = workspace_of(headers)
        own = [batch for batch in reversed(self._batches.values()) if batch.workspace == workspace]
        names = [batch.batch_id for batch in own]
        limit = query.get("limit", "20")
        if not limit.isdigit() or not 1 <= int(limit) <= MOST_LISTED:
            raise invalid(f"limit: must be between 1 and {MOST_LISTED}")
        start = names.index(query["after_id"]) + 1 if query.get("after_id") in names else 0
        page = [self._own(headers, name) for name in names[start : start + int(limit)]]
        return {
            "data": [_shown(batch, base_url, self._now()) for batch in page],
            "has_more": start + int(limit) < len(names),
            "first_id": page[0].batch_id if page else None,
            "last_id": page[-1].batch_id if page else None,
        }

    def cancel(self, headers: Mapping[str, str], batch_id: str, base_url: str) -> dict[str, Any]:
        """Stop a batch: what is not yet done is reported as canceled, and not billed."""
        batch = self._own(headers, batch_id)
        if batch.ended is None:
            batch.canceling = batch.canceling or self._now()
        return _shown(batch, base_url, self._now())

    def results(self, headers: Mapping[str, str], batch_id: str) -> tuple[bytes, bool]:
        """Return the results as JSON lines, in no order that a caller could rely on, and whether they shall be cut.

        ApiError 404 before the end, and 29 days after the batch was made.
        """
        batch = self._own(headers, batch_id)
        if batch.ended is None or self._now() >= batch.created + KEPT_FOR:
            raise ApiError(404, "not_found_error", "Batch results are not available")
        behaviour = self._api.behaviour
        batch.reads += 1
        lost = share(f"{behaviour.seed}/results/{batch_id}/{batch.reads}") < behaviour.batch_cut
        shuffled = sorted(batch.results, key=lambda result: share(result["custom_id"]))
        lines = b"".join(json.dumps(result, ensure_ascii=False).encode() + b"\n" for result in shuffled)
        return lines, lost and self._api.ledger.may_fail(behaviour.at_most)

    async def _work(self, batch: _Batch, headers: dict[str, str]) -> None:
        await asyncio.sleep(self._api.behaviour.batch_delay_s)
        for request in batch.requests:
            if batch.ended is not None:
                return
            result = await self._result_of(batch, headers, request)
            await asyncio.sleep(0)  # lets other calls through between two requests
            if batch.ended is None:
                batch.results.append({"custom_id": request["custom_id"], "result": result})
        if batch.ended is None:
            batch.end(self._now(), "expired")

    async def _result_of(self, batch: _Batch, headers: dict[str, str], request: dict[str, Any]) -> dict[str, Any]:
        if batch.canceling is not None:
            return {"type": "canceled"}
        behaviour = self._api.behaviour
        # By the batch too: what expired or failed in one may succeed in the next.
        point = share(f"{behaviour.seed}/{batch.batch_id}/{request['custom_id']}")
        if point < behaviour.batch_errored:
            return {"type": "errored", "error": ApiError(529, "overloaded_error", "Overloaded").body("")}
        if point < behaviour.batch_errored + behaviour.batch_expired:
            return {"type": "expired"}
        return await self._api.one_of_a_batch(headers, request["params"])

    def _own(self, headers: Mapping[str, str], batch_id: str) -> _Batch:
        batch = self._batches.get(batch_id)
        if batch is None or batch.workspace != workspace_of(headers):
            raise ApiError(404, "not_found_error", f"Message batch not found: {batch_id}")
        if batch.ended is None and self._now() >= batch.created + EXPIRES_AFTER:
            batch.end(batch.created + EXPIRES_AFTER, "expired")
        return batch

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._api.clock(), UTC)


def _requests_of(raw: bytes) -> list[dict[str, Any]]:
    if len(raw) > MAX_BYTES:
        raise ApiError(413, "request_too_large", f"A batch may have at most {MAX_BYTES} bytes")
    try:
        requests = json.loads(raw)["requests"]
        names = [request["custom_id"] for request in requests]
        fit = all(isinstance(request["params"], dict) for request in requests)
    except (ValueError, KeyError, TypeError):
        raise invalid("requests: Field required, each with custom_id and params") from None
    if not requests or len(requests) > MAX_REQUESTS or not fit:
        raise invalid(f"requests: between 1 and {MAX_REQUESTS} requests are allowed")
    if len(set(names)) != len(names) or not all(_CUSTOM_ID.fullmatch(str(name)) for name in names):
        raise invalid("requests: custom_id must be unique and match ^[a-zA-Z0-9_-]{1,64}$")
    return list(requests)


def _shown(batch: _Batch, base_url: str, now: datetime) -> dict[str, Any]:
    counts = Counter(result["result"]["type"] for result in batch.results) if batch.ended else Counter[str]()
    waiting = 0 if batch.ended else len(batch.requests)
    working = "canceling" if batch.canceling else "in_progress"
    archived = batch.created + KEPT_FOR if now >= batch.created + KEPT_FOR else None
    url = f"{base_url.rstrip('/')}/v1/messages/batches/{batch.batch_id}/results"
    return {
        "id": batch.batch_id,
        "type": "message_batch",
        "processing_status": "ended" if batch.ended else working,
        "request_counts": {"processing": waiting} | {name: counts[name] for name in _RESULTS},
        "created_at": batch.created.isoformat(),
        "expires_at": (batch.created + EXPIRES_AFTER).isoformat(),
        "ended_at": batch.ended.isoformat() if batch.ended else None,
        "cancel_initiated_at": batch.canceling.isoformat() if batch.canceling else None,
        "archived_at": archived.isoformat() if archived else None,
        "results_url": url if batch.ended and not archived else None,
    }
