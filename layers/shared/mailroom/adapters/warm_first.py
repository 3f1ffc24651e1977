"""Warm once before fanning out: of the calls that would all write the same cold prefix, one goes first.

An entry can be read only once the answer that wrote it has begun (platform.claude.com, prompt caching), so ten calls
side by side on a cold prefix pay ten writes. The first one leads, the others wait for it and then read what it wrote.
"""

import time
from collections.abc import Callable
from dataclasses import replace
from threading import Event, Lock

from mailroom.domain.cache_policy import LIFETIME_S, CacheLife
from mailroom.domain.record import CacheVerdict
from mailroom.ports import ModelAnswer, ModelRequest, ReaderModel

type Prefix = tuple[str, str]
"""A model and a system prompt: what one cache entry is for."""


class WarmFirst:
    """A model whose calls choose their cache life by policy, and of which one warms the prefix for the others.

    A request that asks for no cache is passed on as it is. ``clock`` gives seconds, rising. Entries are per process:
    another environment leads for itself, so a cold start costs at most one write for each.
    """

    def __init__(
        self,
        model: ReaderModel,
        choose: Callable[[ModelRequest], CacheLife],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._model = model
        self._choose = choose
        self._clock = clock
        self._lock = Lock()
        self._leading: dict[Prefix, Event] = {}
        self._no_need_until: dict[Prefix, float] = {}

    def ask(self, request: ModelRequest) -> ModelAnswer:
        """Answer; raises what the model raises. Waits no longer for a leader than the request's own timeout."""
        if request.cache is CacheLife.OFF:
            return self._model.ask(request)
        request = replace(request, cache=self._choose(request))
        if request.cache is CacheLife.OFF:
            return self._model.ask(request)
        prefix = (request.model, request.system)
        leading, finished = self._place(prefix)
        if leading:
            try:
                return self._asked(_releasing(request, finished), prefix)
            finally:
                with self._lock:
                    del self._leading[prefix]
                finished.set()
        finished.wait(request.timeout_s)
        # Whatever became of the leader, the others go now, together: they must not fail one after the other.
        return self._asked(request, prefix)

    def _place(self, prefix: Prefix) -> tuple[bool, Event]:
        """Say whether this call leads, and what the others wait for; where nobody need wait it is over already."""
        with self._lock:
            if self._clock() < self._no_need_until.get(prefix, float("-inf")):
                over = Event()
                over.set()
                return False, over
            if prefix in self._leading:
                return False, self._leading[prefix]
            self._leading[prefix] = Event()
            return True, self._leading[prefix]

    def _asked(self, request: ModelRequest, prefix: Prefix) -> ModelAnswer:
        started = self._clock()
        answer = self._model.ask(request)
        with self._lock:
            if answer.cache is CacheVerdict.TOO_SHORT:  # never cached: there is nothing to wait for
                self._no_need_until[prefix] = float("inf")
            elif answer.cache in {CacheVerdict.HIT, CacheVerdict.WRITE}:
                until = started + LIFETIME_S[request.cache]
                self._no_need_until[prefix] = max(until, self._no_need_until.get(prefix, until))
        return answer


def _releasing(request: ModelRequest, begun: Event) -> ModelRequest:
    """Let the others go as soon as the leader's answer is heard: from then on what it wrote can be read."""
    heard = request.heard
    if heard is None:
        return request

    def hear(text: str) -> None:
        begun.set()
        heard(text)

    return replace(request, heard=hear)
