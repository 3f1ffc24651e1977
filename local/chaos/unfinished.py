"""Which messages are not at rest yet, asked of a large ledger at a small price."""

import random
from collections.abc import Iterable
from itertools import batched
from typing import Any

from mailroom.domain.record import WORKING, Status

_KEYS_A_CALL = 100
"""DynamoDB's own limit for BatchGetItem."""


class Unfinished:
    """Messages that had not left the machines' hands when last asked.

    A scan of the whole table each second costs more than the work it watches. What was at rest stays there (unless it
    is put ``back``), so only the others are asked about, and of many a sample: all of them in the end.
    """

    def __init__(self, dynamodb: Any, table: str, seed: int, sample: int = 500) -> None:
        self._dynamodb = dynamodb
        self._table = table
        self._draw = random.Random(seed)  # noqa: S311 -- not for secrets
        self._sample = sample
        self._names: set[str] = set()

    def __len__(self) -> int:
        """Return how many messages are not known to be at rest."""
        return len(self._names)

    def back(self, names: Iterable[str]) -> None:
        """Watch messages from now on, or again."""
        self._names.update(names)

    def look(self) -> None:
        """Ask about a sample and forget what is at rest."""
        chosen = self._draw.sample(sorted(self._names), min(self._sample, len(self._names)))
        for names in batched(chosen, _KEYS_A_CALL, strict=False):
            wanted = {
                "Keys": [{"record_id": {"S": name}} for name in names],
                "ProjectionExpression": "record_id, #status",
                "ExpressionAttributeNames": {"#status": "status"},
                "ConsistentRead": True,
            }
            answer = self._dynamodb.batch_get_item(RequestItems={self._table: wanted})
            found = answer["Responses"].get(self._table, ())  # what is withheld is asked about again next time
            self._names -= {item["record_id"]["S"] for item in found if Status(item["status"]["S"]) not in WORKING}
