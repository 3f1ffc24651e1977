"""One call of the Messages API from its headers and bytes to its reply: checks, cache, faults, answer, bill."""

import asyncio
import hashlib
import json
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from itertools import count
from typing import Any

from local.standin import answering
from local.standin.cache import CacheUse, PromptCache
from local.standin.errors import ApiError, invalid
from local.standin.faults import BILLED, UNUSABLE, Behaviour, Fault, Honesty, error_of
from local.standin.ledger import Ledger
from local.standin.models import find
from local.standin.prompt_parts import prefix_of
from local.standin.replies import Reply, events_of, message_of, thinking_tokens, usage_of
from local.standin.rules_of_the_api import Asked, check, check_context, check_size, check_version

_LOG = logging.getLogger(__name__)

Clock = Callable[[], float]
Sleep = Callable[[float], Awaitable[None]]


class MessagesApi:
    """The API's state and its calls. ``clock`` gives seconds since 1970, ``sleep`` waits: both can be a test's own."""

    def __init__(
        self, behaviour: Behaviour | None = None, clock: Clock = time.time, sleep: Sleep = asyncio.sleep
    ) -> None:
        self.behaviour = behaviour or Behaviour()
        self.cache = PromptCache()
        self.ledger = Ledger()
        self.clock = clock
        self._sleep = sleep
        self._numbers = count(1)

    async def messages(self, headers: Mapping[str, str], raw: bytes) -> Reply:
        """Answer POST /v1/messages; every refusal becomes a reply, nothing is raised."""
        return await self._counted(headers, lambda: self._create(headers, raw))

    async def count_tokens(self, headers: Mapping[str, str], raw: bytes) -> Reply:
        """Answer POST /v1/messages/count_tokens, which is free."""

        async def counted() -> tuple[Reply, str]:
            asked, workspace = self._read(headers, raw, counting=True)
            return json_reply(
                200, {"input_tokens": prefix_of(asked.body, asked.model, workspace)[-1].tokens}
            ), "counted"

        return await self._counted(headers, counted)

    async def one_of_a_batch(self, headers: Mapping[str, str], params: dict[str, Any]) -> dict[str, Any]:
        """Return the result of one request of a batch: succeeded or errored, in the API's shape."""
        try:
            asked, workspace = self._read(headers, json.dumps(params).encode(), batched=True)
            message, began = self._work(asked, workspace, _fingerprint(params), None)
            await began()
        except ApiError as error:
            return {"type": "errored", "error": error.body("")}
        message["usage"]["service_tier"] = "batch"
        return {"type": "succeeded", "message": message}

    def reset(self) -> None:
        """Forget counts and cache, keep the behaviour."""
        self.ledger.reset()
        self.cache.clear()

    async def _counted(self, headers: Mapping[str, str], call: Callable[[], Awaitable[tuple[Reply, str]]]) -> Reply:
        request_id = f"req_standin{next(self._numbers):017d}"
        self.ledger.enter()
        outcome = "cancelled"
        try:
            reply, outcome = await call()
        except ApiError as error:
            reply, outcome = json_reply(error.status, error.body(request_id)), error.error_code or error.kind
            if error.retry_after_s is not None:
                reply.headers["retry-after"] = f"{error.retry_after_s:g}"
        except Exception:  # noqa: BLE001 - as behind the API: whatever fails inside is a 500 outside, and is logged
            _LOG.exception("the stand-in itself failed on %s", request_id)
            failure = ApiError(500, "api_error", "Internal server error")
            reply, outcome = json_reply(500, failure.body(request_id)), "failed"
        finally:
            names = headers.get("x-standin-counter", "").split(",")
            self.ledger.leave(outcome, tuple(name.strip() for name in names if name.strip()))
        reply.headers["request-id"] = request_id
        reply.headers["anthropic-organization-id"] = "00000000-0000-0000-0000-000000000000"
        return reply

    async def _create(self, headers: Mapping[str, str], raw: bytes) -> tuple[Reply, str]:
        behaviour = self.behaviour
        asked, workspace = self._read(headers, raw)
        await self._pause(behaviour.latency_s)
        fingerprint = _fingerprint(asked.body)
        fault = self._fault(asked, fingerprint)
        if fault and (error := error_of(fault, behaviour)):
            raise error
        message, began = self._work(asked, workspace, fingerprint, fault)
        if fault in UNUSABLE:
            self.ledger.fail_to_answer(fingerprint)
        await began()
        await self._pause(behaviour.timeout_s if fault is Fault.TIMEOUT else 0.0)
        reply = await self._reply(asked, message, fault)
        return reply, fault.value if fault else "answered"

    def _read(
        self, headers: Mapping[str, str], raw: bytes, *, counting: bool = False, batched: bool = False
    ) -> tuple[Asked, str]:
        workspace = workspace_of(headers)
        version = check_version(headers.get("anthropic-version"))
        check_size(len(raw))
        try:
            body = json.loads(raw)
        except ValueError:
            raise invalid("The request body is not valid JSON") from None
        if not isinstance(body, dict):
            raise invalid("Input should be an object")
        if "model" not in body:
            raise invalid("model: Field required")
        model = find(body["model"], datetime.fromtimestamp(self.clock(), UTC).date())
        asked = Asked(body, model, version, counting=counting, batched=batched)
        check(asked)
        return asked, workspace

    def _fault(self, asked: Asked, fingerprint: str) -> Fault | None:
        behaviour = self.behaviour
        attempt = self.ledger.attempt(fingerprint)
        fault = behaviour.draw(fingerprint, attempt) if behaviour.touches(asked.model.id) else None
        return fault if fault and self.ledger.may_fail(behaviour.at_most) else None

    def _work(
        self, asked: Asked, workspace: str, fingerprint: str, fault: Fault | None
    ) -> tuple[dict[str, Any], Callable[[], Awaitable[None]]]:
        """Return the finished, billed message, and what waits until its first token."""
        behaviour = self.behaviour
        prefix = prefix_of(asked.body, asked.model, workspace)
        prompt_tokens = prefix[-1].tokens
        check_context(asked.model, prompt_tokens)
        use = self.cache.look_up(prefix, asked.model.cache_minimum, self.clock())
        honesty = behaviour.lies(fingerprint) if behaviour.touches(asked.model.id) else Honesty.HONEST
        written, lies = answering.answer(asked, honesty, f"{behaviour.seed}/{fingerprint}")
        message_id = f"msg_{fingerprint[:24]}"
        message, output = message_of(asked, written, fault, message_id=message_id)
        message["usage"] = usage_of(prompt_tokens, use, output, thinking_tokens(asked))
        assert fault is None or fault in BILLED
        self.ledger.bill(fingerprint, asked.model.id, message["usage"], lies)
        return message, lambda: self._begin(use, behaviour.ttft_s)

    async def _begin(self, use: CacheUse, ttft_s: float) -> None:
        await self._pause(ttft_s)
        self.cache.begin(use)

    async def _reply(self, asked: Asked, message: dict[str, Any], fault: Fault | None) -> Reply:
        speed = self.behaviour.tokens_per_second
        writing_s = message["usage"]["output_tokens"] / speed if speed else 0.0
        body = json.dumps(message, ensure_ascii=False).encode()
        cut = fault in {Fault.CUT, Fault.TIMEOUT}
        if asked.body.get("stream") and fault not in {Fault.GARBAGE, Fault.NOT_JSON}:
            return Reply(
                200, media_type="text/event-stream", events=tuple(events_of(message)), cut=cut, pause_s=writing_s
            )
        await self._pause(writing_s)
        if fault is Fault.GARBAGE:
            return Reply(200, body[: len(body) // 2])
        if fault is Fault.NOT_JSON:
            return Reply(200, b"<html><body>Bad gateway</body></html>", media_type="text/html")
        return Reply(200, body, cut=cut)

    async def _pause(self, seconds: float) -> None:
        if seconds > 0:
            await self._sleep(seconds)


def workspace_of(headers: Mapping[str, str]) -> str:
    """Return the caller's workspace, which is its key; ApiError 401 where a call carries none."""
    bearer = headers.get("authorization", "").removeprefix("Bearer ").strip()
    key = headers.get("x-api-key", "").strip() or bearer
    if not key:
        raise ApiError(401, "authentication_error", "x-api-key header is required")
    return hashlib.sha256(key.encode()).hexdigest()


def json_reply(status: int, body: object) -> Reply:
    """Return a JSON reply."""
    return Reply(status, json.dumps(body, ensure_ascii=False).encode())


def _fingerprint(body: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
