"""The prompt cache: exact prefixes at explicit breakpoints, per model and workspace, with their time to live.

Rules and numbers are the vendor's prompt-caching page: a write happens only at a breakpoint whose prefix reaches the
model's minimum; a read walks back at most 20 blocks from each breakpoint; the time to live runs from the start of the
request and begins anew with every hit; an entry can be read only once the answer that wrote it has begun.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import Lock

LIFETIME_S = {"5m": 300.0, "1h": 3600.0}
LOOK_BACK_BLOCKS = 20
_SWEEP_ABOVE = 10_000


@dataclass(frozen=True, slots=True)
class PrefixBlock:
    """One block of a prompt: ``key`` names everything up to and including it, ``tokens`` counts the same stretch.

    ``countable`` is the part of ``tokens`` that counts towards the model's minimum. ``ttl`` is "5m" or "1h" at a
    breakpoint, "" elsewhere.
    """

    key: str
    tokens: int
    countable: int
    ttl: str = ""


@dataclass(frozen=True, slots=True)
class CacheUse:
    """What one request reads and writes, in tokens; the rest of its prompt is plain input.

    ``refreshed`` and ``written`` (key, ttl) are the entries to touch once the answer begins.
    """

    read: int = 0
    write_5m: int = 0
    write_1h: int = 0
    refreshed: tuple[str, ...] = ()
    written: tuple[tuple[str, str], ...] = ()
    started_at: float = 0.0

    @property
    def covered(self) -> int:
        """The tokens up to the last breakpoint in effect."""
        return self.read + self.write_5m + self.write_1h


@dataclass(slots=True)
class _Entry:
    ttl: str
    expires_at: float


@dataclass(slots=True)
class PromptCache:
    """All entries of one server; safe to share between threads. Times are seconds of whatever clock the caller has."""

    _entries: dict[str, _Entry] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def look_up(self, prefix: Sequence[PrefixBlock], minimum: int, now: float) -> CacheUse:
        """Return what a request that starts ``now`` reads, and what it will write once its answer begins."""
        marks = [index for index, block in enumerate(prefix) if block.ttl and block.countable >= minimum]
        if not marks:
            return CacheUse()
        with self._lock:
            hit = self._longest_hit(prefix, marks, now)
        done = prefix[hit].tokens if hit >= 0 else 0
        refreshed = [block.key for block in prefix[: hit + 1]]
        read, spent, written = done, {"5m": 0, "1h": 0}, []
        for mark in marks:
            if mark > hit:
                block = prefix[mark]
                spent[block.ttl] += block.tokens - done
                done = block.tokens
                written.append((block.key, block.ttl))
        return CacheUse(read, spent["5m"], spent["1h"], tuple(refreshed), tuple(written), now)

    def begin(self, use: CacheUse) -> None:
        """Make the writes of a request readable, and its hits live longer: its answer begins."""
        with self._lock:
            for key in use.refreshed:
                if entry := self._entries.get(key):
                    entry.expires_at = max(entry.expires_at, use.started_at + LIFETIME_S[entry.ttl])
            for key, ttl in use.written:
                self._entries[key] = _Entry(ttl, use.started_at + LIFETIME_S[ttl])
            if len(self._entries) > _SWEEP_ABOVE:
                now = use.started_at
                self._entries = {key: entry for key, entry in self._entries.items() if entry.expires_at > now}

    def clear(self) -> None:
        """Forget every entry."""
        with self._lock:
            self._entries.clear()

    def _longest_hit(self, prefix: Sequence[PrefixBlock], marks: Sequence[int], now: float) -> int:
        for mark in reversed(marks):
            for index in range(mark, max(-1, mark - LOOK_BACK_BLOCKS), -1):
                entry = self._entries.get(prefix[index].key)
                if entry is not None and now < entry.expires_at:
                    return index
        return -1
