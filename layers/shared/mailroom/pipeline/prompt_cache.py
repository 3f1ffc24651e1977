"""Apply the cache policy: when messages arrived is read from the ledger, now and then, and never written anywhere."""

from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Lock

from mailroom.catalogue import ModelCard
from mailroom.domain.cache_policy import SEEN, CacheLife, choose_life
from mailroom.domain.errors import MailroomError
from mailroom.ports import Arrivals, Clock, ModelRequest

LOOKED_UP_EVERY = timedelta(minutes=15)
"""How long what was read of the ledger holds: within it, what this environment saw itself is added."""


class PromptCache:
    """Chooses how long a prompt's prefix shall be cached. Safe to share between a batch's threads."""

    def __init__(self, arrivals: Arrivals, clock: Clock, cards: Callable[[str], ModelCard]) -> None:
        self._arrivals = arrivals
        self._clock = clock
        self._cards = cards
        self._lock = Lock()
        self._seen: list[float] = []
        self._look_again_at: datetime | None = None

    def life_for(self, request: ModelRequest) -> CacheLife:
        """Return what to ask for with a request that is made now."""
        now = self._clock.now()
        with self._lock:
            if self._look_again_at is None or now >= self._look_again_at:
                self._look_up(now)  # the newest arrival in the ledger is this message's own
            else:
                self._seen = [*self._seen[-SEEN:], max(now.timestamp(), self._seen[-1])]
            seen = self._seen
        return choose_life(seen, self._cards(request.model).prices[0].price)

    def _look_up(self, now: datetime) -> None:
        self._look_again_at = now + LOOKED_UP_EVERY
        try:
            found = [moment.timestamp() for moment in self._arrivals.arrivals(now, SEEN)]
        except MailroomError:
            found = self._seen  # the cache is worth a fraction of a cent: no message fails for want of its history
        self._seen = found or [now.timestamp()]
