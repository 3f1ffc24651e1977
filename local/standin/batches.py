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


class Batches:
    """All batches of one stand-in; a batch is seen only by the workspace that made it."""

    def __init__(self, api: MessagesApi) -> None:
        self._api = api
        self._batches: dict[str, _Batch] = {}
        self._working: set[asyncio.Task[None]] = set()

    def create(self, headers: Mapping[str, str], raw: bytes, base_url: str) -> dict[str, Any]:
        """Take a batch and start to work on it; ApiError 400 for its form, while each request is checked only later."""
        workspace = workspace_of(headers)
        check_version(headers.get("anthropic-version"))
        requests = _requests_of(raw)
        batch_id = f"msgbatch_standin{len(self._batches) + 1:010d}"
        batch = _Batch(batch_id, workspace, self._now(), requests)
        self._batches[batch_id] = batch
        task = asyncio.create_task(self._work(batch, dict(headers)))
        self._working.add(task)
        task.add_done_callback(self._working.discard)
        return _shown(batch, base_url)

    def retrieve(self, headers: Mapping[str, str], batch_id: str, base_url: str) -> dict[str, Any]:
        """Return a batch and its counts; ApiError 404 where the workspace has none of that id."""
        return _shown(self._own(headers, batch_id), base_url)

    def cancel(self, headers: Mapping[str, str], batch_id: str, base_url: str) -> dict[str, Any]:
        """Stop a batch: what is not yet done is reported as canceled, and not billed."""
        batch = self._own(headers, batch_id)
        if batch.ended is None:
            batch.canceling = batch.canceling or self._now()
        return _shown(batch, base_url)

    def results(self, headers: Mapping[str, str], batch_id: str) -> bytes:
        """Return the results as JSON lines, in no order that a caller could rely on; ApiError 404 before the end."""
        batch = self._own(headers, batch_id)
        if batch.ended is None:
            raise ApiError(404, "not_found_error", "Batch results are not available yet")
        shuffled = sorted(batch.results, key=lambda result: share(result["custom_id"]))
        return b"".join(json.dumps(result, ensure_ascii=False).encode() + b"\n" for result in shuffled)

    async def _work(self, batch: _Batch, headers: dict[str, str]) -> None:
        await asyncio.sleep(self._api.behaviour.batch_delay_s)
        for request in batch.requests:
            result: dict[str, Any] = {"type": "canceled"}
            if batch.canceling is None:
                result = await self._api.one_of_a_batch(headers, request["params"])
                await asyncio.sleep(0)  # lets other calls through between two requests
            batch.results.append({"custom_id": request["custom_id"], "result": result})
        batch.ended = self._now()

    def _own(self, headers: Mapping[str, str], batch_id: str) -> _Batch:
        batch = self._batches.get(batch_id)
        if batch is None or batch.workspace != workspace_of(headers):
            raise ApiError(404, "not_found_error", f"Message batch not found: {batch_id}")
        return batch

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._api.clock(), UTC)


def _requests_of(raw: bytes) -> list[dict[str, Any]]:
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


def _shown(batch: _Batch, base_url: str) -> dict[str, Any]:
    counts = Counter(result["result"]["type"] for result in batch.results) if batch.ended else Counter[str]()
    waiting = 0 if batch.ended else len(batch.requests)
    working = "canceling" if batch.canceling else "in_progress"
    return {
        "id": batch.batch_id,
        "type": "message_batch",
        "processing_status": "ended" if batch.ended else working,
        "request_counts": {"processing": waiting} | {name: counts[name] for name in _RESULTS},
        "created_at": batch.created.isoformat(),
        "expires_at": (batch.created + timedelta(hours=24)).isoformat(),
        "ended_at": batch.ended.isoformat() if batch.ended else None,
        "cancel_initiated_at": batch.canceling.isoformat() if batch.canceling else None,
        "archived_at": None,
        "results_url": f"{base_url.rstrip('/')}/v1/messages/batches/{batch.batch_id}/results" if batch.ended else None,
    }
