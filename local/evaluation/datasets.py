"""Labelled messages: what came in, and what a person says is true of it."""

import hashlib
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from mailroom.domain.doctype import TypeSpec
from mailroom.domain.message import Channel

type Wanted = tuple[Any, ...]
"""The values that are right for one place, in normal form; None among them says that nothing is right as well."""


def _empty() -> Mapping[str, Any]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Truth:
    """What is true of one message.

    ``kind`` "" means that nothing is to be read from it (spam, an empty form), None that nobody said. ``fields`` maps a
    scalar to its right values, a ``many`` field to a list of such; ``rows`` a group to rows of scalars. ``complete``
    says whether a field without a label is known to be absent; the names in ``ignored`` are not judged. ``accept``
    False: it must not be accepted unseen; None: no expectation.
    """

    kind: str | None
    fields: Mapping[str, Wanted | list[Wanted]] = field(default_factory=_empty)
    rows: Mapping[str, Sequence[Mapping[str, Wanted]]] = field(default_factory=_empty)
    complete: bool = True
    ignored: frozenset[str] = frozenset()
    accept: bool | None = None


@dataclass(frozen=True, slots=True)
class Labelled:
    """One message with its truth. ``verdicts`` are what the mail service would say of it."""

    id: str
    raw: bytes = field(repr=False)
    truth: Truth
    channel: Channel = Channel.EMAIL
    form: str = ""
    content_type: str = "message/rfc822"
    verdicts: Mapping[str, str] = field(default_factory=_empty)


@dataclass(frozen=True, slots=True)
class Dataset:
    """Labelled messages and the document types they are read as."""

    name: str
    types: Mapping[str, TypeSpec]
    messages: tuple[Labelled, ...]

    @property
    def digest(self) -> str:
        """Sixteen hex digits that change with any message or label."""
        seen = hashlib.sha256()
        for message in self.messages:
            seen.update(f"{message.id}\0{message.form}\0{_stable(message.truth)}\0".encode())
            seen.update(hashlib.sha256(message.raw).digest())
        return seen.hexdigest()[:16]

    def sample(self, limit: int | None, seed: int) -> "Dataset":
        """Return at most ``limit`` messages, drawn by ``seed``, in the order of the whole set."""
        if limit is None or limit >= len(self.messages):
            return self
        # Drawing places rather than messages keeps the order, and a larger limit keeps nothing it would have to drop.
        places = sorted(random.Random(seed).sample(range(len(self.messages)), limit))  # noqa: S311 - a sample, no secret
        return replace(self, messages=tuple(self.messages[place] for place in places))


def _stable(truth: Truth) -> str:
    fields = sorted((name, repr(value)) for name, value in truth.fields.items())
    rows = sorted((name, repr([sorted(row.items()) for row in group])) for name, group in truth.rows.items())
    return repr((truth.kind, fields, rows, truth.complete, sorted(truth.ignored), truth.accept))
