"""The flip log: what a review made of each doubt, and what that cost."""

from collections.abc import Iterator, Mapping
from decimal import ROUND_DOWN, Decimal
from typing import Any

from mailroom.domain.paths import list_of
from mailroom.domain.record import Flip, FlipVerdict, Record
from mailroom.pipeline.filing import results
from mailroom.prompts.requests import Review

SHARE_USD = Decimal("0.000000001")
"""Shares are rounded down to a billionth of a dollar; the last one carries the rest, so that they add up."""


def flips_of(before: Record, after: Record, second: Review, moved: Mapping[str, str]) -> tuple[Flip, ...]:
    """Return one flip for each doubt of ``before``, given what the reviewer answered and what was filed of it.

    ``moved`` leads from an answered path to its place in ``after``; the price is that of the last attempt of ``after``.
    """
    drafted, filed = _values(before), _values(after)
    cost_usd = after.attempts[-1].cost_usd
    paths = before.doubtful
    share = (cost_usd / max(1, len(paths))).quantize(SHARE_USD, ROUND_DOWN)
    flips = []
    for number, path in enumerate(paths, 1):
        drafts = drafted.get(path, ())
        place = moved.get(path, "")
        refused = place and list_of(place) in after.doubtful
        now = () if refused else filed.get(place, ())
        flips.append(
            Flip(
                path=path,
                verdict=_verdict(path, drafts, now, second),
                before="; ".join(str(value) for value in drafts),
                cost_usd=share if number < len(paths) else cost_usd - share * (len(paths) - 1),
            )
        )
    return tuple(flips)


def _verdict(path: str, drafts: tuple[Any, ...], now: tuple[Any, ...], second: Review) -> FlipVerdict:
    if path in second.unsure:
        return FlipVerdict.OPEN
    if path in second.withdrawn:
        return FlipVerdict.WITHDRAWN if drafts else FlipVerdict.OPEN
    if not now:  # answered with something that validation refused
        return FlipVerdict.OPEN
    if not drafts:
        return FlipVerdict.FOUND
    return FlipVerdict.CONFIRMED if drafts == now else FlipVerdict.CHANGED


def _values(record: Record) -> dict[str, tuple[Any, ...]]:
    """Return every value by its path, and every list's values by the list's name."""
    found: dict[str, tuple[Any, ...]] = {}
    for path, value in _paths_and_values(record):
        found[path] = (*found.get(path, ()), value)
    return found


def _paths_and_values(record: Record) -> Iterator[tuple[str, Any]]:
    for path, result in results(record):
        yield path, result.value
        if name := list_of(path):
            yield name, result.value
